import Foundation
import Testing

/// The programs of `Examples/`, which know the library by its one import.
@Suite struct ExamplesTests {
  private func lines(_ example: String, _ arguments: String...) throws -> [String] {
    let tool = try Tool()
    defer { tool.remove() }
    let run = try tool.shell(([example] + arguments).joined(separator: " "))
    try #require(run.code == 0, "\(run.err)")
    return run.out.split(separator: "\n").map(String.init)
  }

  @Test func twoMatricesInMemoryAreCompared() throws {
    let numbers = Dictionary(
      uniqueKeysWithValues: try lines("CompareTwoSpaces").map { line in
        let words = line.split(separator: " ")
        return ("\(words[0]) \(words[1])", Double(words[2]) ?? .nan)
      })
    // Axes in another order change nothing, and the noise has a tenth of the rows' variance.
    let orientation = try #require(numbers["centred orientation"])
    let cka = try #require(numbers["centred cka"])
    #expect(orientation > 0.85 && orientation < 0.99 && cka > 0.85 && cka < 0.999)
  }

  @Test func aVectorIsCarried() throws {
    let printed = try lines("CarryAVector", tinyLlama, tinyQwen)
    #expect(printed.count == 2 && printed[0].hasPrefix("a map of "))
    #expect(printed[1].contains("nats a token"))
  }

  @Test func aMeasureIsAdded() throws {
    let printed = try lines("AddAMeasure")
    let value = try #require(printed.first?.split(separator: " ").last.flatMap { Double($0) })
    #expect(printed.count == 1 && printed[0].hasPrefix("length_ratio ") && abs(value - log(2)) < 1e-12)
  }
}
