import Checkpoints
import Foundation
import Statistics
public import Tensors
import Tokenizers
public import Transformers

/// The lens that lets the model itself read a state: it takes the place of the last token of an identity prompt at the same layer, and
/// the model goes on from there.
///
/// `z(h, l) = logits of the prompt's last position, where its stream that leaves block l is h`. At the last layer it is the logit
/// lens. Ghandeharioun et al. 2024 (arXiv 2401.06102), next-token prediction. Cost: `2 · parameters` of the blocks above l for
/// each state; what comes before the last token is run once for all.
public struct Patchscope: Sendable {
  public static let identityPrompt = "cat->cat; 1135->1135; hello->hello; ?"

  public let model: Model
  public let prompt: String
  private let tokens: [Int]

  /// - Throws: ``WordsError/prompt(_:reason:)`` for a prompt without a token.
  public init(_ model: Model, prompt: String = identityPrompt) throws(WordsError) {
    (self.model, self.prompt) = (model, prompt)
    tokens = model.tokenizer.encodeStart(prompt)
    guard !tokens.isEmpty else {
      throw .prompt(prompt, reason: "it has no token whose place a state could take")
    }
  }

  public var name: String { "patchscope" }

  /// -1, the stream that enters block 0, to the one that leaves the last block.
  public var layers: [Int] { Array(-1..<model.configuration.blockCount) }

  /// `[states x vocabulary]`.
  /// - Throws: ``WordsError`` for a layer or a width that the model does not have, and for states that are not finite.
  public func logits(_ states: Matrix<Float>, layer: Int) throws(WordsError) -> Matrix<Float> {
    let final = try finalStates((0..<states.rows).map { .replace(states.row($0)) }, layer: layer)
    return try wordsErrors { () throws(TransformerError) in try model.unembed(final) }
  }

  /// How the logits change along directions, `dz/dα` of `h₀ + α v` at the state h₀ that stands there, per unit of α: `[directions x
  /// vocabulary]`.
  ///
  /// A direction has no state of its own that could be put in. By central differences with a fiftieth of ‖h₀‖ to each side.
  /// - Throws: as ``logits(_:layer:)``; for a zero direction.
  public func logits(directions: Matrix<Float>, layer: Int) throws(WordsError) -> Matrix<Float> {
    let site = try PatchPlace.residual(layer: layer).site(in: model)
    let standing = try wordsErrors { () throws(TransformerError) in
      try model.activations([tokens], at: [site], positions: .last)[site]?.elements ?? []
    }
    let step = norm(standing) / 50
    let norms = (0..<directions.rows).map { norm(directions.row($0)) }
    guard norms.allSatisfy({ $0 > 0 }) else { throw .point(reason: "is zero, which has no direction") }
    let edits = [step, -step].flatMap { step in
      norms.indices.map { row in
        Edit.Operation.add(directions.row(row).map { Float(step / norms[row]) * $0 })
      }
    }
    let final = try finalStates(edits, layer: layer)
    var logits = try wordsErrors { () throws(TransformerError) in try model.unembed(final) }
    let half = norms.count * logits.columns
    for row in norms.indices {
      let factor = Float(norms[row] / (2 * step))
      for i in row * logits.columns..<(row + 1) * logits.columns {
        logits.elements[i] = (logits.elements[i] - logits.elements[half + i]) * factor
      }
    }
    return Matrix(rows: norms.count, columns: logits.columns, elements: Array(logits.elements.prefix(half)))
  }

  private func finalStates(_ operations: [Edit.Operation], layer: Int) throws(WordsError) -> Matrix<Float> {
    let site = try PatchPlace.residual(layer: layer).site(in: model)
    let last = tokens.count - 1
    return try wordsErrors { () throws(TransformerError) in
      try model.finalStates(
        of: tokens, at: [last],
        under: operations.map { Intervention([Edit($0, at: site, positions: .at(last))]) })
    }
  }
}
