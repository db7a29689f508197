public import Statistics
public import Tensors

/// How the Gaussian clouds of ``DistanceDimensionNulls`` are measured.
public struct DistanceDimensionNullOptions: Sendable, Equatable, Codable {
  /// Neighbours that Levina–Bickel's estimate takes; give it the k of the tokens' graph.
  public var k = 20
  /// Neighbours that the scales of GRIDE reach: 1, 2, 4 … up to half of it. Not below `k`.
  public var reach = 64
  /// Points of each cloud whose neighbours, among all of its points, are searched for; all when there are not
  /// more. Larger values narrow the null, at n d multiplications a point.
  public var points = 2000
  public var twoNN = TwoNNOptions()
  /// Its seed also draws the clouds: those of ``IntrinsicDimension`` with the same seed.
  public var resampling = Resampling()

  public init() {}
}

/// What the dimensions from distances are for Gaussian clouds shaped like a model's tokens.
///
/// An isotropic Gaussian, and one with the model's own mean and covariance, each of as many points and columns as
/// the tokens: an estimate from distances grows with neither the width nor the spectrum alone, but is biased by
/// the number of points, so that only a cloud of as many can be its null. What differs from the second
/// is about how tokens lie, not about their covariance. The three estimates use the raw rows' Euclidean distances.
///
/// *Copies and ties*: each estimator's own policy (``TwoNN``, ``LevinaBickel``, ``Gride``) holds for the tokens
/// and for the clouds. A Gaussian cloud has no copies; the model's count as points, n of them, and weigh
/// in its mean and covariance. Where copies are many, measure and compare the distinct rows only
/// (``Neighbours/distinctRows(of:)``).
///
/// *Cost*: two clouds of n × d numbers, one at a time, O(n d²), and 2 · points · n · d multiplications.
/// *Uncertainty*: each estimate's own. Deterministic in the seed.
public struct DistanceDimensionNulls: Sendable, Equatable, Codable {
  /// The estimates of one cloud.
  public struct Cloud: Sendable, Equatable, Codable {
    public let twoNN: Evaluation
    public let twoNNLikelihood: Evaluation
    public let levinaBickel: Evaluation
    /// GRIDE, ascending in the neighbour.
    public let scales: [GrideScale]
  }

  public let isotropic: Cloud
  public let covarianceMatched: Cloud
  /// Neighbours of ``Cloud/levinaBickel``.
  public let k: Int

  /// - Parameter matrix: the tokens' rows, as the estimates' graph was made of.
  /// - Throws: `GeometryError.tooFewTokens` when there are not more rows than neighbours; `.notFinite`,
  ///   `.decomposition`; `.option` unless `2 ≤ options.k ≤ options.reach` and `options.points > 0`.
  public init(
    like matrix: Matrix<Float>, _ options: DistanceDimensionNullOptions = DistanceDimensionNullOptions()
  ) throws(GeometryError) {
    try requireOption(
      "k", options.k, "2 to reach, \(options.reach)", options.k >= 2 && options.k <= options.reach)
    try requireOption("points", options.points, "1 or more", options.points > 0)
    try requireFinite(matrix, "rows that Gaussian clouds are shaped like")
    guard matrix.rows > options.reach else {
      throw .tooFewTokens(measure: "Gaussian nulls", needed: options.reach + 1, actual: matrix.rows)
    }
    let normal = gaussianCloud(like: matrix, seed: options.resampling.seed)
    k = options.k
    isotropic = try Cloud(normal, options)
    covarianceMatched = try Cloud(covarianceMatchedCloud(normal, to: matrix), options)
  }
}

extension DistanceDimensionNulls.Cloud {
  fileprivate init(_ cloud: Matrix<Float>, _ options: DistanceDimensionNullOptions) throws(GeometryError) {
    // The points are exchangeable: the first ones are a sample.
    let graph = try Neighbours.graph(
      of: cloud, queries: Array(0..<min(options.points, cloud.rows)), k: options.reach, metric: .euclidean)
    let pair = TwoNN(graph, options.twoNN)
    (twoNN, twoNNLikelihood) = (pair.fitted, pair.maximumLikelihood)
    levinaBickel = LevinaBickel(graph.prefix(options.k), options.resampling).dimension
    scales = Gride(graph, options.resampling.interval).scales
  }
}

// MARK: - Estimates against them

extension TwoNN {
  /// The same estimates, each with the covariance-matched cloud's as its null.
  ///
  /// The null's standard deviation is the error of the cloud's own estimate.
  public func against(_ nulls: DistanceDimensionNulls) -> TwoNN {
    TwoNN(
      fitted: fitted.against(nulls.covarianceMatched.twoNN),
      maximumLikelihood: maximumLikelihood.against(nulls.covarianceMatched.twoNNLikelihood),
      coincident: coincident)
  }
}

extension LevinaBickel {
  /// The same estimate with the covariance-matched cloud's as its null.
  ///
  /// - Precondition: both took as many neighbours.
  public func against(_ nulls: DistanceDimensionNulls) -> LevinaBickel {
    precondition(k == nulls.k, "an estimate of \(k) neighbours against clouds with \(nulls.k)")
    return LevinaBickel(
      dimension: dimension.against(nulls.covarianceMatched.levinaBickel), perToken: perToken, spread: spread,
      k: k, undefined: undefined)
  }
}

extension Gride {
  /// The same scales, each with the covariance-matched cloud's of the same neighbours as its null, where the
  /// clouds reach as far.
  public func against(_ nulls: DistanceDimensionNulls) -> Gride {
    Gride(
      scales: scales.map { scale in
        guard let null = nulls.covarianceMatched.scales.first(where: { $0.neighbour == scale.neighbour })
        else { return scale }
        return GrideScale(
          neighbour: scale.neighbour, dimension: scale.dimension.against(null.dimension),
          robustError: scale.robustError, radius: scale.radius, coincident: scale.coincident,
          tied: scale.tied)
      })
  }
}

extension Evaluation {
  /// This estimate with that of a Gaussian cloud as its null; as it is where either has no value.
  fileprivate func against(_ cloud: Evaluation) -> Evaluation {
    guard let own = estimate, let null = cloud.estimate else { return self }
    return .estimate(
      Estimate(
        value: own.value, n: own.n, standardError: own.standardError, lower: own.lower, upper: own.upper,
        confidence: own.confidence, uncertainty: own.uncertainty,
        null: NullDistribution(
          meaning: covarianceMatchedMeaning, mean: null.value, standardDeviation: null.standardError,
          draws: null.n)))
  }
}

// MARK: - All at once

/// The dimensions of a space that distances give, each against Gaussian clouds.
public struct DistanceDimensions: Sendable, Equatable, Codable {
  public let twoNN: TwoNN
  public let levinaBickel: LevinaBickel
  /// What they find in Gaussian clouds.
  public let gaussian: DistanceDimensionNulls
  /// Rows that have an identical twin.
  public let duplicates: Int

  /// Neighbours that Levina–Bickel looks at.
  public static let neighbours = 20
}

extension DistanceDimensions: SpaceMeasure {
  public static let name = "distance_dimensions"
  public static let version = 1
  public static let gauges: [Gauge] = [.raw]
  public static let task = "intrinsic_dimension/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning:
      "The dimension that the growth of distances to the nearest neighbours implies, by two estimators.",
    high:
      "High values mean that the number of neighbours grows fast with the distance, that is many dimensions at the scale of the nearest ones.",
    cite:
      "Of raw rows by Euclidean distance; cite them beside the Gaussian clouds of as many points, since they fall short where points are few for the dimension."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] {
    [.euclidean: NeighbourGraph.width(forIntervalsOf: neighbours, count: .max)]
  }

  public static func metrics(_ options: MeasureOptions) -> [Metric<DistanceDimensions>] {
    [
      Metric("two_nn", "TwoNN", Invariance(.dimension, .shape)) { $0.twoNN.fitted },
      Metric("mle", "MLE (Levina, Bickel)", Invariance(.dimension, .shape)) { $0.levinaBickel.dimension },
    ]
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<DistanceDimensions>] {
    [
      TokenColumn("mle", "local dimension by Levina and Bickel") { found, _ in found.levinaBickel.perToken }
    ]
  }

  public static func measure(_ space: SpaceView) throws -> DistanceDimensions {
    let (rows, resampling) = (try space.rows, space.options.resampling)
    let graph = try space.bench.wideGraph(in: space.gauge, k: neighbours, metric: .euclidean)
    var nearest = TwoNNOptions()
    nearest.resampling = resampling
    var clouds = DistanceDimensionNullOptions()
    (clouds.k, clouds.resampling) = (neighbours, resampling.ungrouped)
    clouds.reach = min(clouds.reach, rows.rows - 1)
    let gaussian = try DistanceDimensionNulls(like: rows, clouds)
    return DistanceDimensions(
      twoNN: TwoNN(graph, nearest).against(gaussian),
      levinaBickel: LevinaBickel(graph, k: neighbours, resampling).against(gaussian), gaussian: gaussian,
      duplicates: Neighbours.duplicateRows(of: rows))
  }
}
