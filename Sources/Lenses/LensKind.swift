package import Transformers

/// The lenses that there are.
public enum LensKind: String, Sendable, Codable, CaseIterable {
  /// The state as it is: nothing is fitted.
  case logit
  /// An affine map a layer that foretells the last layer (``TunedFit``).
  case tuned
  /// The mean derivative of the last layer by each layer (``JacobianFit``).
  case jacobian
  /// The model itself, from the layer on (``Patchscope``): nothing is fitted.
  case patchscope

  /// Those that are fitted, and so lie in files.
  public static let fitted: [LensKind] = [.tuned, .jacobian]

  /// The lens of this kind of a model.
  ///
  /// - Parameter fitted: opens the file of a kind that is fitted; not called for the others.
  package func lens(of model: Model, fitted: () throws -> FittedLens) throws -> any Lens {
    switch self {
    case .logit: LogitLens(model)
    case .patchscope: try Patchscope(model)
    case .tuned, .jacobian: try fitted()
    }
  }
}
