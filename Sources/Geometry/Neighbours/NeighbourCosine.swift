public import Statistics
public import Tensors

/// How alike neighbours are, with and without what any two rows share.
///
///     s = (1/nk) Σᵢ Σ_{j ∈ S(i)} cos(xᵢ, x_j),   s - Â
///
/// with the mean cosine Â of all pairs (``Anisotropy``). In a cone where all cosines are near 0.9, a neighbour's
/// 0.93 says little: s - Â is the excess (Ethayarajh 2019 subtracts this baseline from every mean cosine).
/// *Uncertainty*: none: tokens share neighbours. *Null* of s: its mean is Â, neighbours drawn at random.
public struct NeighbourCosine: Sendable, Equatable, Codable {
  public let meanCosine: Evaluation
  /// s - Â.
  public let corrected: Evaluation
  /// Â.
  public let anisotropy: Evaluation

  /// O(n (k + d)) given the graph.
  /// - Parameters:
  ///   - matrix: the rows.
  ///   - graph: of all of them, by cosine.
  /// - Throws: `GeometryError.notFinite`.
  public init(
    _ matrix: Matrix<Float>, _ graph: NeighbourGraph, _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    anisotropy = try Anisotropy(matrix, options.interval).meanCosine
    let perToken = (0..<graph.count).map { query in
      graph.similarities[query * graph.k..<(query + 1) * graph.k].reduce(0.0) { $0 + Double($1) }
        / Double(graph.k)
    }
    guard let baseline = anisotropy.value else {
      meanCosine = meanEstimate(perToken)
      corrected = .notEvaluable(reason: anisotropy.reason ?? "there is no mean cosine")
      return
    }
    let random = NullDistribution(meaning: "each token's neighbours drawn at random", mean: baseline)
    meanCosine = meanEstimate(perToken, null: random)
    corrected = meanEstimate(
      perToken.map { $0 - baseline }, null: NullDistribution(meaning: random.meaning, mean: 0))
  }
}
