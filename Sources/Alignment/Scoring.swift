internal import Geometry
public import Tensors

extension FittedMap {
  /// Scores the map on held-out tokens, as `TokenTransfer.scores` does; for logit matching it is the source's rows
  /// that are predicted.
  ///
  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: shapes that fit the map, positions inside.
  public func scores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> AlignmentScores {
    try heldOutScores(source: source, target: target, heldOut: heldOut, classes: nil, options: options).all
  }

  func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?, options: ScoringOptions
  ) throws(AlignmentError) -> HeldOutScores {
    let (from, to) = predictsSourceRows ? (target, source) : (source, target)
    return try rowMap.heldOutScores(
      source: from, target: to, heldOut: heldOut, classes: classes, options: options,
      predictedSide: predictsSourceRows ? "source" : "target")
  }
}

extension TokenTransfer {
  /// Scores a transfer, such as a composition of maps, on tokens that no fit of it has seen.
  ///
  /// As ``heldOutScores(source:target:heldOut:classes:options:)`` without classes.
  public func scores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> AlignmentScores {
    try heldOutScores(source: source, target: target, heldOut: heldOut, classes: nil, options: options).all
  }

  /// Scores a transfer on tokens that no fit of it has seen, all of them and class by class.
  ///
  /// O(h m d) for h held-out tokens and m candidates, in tiles. Deterministic in the seed up to the rounding
  /// of BLAS.
  ///
  /// - Parameters:
  ///   - source: all matched rows of the source, n x d_S.
  ///   - target: all matched rows of the target, n x d_T.
  ///   - heldOut: positions that the fit has not seen.
  ///   - classes: a label for each row, as for each token; nil for none.
  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: shapes that fit, positions inside, one label a row.
  public func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> HeldOutScores {
    try heldOutScores(
      source: source, target: target, heldOut: heldOut, classes: classes, options: options,
      predictedSide: "target")
  }

  fileprivate func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?, options: ScoringOptions,
    predictedSide: String
  ) throws(AlignmentError) -> HeldOutScores {
    precondition(
      source.rows == target.rows && heldOut.allSatisfy { $0 >= 0 && $0 < source.rows },
      "held-out positions outside \(source.rows) source and \(target.rows) target rows")
    return try HeldOutScores(
      mapped: applied(toPoints: source.selecting(rows: heldOut)), mean: targetMean, target: target,
      heldOut: heldOut, classes: classes, options: options, predictedSide: predictedSide)
  }
}

/// The scores of all held-out tokens, and of each class of them.
public struct HeldOutScores: Sendable, Equatable, Codable {
  public let all: AlignmentScores
  /// By label, the classes with two held-out tokens or more that vary; empty where none were asked for. The map and
  /// the candidates are those of all held-out tokens, and R² is about the mean of all of them, so that the
  /// classes' errors compare.
  public let classes: [String: AlignmentScores]

  /// Scores rows that are mapped already.
  ///
  /// - Parameters:
  ///   - mapped: one row a held-out token.
  ///   - mean: about which rows are judged.
  ///   - target: all matched rows of the predicted side.
  ///   - classes: a label for each row of the target.
  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`.
  init(
    mapped: Matrix<Float>, mean: [Float], target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    options: ScoringOptions, predictedSide: String
  ) throws(AlignmentError) {
    precondition(
      classes.map { $0.count == target.rows } ?? true,
      "\(classes?.count ?? 0) labels for \(target.rows) rows")
    let table = try TokenScores(
      mapped: mapped, mean: mean, target: target, heldOut: heldOut, options: options,
      predictedSide: predictedSide)
    guard table.hasVariance else { throw .noVariance(side: predictedSide) }
    all = table.scores(options.resampling)
    self.classes = classes.map { table.scores(of: $0, heldOut: heldOut, options.resampling) } ?? [:]
  }
}

/// What each token adds to the sums that all scores are ratios of.
private struct TokenScores: Sendable {
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

  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`.
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

  var hasVariance: Bool {
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
