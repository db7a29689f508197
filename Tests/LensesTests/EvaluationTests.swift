import Checkpoints
import Foundation
import Lenses
import Statistics
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct EvaluationTests {
  private let model: Model
  init() throws { model = try TinyModel.load("llama") }

  private func set(_ items: [(prompt: String, words: [String])]) throws -> LensSet {
    let folder = try TemporaryFolder()
    let entries = items.map { ["prompt": $0.prompt, "intermediates": $0.words] as [String: Any] }
    try JSONSerialization.data(withJSONObject: ["items": entries]).write(
      to: URL(filePath: folder.file("mine.json")))
    return try LensSet.load(folder.file("mine.json"))
  }

  /// The rank of a word by sorting, at every layer and position.
  private func ranks(_ word: String, in prompt: String, _ lens: any Lens, layer: Int, positions: [Int]? = nil)
    throws -> [Int]
  {
    let tokens = model.tokenizer.encode(prompt)
    let states = try #require(try model.states(of: [tokens], at: [layer])[layer])
    let forms = WordForms(model.tokenizer).tokens(of: word)
    return try (positions ?? Array(tokens.indices)).map { position in
      let logits = try lens.logits(states.selecting(rows: [position]), layer: layer).elements
      let order = logits.indices.sorted { logits[$0] > logits[$1] }
      return try #require(order.firstIndex { forms.contains($0) }) + 1
    }
  }

  @Test(arguments: [true, false])
  func scoresAreSharesOfTheRanksByTheTextbook(_ allPositions: Bool) throws {
    let items = [
      ("Some text", ["a", "q"]), ("of mine.", ["Z"]), ("(2+3)*4", ["x", "unsayable"]),
      ("none", ["unsayable"]),
    ]
    let lens = LogitLens(model)
    var options = EvaluationOptions()
    (options.allPositions, options.ranks) = (allPositions, [1, 10, 30])
    let found = try LensEvaluation(lens, on: set(items), options: options)
    #expect(found.scored == 3 && found.leftOut == 1)
    for result in found.results {
      var sum = 0.0
      for (prompt, words) in items.prefix(3) {
        let last = [model.tokenizer.encode(prompt).count - 1]
        let usable = words.filter { $0 != "unsayable" }
        let hits = try usable.count { word in
          try lens.layers.contains { layer in
            try ranks(word, in: prompt, lens, layer: layer, positions: allPositions ? nil : last).contains {
              $0 <= result.k
            }
          }
        }
        sum += Double(hits) / Double(usable.count)
      }
      #expect(abs(result.score.value - sum / 3) <= 1e-12, "k = \(result.k)")
      #expect(result.score.null?.draws == 20 && result.random?.n == 3)
      #expect(result.score.lower.map { $0 <= result.score.value } == true)
    }
    #expect(zip(found.results, found.results.dropFirst()).allSatisfy { $0.score.value <= $1.score.value })
    #expect(found.byLayer.map(\.layer) == lens.layers)
  }

  /// Items are read together, 128 states of a layer at a time: each as by itself.
  @Test(arguments: [true, false])
  func itemsAreReadAsByThemselves(_ patched: Bool) throws {
    let lens: any Lens = patched ? try Patchscope(model) : LogitLens(model)
    let items = (0..<12).map { ("text number \($0) of these (\($0)+3)", ["a", "Z", "q"].suffix(1 + $0 % 3)) }
      .map { ($0, Array($1)) }
    #expect(items.reduce(0) { $0 + model.tokenizer.encode($1.0).count } > 128)
    var options = EvaluationOptions()
    options.ranks = [10, 30]
    let together = try LensEvaluation(lens, on: set(items), options: options)
    let alone = try items.map { try LensEvaluation(lens, on: set([$0]), options: options) }
    func mean(_ value: (LensEvaluation) -> Double) -> Double { alone.map(value).reduce(0, +) / 12 }
    for k in 0..<2 {
      #expect(abs(together.results[k].score.value - mean { $0.results[k].score.value }) <= 1e-12)
      let random = mean { $0.results[k].random?.value ?? .nan }
      #expect(abs((together.results[k].random?.value ?? .nan) - random) <= 1e-12)
    }
    for layer in lens.layers.indices {
      #expect(abs(together.byLayer[layer].score - mean { $0.byLayer[layer].score }) <= 1e-12)
    }
  }

  /// What the model says at the end is read; a word that only another item has is not, so chance is below.
  @Test func whatIsThereIsReadAndChanceIsBelow() throws {
    let prompts = (0..<12).map { "text number \($0) of these" }
    let last = model.configuration.blockCount - 1
    let items = try prompts.map { prompt in
      let top = try #require(
        try LensReading(LogitLens(model), prompt: prompt, layers: [last], count: 1).cells.first?.top.first)
      return (prompt, [String(decoding: model.tokenizer.vocabulary[top.id].bytes, as: UTF8.self)])
    }
    var options = EvaluationOptions()
    (options.allPositions, options.ranks) = (false, [1])
    let found = try LensEvaluation(LogitLens(model), on: set(items.filter { $0.1 != [""] }), options: options)
    let score = found.results[0].score
    #expect(score.value == 1 && (score.upper ?? 0) == 1 && (score.lower ?? 1) < 1)
    #expect(found.medianRank.value == 1 && found.medianRank.upper == 1 && found.medianRank.n == score.n)
    #expect((score.null?.mean ?? 1) < 1 && (found.results[0].random?.value ?? 1) < 1)
  }

  @Test func ranksAmongSharedTokensAreNoWorse() throws {
    let items = [("Some text", ["a"]), ("of mine.", ["Z"])]
    let half =
      model.tokenizer.vocabulary.map(\.id).filter { $0 % 2 == 0 }
      + WordForms(model.tokenizer).tokens(of: "a") + WordForms(model.tokenizer).tokens(of: "Z")
    let (whole, part) = (
      try LensEvaluation(LogitLens(model), on: set(items)),
      try LensEvaluation(LogitLens(model), on: set(items), among: Array(Set(half)))
    )
    #expect(part.medianRank.value < whole.medianRank.value && part.vocabulary < whole.vocabulary)
    #expect(throws: LensError.nothingToScore(set: "mine", model: model.name)) {
      _ = try LensEvaluation(LogitLens(model), on: set(items), among: [0])
    }
  }

  /// Items that one choice of tokens cannot score are read for the others.
  @Test func severalVocabulariesAreReadAsEachAlone() throws {
    let items = [("Some text", ["a"]), ("of mine.", ["Z"]), ("(2+3)*4", ["x", "q"])]
    let forms = WordForms(model.tokenizer)
    let choices: [[Int]?] = [
      nil, model.tokenizer.vocabulary.map(\.id).filter { $0 % 2 == 0 },
      forms.tokens(of: "Z") + forms.tokens(of: "q"),
    ]
    var options = EvaluationOptions()
    options.ranks = [1, 2, 30]
    let together = try LensEvaluation.evaluations(
      LogitLens(model), on: set(items), among: choices, options: options)
    #expect(together.map(\.scored) == [3, together[1].scored, 2] && together[2].leftOut == 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for (choice, found) in zip(choices, together) {
      let alone = try LensEvaluation(LogitLens(model), on: set(items), among: choice, options: options)
      #expect(try encoder.encode(found) == encoder.encode(alone))
    }
  }

  @Test func wordsHaveForms() {
    let forms = WordForms(model.tokenizer)
    let texts = { (word: String) in Set(forms.tokens(of: word).map { model.tokenizer.shownText(of: $0) }) }
    #expect(texts("a") == ["a", "A"])
    #expect(texts("addition") == ["\\x2b"])
    #expect(texts("five") == ["5"] && texts("5") == ["5"])
    #expect(forms.tokens(of: "unsayable").isEmpty)
  }

  @Test func setsThatAreNoneAreNamed() throws {
    let folder = try TemporaryFolder()
    for text in [
      "[]", "{\"items\": []}", "{\"items\": [{\"prompt\": \"a\"}]}",
      "{\"items\": [{\"prompt\": \"\", \"intermediates\": [\"a\"]}]}",
      "{\"items\": [{\"prompt\": \"a\", \"intermediates\": [3]}]}",
    ] {
      try text.write(toFile: folder.file("a.json"), atomically: true, encoding: .utf8)
      #expect(throws: (any Error).self, "\(text)") { _ = try LensSet.load(folder.file("a.json")) }
    }
  }

  /// 8 of 10, as in Wilson's table; no hit at all keeps a width.
  @Test func wilsonsInterval() throws {
    let eight = try #require(wilsonMean(Array(repeating: 1, count: 8) + [0, 0]))
    #expect(abs((eight.lower ?? 0) - 0.4902) <= 1e-4 && abs((eight.upper ?? 0) - 0.9433) <= 1e-4)
    let none = try #require(wilsonMean(Array(repeating: 0, count: 20)))
    #expect(none.lower == 0 && abs((none.upper ?? 0) - 0.1611) <= 1e-4)
    #expect(wilsonMean([]) == nil)
  }
}
