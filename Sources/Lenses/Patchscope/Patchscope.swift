internal import Checkpoints
internal import Gradients
public import Tensors
internal import Tokenizers
public import Transformers

/// The lens that lets the model itself read a state: it takes the place of the last token of an identity prompt at the same layer, and
/// the model goes on from there.
///
/// `transported(h, l)` is what leaves the last block in the prompt's last position where its stream that leaves block l is h; at the
/// last layer it is the logit lens. A direction moves the state that stands there: `J_l v`, the exact derivative. Ghandeharioun et
/// al. 2024 (arXiv 2401.06102), next-token prediction. Cost: `2 · parameters` of the blocks above l for each state; what comes before
/// the last token is run once for all.
public struct Patchscope: Lens {
  public static let identityPrompt = "cat->cat; 1135->1135; hello->hello; ?"

  public let model: Model
  public let prompt: String
  private let tokens: [Int]
  private let tape: Tape

  /// - Throws: ``WordsError`` for a prompt without a token, or beyond the context.
  public init(_ model: Model, prompt: String = identityPrompt) throws(WordsError) {
    (self.model, self.prompt) = (model, prompt)
    let tokens = model.tokenizer.encodeStart(prompt)
    guard !tokens.isEmpty else {
      throw .prompt(prompt, reason: "it has no token whose place a state could take")
    }
    self.tokens = tokens
    tape = try wordsErrors { () throws(TransformerError) in try model.tape([tokens]) }
  }

  public var name: String { LensKind.patchscope.rawValue }
  public var layers: [Int] { model.layers }

  /// States of a layer, carried to the final residual stream: `[rows x d_model]`.
  public func transported(_ states: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    let site = try PatchPlace.residual(layer: layer).site(in: model)
    let last = tokens.count - 1
    return try model.finalStates(
      of: tokens, at: [last],
      under: (0..<states.rows).map {
        Intervention([Edit(.replace(states.row($0)), at: site, positions: .at(last))])
      })
  }

  /// Directions of a layer, carried by the linear part.
  public func transported(directions: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    try alone(directions) { try model.pushforward($0, through: tape, from: layer + 1) }
  }

  /// Covectors of the final residual stream, taken back to a layer.
  public func pulledBack(_ covectors: Matrix<Float>, to layer: Int) throws -> Matrix<Float> {
    try alone(covectors) { try model.pullback($0, through: tape, to: layer + 1) }
  }

  /// Rows in the prompt's last position, zero in all others, a copy of the prompt for each; 64 copies at a time.
  private func alone(
    _ rows: Matrix<Float>, _ map: (Matrix<Float>) throws -> Matrix<Float>
  ) throws -> Matrix<Float> {
    var result: [Float] = []
    for start in stride(from: 0, to: rows.rows, by: 64) {
      let part = start..<min(rows.rows, start + 64)
      var copies = Matrix<Float>(rows: part.count * tokens.count, columns: rows.columns, repeating: 0)
      let places = part.map { ($0 - start + 1) * tokens.count - 1 }
      for (row, place) in zip(part, places) {
        copies.elements.replaceSubrange(copies.range(ofRow: place), with: rows.row(row))
      }
      result += try map(copies).selecting(rows: places).elements
    }
    return Matrix(rows: rows.rows, columns: rows.columns, elements: result)
  }
}
