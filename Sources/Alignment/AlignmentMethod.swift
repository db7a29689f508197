/// How a map is fitted to pairs of matched rows.
public enum AlignmentMethod: Sendable, Equatable, Hashable {
  /// `W = argmin ‖Y - X W‖_F`: the EMB2EMB map of Lee et al. 2025 (arXiv 2503.21073).
  case leastSquares
  /// `W = argmin ‖Y - X W‖²_F + α ‖W‖²_F`, where α is `lambda` times the mean eigenvalue of `XᵀX`, so that
  /// one grid serves all models. Larger values shrink the map. nil: chosen by cross-validation.
  case ridge(lambda: Double?)
  /// Least squares cut to a rank: `W = W_LS V_r V_rᵀ` with the r leading directions of the predictions. Smaller
  /// ranks keep only what is predicted best; nil: chosen by cross-validation.
  case reducedRank(rank: Int?)
  /// The semi-orthogonal `W` that maximises `tr(Wᵀ Xᵀ Y)`; with `scaling`, times the best scalar.
  case procrustes(scaling: Bool)
  /// Through canonical variates: whiten, rotate, weigh variate i by ρᵢ to the power `reweighting`, de-whiten.
  /// 0 gives mapped rows the covariance of the target's, 1 is least squares; in [0, 1].
  case canonicalCorrelation(reweighting: Double)
  /// Unit rows whitened, turned, re-weighted by ρᵢ to the power `reweighting` and de-whitened with the source's
  /// covariance (vecmap); 0 is a rotation that whitened rows chose, in [0, 1].
  case partialWhitening(reweighting: Double)
  /// A rotation between the leading principal components of both sides; nil: as many as the smaller width.
  case landmarkPCA(components: Int?)
  /// From the cosines to this many random anchors, decoded by least squares; more anchors cost more and
  /// determine more.
  case relativeRepresentation(anchors: Int)
  /// `K = argmin ‖U_T (h K)ᵀ - U_S hᵀ‖` over all hidden states h: keeps what a direction says about the
  /// tokens (its logits); Dar et al. 2023 (arXiv 2209.02535).
  case logitMatching

  /// The name in file names and reports.
  public var name: String {
    switch self {
    case .leastSquares: "least-squares"
    case .ridge: "ridge"
    case .reducedRank: "reduced-rank"
    case .procrustes: "procrustes"
    case .canonicalCorrelation: "canonical-correlation"
    case .partialWhitening: "partial-whitening"
    case .landmarkPCA: "landmark-pca"
    case .relativeRepresentation: "relative-representation"
    case .logitMatching: "logit-matching"
    }
  }

  /// All methods with their default parameters.
  public static let all: [AlignmentMethod] = [
    .leastSquares, .ridge(lambda: nil), .reducedRank(rank: nil), .procrustes(scaling: true),
    .canonicalCorrelation(reweighting: 0.5), .partialWhitening(reweighting: 0.5),
    .landmarkPCA(components: nil),
    .relativeRepresentation(anchors: 300), .logitMatching,
  ]

  /// The method of a name with its default parameters; nil for an unknown name.
  public init?(name: String) {
    guard let method = Self.all.first(where: { $0.name == name }) else { return nil }
    self = method
  }
}
