internal import Checkpoints
public import Stores
public import Tensors
internal import Tokenizers
public import Training
public import Transformers

/// A language model that reads vectors of a domain: the model, an adapter, and what of the model itself was trained
/// with it.
///
/// ```swift
/// let elm = try EmbeddingLanguageModel.open("models/words.elm.h5", for: model, reference)
/// let prompt = ElmPrompt([.text("What does "), .vector(vector), .text(" mean?")])
/// print(try elm.answers(to: [prompt])[0].text)
/// ```
/// After Tennenholtz et al. 2024. A vector x of the domain becomes `(x - mean) / scale`, the adapter makes K
/// pseudo-tokens of it, and those enter block 0 between the rows of the prompt's tokens.
public struct EmbeddingLanguageModel: Sendable {
  /// With the weights that were trained.
  public let model: Model
  /// As its checkpoint has it.
  private let frozen: Model
  public let adapter: Adapter
  /// The adapter's.
  public let parameters: ParameterSet
  /// What the file says.
  public let record: ElmRecord
  package let writer: PromptWriter

  /// - Parameter model: the one that it was trained on, as its checkpoint has it.
  /// - Throws: ``ElmError/misfit(what:expected:actual:remedy:)`` for parameters that do not fit the model;
  ///   `TransformerError`.
  public init(_ record: ElmRecord, on model: Model) throws {
    adapter = try Adapter(record, on: model)
    parameters = ParameterSet(
      record.adapter.map { Parameter($0.name, $0.values, isDecayed: $0.values.rows > 1) })
    let expected = adapter.initialParameters(seed: 0)
    guard Set(parameters.shapes) == Set(expected.shapes) else {
      throw ElmError.misfit(
        what: "parameters of the adapter", expected: expected.shapes.joined(separator: ", "),
        actual: parameters.shapes.joined(separator: ", "), remedy: "the file is damaged: train it again")
    }
    self.model = try model.adapted(record)
    (frozen, self.record) = (model, record)
    writer = try PromptWriter(model.tokenizer, isChat: record.isChat)
  }

  private init(_ elm: EmbeddingLanguageModel, on model: Model) {
    (self.model, frozen) = (model, elm.frozen)
    (adapter, parameters, record, writer) = (elm.adapter, elm.parameters, elm.record, elm.writer)
  }

  /// The same adapter on the language model as it was before training: what it says when it is asked by name, say.
  public var onFrozenModel: EmbeddingLanguageModel { EmbeddingLanguageModel(self, on: frozen) }

  /// - Parameters:
  ///   - path: of a file `NAME.elm.h5`.
  ///   - reference: the model's name and the SHA-256 of its checkpoint.
  /// - Throws: `StoreError` for a file that is damaged, or of another model.
  public static func open(_ path: String, for model: Model, _ reference: StoreReference) throws -> Self {
    let store = try ElmStore.open(path)
    try store.requireFit(model: reference)
    return try EmbeddingLanguageModel(store.record, on: model)
  }

  // MARK: - Vectors

  /// What the adapter reads: `(x - mean) / scale`, row by row.
  public func standardised(_ vectors: Matrix<Float>) -> Matrix<Float> {
    record.standardisation.applied(to: vectors)
  }

  /// The pseudo-tokens of vectors, in the units of the residual stream that enters block 0.
  ///
  /// - Parameter vectors: `[n x d]`, in the domain's own units.
  /// - Returns: `[n · K x d_model]`, vector after vector.
  public func pseudoTokens(of vectors: Matrix<Float>) -> Matrix<Float> {
    adapter.pseudoTokens(of: standardised(vectors), at: parameters)
  }

  // MARK: - Answers

  /// What the model writes after each prompt; the prompts advance together, 64 at a time.
  ///
  /// - Throws: ``ElmError/width(expected:actual:)`` for a vector of another domain; `TransformerError` for prompts
  ///   beyond the context.
  public func answers(
    to prompts: [ElmPrompt], _ options: GenerationOptions = GenerationOptions()
  ) throws -> [ElmAnswer] {
    let inputs = try prompts.map(sequence)
    var options = options
    if options.stopTokens == nil { options.stopTokens = model.tokenizer.endOfTurn.union([writer.end]) }
    return zip(inputs, try model.generate(inputs, options: options)).map { input, tokens in
      ElmAnswer(
        text: model.tokenizer.decode(tokens).trimmingSpaces, tokens: tokens,
        hasEnded: tokens.count < options.maximumTokens
          && input.count + tokens.count < model.configuration.contextLength)
    }
  }

  /// `Σ ln p(token | everything before it)` over the tokens of each answer and the one that ends it, as in training.
  ///
  /// Neighbours with the same prompt share its cost.
  /// - Returns: the sum in nats, and how many tokens it is of.
  /// - Throws: as ``answers(to:_:)``.
  public func logLikelihoods(
    of answers: [(prompt: ElmPrompt, answer: String)]
  ) throws -> [(total: Double, tokens: Int)] {
    let continuations = try answers.map { (try sequence($0.prompt), writer.tokens(ofAnswer: $0.answer)) }
    return try model.logProbabilities(of: continuations).map { found in
      (found.reduce(0) { $0 + Double($1) }, found.count)
    }
  }

  /// What enters block 0.
  package func sequence(_ prompt: ElmPrompt) throws -> InputSequence {
    let vectors = prompt.vectors
    for vector in vectors where vector.count != adapter.inputWidth {
      throw ElmError.width(expected: adapter.inputWidth, actual: vector.count)
    }
    let tokens =
      vectors.isEmpty
      ? Matrix(rows: 0, columns: adapter.modelWidth, elements: [])
      : pseudoTokens(
        of: Matrix(rows: vectors.count, columns: adapter.inputWidth, elements: vectors.flatMap(\.self)))
    var next = 0
    return InputSequence(
      try writer.pieces(of: prompt.pieces.map { if case .text(let text) = $0 { text } else { nil } }).map {
        piece in
        switch piece {
        case .tokens(let tokens): return .tokens(tokens)
        case .vector:
          defer { next += 1 }
          return .vectors(tokens.rows(next * adapter.tokenCount..<(next + 1) * adapter.tokenCount))
        }
      })
  }
}

extension String {
  /// Without the white space around it.
  fileprivate var trimmingSpaces: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
