import Checkpoints
import Tensors
import Testing
import Transformers

@Suite struct InputSequenceTests {
  /// Vectors that are the rows of tokens, as they enter block 0.
  private func rows(_ tokens: [Int], of model: Model) -> InputSequence.Piece { .vectors(model.embed(tokens)) }

  @Test(arguments: TinyModel.names) func rowsOfTokensAreReadAsTheTokens(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let (prompt, rest) = (Array(tiny.tokens.prefix(9)), Array(tiny.tokens.dropFirst(9).prefix(4)))
    let mixed = InputSequence([
      .tokens(Array(prompt[0..<2])), rows(Array(prompt[2..<5]), of: tiny.model), .tokens([]),
      rows([prompt[5]], of: tiny.model), .tokens(Array(prompt[6...])),
    ])
    #expect(mixed.count == 9)
    let expected = try tiny.model.logProbabilities(of: [Continuation(prompt: prompt, continuation: rest)])
    let found = try tiny.model.logProbabilities(of: [(mixed, rest)])
    #expect(found[0].count == rest.count)
    for (a, b) in zip(found[0], expected[0]) { #expect(abs(a - b) < 1e-4) }
    let options = GenerationOptions(maximumTokens: 8, stopTokens: [])
    #expect(
      try tiny.model.generate([mixed, InputSequence([.tokens(rest)])], options: options)
        == tiny.model.generate([prompt, rest], options: options))
  }

  /// One prompt with many continuations is run once: the same numbers as each alone, also where only a vector differs.
  @Test func neighboursThatBeginAlikeDoNotDisturbEachOther() throws {
    let tiny = try TinyModel.load("llama")
    let tokens = tiny.tokens
    var random = SeededRandom(seed: 3)
    func vector() -> InputSequence.Piece {
      .vectors(Matrix(rows: 2, columns: 32, elements: (0..<64).map { _ in Float(random.normal()) }))
    }
    let (one, two) = (vector(), vector())
    let prompts = [one, one, two, one].map {
      InputSequence([.tokens(Array(tokens.prefix(6))), $0, .tokens(Array(tokens[6..<8]))])
    }
    let continuations = [[3, 4], [3, 9, 7], [3, 4], []]
    let all = try tiny.model.logProbabilities(
      of: zip(prompts, continuations).map { (prompt: $0, continuation: $1) })
    for (index, found) in all.enumerated() {
      let alone = try tiny.model.logProbabilities(of: [(prompts[index], continuations[index])])[0]
      #expect(found.count == continuations[index].count)
      for (a, b) in zip(found, alone) { #expect(abs(a - b) < 1e-4) }
    }
    #expect(abs(all[0][0] - all[2][0]) > 1e-3)
  }

  @Test func whatDoesNotFitIsSaid() throws {
    let model = try TinyModel.load("llama").model
    func refusal(_ pieces: [InputSequence.Piece]) -> TransformerError? {
      #expect(throws: TransformerError.self) { try model.generate([InputSequence(pieces)]) }
    }
    #expect(refusal([]) == .emptySequence(sequence: 0))
    #expect(
      refusal([.vectors(Matrix(rows: 1, columns: 31, repeating: 0))])
        == .count(what: "width of the vectors", expected: 32, actual: 31))
    guard case .notFinite? = refusal([.tokens([1]), .vectors(Matrix(rows: 1, columns: 32, repeating: .nan))])
    else {
      Issue.record("a vector of NaN")
      return
    }
    #expect(refusal([.tokens([96])]) == .token(sequence: 0, position: 0, id: 96, vocabularySize: 96))
    guard case .contextLength? = refusal([.vectors(Matrix(rows: 513, columns: 32, repeating: 1))]) else {
      Issue.record("vectors beyond the context")
      return
    }
  }
}
