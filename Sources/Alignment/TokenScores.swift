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
    func total(_ sum: Sum) -> Double {
      (0..<count).reduce(0) { $0 + contributions[$1 * Self.width + sum.rawValue] }
    }
    return total(.variance) > 1e-13 * total(.energy)
  }

  private func resampled(_ options: Resampling) -> ResampledSums {
    ResampledSums(contributions, width: Self.width, options)
  }

  func scores(_ options: Resampling) -> AlignmentScores { scores(resampled(options)) }

  private func scores(_ sums: ResampledSums) -> AlignmentScores {
    func score(_ value: ([Double]) -> Double?) -> Estimate { sums.estimate(value) }
    func precisions(_ at1: Sum, _ at5: Sum, _ at10: Sum) -> RetrievalScores {
      RetrievalScores(at1: score(at1.mean), at5: score(at5.mean), at10: score(at10.mean))
    }
    return AlignmentScores(
      r2: score(Sum.r2), r2AboutZero: score { Sum.error.share(of: .energy, in: $0).map { 1 - $0 } },
      cosine: score(Sum.cosine.mean), centredCosine: score(Sum.centredCosine.mean),
      normRatio: score { Sum.mappedNorm.share(of: .trueNorm, in: $0) },
      centredNormRatio: score { Sum.mappedCentredNorm.share(of: .trueCentredNorm, in: $0) },
      nearestNeighbour: precisions(.nearest1, .nearest5, .nearest10),
      csls: precisions(.csls1, .csls5, .csls10), candidateCount: candidateCount)
  }

  /// These beside others of the same tokens.
  func scores(beside other: TokenScores, _ options: Resampling) -> PairedScores {
    let (own, others) = (resampled(options), other.resampled(options))
    return PairedScores(
      own: scores(own), other: other.scores(others),
      advantage: ScoreAdvantage(
        r2: own.advantage(over: others, Sum.r2),
        centredCosine: own.advantage(over: others, Sum.centredCosine.mean),
        precisionAt1: own.advantage(over: others, Sum.csls1.mean)))
  }
}

extension TokenScores.Sum {
  /// nil where nothing is below.
  func share(of bottom: Self, in sums: [Double]) -> Double? {
    sums[bottom.rawValue] > 0 ? sums[rawValue] / sums[bottom.rawValue] : nil
  }

  func mean(_ sums: [Double]) -> Double? { share(of: .one, in: sums) }

  static func r2(_ sums: [Double]) -> Double? { error.share(of: .variance, in: sums).map { 1 - $0 } }
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
