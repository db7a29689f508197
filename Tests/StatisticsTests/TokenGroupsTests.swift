import Statistics
import Tensors
import Testing

@Suite struct TokenGroupsTests {
  private let groups = TokenGroups(["dog", "cat", "dog", "cow", "cat", "dog"])

  @Test func areNumberedByFirstOccurrence() {
    #expect(groups.count == 3 && groups.labels == [0, 1, 0, 2, 1, 0])
    #expect(groups.members == [[0, 2, 5], [1, 4], [3]])
    #expect(groups.selecting([3, 4, 1]).labels == [0, 1, 1])
    #expect(TokenGroups.members(nil, of: 2) == [[0], [1]])
  }

  @Test func partsHoldWholeGroups() {
    var random = SeededRandom(seed: 1)
    let parts = TokenGroups.randomParts(2, of: 6, keeping: groups, &random)
    #expect(parts.count == 2 && parts.flatMap { $0 }.sorted() == Array(0..<6))
    for members in groups.members {
      #expect(parts.count { !Set($0).isDisjoint(with: members) } == 1)
    }
  }
}
