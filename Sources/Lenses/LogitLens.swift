internal import Checkpoints
public import Tensors
public import Transformers

/// The state as it is: M = I, b = 0 (nostalgebraist 2020).
///
/// At the last layer these are the model's own logits. Earlier layers need not speak the last one's language: where they rotate
/// or shift it, the lens reads noise.
public struct LogitLens: Lens {
  public let model: Model

  public init(_ model: Model) { self.model = model }

  public var name: String { LensKind.logit.rawValue }
  public var layers: [Int] { model.layers }
  public var layersOfDirections: [Int] { layers.suffix(1) }

  /// States of a layer, carried to the final residual stream: `[rows x d_model]`.
  public func transported(_ states: Matrix<Float>, from layer: Int) -> Matrix<Float> { states }
  /// Directions of a layer, carried by the linear part.
  public func transported(directions: Matrix<Float>, from layer: Int) -> Matrix<Float> { directions }
  /// Covectors of the final residual stream, taken back to a layer.
  public func pulledBack(_ covectors: Matrix<Float>, to layer: Int) -> Matrix<Float> { covectors }
}
