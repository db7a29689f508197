internal import Checkpoints
internal import Tensors
internal import Tokenizers
internal import Transformers

/// What makes rows of prompts: hidden states of a decoder, vectors of an encoder.
protocol RowSource {
  /// Tokens that a prompt may have.
  var longest: Int { get }
  var width: Int { get }
  var arithmetic: Arithmetic { get }
  /// Names of the matrices that it fills.
  var points: [String] { get }
  func tokens(of text: String) throws -> [Int]
  /// A matrix a point, of prompts that run together.
  func rows(of group: [[Int]]) throws(TransformerError) -> [Matrix<Float>]
  /// What is wrong with a prompt of more tokens.
  func tooLong(file: String, place: String, tokens: Int) -> PromptError
}

/// Hidden states at some points of a decoder.
struct HiddenStateRows: RowSource {
  let model: Model
  let options: ActivationExportOptions
  private let template: ChatTemplate?

  init(_ model: Model, _ options: ActivationExportOptions) throws {
    (self.model, self.options) = (model, options)
    template = options.usesChatTemplate ? try model.tokenizer.chatTemplate() : nil
  }

  var longest: Int { model.configuration.contextLength }
  var width: Int { model.configuration.width }
  var arithmetic: Arithmetic { model.arithmetic }
  var points: [String] { options.points.map(\.name) }

  func tokens(of text: String) throws -> [Int] {
    guard let template else { return model.tokenizer.encodeStart(text) }
    let message = try template.render([ChatMessage(.user, text)])
    return model.tokenizer.encode(message, addingSpecial: false, parsingSpecial: true)
  }

  func rows(of group: [[Int]]) throws(TransformerError) -> [Matrix<Float>] {
    let states = try model.activations(group, at: options.points, positions: options.positions)
    return options.points.compactMap { states[$0] }
  }

  func tooLong(file: String, place: String, tokens: Int) -> PromptError {
    .tooLong(file: file, place: place, tokens: tokens, context: longest)
  }
}

/// One vector a text.
struct SentenceRows: RowSource {
  let encoder: SentenceEncoder
  /// Takes the first tokens of texts that are too long.
  let cuts: Bool

  var longest: Int { encoder.maximumTokens }
  var width: Int { encoder.configuration.width }
  var arithmetic: Arithmetic { .f32 }
  var points: [String] { ["sentence/\(encoder.pooling.name)"] }

  func tokens(of text: String) -> [Int] {
    let tokens = encoder.tokens(of: text)
    return cuts ? encoder.cut(tokens) : tokens
  }

  func rows(of group: [[Int]]) throws(TransformerError) -> [Matrix<Float>] { [try encoder.encode(group)] }

  func tooLong(file: String, place: String, tokens: Int) -> PromptError {
    .tooLongToEncode(file: file, place: place, tokens: tokens, most: longest)
  }
}
