internal import Geometry
internal import Tensors

/// What each token adds to the sums that all scores are ratios of.
struct TokenScores: Sendable {
  enum Sum: Int, CaseIterable {
    case one, error, variance, energy, cosine, centredCosine
    case mappedNorm, trueNorm, mappedCentredNorm, trueCentredNorm
    case nearest1, nearest5, nearest10, csls1, csls5, csls10
  }

  static let width = Sum.allCases.count
  let count: Int
  let candidateCount: Int
  /// One row a token, one column a sum.
  let contributions: [Double]

  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`.
  init(
    mapped: Matrix<Float>, mean: [Float], target: Matrix<Float>, heldOut: [Int], options: ScoringOptions,
    predictedSide: String
  ) throws(AlignmentError) {
    guard heldOut.count >= 2 else {
      throw .tooFewTokens(purpose: "scores on held-out tokens", needed: 2, actual: heldOut.count)
    }
    let truth = target.selecting(rows: heldOut)
    try requireFinite(truth, side: predictedSide)
    try requireFinite(mapped, side: "mapped")
    let candidates = options.searchesAllRows ? target : truth
    let ranks = retrievalRanks(
      queries: shifted(mapped, by: mean, sign: -1), candidates: shifted(candidates, by: mean, sign: -1),
      truth: options.searchesAllRows ? heldOut : Array(heldOut.indices), neighbours: options.cslsNeighbours)
    self.init(mapped: mapped, truth: truth, mean: mean, ranks: ranks)
    guard hasVariance else { throw .noVariance(side: predictedSide) }
  }

  private init(mapped: Matrix<Float>, truth: Matrix<Float>, mean: [Float], ranks: RetrievalRanks) {
    count = truth.rows
    candidateCount = ranks.candidateCount
    let centre = columnMeans(truth)
    let rows: [[Double]] = parallelMap(count: truth.rows, chunk: 64) { row in
      let geometry = PairGeometry(
        mapped.elements.span.extracting(mapped.range(ofRow: row)),
        truth.elements.span.extracting(truth.range(ofRow: row)), mean.span, centre.span)
      let hits = [ranks.nearestNeighbour[row], ranks.csls[row]].flatMap { rank in
        [1, 5, 10].map(rank.hit)
      }
      return [1] + geometry.values + hits
    }
    contributions = rows.flatMap { $0 }
  }

  private init(count: Int, candidateCount: Int, contributions: [Double]) {
    self.count = count
    self.candidateCount = candidateCount
    self.contributions = contributions
  }

  /// Some of the tokens, judged among the same candidates.
  func selecting(_ tokens: [Int]) -> TokenScores {
    TokenScores(
      count: tokens.count, candidateCount: candidateCount,
      contributions: tokens.flatMap { contributions[$0 * Self.width..<($0 + 1) * Self.width] })
  }

  /// The scores of each class with two tokens or more that vary, by label; one label a matched row.
  func scores(of classes: [String], heldOut: [Int], _ options: Resampling) -> [String: AlignmentScores] {
    var members: [String: [Int]] = [:]
    for (index, position) in heldOut.enumerated() { members[classes[position], default: []].append(index) }
    return members.filter { $0.value.count >= 2 }.compactMapValues { tokens in
      let part = selecting(tokens)
      return part.hasVariance ? part.scores(options) : nil
    }
  }

  private var hasVariance: Bool {
    let total = totals(0..<count)
    return total[Sum.variance.rawValue] > 1e-13 * total[Sum.energy.rawValue]
  }

  private func totals(_ tokens: some Sequence<Int>) -> [Double] {
    var sums = [Double](repeating: 0, count: Self.width)
    for token in tokens {
      for column in 0..<Self.width { sums[column] += contributions[token * Self.width + column] }
    }
    return sums
  }

  func scores(_ options: Resampling) -> AlignmentScores {
    let observed = totals(0..<count)
    let resampled = resampledTotals(options)
    func ratio(_ top: Sum, over bottom: Sum, from start: Double? = nil) -> Estimate {
      func value(_ sums: [Double]) -> Double? {
        guard sums[bottom.rawValue] > 0 else { return nil }
        let ratio = sums[top.rawValue] / sums[bottom.rawValue]
        return start.map { $0 - ratio } ?? ratio
      }
      return percentileEstimate(
        value(observed) ?? 0, resampled.compactMap(value), count: count, options)
    }
    func precisions(_ at1: Sum, _ at5: Sum, _ at10: Sum) -> RetrievalScores {
      RetrievalScores(
        at1: ratio(at1, over: .one), at5: ratio(at5, over: .one), at10: ratio(at10, over: .one))
    }
    return AlignmentScores(
      r2: ratio(.error, over: .variance, from: 1), r2AboutZero: ratio(.error, over: .energy, from: 1),
      cosine: ratio(.cosine, over: .one), centredCosine: ratio(.centredCosine, over: .one),
      normRatio: ratio(.mappedNorm, over: .trueNorm),
      centredNormRatio: ratio(.mappedCentredNorm, over: .trueCentredNorm),
      nearestNeighbour: precisions(.nearest1, .nearest5, .nearest10),
      csls: precisions(.csls1, .csls5, .csls10), candidateCount: candidateCount)
  }

  /// What these score more than others of as many tokens; one seed draws the same tokens for both.
  func advantage(over other: TokenScores, _ options: Resampling) -> ScoreAdvantage {
    let (own, others) = (
      [totals(0..<count)] + resampledTotals(options),
      [other.totals(0..<count)] + other.resampledTotals(options)
    )
    func difference(_ value: ([Double]) -> Double) -> Estimate {
      let values = zip(own, others).map { value($0) - value($1) }
      return percentileEstimate(values[0], values.dropFirst().filter(\.isFinite), count: count, options)
    }
    func sum(_ sums: [Double], _ which: Sum) -> Double { sums[which.rawValue] }
    return ScoreAdvantage(
      r2: difference { -sum($0, .error) / sum($0, .variance) },
      centredCosine: difference { sum($0, .centredCosine) / sum($0, .one) },
      precisionAt1: difference { sum($0, .csls1) / sum($0, .one) })
  }

  /// Sums over `count` tokens drawn with replacement, once a resample; all scores share the draws.
  private func resampledTotals(_ options: Resampling) -> [[Double]] {
    var root = SeededRandom(seed: options.seed)
    let seeds = (0..<options.bootstrapSamples).map { _ in root.next() }
    return parallelMap(count: seeds.count) { sample in
      var random = SeededRandom(seed: seeds[sample])
      var sums = [Double](repeating: 0, count: Self.width)
      var total = sums.mutableSpan
      let table = contributions.span
      for _ in 0..<count {
        let start = Int(random.next(upperBound: UInt64(count))) * Self.width
        for column in 0..<Self.width { total[column] += table[start + column] }
      }
      return sums
    }
  }
}

/// A value with the percentile interval of its resampled values.
func percentileEstimate(_ value: Double, _ draws: [Double], count: Int, _ options: Resampling) -> Estimate {
  guard draws.count >= 2 else { return Estimate(value: value, n: count, confidence: options.confidence) }
  let sorted = draws.sorted()
  let mean = sorted.reduce(0, +) / Double(sorted.count)
  let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return Estimate(
    value: value, n: count, standardError: (squares / Double(sorted.count - 1)).squareRoot(),
    lower: quantile(ofSorted: sorted, (1 - options.confidence) / 2),
    upper: quantile(ofSorted: sorted, (1 + options.confidence) / 2), confidence: options.confidence,
    uncertainty: .bootstrap)
}

/// Lengths and angles of one mapped row and its true row.
private struct PairGeometry {
  /// In the order of `TokenScores.Sum`, from `error` to `trueCentredNorm`.
  let values: [Double]

  init(_ mapped: Span<Float>, _ truth: Span<Float>, _ mean: Span<Float>, _ centre: Span<Double>) {
    var (error, variance, product, centredProduct) = (0.0, 0.0, 0.0, 0.0)
    var (mappedEnergy, trueEnergy, mappedCentred, trueCentred) = (0.0, 0.0, 0.0, 0.0)
    for i in truth.indices {
      let (p, t, m) = (Double(mapped[i]), Double(truth[i]), Double(mean[i]))
      error += (t - p) * (t - p)
      variance += (t - centre[i]) * (t - centre[i])
      product += p * t
      centredProduct += (p - m) * (t - m)
      mappedEnergy += p * p
      trueEnergy += t * t
      mappedCentred += (p - m) * (p - m)
      trueCentred += (t - m) * (t - m)
    }
    values = [
      error, variance, trueEnergy, Self.cosine(product, mappedEnergy, trueEnergy),
      Self.cosine(centredProduct, mappedCentred, trueCentred), mappedEnergy.squareRoot(),
      trueEnergy.squareRoot(), mappedCentred.squareRoot(), trueCentred.squareRoot(),
    ]
  }

  /// 0 for a zero vector, which points nowhere.
  private static func cosine(_ product: Double, _ a: Double, _ b: Double) -> Double {
    a > 0 && b > 0 ? product / (a * b).squareRoot() : 0
  }
}
