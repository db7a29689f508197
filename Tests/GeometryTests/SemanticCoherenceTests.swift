import Geometry
import Statistics
import Tensors
import TestSupport
import Testing
import Vocabularies

@Suite struct SemanticCoherenceTests {
  private var quick: SemanticCoherenceOptions {
    var options = SemanticCoherenceOptions()
    options.minimumKnown = 2
    options.resampling.bootstrapSamples = 50
    options.resampling.permutations = 99
    return options
  }

  private func graph(_ neighbours: [[Int32]], queries: [Int]? = nil, candidates: Int? = nil) -> NeighbourGraph
  {
    let k = neighbours[0].count
    return NeighbourGraph(
      queries: queries ?? Array(neighbours.indices), candidates: candidates ?? neighbours.count, k: k,
      metric: .cosine, indices: neighbours.flatMap { $0 },
      similarities: Array(repeating: 0.5, count: neighbours.count * k))
  }

  private let words: [String?] = ["dog", "hound", "dogs", "animal", "quickly", nil, "zebra"]

  private func relations() throws -> TokenRelations {
    try WordNetFixture.withFolder { TokenRelations(try WordNet(folder: $0), words: words) }
  }

  /// Unknown words and forms of the token's own count neither way.
  @Test func isTheShareOfRelatedNeighbours() throws {
    let result = try SemanticCoherence(
      graph([
        [1, 3, 4, 5],  // dog: hound and animal of hound, animal, quickly
        [0, 2, 4, 6],  // hound: dog, dogs of dog, dogs, quickly
        [0, 1, 5, 6],  // dogs: only hound counts: too few
        [4, 5, 6, 0],  // animal: dog of quickly, dog
        [0, 1, 2, 3],  // quickly: none
        [0, 1, 2, 3],  // no word
        [0, 1, 2, 3],  // unknown word
      ]), try relations(), quick)
    #expect(result.perToken == [2.0 / 3, 2.0 / 3, nil, 0.5, 0, nil, nil])
    #expect(result.unknown == 2 && result.isolated == 1)
    #expect(isClose(result.mean.value, (2.0 / 3 + 2.0 / 3 + 0.5) / 4, 1e-12))
    #expect(result.mean.estimate?.n == 4 && result.k == 4)
  }

  @Test func someQueriesGiveWhatAllDo() throws {
    let all: [[Int32]] = [[1, 3, 4], [0, 2, 4], [0, 1, 4], [4, 0, 1], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
    let relations = try relations()
    let full = try SemanticCoherence(graph(all), relations, quick)
    let some = try SemanticCoherence(
      graph([all[3], all[1]], queries: [3, 1], candidates: 7), relations, quick)
    #expect(some.perToken == [full.perToken[3], full.perToken[1]] && some.unknown == 0)
  }

  @Test func withoutRelationsThereIsAReason() throws {
    let none = TokenRelations(
      classes: Array(repeating: .unused, count: 7))
    let result = try SemanticCoherence(graph(Array(repeating: [0, 1, 2], count: 7)), none, quick)
    #expect(result.unknown == 7 && result.mean.reason?.contains("none of 7 tokens") == true)
    let against = CoherenceByDimension(result, dimensions: Array(repeating: 3, count: 7))
    #expect(against.correlation.reason != nil && against.withoutCoherence == 7)
    #expect(against.lowestFifth.reason != nil)
  }

  /// Clouds of a class each: neighbours share the class, permuted classes do not.
  @Test func clustersOfOneClassStandOutOfTheNull() throws {
    var cloud = gaussian(240, 6, seed: 3)
    let three: [TokenClass] = [.digit, .wordStart, .nonLatin]
    let classes = (0..<240).map { three[$0 % 3] }
    for row in 0..<240 { cloud[row, row % 3] += 12 }
    let neighbours = try Neighbours.graph(of: cloud, k: 8)
    let result = try SemanticCoherence(neighbours, TokenRelations(classes: classes), quick)
    let estimate = try #require(result.mean.estimate)
    let null = try #require(estimate.null)
    #expect(estimate.value > 0.99 && null.pValue == 0.01 && abs(null.mean - 1.0 / 3) < 0.03)
    let mixed = try SemanticCoherence(
      try Neighbours.graph(of: gaussian(240, 6, seed: 4), k: 8), TokenRelations(classes: classes), quick)
    #expect(try #require(mixed.mean.estimate?.null?.pValue) > 0.01)
  }

  /// Half of the tokens: a line of one class; the others: a wide cloud of mixed classes.
  @Test func flatCoherentNeighbourhoodsGiveANegativeCorrelation() throws {
    var cloud = gaussian(400, 8, seed: 5)
    var random = SeededRandom(seed: 6)
    let three: [TokenClass] = [.wordStart, .nonLatin, .continuation]
    let classes = (0..<400).map { $0 < 200 ? .digit : three[Int(random.next(upperBound: UInt64(3)))] }
    for row in 0..<200 {
      for column in 1..<8 { cloud[row, column] = column == 1 ? 30 : 0.001 * cloud[row, column] }
    }
    let neighbours = try Neighbours.graph(of: cloud, k: 12, metric: .euclidean)
    let coherence = try SemanticCoherence(neighbours, TokenRelations(classes: classes), quick)
    let dimension = LevinaBickel(neighbours).perToken
    let result = CoherenceByDimension(coherence, dimensions: dimension, quick.resampling)
    let estimate = try #require(result.correlation.estimate)
    #expect(estimate.value < -0.6 && estimate.n == 400 && estimate.null?.pValue == 0.01)
    #expect(estimate.upper == nil)
    let (x, y) = (coherence.perToken.compactMap { $0 }, dimension.compactMap { $0 })
    #expect(isClose(estimate.value, spearman(x, y), 1e-12))
    #expect(isClose(result.lowestFifth.value, 1, 1e-12) && (result.highestFifth.value ?? 1) < 0.6)
    var shuffled = SeededRandom(seed: 9)
    let chance = CoherenceByDimension(
      coherence, dimensions: shuffled.permutation(400).map { dimension[$0] }, quick.resampling)
    #expect(try #require(chance.correlation.estimate?.null?.pValue) > 0.01)
  }

  @Test func tokensWithoutOneOfTheTwoAreCounted() throws {
    let coherence = try SemanticCoherence(
      graph([[1, 3, 4], [0, 2, 4], [0, 1, 4], [4, 0, 1], [0, 1, 2], [0, 1, 2], [0, 1, 2]]), try relations(),
      quick)
    #expect(coherence.perToken.map { $0 == nil } == [false, false, false, false, false, true, true])
    let result = CoherenceByDimension(coherence, dimensions: [1, nil, 2, 3, 4, 5, nil])
    #expect(result.withoutCoherence == 1 && result.withoutDimension == 1)
    #expect(result.correlation.reason == "needs 10 tokens with a coherence and a dimension, got 4")
  }
}
