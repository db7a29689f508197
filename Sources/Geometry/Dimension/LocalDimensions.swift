internal import LinearAlgebra
public import Statistics
public import Tensors

/// The local dimension of tokens by one criterion.
///
/// *Uncertainty* of the mean: none, since neighbourhoods overlap. No null here: `IntrinsicDimension` holds its own
/// criterion against Gaussian clouds.
public struct LocalDimensions: Sendable, Equatable, Codable {
  public let criterion: DimensionCriterion
  /// One a query, in their order; nil where the neighbourhood has none (its points coincide).
  public let perToken: [Double?]
  /// Over the tokens that have one.
  public let mean: Evaluation
}

extension IntrinsicDimension {
  /// Several criteria of the k nearest rows of chosen rows, from one spectrum a row.
  ///
  /// The spectrum has p = min(k - 1, d) eigenvalues: k points around their mean vary in no more directions.
  /// Coinciding rows stay in the neighbourhood. O(queries · (n d + min(k,d)² max(k,d))), whatever the number
  /// of criteria; deterministic. `options.threshold` is not used.
  /// - Parameter queries: row numbers.
  /// - Returns: one result a criterion, in their order.
  /// - Throws: `GeometryError.tooFewTokens` when there are not more than k rows, `.notFinite`, `.decomposition`.
  public static func local(
    _ matrix: Matrix<Float>, queries: [Int], criteria: [DimensionCriterion],
    _ options: IntrinsicDimensionOptions = IntrinsicDimensionOptions()
  ) throws(GeometryError) -> [LocalDimensions] {
    let graph = try Neighbours.graph(of: matrix, queries: queries, k: options.k, metric: options.metric)
    let rows = try LocalPCA.map(matrix, graph) { neighbourhood throws(LinearAlgebraError) in
      try neighbourhood.dimensions(criteria)
    }
    return criteria.indices.map { index in
      let perToken = rows.map { $0[index] }
      let defined = perToken.compactMap { $0 }
      return LocalDimensions(
        criterion: criteria[index], perToken: perToken,
        mean: defined.isEmpty
          ? .notEvaluable(reason: "all \(perToken.count) neighbourhoods are single points")
          : meanEstimate(defined))
    }
  }
}

extension LocalPCA.Neighbourhood {
  /// One number a criterion; shares of the variance are counted as ``components(threshold:)`` does.
  fileprivate func dimensions(_ criteria: [DimensionCriterion]) throws(LinearAlgebraError) -> [Double?] {
    let spectrum = try spectrum()
    return try criteria.map { criterion throws(LinearAlgebraError) in
      let dimension = criterion.dimension(of: spectrum)
      guard case .variance(let share) = criterion, dimension != nil else { return dimension }
      return Double(try components(threshold: share))
    }
  }
}

extension LocalDimensions: SpaceMeasure {
  public static let name = "local_criteria"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "dimension_criteria/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.dimensionNeighbours, .dimensionTokens, .seed]

  /// Beside the share of variance, which is ``IntrinsicDimension``.
  private static let criteria: [(key: String, criterion: DimensionCriterion)] = [
    ("participation_ratio", .participationRatio), ("fukunaga_olsen", .fukunagaOlsen(share: 0.05)),
    ("kaiser", .kaiser), ("largest_gap", .largestGap), ("broken_stick", .brokenStick),
  ]

  public static let concept: Concept? = Concept(
    meaning: "The dimension of a token's neighbourhood by other criteria of its spectrum.",
    high:
      "High values mean that many directions of a neighbourhood are large by the criterion of that name.",
    cite:
      "Of raw rows; cite them to show that a difference does not hang on the 95 % of local PCA, as their absolute values differ widely."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<[LocalDimensions]>] {
    criteria.enumerated().map { index, criterion in
      Metric(
        criterion.key, "local dimension, \(criterion.criterion.words)", IntrinsicDimension.localInvariance
      ) { $0[index].mean }
    }
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<[LocalDimensions]>] {
    criteria.enumerated().map { index, criterion in
      TokenColumn(criterion.key, "local dimension, \(criterion.criterion.words), of the same sample") {
        found, count in
        var values = [Double?](repeating: nil, count: count)
        let sample = IntrinsicDimension.sample(of: count, options.localPCA)
        for (token, dimension) in zip(sample, found[index].perToken) { values[token] = dimension }
        return values
      }
    }
  }

  public static func measure(_ space: SpaceView) throws -> [LocalDimensions] {
    let (rows, options) = (try space.rows, space.options.localPCA)
    return try IntrinsicDimension.local(
      rows, queries: IntrinsicDimension.sample(of: rows.rows, options), criteria: criteria.map(\.criterion),
      options)
  }
}
