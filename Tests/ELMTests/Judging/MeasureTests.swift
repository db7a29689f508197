import Checkpoints
import ELM
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Transformers

@Suite struct MeasureTests {
  @Test func aTextsVectorIsTheWeightedMeanOfItsWords() throws {
    let encoder = try #require(DomainEncoder(fourWords(), training: []))
    let harmonic = 1 + 0.5 + 1.0 / 3 + 0.25
    func weight(_ rank: Double) -> Double { 1e-4 / (1e-4 + 1 / (rank * harmonic)) }
    let (a, b) = (weight(2), weight(3))
    let vector = try #require(try encoder.vector(of: "The Queen's  man?  A Man!", leavingOut: []))
    // "queen's" is another word than "queen".
    #expect(isNear(vector[0], 3) && isNear(vector[1], -1))
    let both = try #require(try encoder.vector(of: "queen, man", leavingOut: []))
    #expect(isNear(both[0], (a * 1 + b * 3) / (a + b)) && isNear(both[1], (a * 3 - b) / (a + b)))
  }

  @Test func theItemsOwnNameNeverCounts() throws {
    let encoder = try #require(DomainEncoder(fourWords(), training: []))
    #expect(try encoder.vector(of: "King king", leavingOut: ["king"]) == nil)
    #expect(try encoder.vector(of: "king and woman", leavingOut: ["king"]) == [-1, 3])
    #expect(try encoder.vector(of: "nothing known", leavingOut: []) == nil)
  }

  @Test func vectorsOfFilesHaveNoEncoder() {
    let own = fourWords(recipe: "of files: vectors, names and texts")
    #expect(DomainEncoder(own, training: [0, 1]) == nil)
    #expect(DomainEncoder.reason(against: own).contains("of files"))
  }

  @Test func filmsAreEncodedByCentroidsOfTrainingFilms() throws {
    let films = Domain(
      name: "films", recipe: "movielens, semantic: test", sources: [],
      names: ["A (1991)", "B (1992)", "C (1993)", "D (2001)"],
      vectors: .init(rows: 4, columns: 2, elements: [1, 0, 2, 0, 3, 0, 0, 9]),
      fields: [
        .init("genres", [["Drama"], ["Drama"], ["Drama"], ["Comedy"]]),
        .init("year", [["1991"], ["1992"], ["1993"], ["2001"]]),
      ], toolVersion: "test", date: "")
    let encoder = try #require(DomainEncoder(films, training: [0, 1, 2, 3]))
    #expect(try encoder.vector(of: "A drama of 1999", leavingOut: []) == [2, 0])
    #expect(try encoder.vector(of: "A comedy", leavingOut: []) == nil, "one film has it")
    #expect(try #require(DomainEncoder(films, training: [3])).vector(of: "drama", leavingOut: []) == nil)
  }

  @Test func wordsOfASentenceEncoderAreEncodedByIt() throws {
    let sentences = try SentenceEncoder.load(Checkpoint.open("\(tinyCheckpoints)/encoders/bert"))
    let domain = fourWords(recipe: "encoder:bert: words that are one token of it, 4 at most")
    #expect(DomainEncoder(domain, training: []) == nil)
    #expect(DomainEncoder.reason(against: domain).contains("bert"))
    let encoder = try #require(DomainEncoder(domain, training: [], sentences: sentences))
    let found = try encoder.vectors(
      of: ["The king, a thing", "the zoo", "King!"], leavingOut: [["king"], [], ["king"]])
    let rows = try sentences.encode(cutting: ["The a thing", "the zoo"])
    #expect(found[0].map { $0.map { Float($0) } } == rows.row(0))
    #expect(found[1].map { $0.map { Float($0) } } == rows.row(1))
    #expect(found[2] == nil, "nothing but the name")
  }

  @Test func ranksByDistanceKnowLengths() throws {
    // Three items in one direction: by the cosine they are equal, by distance the one of the text's length is first.
    let domain = Domain(
      name: "ray", recipe: "wordnet-glove: test", sources: [], names: ["near", "middle", "far"],
      vectors: Matrix(rows: 3, columns: 2, elements: [1, 0, 2, 0, 5, 0]), fields: [], toolVersion: "test",
      date: "")
    let meter = ConsistencyMeter(domain, encoder: DomainEncoder(domain, training: []), mean: [0, 0])
    func ranks(_ text: String, _ item: Int) throws -> [Int] {
      let found = try #require(
        try meter.consistency(of: text, with: domain.vectors.row(item), leavingOut: []).value)
      return [found.rank, found.distanceRank]
    }
    #expect(try ranks("near", 0) == [1, 1] && ranks("near", 1) == [1, 2] && ranks("near", 2) == [1, 3])
    #expect(try ranks("middle", 2) == [1, 3] && ranks("far", 1) == [1, 2])
  }

  @Test func equalOrdersAgreeAndReversedOnesDisagree() throws {
    let truth = [0.9, 0.5, 0.1, -0.3]
    let same = try #require(RankAgreement(of: truth, and: truth.map { 2 * $0 - 7 }))
    #expect(same.kendall == 1 && isNear(same.ndcg, 1))
    let reversed = try #require(RankAgreement(of: truth, and: truth.map { -$0 }, at: 2))
    // The last two come first: gains 0 and 0.1 over 0.9 and 0.5.
    #expect(reversed.kendall == -1)
    #expect(isNear(reversed.ndcg, (0.1 / log2(3)) / (0.9 + 0.5 / log2(3))))
    #expect(RankAgreement(of: truth, and: [1, 1, 1, 1]) == nil)
    #expect(try #require(RankAgreement(of: [-1, -2], and: [1, 2])).ndcg == nil)
  }

  @Test func distinctCountsOverAllAnswers() {
    #expect(isNear(TextVariety.distinct(1, in: ["a b a", "b c"]), 3.0 / 5))
    #expect(isNear(TextVariety.distinct(2, in: ["a b a", "b c"]), 1))
    #expect(isNear(TextVariety.distinct(2, in: ["a b", "A, b!"]), 0.5))
    #expect(TextVariety.distinct(2, in: ["one", ""]) == nil)
  }

  @Test func runsOfEightWordsAndWholeTextsAreCopies() {
    let texts = TrainingTexts([
      "one two three four five six seven eight nine", "short text",
      "zero two three four five six seven eight",
    ])
    #expect(texts.holds("Short text.") && !texts.holds("short"))
    #expect(texts.longestRun(in: "short text") == 0)
    #expect(texts.longestRun(in: "say one two three four five six seven eight nine ten") == 9)
    #expect(texts.longestRun(in: "one two three four five six seven seven eight") == 0)
    #expect(texts.longestRun(in: "one two three four five six seven eight") == 8)
  }

  @Test func ranksAreThoseOfTheTruePair() {
    let scores = [[3.0, 1, 2, 5], [0, 4, 1, 4], [2, 2, 2, 2]]
    let found = Recognition(scores: scores)
    #expect(found.textRanks == [2, 1.5, 2.5] && found.texts == 4)
    #expect(found.vectorRanks == [1, 1, 1.5] && found.vectors == 3)
    #expect(Recognition.less(scores, [3, 1, 2, 5])[0] == [0, 0, 0, 0])
  }

  @Test func aModelThatHearsNothingRanksByChance() {
    let deaf = Recognition(
      scores: Recognition.less(Array(repeating: [-3.0, -2, -1, -4], count: 4), [-3, -2, -1, -4]))
    #expect(deaf.textRanks == [2.5, 2.5, 2.5, 2.5] && deaf.vectorRanks == deaf.textRanks)
  }
}
