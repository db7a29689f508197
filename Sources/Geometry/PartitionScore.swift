internal import Foundation
internal import LinearAlgebra
public import Tensors

/// How the partition score's null is drawn.
public struct PartitionScoreOptions: Sendable, Equatable, Codable {
  /// Clouds of random directions; the smallest possible p is 1 / (draws + 1). Each costs as much as the score.
  public var draws = 19
  public var interval = IntervalOptions()
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
/// 49 152 rows of width 576 on two shared processors), memory O(n d) for a draw. *Uncertainty*: delete-a-group jackknife over tokens on log I with the eigenvectors held fixed; minimum and
/// maximum are not smooth, so the interval is a rough one. *Null*: every row turned to a random direction, lengths
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
    guard matrix.rows >= 2 * PartitionSums.groups, matrix.columns >= 2 else {
      score = .notEvaluable(
        reason:
          "needs \(2 * PartitionSums.groups) tokens and 2 dimensions, got \(matrix.rows) and \(matrix.columns)"
      )
      logarithm = nil
      return
    }
    let norms = rowNorms(matrix)
    guard norms.contains(where: { $0 > 0 }) else {
      (score, logarithm) = (.notEvaluable(reason: "all rows are zero"), nil)
      return
    }
    let sums = try PartitionSums(matrix, seed: options.seed)
    let value = sums.logScore(leavingOut: nil)
    logarithm = value
    var draws: [Double] = []
    for draw in 0..<options.draws {
      let cloud = Self.turned(
        norms, columns: matrix.columns, seed: options.seed &+ UInt64(draw) &* 0x9E37_79B9)
      draws.append(try PartitionSums(cloud, seed: options.seed).logScore(leavingOut: nil))
    }
    let spread = jackknife(
      value, deleteOne: (0..<PartitionSums.groups).map { sums.logScore(leavingOut: $0) },
      isCorrelation: false,
      confidence: options.interval.confidence)
    score = .estimate(
      Estimate(
        value: exp(value), n: matrix.rows, standardError: spread.map { $0.standardError * exp(value) },
        lower: spread.map { exp($0.lower) }, upper: spread.map { min(exp($0.upper), 1) },
        confidence: options.interval.confidence, uncertainty: .groupJackknife,
        null: Self.null(draws.map { exp($0) }, exp(value), options.interval.significance)))
  }

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
}

/// log Z(c) of 20 groups of tokens for c = ± each eigenvector of XᵀX.
private struct PartitionSums {
  static let groups = 20
  /// `logs[group][direction]`, 2d directions.
  private let logs: [[Double]]

  init(_ matrix: Matrix<Float>, seed: UInt64) throws(GeometryError) {
    let moments = gram(matrix)
    let eigen = try decomposing("partition score") { () throws(LinearAlgebraError) in
      try symmetricEigen(moments)
    }
    let directions = eigen.vectors.transposed()
    var random = SeededRandom(seed: seed)
    let order = random.permutation(matrix.rows)
    logs = (0..<Self.groups).map { group in
      let rows = stride(from: group, to: order.count, by: Self.groups).map { order[$0] }.sorted()
      return Self.logSums(matrix, rows, directions)
    }
  }

  /// - Parameter directions: in columns.
  private static func logSums(
    _ matrix: Matrix<Float>, _ rows: [Int], _ directions: Matrix<Double>
  ) -> [Double] {
    let d = matrix.columns
    var sums = [LogSum](repeating: LogSum(), count: 2 * d)
    for start in stride(from: 0, to: rows.count, by: 2048) {
      let block = matrix.selecting(rows: Array(rows[start..<min(rows.count, start + 2048)]))
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
    return sums.map(\.value)
  }

  /// min log Z - max log Z, without one of the groups.
  func logScore(leavingOut left: Int?) -> Double {
    var (least, most) = (Double.infinity, -Double.infinity)
    for direction in logs[0].indices {
      var sum = LogSum()
      for group in logs.indices where group != left { sum.add(logs[group][direction]) }
      least = min(least, sum.value)
      most = max(most, sum.value)
    }
    return least - most
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
