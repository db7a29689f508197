internal import Checkpoints
internal import Foundation
public import Lenses
internal import Steering
internal import Tensors
internal import Tokenizers
internal import Transformers

/// What one lens reads of a point.
public struct PointLens: Sendable, Codable {
  /// `logit`, `tuned`, `jacobian` or `patchscope`.
  public let lens: String
  public let reading: PointSection<LensTable>
}

/// Tokens by layers, of a point that stands in a pass; or of a direction at its layer.
public struct LensTable: Sendable, Codable {
  /// One layer of the residual stream, -1 for what enters block 0.
  public struct Row: Sendable, Codable {
    public let layer: Int
    /// The most probable tokens, most probable first.
    public let tokens: [ReadWord]
    /// Rank of the point's own token, 1 the most probable; nil for points that are no token.
    public let ownRank: Int?
  }

  /// In which text the point stands.
  public let context: String
  /// From the point's layer on, where the point is put into the pass; of a state of a prompt all layers.
  public let rows: [Row]
  /// What the lens reads of the mean of the rows that the point is held against, at the point's layer: what it reads of anything.
  public let generic: [ReadWord]
  /// Of a direction the tokens whose logits grow and fall most along it, beside random directions; its rows are empty.
  public let direction: DirectionReading?
}

extension PointModel {
  /// The five most probable tokens.
  func words(of logits: [Float]) -> [ReadWord] {
    let total = logSumExp(logits.span)
    return largest(5, of: logits.span).map {
      ReadWord(words: word($0), probability: exp(Double(logits[$0]) - total))
    }
  }
}

extension ResolvedPoint {
  /// Whether it is a state of a prompt as the model made it.
  var isState: Bool { if case .state = expression.node { true } else { false } }
}

/// Where a point stands when the model goes on from it: its prompt up to it, or one position behind a begin of sequence, whose state
/// is an attention sink and no place for a point.
struct PointContext {
  let tokens: [Int]
  private let isPrompt: Bool
  /// d_model.
  private let width: Int

  init(_ point: ResolvedPoint, in model: Model) {
    isPrompt = point.prompt != nil
    width = model.configuration.width
    let begin = model.tokenizer.beginOfSequence ?? model.tokenizer.endOfSequence ?? 0
    tokens = point.prompt.map { Array($0.tokens[...$0.position]) } ?? [begin, point.token ?? begin]
  }

  var empty: Matrix<Float> { Matrix(rows: 1, columns: width, repeating: 0) }

  func words(in model: PointModel) -> String {
    isPrompt
      ? "in its prompt" : "in the position behind \(model.word(tokens[0]))"
  }

  /// The residual stream of every layer at the last position, with `values` in the place of what leaves `layer`.
  func states(of values: [Float], from layer: Int, in model: Model) throws -> [Int: Matrix<Float>] {
    func place(_ layer: Int) -> ActivationPoint {
      layer == embeddingLayer
        ? ActivationPoint(block: 0, site: .residualPre) : ActivationPoint(block: layer, site: .residualPost)
    }
    let layers = Array(embeddingLayer..<model.configuration.blockCount)
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    let edit = Edit(.replace(values), at: place(layer), positions: .at(tokens.count - 1))
    let found = try model.forward(
      [tokens], cache: &cache, interventions: [Intervention([edit])], recording: layers.map(place))
    return Dictionary(
      uniqueKeysWithValues: layers.compactMap { layer in
        found.activations[place(layer)].map { (layer, $0.selecting(rows: [tokens.count - 1])) }
      })
  }
}
