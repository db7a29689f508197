internal import LinearAlgebra
public import Statistics
public import Tensors

/// How far one model's space is a linear image of the other's: CCA, SVCCA and PWCCA.
///
/// With centred rows X (n × d_A), Y (n × d_B), the canonical correlations ρ₁ ≥ … ≥ ρ_r, r = min(rank X, rank Y),
/// are the singular values of `T = (XᵀX)^{-1/2} XᵀY (YᵀY)^{-1/2}`. Then
///
///     mean CCA  = Σ ρᵢ / r            (Raghu et al. 2017; Kornblith et al. 2019, ρ̄_CCA)
///     R²_CCA    = Σ ρᵢ² / r           (Kornblith et al. 2019)
///     SVCCA     = mean CCA of the leading components that hold 99 % of each side's variance
///     PWCCA     = Σ αᵢ ρᵢ / Σ αᵢ,  αᵢ = Σⱼ |⟨hᵢ, xⱼ⟩|,  hᵢ canonical variates, xⱼ columns of the side with
///                 fewer directions, the first when equal (Morcos, Raghu, Bengio 2018)
///
/// In feature space: XᵀX, YᵀY and XᵀY in Double, their eigenbases, and in them T; SVCCA's components are a block
/// of it. O(n d²) once, O(d³) for each of 20 left-out groups of tokens and K permuted pairings.
/// Directions with a standard deviation below 10⁻⁶ of the largest do not count.
///
/// Mean CCA and R²_CCA do not change under any invertible linear map of either side, SVCCA not under rotation,
/// translation and isotropic scale. PWCCA's weights depend on the axes of the side that gives them: a rotation of
/// that side changes it, an invertible linear map of the other does not. All grow with (d_A + d_B)/n for unrelated models:
/// read them against the null. google/svcca averages over the ρ that hold 98 % of their sum, and its PWCCA
/// takes the second side's weights from the first side's columns; neither is done here.
public struct CanonicalCorrelation: Sendable, Equatable, Codable, GramMeasure {
  public let meanCCA: Evaluation
  /// Σ ρᵢ² / r.
  public let meanSquaredCCA: Evaluation
  public let svcca: Evaluation
  public let pwcca: Evaluation

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`, `.option`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    try self.init(of: a, b, options)
  }

  init(reason: String, _ options: LinearSimilarityOptions) {
    (meanCCA, meanSquaredCCA) = (.notEvaluable(reason: reason), .notEvaluable(reason: reason))
    (svcca, pwcca) = (meanCCA, meanCCA)
  }

  init(_ values: GramValues, _ options: LinearSimilarityOptions) {
    meanCCA = values.similarity(0)
    meanSquaredCCA = values.similarity(1)
    svcca = values.similarity(2)
    pwcca = values.similarity(3)
  }

  static let words = "canonical correlations"

  static func statistics(
    _ view: GramView, _ options: LinearSimilarityOptions
  ) throws(GeometryError) -> [Double] {
    try requireOption(
      "svccaVariance", options.svccaVariance, "more than 0 and at most 1",
      options.svccaVariance > 0 && options.svccaVariance <= 1)
    let joint = view.centred
    let svd = try decomposing("canonical correlations") { () throws(LinearAlgebraError) in
      try singularValueDecomposition(joint.whitened)
    }
    let rho = svd.singularValues.map { min($0, 1) }
    let count = Double(rho.count)
    return [
      rho.reduce(0, +) / count, rho.reduce(0) { $0 + $1 * $1 } / count, try svcca(joint, options),
      pwcca(joint, svd, rho),
    ]
  }

  private static func svcca(
    _ joint: JointSpectra, _ options: LinearSimilarityOptions
  ) throws(GeometryError) -> Double {
    let block = joint.scaled(
      inverseRoots(joint.a.values.prefix(joint.a.rank(reaching: options.svccaVariance))),
      inverseRoots(joint.b.values.prefix(joint.b.rank(reaching: options.svccaVariance))))
    let rho = try decomposing("SVCCA") { () throws(LinearAlgebraError) in try singularValues(of: block) }
    return rho.reduce(0) { $0 + min($1, 1) } / Double(rho.count)
  }

  /// ⟨hᵢ, xⱼ⟩ = (Uᵀ Λ^{1/2} V)ᵢⱼ for the canonical variates h = X Vᵀ Λ^{-1/2} U.
  private static func pwcca(
    _ joint: JointSpectra, _ svd: SingularValueDecomposition, _ rho: [Double]
  ) -> Double {
    let isFirst = joint.a.rank <= joint.b.rank
    let side = isFirst ? joint.a : joint.b
    var columns = side.vectors
    for row in 0..<columns.rows {
      let root = side.values[row].squareRoot()
      for index in columns.range(ofRow: row) { columns.elements[index] *= root }
    }
    let products = multiply(isFirst ? svd.u : svd.vTransposed, columns, transposingA: isFirst)
    var (weighted, total) = (0.0, 0.0)
    for i in rho.indices {
      let weight = products.range(ofRow: i).reduce(0) { $0 + abs(products.elements[$1]) }
      weighted += weight * rho[i]
      total += weight
    }
    return weighted / total
  }
}
