internal import Foundation
internal import LinearAlgebra
public import Statistics
public import Tensors

/// How the partition score's null is drawn.
public struct PartitionScoreOptions: Sendable, Equatable, Codable {
  /// Clouds of random directions; the smallest possible p is 1 / (draws + 1). Each costs as much as the score.
  public var draws = 19
  /// Level of the null's threshold, in (0, 1).
  public var significance = 0.05
  public var seed: UInt64 = 1

  public init() {}
}

/// How evenly a cloud fills its directions, through the partition function of a softmax over it.
///
///     Z(c) = Σᵢ exp(cᵀxᵢ),   I = min_c Z(c) / max_c Z(c)
///
/// c runs over ± the unit eigenvectors of XᵀX, rows as they are. Mu, Viswanath 2018 (after Arora et al. 2016) take
/// each eigenvector with whatever sign the solver gives it; both signs make the score a function of the rows.
/// 1 for an isotropic cloud, near 0 for one with a common direction; it depends on the rows' unit. Equal
/// eigenvalues leave the eigenvectors, and so the score, to the solver.
///
/// Sums are kept as logarithms (log-sum-exp in Double), so that long rows cannot overflow; where I itself is
/// too small for a Double, `logarithm` still tells it. O(n d² + d³) once and for each draw of the null (2 s each for
/// 49 152 rows of width 576 on two shared processors), memory O(n d) for a draw. *Uncertainty*: none: minimum and
/// maximum are not smooth, and a jackknife of them covers 77 to 99 % where it claims 95 (docs/coverage.md). *Null*: every row turned to a random direction, lengths
/// kept; its p and threshold are of the lower tail.
public struct PartitionScore: Sendable, Equatable, Codable {
  public let score: Evaluation
  /// log I; nil where there is no score.
  public let logarithm: Double?

  /// - Throws: `GeometryError.notFinite`, `.decomposition`.
  public init(
    _ matrix: Matrix<Float>, _ options: PartitionScoreOptions = PartitionScoreOptions()
  ) throws(GeometryError) {
    try requireFinite(matrix, "embedding")
    guard matrix.rows >= Self.fewestTokens, matrix.columns >= 2 else {
      score = .notEvaluable(
        reason: "needs \(Self.fewestTokens) tokens and 2 dimensions, got \(matrix.rows) and \(matrix.columns)"
      )
      logarithm = nil
      return
    }
    let norms = rowNorms(matrix)
    guard norms.contains(where: { $0 > 0 }) else {
      (score, logarithm) = (.notEvaluable(reason: "all rows are zero"), nil)
      return
    }
    let value = try Self.logScore(matrix)
    logarithm = value
    var draws: [Double] = []
    for draw in 0..<options.draws {
      let cloud = Self.turned(
        norms, columns: matrix.columns, seed: options.seed &+ UInt64(draw) &* 0x9E37_79B9)
      draws.append(try Self.logScore(cloud))
    }
    score = .estimate(
      Estimate(
        value: exp(value), n: matrix.rows, confidence: 0.95,
        null: Self.null(draws.map { exp($0) }, exp(value), options.significance)))
  }

  private static let fewestTokens = 40

  /// Of the lower tail; no calibrated score, since a low one is what would surprise.
  private static func null(
    _ draws: [Double], _ observed: Double, _ significance: Double
  ) -> NullDistribution? {
    guard !draws.isEmpty else { return nil }
    let mirrored = NullDistribution.sampled(
      draws.map { -$0 }, observed: -observed, maximum: 0, significance: significance, meaning: "")
    return NullDistribution(
      meaning: "every row turned to a random direction; p is the share of draws as low or lower",
      mean: -mirrored.mean, standardDeviation: mirrored.standardDeviation, draws: mirrored.draws,
      threshold: mirrored.threshold.map { -$0 }, pValue: mirrored.pValue)
  }

  private static func turned(_ norms: [Double], columns: Int, seed: UInt64) -> Matrix<Float> {
    let shape = Matrix<Float>(rows: norms.count, columns: columns, repeating: 0)
    var cloud = unitRows(gaussianCloud(like: shape, seed: seed))
    var elements = cloud.elements.mutableSpan
    for row in norms.indices {
      for column in 0..<columns {
        elements[row * columns + column] = Float(Double(elements[row * columns + column]) * norms[row])
      }
    }
    return cloud
  }

  /// min log Z(c) - max log Z(c) over c = ± each eigenvector of XᵀX.
  private static func logScore(_ matrix: Matrix<Float>) throws(GeometryError) -> Double {
    let moments = gram(matrix)
    let eigen = try decomposing("partition score") { () throws(LinearAlgebraError) in
      try symmetricEigen(moments)
    }
    let directions = eigen.vectors.transposed()
    let d = matrix.columns
    var sums = [LogSum](repeating: LogSum(), count: 2 * d)
    for start in stride(from: 0, to: matrix.rows, by: 2048) {
      let block = matrix.selecting(rows: Array(start..<min(matrix.rows, start + 2048)))
      let products = transposedProducts([TransposedProduct(block.widened().transposed(), directions)])[0]
      let parts: [(LogSum, LogSum)] = parallelMap(count: d, chunk: 16) { column in
        let elements = products.elements.span
        var (plus, minus) = (LogSum(), LogSum())
        for row in 0..<products.rows {
          plus.add(elements[row * d + column])
          minus.add(-elements[row * d + column])
        }
        return (plus, minus)
      }
      for (column, part) in parts.enumerated() {
        sums[column].add(part.0)
        sums[d + column].add(part.1)
      }
    }
    let logs = sums.map(\.value)
    return (logs.min() ?? 0) - (logs.max() ?? 0)
  }
}

/// log Σ exp(xᵢ), one number after the other.
private struct LogSum: Sendable {
  private var largest = -Double.infinity
  /// Σ exp(xᵢ - largest).
  private var sum = 0.0

  var value: Double { largest + log(sum) }

  mutating func add(_ x: Double) {
    if x <= largest {
      sum += exp(x - largest)
    } else {
      sum = sum * exp(largest - x) + 1
      largest = x
    }
  }

  mutating func add(_ other: LogSum) {
    guard other.sum > 0 else { return }
    add(other.value)
  }
}

extension PartitionScore: SpaceMeasure {
  public static let name = "partition_score"
  public static let version = 1
  public static let group: MeasureGroup? = .isotropy
  public static let gauges: [Gauge] = [.raw]
  public static let task = "isotropy/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning: "The least over the largest of the partition functions over directions: 1 where no direction is "
      + "preferred.",
    high:
      "High values mean that a softmax over the rows has nearly the same normaliser whichever way the context points; near 0 one direction dominates.",
    cite:
      "It is of raw rows only and depends on their unit, so cite it for one model and never as a difference between two."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<PartitionScore>] {
    [
      Metric(
        "partition_score", "partition score", Invariance(.isotropy, [.orthogonal], remark: "exp has a unit")
      ) { $0.score }
    ]
  }

  public static func measure(_ space: SpaceView) throws -> PartitionScore {
    var options = PartitionScoreOptions()
    options.seed = space.options.resampling.seed
    return try PartitionScore(space.rows, options)
  }
}
