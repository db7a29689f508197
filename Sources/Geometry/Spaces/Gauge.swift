internal import LinearAlgebra
public import Tensors

/// The inner product by which rows are compared, as a map of the rows.
///
/// Next-token probabilities do not change when one vector is added to all rows of an unembedding, nor when the rows
/// and the states they meet are mapped by inverse linear maps; cosines between rows do. They are a choice of gauge
/// (Park, Choe, Veitch 2024; for factor models Steck, Ekanadham, Kallus 2024), and ``GaugeTest`` says how much hangs
/// on it. All are fitted to the rows that they are applied to,
/// except `causal`, whose covariance comes from elsewhere; all but `allButTheTop` are affine and can be undone
/// where no direction is left out.
public enum Gauge: String, Sendable, Codable, CaseIterable {
  /// The rows as they are.
  case raw
  /// x - μ, with μ the mean of the given rows.
  case centred
  /// (x - μ) / σ by dimension, σ with divisor n. A dimension that does not vary becomes zero.
  case standardised
  /// x - μ less its part in the leading D principal components. Mu, Viswanath 2018, who print the projection of x
  /// instead of x - μ: their rows differ from these by one constant vector, which would put a mean back.
  case allButTheTop = "all-but-the-top"
  /// (x - μ) C^{-1/2} with the symmetric root (ZCA): of all whitenings the nearest to the rows. With ε > 0,
  /// C + ε tr(C)/d I: larger values flatten less. With ε = 0, directions whose standard deviation is below
  /// 10⁻⁶ of the largest are rounding of Float rows and become zero.
  case whitened
  /// x C^{-1/2} with the covariance C of the *unembedding's* rows: then cosines are those of the causal inner
  /// product xᵀ C^{-1} y (Park, Choe, Veitch 2024: of the products under which separable concepts are orthogonal,
  /// the one that they choose). Rows are not centred, as differences of rows are what the paper compares; ε and
  /// rank as for `whitened`. It is a product between rows of an unembedding, not between states.
  case causal

  /// Those that need no decomposition. Every measure of a pair is reported for all three side by side, since a shared mean or a few
  /// large dimensions can carry a similarity by themselves (Timkey, van Schijndel 2021).
  public static let plain: [Gauge] = [.raw, .centred, .standardised]

  /// Whether it needs no decomposition.
  public var isPlain: Bool { Self.plain.contains(self) }

  /// As tables call it.
  public var words: String { rawValue.replacing("-", with: " ") }

  /// The rows in this gauge, with as many columns.
  ///
  /// O(n d) for the first three, O(n d² + d³) for the others, whose moments and products are in Double.
  /// - Parameter unembedding: whose covariance the causal gauge takes; no other looks at it.
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens` (fewer than two rows), `.decomposition`, each for the
  ///   gauges that fit a covariance; `.option` unless 0 ≤ D < d and ε ≥ 0.
  /// - Precondition: a causal gauge has a covariance as wide as the rows.
  public func applied(
    to matrix: Matrix<Float>, _ options: GaugeOptions = GaugeOptions(), unembedding: RowCovariance? = nil
  ) throws(GeometryError) -> Matrix<Float> {
    try requireOption(
      "regularisation", options.regularisation, "0 or more", options.regularisation >= 0)
    switch self {
    case .raw: return matrix
    case .centred: return matrix.centred()
    case .standardised: return matrix.standardised()
    case .allButTheTop:
      return try Self.withoutLeading(
        options.removing ?? min(max(1, (matrix.columns + 50) / 100), matrix.columns - 1), of: matrix)
    case .whitened:
      let moments = try RowCovariance(matrix)
      let root = try moments.inverseSquareRoot(
        regularisation: options.regularisation, measure: "whitening")
      return mapped(matrix, shift: moments.mean, by: root)
    case .causal:
      guard let unembedding, unembedding.width == matrix.columns else {
        preconditionFailure(
          "an unembedding of width \(unembedding?.width ?? 0) for rows of width \(matrix.columns)")
      }
      try requireFinite(matrix, "embedding")
      let root = try unembedding.inverseSquareRoot(
        regularisation: options.regularisation, measure: "causal inner product")
      return mapped(matrix, shift: Array(repeating: 0, count: matrix.columns), by: root)
    }
  }

  /// (x - μ)(I - UᵀU) with the leading eigenvectors U of the covariance in rows.
  private static func withoutLeading(
    _ count: Int, of matrix: Matrix<Float>
  ) throws(GeometryError) -> Matrix<Float> {
    try requireOption(
      "removing", count, "0 to \(matrix.columns - 1) components",
      count >= 0 && count < max(matrix.columns, 1))
    let moments = try RowCovariance(matrix)
    let eigen = try decomposing("all but the top") { () throws(LinearAlgebraError) in
      try symmetricEigen(moments.covariance)
    }
    let leading = (matrix.columns - count..<matrix.columns).map { $0 }
    let top = eigen.vectors.selecting(rows: leading)
    var projection = RowCovariance.symmetric(top, weights: Array(repeating: -1, count: count))
    for i in 0..<matrix.columns { projection[i, i] += 1 }
    return mapped(matrix, shift: moments.mean, by: projection)
  }
}

/// How far the gauges that fit a covariance go.
public struct GaugeOptions: Sendable, Equatable, Codable {
  /// D, the components that `allButTheTop` removes; nil for d/100 (at least 1, less than d).
  public var removing: Int?
  /// ε of `whitened` and `causal`, 0 or more; larger values flatten less.
  public var regularisation = 0.0

  public init(removing: Int? = nil, regularisation: Double = 0) {
    (self.removing, self.regularisation) = (removing, regularisation)
  }
}
