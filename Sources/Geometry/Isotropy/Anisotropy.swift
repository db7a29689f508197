public import Statistics
public import Tensors

/// One dimension's part in the mean cosine.
public struct DimensionContribution: Sendable, Equatable, Codable {
  /// Column of the embedding, from 0.
  public let dimension: Int
  /// CC_d, in units of cosine.
  public let contribution: Double
  /// CC_d / Â; nil when Â is too close to 0 for a share to mean anything.
  public let share: Double?
}

/// How far a cloud of rows leans one way, and which dimensions carry it.
///
/// The mean cosine over all pairs i ≠ j, exact, and its split by dimension, with unit rows û:
///
///     Â = (‖Σ ûᵢ‖² - n) / (n(n-1)),   CC_d = ((Σ û_id)² - Σ û_id²) / (n(n-1)),   Σ_d CC_d = Â
///
/// O(n d), in Double. Timkey, van Schijndel 2021 sample 500 000 pairs. Dimensions with a large share are
/// their rogue dimensions. *Uncertainty*: exact delete-one jackknife, less what it counts twice of pairs. *Null*: independent uniformly random
/// directions, mean 0 and standard deviation √(2 / (d n (n-1))).
public struct Anisotropy: Sendable, Equatable, Codable {
  public let meanCosine: Evaluation
  /// All dimensions, in order; their contributions sum to the mean cosine. Empty when not evaluable.
  public let dimensions: [DimensionContribution]
  /// Tokens left out because their row is zero.
  public let zeroRows: Int

  /// - Throws: `GeometryError.notFinite`.
  public init(_ matrix: Matrix<Float>, _ options: IntervalOptions = IntervalOptions())
    throws(GeometryError)
  {
    try requireFinite(matrix, "embedding")
    let norms = rowNorms(matrix)
    let kept = (0..<matrix.rows).filter { norms[$0] > 0 }
    zeroRows = matrix.rows - kept.count
    guard kept.count >= 3 else {
      meanCosine = .notEvaluable(reason: "needs 3 tokens with a direction, got \(kept.count)")
      dimensions = []
      return
    }
    let unit = unitRows(zeroRows == 0 ? matrix : matrix.selecting(rows: kept))
    let sums = columnSums(unit)
    let squares = columnSums(unit) { _, x in x * x }
    let n = Double(unit.rows)
    let contributions = zip(sums, squares).map { ($0 * $0 - $1) / (n * (n - 1)) }
    let mean = contributions.reduce(0, +)
    let spread = Self.spread(
      unit, sums, mean, options.confidence, options.groups?.selecting(kept), seed: options.seed)
    let deviation = (2 / (Double(unit.columns) * n * (n - 1))).squareRoot()
    meanCosine = .estimate(
      Estimate(
        value: mean, n: unit.rows, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .jackknife,
        null: .exactMoments(
          mean: 0, standardDeviation: deviation, observed: mean, maximum: 1,
          significance: options.significance,
          meaning: "independent random directions in \(unit.columns) dimensions")))
    dimensions = contributions.enumerated().map {
      DimensionContribution(
        dimension: $0.offset, contribution: $0.element,
        share: abs(mean) > 1e-3 ? $0.element / mean : nil)
    }
  }

  /// The dimensions that contribute most to the mean cosine, largest first.
  public func rogueDimensions(_ count: Int) -> [DimensionContribution] {
    Array(
      dimensions.sorted { ($1.contribution, $0.dimension) < ($0.contribution, $1.dimension) }.prefix(count))
  }

  private static func spread(
    _ unit: Matrix<Float>, _ sums: [Double], _ mean: Double, _ confidence: Double,
    _ groups: TokenGroups?, seed: UInt64
  ) -> Spread? {
    let n = Double(unit.rows)
    let own = rowNorms(unit).map { $0 * $0 }
    let rows = zip(rowProducts(unit, with: sums), own).map { $0 - $1 }
    let deleteOne = rows.map { (mean * n * (n - 1) - 2 * $0) / ((n - 1) * (n - 2)) }
    return jackknife(
      mean, deleteOne: deleteOne, isCorrelation: false, confidence: confidence, groups: groups,
      pairs: pairInteraction(count: unit.rows, groups, seed: seed) { cosine(unit, $0, $1) })
  }
}

extension Anisotropy: SpaceMeasure {
  public static let name = "anisotropy"
  public static let version = 1
  public static let task = "shape/{model}/{gauge}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning:
      "The mean cosine of all pairs of tokens: near 1 all rows point the same way. The rogue share is what "
      + "the one largest dimension adds to it.",
    high:
      "High values mean that rows point one way: two tokens chosen at random already have this cosine, and a large `rogue_share` that a single dimension makes it.",
    cite:
      "Cite it raw, which is what it is about; centred it is near 0 by construction."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<Anisotropy>] {
    [
      Metric("anisotropy", "anisotropy (mean cosine)", Invariance(.isotropy, .angles)) { $0.meanCosine },
      Metric(
        "rogue_share", "largest share of a dimension in the anisotropy",
        Invariance(
          .isotropy, [.scaling, .dimensionPermutation, .rowScaling],
          remark: "rogue dimensions are a matter of the basis")
      ) { $0.rogueShare },
    ]
  }

  public static func measure(_ space: SpaceView) throws -> Anisotropy {
    try Anisotropy(space.rows, space.options.resampling.interval)
  }

  private var rogueShare: Evaluation {
    guard let estimate = meanCosine.estimate else { return meanCosine }
    guard let share = rogueDimensions(1).first?.share else {
      return .notEvaluable(reason: "the anisotropy is zero")
    }
    return .estimate(Estimate(value: share, n: estimate.n))
  }
}
