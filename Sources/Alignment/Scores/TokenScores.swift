internal import Geometry
internal import Statistics
internal import Tensors

/// What each token adds to the sums that all scores are ratios of.
struct TokenScores: Sendable {
  enum Sum: Int, CaseIterable {
    case one, error, variance, energy, cosine, centredCosine
    case mappedNorm, trueNorm, mappedCentredNorm, trueCentredNorm
  }

  /// P@1, P@5 and P@10 by cosine, then by CSLS.
  private static let cutoffs = [1, 5, 10]

  let count: Int
  /// The sets of rows among which tokens were looked for, the smallest first.
  private let searched: [(set: CandidateSet, count: Int)]
  /// One row a token, one column a sum; after those of `Sum` six hits for each set.
  private let contributions: [Double]
  /// Tokens that intervals keep together.
  private let groups: TokenGroups?

  private var width: Int { Sum.allCases.count + 2 * Self.cutoffs.count * searched.count }

  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  init(
    mapped: Matrix<Float>, mean: [Float], target: Matrix<Float>, heldOut: [Int],
    vocabulary: VocabularyRows?, options: ScoringOptions, predictedSide: String
  ) throws(AlignmentError) {
    guard heldOut.count >= 2 else {
      throw .tooFewTokens(purpose: "scores on held-out tokens", needed: 2, actual: heldOut.count)
    }
    let truth = target.selecting(rows: heldOut)
    try requireFinite(truth, side: predictedSide)
    try requireFinite(mapped, side: "mapped")
    let pool = try CandidatePool(
      target: target, heldOut: heldOut, vocabulary: vocabulary, largest: options.candidates)
    let ranks = try nestedRetrievalRanks(
      unitQueries: unitRows(shifted(mapped, by: mean, sign: -1)), unitCandidates: pool.unitRows(about: mean),
      truth: Array(heldOut.indices), sizes: pool.searched.map(\.count), neighbours: options.cslsNeighbours)
    count = truth.rows
    searched = pool.searched
    groups = options.resampling.groups?.selecting(heldOut)
    let centre = columnMeans(truth)
    let rows: [[Double]] = parallelMap(count: truth.rows, chunk: 64) { row in
      let geometry = PairGeometry(
        mapped.elements.span.extracting(mapped.range(ofRow: row)),
        truth.elements.span.extracting(truth.range(ofRow: row)), mean.span, centre.span)
      let hits = ranks.flatMap { set in
        [set.nearestNeighbour[row], set.csls[row]].flatMap { Self.cutoffs.map($0.hit) }
      }
      return [1] + geometry.values + hits
    }
    contributions = rows.flatMap { $0 }
    guard hasVariance else { throw .noVariance(side: predictedSide) }
  }

  /// Some of the tokens, judged among the same candidates.
  private init(_ tokens: [Int], of all: TokenScores) {
    count = tokens.count
    searched = all.searched
    groups = all.groups?.selecting(tokens)
    contributions = tokens.flatMap { all.contributions[$0 * all.width..<($0 + 1) * all.width] }
  }

  /// The scores of each class with two tokens or more that vary, by label; one label a matched row.
  func scores(of classes: [String], heldOut: [Int], _ options: Resampling) -> [String: AlignmentScores] {
    var members: [String: [Int]] = [:]
    for (index, position) in heldOut.enumerated() { members[classes[position], default: []].append(index) }
    return members.filter { $0.value.count >= 2 }.compactMapValues { tokens in
      let part = TokenScores(tokens, of: self)
      return part.hasVariance ? part.scores(options) : nil
    }
  }

  private var hasVariance: Bool {
    func total(_ sum: Sum) -> Double {
      (0..<count).reduce(0) { $0 + contributions[$1 * width + sum.rawValue] }
    }
    return total(.variance) > 1e-13 * total(.energy)
  }

  private func resampled(_ options: Resampling) -> ResampledSums {
    var options = options
    options.groups = groups
    return ResampledSums(contributions, width: width, options)
  }

  func scores(_ options: Resampling) -> AlignmentScores { scores(resampled(options)) }

  private func scores(_ sums: ResampledSums) -> AlignmentScores {
    func score(_ value: ([Double]) -> Double?) -> Estimate { sums.estimate(value) }
    func precisions(_ first: Int) -> RetrievalScores {
      RetrievalScores(
        at1: sums.share(Self.precision(first)), at5: sums.share(Self.precision(first + 1)),
        at10: sums.share(Self.precision(first + 2)))
    }
    return AlignmentScores(
      r2: score(Sum.r2), r2AboutZero: score { Sum.error.share(of: .energy, in: $0).map { 1 - $0 } },
      cosine: score(Sum.cosine.mean), centredCosine: score(Sum.centredCosine.mean),
      normRatio: score { Sum.mappedNorm.share(of: .trueNorm, in: $0) },
      centredNormRatio: score { Sum.mappedCentredNorm.share(of: .trueCentredNorm, in: $0) },
      retrieval: searched.indices.reversed().map { set in
        Retrieval(
          candidates: searched[set].set, candidateCount: searched[set].count,
          nearestNeighbour: precisions(Self.firstHit(set)),
          csls: precisions(Self.firstHit(set) + Self.cutoffs.count))
      })
  }

  /// The column of P@1 by cosine among the rows of a set.
  private static func firstHit(_ set: Int) -> Int { Sum.allCases.count + 2 * cutoffs.count * set }

  /// The mean of a column of hits.
  private static func precision(_ column: Int) -> ([Double]) -> Double? {
    { sums in sums[column] / sums[Sum.one.rawValue] }
  }

  /// These beside others of the same tokens.
  func scores(beside other: TokenScores, _ options: Resampling) -> PairedScores {
    let (own, others) = (resampled(options), other.resampled(options))
    return PairedScores(
      own: scores(own), other: other.scores(others),
      advantage: ScoreAdvantage(
        r2: own.advantage(over: others, Sum.r2),
        centredCosine: own.advantage(over: others, Sum.centredCosine.mean),
        precisionAt1: own.advantage(over: others, Self.precision(Self.firstHit(0) + Self.cutoffs.count))))
  }
}

/// The rows among which held-out tokens are looked for, their own first, so that each set begins the next one.
private struct CandidatePool {
  let searched: [(set: CandidateSet, count: Int)]
  private let rows: Matrix<Float>
  private let order: [Int]

  /// - Throws: `AlignmentError.option` for the whole vocabulary where none is given.
  /// - Precondition: a vocabulary has a row for each matched one.
  init(
    target: Matrix<Float>, heldOut: [Int], vocabulary: VocabularyRows?, largest: CandidateSet
  ) throws(AlignmentError) {
    let isHeld = Set(heldOut)
    let matched = heldOut + (largest == .heldOut ? [] : (0..<target.rows).filter { !isHeld.contains($0) })
    let sizes = [heldOut.count] + (largest == .heldOut ? [] : [target.rows])
    guard largest == .vocabulary else {
      (rows, order) = (target, matched)
      searched = Array(zip(CandidateSet.allCases, sizes))
      return
    }
    guard let vocabulary else {
      throw .option(
        name: "candidates", expected: "held-out or matched where no vocabulary is given",
        actual: largest.rawValue)
    }
    precondition(
      vocabulary.matched.count == target.rows,
      "\(vocabulary.matched.count) matched rows of a vocabulary for \(target.rows) tokens")
    let taken = Set(vocabulary.matched)
    rows = vocabulary.rows
    order = matched.map { vocabulary.matched[$0] } + (0..<rows.rows).filter { !taken.contains($0) }
    searched = Array(zip(CandidateSet.allCases, sizes + [order.count]))
  }

  /// In order, less the mean, of length 1; zero where nothing is left. In one pass: a copy of a vocabulary's rows may take a gigabyte.
  func unitRows(about mean: [Float]) -> Matrix<Float> {
    precondition(mean.count == rows.columns, "a mean of \(mean.count) for \(rows.columns) columns")
    return .parallelRows(rows: order.count, columns: rows.columns, chunk: 256) { positions, part in
      let (elements, mean) = (rows.elements.span, mean.span)
      for (local, position) in positions.enumerated() {
        let source = elements.extracting(rows.range(ofRow: order[position]))
        var squares = 0.0
        for column in mean.indices {
          let value = Double(source[column] - mean[column])
          squares += value * value
        }
        guard squares > 0 else { continue }
        let scale = 1 / squares.squareRoot()
        for column in mean.indices {
          part[local * mean.count + column] = Float(Double(source[column] - mean[column]) * scale)
        }
      }
    }
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
