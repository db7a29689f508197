import Domains
import Files
import Stores
import Tensors
import Testing

@Suite struct DomainSplitTests {
  @Test func itemsStayWhereTheyAre() throws {
    let options = DomainSplit.Options()
    let split = try DomainSplit(circle(300), options: options)
    let more = try DomainSplit(circle(900), options: options)
    #expect(split.parts == Array(more.parts.prefix(300)))
    // Known, so that no release moves anybody.
    #expect(
      ["dog", "house", "ünïcode", "a", "w25", "w18", "w26"].map { DomainSplit.part(of: $0, options) }
        == [.training, .training, .training, .test, .test, .validation, .validation])
  }

  @Test func partsHaveTheirShares() throws {
    var options = DomainSplit.Options()
    (options.test, options.validation) = (0.2, 0.1)
    for seed in UInt64(1)..<6 {
      options.seed = seed
      let split = try DomainSplit(circle(4000), options: options)
      let counts = DomainSplit.Part.allCases.map { split.items(of: $0).count }
      // Four standard deviations.
      #expect(
        abs(counts[0] - 2800) < 116 && abs(counts[1] - 400) < 76 && abs(counts[2] - 800) < 102,
        "\(seed): \(counts)")
      #expect(counts.reduce(0, +) == 4000)
    }
  }

  @Test func anotherSeedHoldsOutOthers() throws {
    var options = DomainSplit.Options()
    let first = Set(try DomainSplit(circle(2000), options: options).items(of: .test))
    options.seed = 2
    let second = Set(try DomainSplit(circle(2000), options: options).items(of: .test))
    // A tenth of a tenth by chance.
    #expect(first.intersection(second).count < 45)
  }

  @Test func groupsStayTogether() throws {
    let groups = (0..<600).map { "g\($0 / 3)" }
    let split = try DomainSplit(circle(600, groups: groups))
    for start in stride(from: 0, to: 600, by: 3) { #expect(Set(split.parts[start..<start + 3]).count == 1) }
  }

  @Test func aDomainWithoutHeldOutItemsIsRefused() throws {
    let few = #expect(throws: DomainError.self) { try DomainSplit(circle(2)) }
    #expect(few?.kind == .notEvaluable && said(few).contains("too few"))
    var options = DomainSplit.Options()
    options.test = 0
    #expect(throws: DomainError.self) { try DomainSplit(circle(100), options: options) }
    (options.test, options.validation) = (0.5, 0.5)
    #expect(throws: DomainError.self) { try DomainSplit(circle(100), options: options) }
  }
}
