/// How a map is fitted to pairs of matched rows.
public enum AlignmentMethod: Sendable, Equatable, Hashable {
  /// `W = argmin ‖Y - X W‖_F`: the EMB2EMB map of Lee et al. 2025 (arXiv 2503.21073).
  case leastSquares
  /// `W = argmin ‖Y - X W‖²_F + α ‖W‖²_F`, where α is `lambda` times the mean eigenvalue of `XᵀX`, so that
  /// one grid serves all models. Larger values shrink the map. nil: chosen by cross-validation.
  case ridge(lambda: Double?)
  /// The semi-orthogonal `W` that maximises `tr(Wᵀ Xᵀ Y)`; with `scaling`, times the best scalar.
  case procrustes(scaling: Bool)
  /// `K = argmin ‖U_T (h K)ᵀ - U_S hᵀ‖` over all hidden states h: keeps what a direction says about the
  /// tokens (its logits); Dar et al. 2023 (arXiv 2209.02535).
  case logitMatching

  /// The name in file names and reports.
  public var name: String {
    switch self {
    case .leastSquares: "least-squares"
    case .ridge: "ridge"
    case .procrustes: "procrustes"
    case .logitMatching: "logit-matching"
    }
  }

  /// All methods with their default parameters.
  public static let all: [AlignmentMethod] = [
    .leastSquares, .ridge(lambda: nil), .procrustes(scaling: true), .logitMatching,
  ]

  /// The method of a name with its default parameters; nil for an unknown name.
  public init?(name: String) {
    guard let method = Self.all.first(where: { $0.name == name }) else { return nil }
    self = method
  }
}
