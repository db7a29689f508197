internal import Distribution
internal import LinearAlgebra
public import Statistics
public import Tensors

/// How the intrinsic dimension is measured.
public struct IntrinsicDimensionOptions: Sendable, Equatable, Codable {
  /// Neighbours in a token's neighbourhood. Larger values look at a larger ball of the cloud; near or above
  /// d_model the result is an effective rank of that ball rather than the dimension of a thin sheet.
  public var k = 1200
  /// Share of the variance that the components must explain, in (0, 1]. Larger values count more of them.
  public var threshold = 0.95
  /// Tokens that are measured, drawn with the seed; all tokens when there are not more.
  public var tokens = 4000
  public var metric = NeighbourMetric.cosine
  /// Points measured in each of the two Gaussian null clouds; 0 or 1 leaves the nulls out.
  public var nullTokens = 32
  /// Its seed also draws the tokens and the null clouds.
  public var resampling = Resampling()

  public init() {}
}

/// A Gaussian cloud measured as the tokens were.
public struct GaussianReference: Sendable, Equatable, Codable {
  public let mean: Double
  public let standardDeviation: Double
  /// Points measured.
  public let n: Int
}

/// How many directions a token's neighbourhood spreads into.
///
/// The number of principal components that explain 95 % of the variance of a token's k nearest neighbours
/// (the token itself left out). Lee et al. 2025; the same as skdim's `lPCA(ver="ratio", alphaRatio=0.95)` on
/// each neighbourhood. The smaller of the k × k Gram matrix and the d × d covariance is reduced to a tridiagonal
/// matrix in Float, whose Sturm counts enclose the sums of eigenvalues: O(min(k,d)²·max(k,d)) a token, tokens
/// in parallel. The count is that of the same computation in Double, which settles what Float cannot
/// tell (about one token in a hundred); deterministic in the seed, for any number of threads.
///
/// With k = 1200 the number is held against clouds of as many points and the same width: an isotropic
/// Gaussian, and a Gaussian with the model's own mean and covariance. Only what differs from the second is
/// about tokens rather than about the spectrum. *Uncertainty* of the mean: none is given. Neighbourhoods of 1200 tokens
/// overlap, so tokens are far from independent (resampling them gives half of the error), and resampling the cloud would
/// need every neighbourhood anew.
public struct IntrinsicDimension: Sendable, Equatable, Codable {
  /// Rows that were measured, ascending.
  public let tokens: [Int]
  /// The dimension of each of them.
  public let dimensions: [Int]
  /// Rows that there were.
  public let population: Int
  public let k: Int
  public let threshold: Double
  public let mean: Evaluation
  public let spread: Quantiles?
  public let isotropicReference: GaussianReference?
  public let covarianceReference: GaussianReference?

  /// The seeded sample of tokens; the same for every model with as many rows, so that models compare.
  public static func sample(of count: Int, _ options: IntrinsicDimensionOptions) -> [Int] {
    guard count > options.tokens else { return Array(0..<count) }
    var random = SeededRandom(seed: options.resampling.seed ^ 0x494E_5452_494E_5349)
    return random.sample(options.tokens, of: count)
  }

  /// - Throws: `GeometryError.notFinite`, `.decomposition`.
  public init(
    _ matrix: Matrix<Float>, _ options: IntrinsicDimensionOptions = IntrinsicDimensionOptions()
  ) throws(GeometryError) {
    population = matrix.rows
    k = options.k
    threshold = options.threshold
    guard matrix.rows > options.k, options.k > 1 else {
      (tokens, dimensions, spread) = ([], [], nil)
      (isotropicReference, covarianceReference) = (nil, nil)
      mean = .notEvaluable(
        reason: "needs more than k = \(options.k) tokens and k > 1, got \(matrix.rows) tokens; lower k")
      return
    }
    tokens = Self.sample(of: matrix.rows, options)
    dimensions = try Self.measure(matrix, tokens, options)
    let values = dimensions.map(Double.init)
    let normal = options.nullTokens > 1 ? gaussianCloud(like: matrix, seed: options.resampling.seed) : nil
    isotropicReference = try normal.map { cloud throws(GeometryError) in
      try Self.reference(cloud, options)
    }
    covarianceReference = try normal.map { cloud throws(GeometryError) in
      try Self.reference(covarianceMatchedCloud(cloud, to: matrix), options)
    }
    mean =
      meanEstimate(
        values,
        null: covarianceReference.map {
          NullDistribution(
            meaning: covarianceMatchedMeaning, mean: $0.mean,
            standardDeviation: $0.standardDeviation, draws: $0.n)
        }
      )
    spread = Quantiles(values)
  }

  /// One dimension for each query, by blocks of queries that the current workers share.
  static func measure(
    _ matrix: Matrix<Float>, _ queries: [Int], _ options: IntrinsicDimensionOptions
  ) throws(GeometryError) -> [Int] {
    guard !Workers.current.areThreadsOnly else { return try measureHere(matrix, queries, options) }
    let blocks = stride(from: 0, to: queries.count, by: 256).map {
      Array(queries[$0..<min($0 + 256, queries.count)])
    }
    let key = BlockKey(
      "intrinsic dimension",
      [
        .floats(matrix.elements), .integers([matrix.rows, options.k]), .integers(queries),
        .text("\(options.threshold) \(options.metric)"),
      ])
    let measured = Workers.current.map(key, count: blocks.count) { block -> [Int32] in
      (try? measureHere(matrix, blocks[block], options))?.map { Int32($0) } ?? []
    }
    // A block that failed comes back empty: every rank meets the failure itself.
    for (queries, dimensions) in zip(blocks, measured) where dimensions.count != queries.count {
      return try measureHere(matrix, queries, options)
    }
    return measured.flatMap { $0.map(Int.init) }
  }

  private static func measureHere(
    _ matrix: Matrix<Float>, _ queries: [Int], _ options: IntrinsicDimensionOptions
  ) throws(GeometryError) -> [Int] {
    let graph = try Neighbours.graph(of: matrix, queries: queries, k: options.k, metric: options.metric)
    let threshold = options.threshold
    return try LocalPCA.map(matrix, graph) { neighbourhood throws(LinearAlgebraError) in
      try neighbourhood.components(threshold: threshold)
    }
  }

  private static func reference(
    _ cloud: Matrix<Float>, _ options: IntrinsicDimensionOptions
  ) throws(GeometryError) -> GaussianReference {
    let measured = try measure(cloud, Array(0..<min(options.nullTokens, cloud.rows)), options)
    let mean = Double(measured.reduce(0, +)) / Double(measured.count)
    let squares = measured.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return GaussianReference(
      mean: mean, standardDeviation: (squares / Double(max(measured.count - 1, 1))).squareRoot(),
      n: measured.count)
  }
}

extension IntrinsicDimension: SpaceMeasure {
  public static let name = "local_pca"
  public static let version = 1
  public static let gauges: [Gauge] = [.raw]
  public static let task = "intrinsic_dimension/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.dimensionNeighbours, .dimensionTokens, .seed]

  public static let concept: Concept? = Concept(
    meaning:
      "How many directions the neighbourhood of a token spreads into: components for most of the variance "
      + "of its nearest neighbours.",
    high:
      "High values mean that a token's neighbourhood spreads into many directions; as a share of the Gaussian cloud, below 1 means flatter than the covariance alone would make it.",
    cite:
      "Of raw rows; cite the share beside the number, since the number alone is mostly that of any cloud with this spectrum."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<IntrinsicDimension>] {
    [
      Metric("local_pca", "local PCA", localInvariance) { $0.mean },
      Metric("local_pca_of_gaussian", "local PCA as a share of that of a Gaussian cloud") {
        $0.shareOfGaussian
      },
    ]
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<IntrinsicDimension>] {
    [
      TokenColumn("local_pca", "local dimension by PCA, of a sample of tokens") { found, count in
        var values = [Double?](repeating: nil, count: count)
        for (token, dimension) in zip(found.tokens, found.dimensions) { values[token] = Double(dimension) }
        return values
      }
    ]
  }

  /// Of what local PCA counts by any criterion.
  static let localInvariance = Invariance(
    .dimension, [.orthogonal, .scaling],
    remark: "with neighbours by cosine; by distance also to translation")

  public static func measure(_ space: SpaceView) throws -> IntrinsicDimension {
    try IntrinsicDimension(space.rows, space.options.localPCA)
  }

  /// The mean dimension as a share of that of the covariance-matched Gaussian cloud.
  private var shareOfGaussian: Evaluation {
    guard let estimate = mean.estimate, let gaussian = covarianceReference?.mean, gaussian > 0 else {
      return .notEvaluable(reason: mean.reason ?? "no Gaussian cloud was measured")
    }
    return .estimate(
      Estimate(
        value: estimate.value / gaussian, n: estimate.n, lower: estimate.lower.map { $0 / gaussian },
        upper: estimate.upper.map { $0 / gaussian }, confidence: estimate.confidence))
  }
}
