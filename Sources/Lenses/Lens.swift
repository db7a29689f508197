internal import Checkpoints
internal import LinearAlgebra
public import Tensors
public import Transformers

/// What the residual stream of a layer says in tokens, as if the model stopped there.
///
///     logits(h) = W_U norm_f(M_l h + b_l)     of a state: norm_f is the model's own, computed on what it is given
///     logits(v) = W_U (γ ⊙ M_l v)             of a direction, which has no norm to divide by: the linear part
///
/// ``Patchscope`` has no such M: the model's blocks themselves stand in its place, and their derivative in that of M for directions.
///
/// Layer l is the residual stream that leaves block l, -1 what enters block 0 (``embeddingLayer``). Lenses differ in M and b.
/// A value; the model is an argument of its making.
public protocol Lens: Sendable {
  /// `logit`, `tuned`, `jacobian`, or what it is made of one.
  var name: String { get }
  var model: Model { get }
  /// Those that it reads, ascending.
  var layers: [Int] { get }
  /// Those at which it promotes tokens by different directions, ascending: all, but where M is the same at all layers, one for all.
  var layersOfDirections: [Int] { get }

  /// `M_l h + b_l` of every row.
  /// - Precondition: one of `layers`; rows of d_model numbers.
  func transported(_ states: Matrix<Float>, from layer: Int) throws -> Matrix<Float>
  /// `M_l v` of every row.
  /// - Precondition: one of `layers`; rows of d_model numbers.
  func transported(directions: Matrix<Float>, from layer: Int) throws -> Matrix<Float>
  /// `M_lᵀ w` of every row: the direction at the layer along which `w · M_l v` grows most.
  /// - Precondition: one of `layers`; rows of d_model numbers.
  func pulledBack(_ covectors: Matrix<Float>, to layer: Int) throws -> Matrix<Float>
}

/// What enters block 0.
public let embeddingLayer = -1

extension Lens {
  public var layersOfDirections: [Int] { layers }

  /// `W_U norm_f(M_l h + b_l)` of every row, `[rows x vocabulary]`, with the model's own bias and cap.
  ///
  /// Cost: `2 · vocabulary · d_model` operations a row; 4 · vocabulary bytes a row.
  /// - Throws: ``LensError`` for a layer that the lens does not read and rows of another width; `TransformerError` where a logit
  ///   is not finite.
  public func logits(_ states: Matrix<Float>, layer: Int) throws -> Matrix<Float> {
    try check(layer: layer, width: states.columns)
    return try model.unembed(transported(states, from: layer))
  }

  /// `W_U (γ ⊙ M_l v)` of every row, `[rows x vocabulary]`: how fast each logit grows along v, up to the factor that the final
  /// norm divides all of them by.
  /// - Throws: as ``logits(_:layer:)``.
  public func logits(directions: Matrix<Float>, layer: Int) throws -> Matrix<Float> {
    try check(layer: layer, width: directions.columns)
    return try model.unembed(directions: transported(directions: directions, from: layer))
  }

  /// The directions at a layer that promote tokens most, `M_lᵀ (γ ⊙ W_U[t])`, a row a token: the rows of the lens as a matrix from
  /// the residual stream to logits.
  /// - Throws: as ``logits(_:layer:)``; `TransformerError` for a token that the vocabulary does not have.
  public func directions(promoting tokens: [Int], layer: Int) throws -> Matrix<Float> {
    try check(layer: layer, width: model.configuration.width)
    return try pulledBack(model.promotingDirections(of: tokens), to: layer)
  }

  /// - Throws: ``LensError``.
  public func check(layer: Int, width: Int) throws(LensError) {
    guard layers.contains(layer) else {
      throw .layer(layer, lens: name, model: model.name, known: layers)
    }
    guard width == model.configuration.width else {
      throw .width(width, expected: model.configuration.width, model: model.name)
    }
  }
}

extension Model {
  /// All layers, from what enters block 0 to what leaves the last block.
  package var layers: [Int] { Array(embeddingLayer..<configuration.blockCount) }

  /// Where the residual stream of a layer is read.
  package static func point(ofLayer layer: Int) -> ActivationPoint {
    layer == embeddingLayer
      ? ActivationPoint(block: 0, site: .residualPre) : ActivationPoint(block: layer, site: .residualPost)
  }

  /// The residual stream of layers, sequence after sequence.
  /// - Throws: `TransformerError`.
  package func states(
    of sequences: [[Int]], at layers: [Int], positions: ActivationPositions = .all
  ) throws(TransformerError) -> [Int: Matrix<Float>] {
    let states = try activations(sequences, at: layers.map(Self.point(ofLayer:)), positions: positions)
    return Dictionary(
      uniqueKeysWithValues: layers.compactMap { layer in
        states[Self.point(ofLayer: layer)].map { (layer, $0) }
      })
  }
}

/// `embedding`, or the block's number.
public func layerWords(_ layer: Int) -> String { layer == embeddingLayer ? "embedding" : "\(layer)" }
