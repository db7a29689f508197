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
}
