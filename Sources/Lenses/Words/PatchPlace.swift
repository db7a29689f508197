import Checkpoints
import Transformers

/// Where a point enters a model: the space it lives in.
public enum PatchPlace: Sendable, Hashable, Codable {
  /// Rows of the embedding as the file has them; the family's scale is put on where one takes a token's place.
  case inputEmbedding
  /// The residual stream that leaves block `layer`; -1: the one that enters block 0.
  case residual(layer: Int)

  /// As reports print it.
  public var words: String {
    switch self {
    case .inputEmbedding: "the input embedding"
    case .residual(-1): "the residual stream that enters block 0"
    case .residual(let layer): "the residual stream that leaves block \(layer)"
    }
  }

  /// The site whose activations are points of this place, as near to the blocks that follow as there is one.
  ///
  /// - Throws: ``WordsError/layer(_:blocks:)``; for input embeddings of a model that does more than scale them.
  func site(in model: Model) throws(WordsError) -> ActivationPoint {
    let blocks = model.configuration.blockCount
    switch self {
    case .inputEmbedding:
      if let obstacle = model.inputObstacle {
        throw .model(
          .unsupported(
            what: "a point of the input embedding in a model with", actual: obstacle,
            supported: "models whose block 0 reads rows of the embedding, and residual streams of this one"))
      }
      return ActivationPoint(block: 0, site: .residualPre)
    case .residual(let layer):
      guard (-1..<blocks).contains(layer) else { throw .layer(layer, blocks: blocks) }
      return layer + 1 < blocks
        ? ActivationPoint(block: layer + 1, site: .residualPre)
        : ActivationPoint(block: layer, site: .residualPost)
    }
  }

  /// What a point is multiplied by on its way into the residual stream.
  func scale(in model: Model) -> Float { self == .inputEmbedding ? model.configuration.embeddingScale : 1 }
}

/// How a point takes a place in the residual stream where the state `h` stands.
public enum Insertion: String, Sendable, Hashable, Codable, CaseIterable {
  /// `‖h‖ v / ‖v‖`: the point's direction at the length that stands there. Lengths differ 20 to 100,000 times between tokens
  /// and layers, and a sum, a mean or a direction has no length of its own that means anything to the model.
  case replaceAtNorm
  /// `v` as it is.
  case replace
  /// `h + ‖h‖ v / ‖v‖` (Karvonen et al. 2025, Activation Oracles, arXiv 2512.15674).
  case add

  /// As reports print it.
  public var words: String {
    switch self {
    case .replaceAtNorm: "in place of the placeholder, at its length"
    case .replace: "in place of the placeholder, at its own length"
    case .add: "added to the placeholder at equal length"
    }
  }

  /// The edit that puts `v` at one position.
  /// - Precondition: `v` has a direction.
  func edit(_ v: [Float], standing h: [Float], at site: ActivationPoint, position: Int) -> Edit {
    let operation: Edit.Operation =
      switch self {
      case .replace: .replace(v)
      case .replaceAtNorm: .replace(v.scaled(to: norm(h)))
      case .add: .add(v.scaled(to: norm(h)))
      }
    return Edit(operation, at: site, positions: .at(position))
  }
}

/// `‖v‖`.
func norm(_ v: [Float]) -> Double { v.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

extension [Float] {
  /// The same direction at another length.
  func scaled(to length: Double) -> [Float] {
    let factor = length / norm(self)
    return map { Float(Double($0) * factor) }
  }
}
