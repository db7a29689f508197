internal import Distribution
internal import RealModule
internal import Tensors

/// The standard error of a statistic from random halves of the tokens.
///
///     SE² = mean over splits of (θ(H) - θ(H'))² · m m' / n²,   m + m' = n tokens in H and H'
///
/// H and H' are independent samples of the same population, so half of the squared difference is, on average, the variance of
/// θ at n/2 tokens, whatever θ is; √n scaling takes it to n tokens. θ is computed anew on each half: a neighbour graph is that of
/// the half, which a bootstrap cannot give (tokens drawn twice are their own neighbours) and a delete-one jackknife
/// overstates (for mutual kNN by half). Groups of tokens stay together. Politis, Romano, Wolf 1999, ch. 2.
///
/// *What it covers*: the mean of θ over samples of n tokens. Measures of neighbours depend on n, and that mean, not a limit for
/// infinitely many tokens, is what the interval is about.
///
/// Where two models are unrelated the error of a similarity shrinks with n, not √n; a null of permuted tokens knows it, see
/// ``withoutDegenerate(_:unrelated:)``. A value that the null reaches often has the null's own error.
struct HalfSplits: Sendable {
  private let members: [[Int]]
  private let count: Int
  private let options: Resampling
  private let generators: [SeededRandom]

  /// - Parameter count: tokens n; those of `options.groups` where it has groups.
  init(count: Int, _ options: Resampling) {
    members = options.members(of: count)
    (self.count, self.options) = (count, options)
    generators = options.generators(options.halfSplits, stream: 7)
  }

  /// Both halves, ascending.
  func halves(_ split: Int) -> (first: [Int], second: [Int]) {
    var random = generators[split]
    var first: [Int] = []
    var second: [Int] = []
    for group in random.permutation(members.count) {
      if first.count <= second.count { first += members[group] } else { second += members[group] }
    }
    return (first.sorted(), second.sorted())
  }

  /// Standard errors of several statistics that are computed together; nil where fewer than half of the splits have a value.
  ///
  /// - Parameters:
  ///   - splits: how many splits; nil takes those of the options.
  ///   - statistics: of the tokens of a half, ascending; NaN where there is no value.
  func standardErrors(
    splits: Int? = nil, _ statistics: @Sendable (_ half: [Int]) -> [Double]
  ) -> [Double?] {
    let splits = min(splits ?? generators.count, generators.count)
    guard members.count >= Self.fewestGroups, splits >= 2 else { return [] }
    // Each rank takes all splits: their own work must not be spread once more, since ranks run them in different orders.
    let squares: [[Double]] = Workers.$current.withValue(.threads) {
      parallelMap(count: splits) { split in
        let (first, second) = halves(split)
        let scale = Double(first.count) * Double(second.count) / (Double(count) * Double(count))
        return zip(statistics(first), statistics(second)).map { ($0 - $1) * ($0 - $1) * scale }
      }
    }
    return (squares.first ?? []).indices.map { index in
      let defined = squares.map { $0[index] }.filter(\.isFinite)
      guard 2 * defined.count >= splits else { return nil }
      return (defined.reduce(0, +) / Double(defined.count)).squareRoot()
    }
  }

  /// The standard errors of statistics of graphs, of which each half of the tokens has its own.
  ///
  /// - Parameters:
  ///   - count: how many statistics.
  ///   - statistics: of a half's graphs, and the half, ascending; nil where there is no value.
  /// - Returns: none where a graph is no wider than k, nil where too few splits have a value.
  func standardErrors(
    of graphs: [NeighbourGraph], k: Int, splits: Int? = nil, count: Int,
    _ statistics: @Sendable (_ graphs: [NeighbourGraph], _ half: [Int]) -> [Double?]
  ) -> [Double?] {
    guard graphs.allSatisfy({ $0.count == $0.candidates && $0.hasMargin(k) }) else { return [] }
    return standardErrors(splits: splits) { half in
      guard half.count > k + 1 else { return [Double](repeating: .nan, count: count) }
      return statistics(graphs.map { $0.restricted(to: half, k: k) }, half).map { $0 ?? .nan }
    }
  }

  /// The same of one statistic.
  func standardError(
    of graphs: [NeighbourGraph], k: Int, splits: Int? = nil,
    _ statistic: @Sendable (_ graphs: [NeighbourGraph], _ half: [Int]) -> Double?
  ) -> Double? {
    standardErrors(of: graphs, k: k, splits: splits, count: 1) { [statistic($0, $1)] }.first ?? nil
  }

  /// Student's interval for the number of splits.
  ///
  /// - Parameter null: of permuted tokens, all of them; nil where there is none.
  func interval(
    _ value: Double, standardError: Double?, splits: Int? = nil, null: NullDistribution? = nil
  ) -> (standardError: Double, lower: Double, upper: Double)? {
    guard let standardError, value.isFinite else { return nil }
    if let byChance = null?.intervalByChance(value, options) { return byChance }
    let error = withoutDegenerate(standardError * standardError, unrelated: null?.variance ?? 0).squareRoot()
    let reach = studentQuantile(
      (1 + options.confidence) / 2, degrees: Double(splits ?? options.halfSplits))
    return (error, value - reach * error, value + reach * error)
  }

  /// Fewer groups have no spread to speak of.
  private static let fewestGroups = 10
}

extension NullDistribution {
  /// A normal interval with the null's own error, for a value that draws of permuted tokens reach often; nil for another.
  func intervalByChance(
    _ value: Double, _ options: Resampling
  ) -> (standardError: Double, lower: Double, upper: Double)? {
    guard let standardDeviation, standardDeviation > 0, draws > 1, let pValue, pValue > options.significance
    else { return nil }
    let reach = studentQuantile((1 + options.confidence) / 2, degrees: Double(draws - 1))
    return (standardDeviation, value - reach * standardDeviation, value + reach * standardDeviation)
  }
}

/// A variance V from subsets of the tokens without what it counts twice where two models are unrelated.
///
/// There all that varies is what pairs of tokens share; a jackknife counts that twice (Efron, Stein 1981), and so do halves, whose
/// error shrinks with n instead of √n. Its variance P is that over permuted tokens. V - 2P²/V, at least P, is P where V = 2P
/// and V where P is small beside it.
func withoutDegenerate(_ variance: Double, unrelated: Double) -> Double {
  variance > 0 ? max(variance - 2 * unrelated * unrelated / variance, unrelated) : unrelated
}

/// Student's quantile by Hill's expansion about the normal one: to 0.002 for 10 degrees of freedom or more.
func studentQuantile(_ p: Double, degrees: Double) -> Double {
  let z = normalQuantile(p)
  let (z3, z5) = (z * z * z, z * z * z * z * z)
  return z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees)
}

extension NeighbourGraph {
  /// Neighbours that a graph needs for the intervals of a measure of k: every half of the tokens holds k of them.
  public static func width(forIntervalsOf k: Int, count: Int) -> Int { min(3 * k + 20, count - 1) }

  /// Whether halves of the tokens can be taken from it for a measure of k neighbours.
  func hasMargin(_ k: Int) -> Bool { self.k >= Self.width(forIntervalsOf: k, count: candidates) }

  /// The graph of k neighbours among some rows alone, which are numbered anew.
  ///
  /// Exact where k of a row's neighbours are among them; a row with fewer (one in 10⁵) is filled up with the next rows.
  /// - Parameter rows: ascending.
  /// - Precondition: a full graph; more than k rows.
  func restricted(to rows: [Int], k: Int) -> NeighbourGraph {
    precondition(
      count == candidates && rows.count > k, "\(k) neighbours among \(rows.count) of \(candidates) rows")
    var numbers = [Int32](repeating: -1, count: candidates)
    for (number, row) in rows.enumerated() { numbers[row] = Int32(truncatingIfNeeded: number) }
    var kept: [Int32] = []
    var scores: [Float] = []
    kept.reserveCapacity(rows.count * k)
    scores.reserveCapacity(rows.count * k)
    let (all, values) = (indices.span, similarities.span)
    for (number, row) in rows.enumerated() {
      let start = kept.count
      var position = row * self.k
      while position < (row + 1) * self.k, kept.count < start + k {
        let found = numbers[Int(all[position])]
        if found >= 0 {
          kept.append(found)
          scores.append(values[position])
        }
        position += 1
      }
      var next = number
      while kept.count < start + k {
        next = (next + 1) % rows.count
        guard !kept[start...].contains(Int32(truncatingIfNeeded: next)) else { continue }
        kept.append(Int32(truncatingIfNeeded: next))
        scores.append(values[(row + 1) * self.k - 1])
      }
    }
    return NeighbourGraph(
      queries: Array(rows.indices), candidates: rows.count, k: k, metric: metric, indices: kept,
      similarities: scores)
  }

  /// Why nearest neighbours mean nothing here: every token's are all equally near. nil where some are not.
  func reasonAgainstTies(_ model: String, k: Int) -> String? {
    let last = min(k, self.k - 1)
    guard last > 0, count > 0 else { return nil }
    let values = similarities.span
    for row in 0..<count where values[row * self.k] != values[row * self.k + last] { return nil }
    return
      "all neighbours of every token of \(model) are equally near, so that which are nearest is arbitrary"
  }
}
