import Domains
import ELM
import Statistics
import Stores
import Tensors
import Testing

@Suite struct JudgeTests {
  private let domain = circle(300, width: 6)

  private func judgement(
    _ speaker: any VectorSpeaker, of domain: Domain, _ change: (inout JudgeOptions) -> Void = { _ in }
  ) throws -> ElmJudgement {
    let split = try DomainSplit(domain)
    var options = JudgeOptions()
    (options.items, options.texts) = (12, 20)
    change(&options)
    return try ElmJudge(
      speaker: speaker, frozen: Deaf(), mean: trainingMean(domain, split), domain: domain, split: split,
      tasks: glossTasks(),
      encoder: DomainEncoder(domain, training: [])
    ).judge("test", options: options)
  }

  @Test func whoHearsRecognisesAndSaysTheTruth() throws {
    let found = try judgement(Listener(domain: domain, gain: 100), of: domain).tasks[0]
    #expect(found.items == 12 && found.texts == 20 && found.reason == nil)
    let recognition = Dictionary(uniqueKeysWithValues: found.recognition.map { ($0.source, $0) })
    let own = try #require(recognition[.vector])
    #expect(own.textFirst.value == 1 && own.vectorFirst.value == 1 && own.reciprocalRank.value == 1)
    #expect(own.medianTextRank.value == 1 && own.medianTextRank.upper == 1 && own.less == nil)
    let shuffled = try #require(recognition[.shuffled])
    #expect(shuffled.textFirst.value == 0 && shuffled.vectorFirst.value == 0)
    #expect(try #require(shuffled.less?.lower) > 0)
    let answers = Dictionary(uniqueKeysWithValues: found.consistency.map { ($0.source, $0) })
    let (said, truth) = (try #require(answers[.vector]), try #require(answers[.truth]))
    #expect(said.consistency == truth.consistency && truth.less?.value == 0)
    #expect(said.distinct1.map { $0 > 0.4 } == true && said.copies.value == 0)
    let retrieved = try #require(answers[.retrieval])
    #expect(retrieved.copies.value == 1, "texts of training")
    #expect(said.named.value == 0, "the gloss of w7 is \"number 7 after w6\"")
    #expect(found.examples.allSatisfy { $0.answer == $0.truth && $0.rank == 1 && $0.hasEnded })
  }

  @Test func anAnswerThatHoldsTheNameIsCounted() throws {
    let named = Domain(
      name: "named", recipe: domain.recipe, sources: domain.sources,
      names: domain.names.map { "the \($0)" }, vectors: domain.vectors,
      fields: domain.fields.map { field in
        field.name == "gloss" ? .init("gloss", domain.names.map { ["It is The \($0)."] }) : field
      }, toolVersion: "test", date: domain.date)
    let found = try judgement(Listener(domain: named), of: named).tasks[0].consistency
    func share(_ source: AnswerSource) -> Double? { found.first { $0.source == source }?.named.value }
    #expect(share(.vector) == 1 && share(.truth) == 1 && share(.shuffled) == 0 && share(.retrieval) == 0)
  }

  @Test func whoHearsNothingIsNoBetterThanItsControls() throws {
    let found = try judgement(Deaf(), of: domain).tasks[0]
    let own = try #require(found.recognition.first)
    #expect(own.textFirst.value == 0 && own.medianTextRank.value == 10.5)
    #expect(own.medianVectorRank.value == 6.5 && own.medianVectorRank.n == 12)
    for other in found.recognition where [.shuffled, .name].contains(other.source) {
      #expect(other.less?.value == 0, "\(other.source)")
    }
    for other in found.consistency where [.mean, .shuffled, .none, .name].contains(other.source) {
      #expect(
        other.less?.value == 0 && other.consistency == found.consistency[0].consistency, "\(other.source)")
    }
    #expect(isNear(found.consistency[0].distinct2, 1.0 / 12))
  }

  /// Vectors are the turned mean of the rows of their gloss's words, weighted by rank as E_D nearly does with frequent words.
  @Test func theLinearReaderFindsWhatWordsTell() throws {
    let words = circle(40, width: 6)
    let turned = [3, 4, 5, 0, 1, 2]
    let pairs = (0..<40).flatMap { first in (first + 1..<40).map { [first, $0] } }
    let named = pairs.map { pair in pair.map { words.names[$0] }.joined(separator: " ") }
    let rows = pairs.map { pair in
      turned.map { column in
        pair.reduce(Float(0)) { $0 + Float($1 + 1) * words.vectors[$1, column] }
          / Float(pair[0] + pair[1] + 2)
      }
    }
    let domain = Domain(
      name: "pairs", recipe: words.recipe, sources: words.sources,
      names: words.names + pairs.indices.map { "pair\($0)" },
      vectors: Matrix(
        rows: 40 + pairs.count, columns: 6, elements: words.vectors.elements + rows.flatMap(\.self)),
      fields: [.init("gloss", words.names.map { _ in [] } + named.map { [$0] })]
        + ["kind", "place"].map { .init($0, (words.names + named).map { _ in [] }) }, toolVersion: "test",
      date: "2026-01-01T00:00:00Z")
    let found = try judgement(Deaf(), of: domain).tasks[0].recognition
    let linear = try #require(found.first { $0.source == .linear })
    #expect(linear.textFirst.value > 0.8 && linear.vectorFirst.value > 0.8, "\(linear)")
    let noise = try judgement(Listener(domain: self.domain, gain: 100), of: self.domain).tasks[0].recognition
    #expect(
      try #require(noise.first { $0.source == .linear }).textFirst.value < 0.4, "glosses of other items")
  }

  @Test func whatCannotBeJudgedSaysWhy() throws {
    let tasks = try judgement(Listener(domain: domain), of: domain).tasks
    #expect(tasks[1].texts == 2 && tasks[1].items == 2, "one text of each kind")
    #expect(tasks[2].reason?.contains("examples of it") == true && tasks[2].recognition.isEmpty)
    #expect(tasks[3].items == 12)
    let own = circle(300, recipe: "of files: vectors, names and texts", width: 6)
    let found = try judgement(Listener(domain: own), of: own) { $0.asksByName = false }
    #expect(found.encoder == nil)
    let answers = try #require(found.tasks[0].consistency.first)
    #expect(answers.consistency.reason?.contains("cannot be asked") == true)
    #expect(!found.tasks[0].consistency.contains { $0.source == .name })
    #expect(found.tasks[0].recognition.count == 4)
    for change: (inout JudgeOptions) -> Void in [{ $0.items = 1 }, { $0.texts = 0 }, { $0.confidence = 1 }] {
      #expect(throws: ElmError.self) { try judgement(Deaf(), of: domain, change) }
    }
  }

  @Test func theSeedDecides() throws {
    let first = try judgement(Listener(domain: domain), of: domain)
    #expect(first == (try judgement(Listener(domain: domain), of: domain)))
    let other = try judgement(Listener(domain: domain), of: domain) { $0.seed = 2 }
    #expect(first.tasks[0].examples.map(\.prompt) != other.tasks[0].examples.map(\.prompt))
  }

  @Test func theMiddleIsHeldAgainstBothEnds() throws {
    let split = try DomainSplit(domain)
    let tasks = try glossTasks()
    var options = JudgeOptions()
    options.items = 8
    func way(_ speaker: any VectorSpeaker) throws -> BetweenItems {
      try ElmJudge(
        speaker: speaker, frozen: Deaf(), mean: trainingMean(domain, split), domain: domain, split: split,
        tasks: tasks,
        encoder: DomainEncoder(domain, training: [])
      ).between(tasks.tasks[0], shares: [0, 0.5, 1], options: options)
    }
    let deaf = try way(Deaf())
    #expect(deaf.pairs == 8 && deaf.steps.map(\.share) == [0, 0.5, 1] && deaf.ends.count == 2)
    for step in deaf.steps { #expect(step.moreThanEnds.value == 0 && step.repeated.value == 1) }
    // It knows items alone, and says "something" of all else, which has no vector.
    let exact = try way(Listener(domain: domain))
    #expect(exact.steps[0].repeated.value == 1 && exact.steps[1].repeated.value == 0)
    #expect(exact.steps[0].consistency.value != nil)
    #expect(exact.steps[1].consistency.reason?.contains("can be encoded") == true)
    #expect(try #require(exact.steps[0].moreThanTexts.value) <= 0, "what it says of an end is its text")
    #expect(throws: ElmError.self) {
      try ElmJudge(
        speaker: Deaf(), frozen: Deaf(), mean: trainingMean(domain, split), domain: domain, split: split,
        tasks: tasks,
        encoder: DomainEncoder(domain, training: [])
      ).between(tasks.tasks[3])
    }
  }
}
