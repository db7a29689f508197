internal import LinearAlgebra
internal import Tensors

/// A fitted map with what the fit says about itself.
public struct FittedMap: Sendable, Equatable {
  /// The map for directions and points, source to target.
  public let map: LinearMap
  /// The map of rows that the fit made as good as it could, and that held-out rows must judge: the map itself,
  /// except for logit matching, where it is the transposed map from target rows back to source rows.
  public let rowMap: LinearMap
  public let diagnostics: FitDiagnostics

  /// True when held-out rows are predicted from the target's rows (logit matching).
  public var predictsSourceRows: Bool { diagnostics.method.predictsSourceRows }
}

/// What a fit says about itself.
public struct FitDiagnostics: Sendable, Equatable {
  /// The method; for ridge with the λ that was used, for reduced rank with the rank.
  @EquatableMethod public internal(set) var method: any LinearMethod
  /// Matched tokens that it was fitted on.
  public let tokenCount: Int
  /// Independent directions of the regressors, after centring; fewer than their width means that the rest
  /// were mapped to zero.
  public let rank: Int
  /// σ_max / σ_min over those directions: how much the worst-determined direction magnifies noise (for
  /// Procrustes, of the cross-covariance). Above 1000 prefer ridge.
  public let conditionNumber: Double
  /// Ridge with cross-validation only: the path over the grid.
  public let ridgePath: RidgePath?
  /// Reduced rank with cross-validation only: the path over the ranks.
  public internal(set) var rankPath: RankPath?
  /// Procrustes only: the scalar in front of the semi-orthogonal matrix.
  public let scale: Double?
  /// Canonical correlation only: ρ, descending.
  public internal(set) var correlations: [Double]?
}

/// The moments as the options want them, and the means that go into the map.
struct CentredMoments: Sendable {
  let moments: PairMoments
  let sourceMean: [Double]
  let targetMean: [Double]

  /// - Throws: `AlignmentError.noVariance` when a side is constant.
  init(_ raw: PairMoments, _ options: AlignmentOptions) throws(AlignmentError) {
    sourceMean = options.isCentred ? raw.sourceMean : Array(repeating: 0, count: raw.sourceSum.count)
    targetMean = options.isCentred ? raw.targetMean : Array(repeating: 0, count: raw.targetSum.count)
    moments = options.isCentred ? raw.about(sourceMean, targetMean) : raw
    guard moments.sourceEnergy > 1e-13 * raw.sourceEnergy else { throw .noVariance(side: "source") }
    guard moments.targetEnergy > 1e-13 * raw.targetEnergy else { throw .noVariance(side: "target") }
  }

  /// The fitted map, for directions, points and held-out rows alike.
  func fitted(
    _ weights: Matrix<Double>, _ method: any LinearMethod, rank: Int, conditionNumber: Double,
    ridgePath: RidgePath? = nil, rankPath: RankPath? = nil, scale: Double? = nil,
    correlations: [Double]? = nil
  ) -> FittedMap {
    let map = LinearMap(
      weights: weights.narrowed(), sourceMean: sourceMean.map { Float($0) },
      targetMean: targetMean.map { Float($0) }, method: method.name)
    return FittedMap(
      map: map, rowMap: map,
      diagnostics: FitDiagnostics(
        method: method, tokenCount: Int(moments.count), rank: rank, conditionNumber: conditionNumber,
        ridgePath: ridgePath, rankPath: rankPath, scale: scale, correlations: correlations))
  }
}

/// Multiplies a map by the scalar of least squared error, `tr(WᵀXᵀY) / tr(WᵀXᵀX W)`, and returns it.
@discardableResult
func scaleToFit(_ weights: inout Matrix<Double>, _ moments: PairMoments) -> Double {
  let mapped = transposedProducts([TransposedProduct(moments.sourceGram, weights)])[0]
  let energy = product(mapped.elements, weights.elements)
  let scale = energy > 0 ? product(weights.elements, moments.cross.elements) / energy : 0
  for index in weights.elements.indices { weights.elements[index] *= scale }
  return scale
}

/// How many singular values can be told from rounding in a problem of this size, and the ratio of the largest to the
/// smallest of them.
func rankAndCondition(_ singularValues: [Double], size: Int) -> (rank: Int, conditionNumber: Double) {
  let largest = singularValues.first ?? 0
  let counted = singularValues.filter { $0 > Double(size) * .ulpOfOne * largest }
  return (counted.count, largest / (counted.last ?? largest))
}
