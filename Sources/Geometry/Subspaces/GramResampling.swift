internal import LinearAlgebra
internal import Tensors

/// A measure's ingredients for one sample of tokens.
struct GramView: Sendable {
  let count: Int
  /// About the means.
  let centred: JointSpectra
  /// About zero, where a measure asks for it.
  let raw: JointSpectra?
}

/// Values of several statistics for the matched rows, with a twentieth of the tokens left out at a time, and
/// for permuted pairings.
///
/// A bootstrap would decompose the Gram matrices a thousand times; leaving out groups takes twenty, and a
/// permutation leaves both spectra as they are. Forms of a word leave together. Deterministic in the seed up to the rounding of BLAS.
struct GramResampling: Sendable {
  static let groups = 20
  /// Fewer leave a group with one token.
  static let fewestTokens = 2 * groups
  /// Above this width one decomposition at a time is held in memory, on all processors.
  private static let widestInParallel = 2048

  let count: Int
  let rankA: Int
  let rankB: Int
  private let observed: [Double]
  private let leftOut: [[Double]]
  private let permuted: [[Double]]
  private let options: LinearSimilarityOptions

  /// - Parameter statistics: the same number of values for every view; NaN where one is undefined.
  /// - Throws: what `statistics` throws, or the decomposition's failure.
  init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions, measure: String,
    needsRaw: Bool,
    statistics: @Sendable (GramView) throws(GeometryError) -> [Double]
  ) throws(GeometryError) {
    let (a, b) = (a.inModerateUnit, b.inModerateUnit)
    let all = PairedMoments(a, b)
    let view = try Self.view(all, measure: measure, needsRaw: needsRaw)
    (count, rankA, rankB) = (a.rows, view.centred.a.rank, view.centred.b.rank)
    self.options = options
    observed = try statistics(view)
    var random = SeededRandom(seed: options.seed)
    let parts = TokenGroups.randomParts(Self.groups, of: a.rows, keeping: options.groups, &random)
    let isWide = max(a.columns, b.columns) > Self.widestInParallel
    leftOut = try Self.inTurns(count: Self.groups, isWide: isWide) { group throws(GeometryError) in
      let rows = parts[group]
      let rest = all - PairedMoments(a.selecting(rows: rows), b.selecting(rows: rows))
      return try statistics(Self.view(rest, measure: measure, needsRaw: needsRaw))
    }
    let orders = TokenPermutations(count: b.rows, draws: options.permutations, seed: options.seed)
    permuted = try Self.inTurns(count: orders.draws, isWide: isWide) { draw throws(GeometryError) in
      let cross = crossGram(a, b, pairedBy: orders[draw])
      let centred = PairedMoments.centred(cross, all.sumA, all.sumB, all.count)
      return try statistics(
        GramView(
          count: all.count, centred: JointSpectra(view.centred.a, view.centred.b, cross: centred),
          raw: view.raw.map { JointSpectra($0.a, $0.b, cross: cross) }))
    }
  }

  private static func view(
    _ moments: PairedMoments, measure: String, needsRaw: Bool
  ) throws(GeometryError) -> GramView {
    GramView(
      count: moments.count, centred: try JointSpectra(moments, isCentred: true, measure: measure),
      raw: needsRaw ? try JointSpectra(moments, isCentred: false, measure: measure) : nil)
  }

  private static func inTurns(
    count: Int, isWide: Bool, _ body: @Sendable (Int) throws(GeometryError) -> [Double]
  ) throws(GeometryError) -> [[Double]] {
    @Sendable func attempt(_ index: Int) -> Result<[Double], GeometryError> {
      do throws(GeometryError) { return .success(try body(index)) } catch { return .failure(error) }
    }
    let results: [Result<[Double], GeometryError>]
    if isWide {
      results = (0..<count).map(attempt)
    } else {
      results = withSingleThreadedBLAS { parallelMap(count: count) { attempt($0) } }
    }
    var values: [[Double]] = []
    for result in results { values.append(try result.get()) }
    return values
  }

  /// Statistic `index` as a similarity: at most 1, larger for more alike.
  func similarity(_ index: Int, whitens: Bool = true) -> Evaluation {
    evaluation(index, isCorrelation: true, whitens: whitens) { draws, value in
      .sampled(
        draws, observed: value, maximum: 1, significance: options.significance,
        meaning: "the second model's tokens permuted",
        isOfTokenPermutations: draws.count == permuted.count)
    }
  }

  /// Statistic `index` as a distance: 0 for what the measure cannot tell apart. Normal interval, cut at 0; the
  /// null's p and threshold are of its lower tail.
  func distance(_ index: Int, whitens: Bool) -> Evaluation {
    evaluation(index, isCorrelation: false, whitens: whitens) { draws, value in
      let mirrored = NullDistribution.sampled(
        draws.map { -$0 }, observed: -value, maximum: 0, significance: options.significance, meaning: "")
      return NullDistribution(
        meaning: "the second model's tokens permuted; p is the share of draws as near or nearer",
        mean: -mirrored.mean, standardDeviation: mirrored.standardDeviation, draws: mirrored.draws,
        threshold: mirrored.threshold.map { -$0 }, pValue: mirrored.pValue, calibrated: mirrored.calibrated)
    }
  }

  private func evaluation(
    _ index: Int, isCorrelation: Bool, whitens: Bool, _ null: ([Double], Double) -> NullDistribution
  ) -> Evaluation {
    if whitens, let reason = reasonAgainstWhitening { return .notEvaluable(reason: reason) }
    let value = observed[index]
    guard value.isFinite else { return .notEvaluable(reason: "the value is not a number") }
    let draws = permuted.map { $0[index] }.filter(\.isFinite)
    let null = draws.isEmpty ? nil : null(draws, value)
    var resampling = Resampling()
    (resampling.confidence, resampling.significance) = (options.confidence, options.significance)
    let spread =
      null?.intervalByChance(value, resampling)
      ?? jackknife(
        value, deleteOne: leftOut.map { $0[index] }, isCorrelation: isCorrelation,
        confidence: options.confidence)
    return .estimate(
      Estimate(
        value: value, n: count, standardError: spread?.standardError,
        lower: spread.map { max($0.lower, isCorrelation ? -1 : 0) },
        upper: spread.map { isCorrelation ? min($0.upper, 1) : $0.upper },
        confidence: options.confidence, uncertainty: .groupJackknife,
        null: null))
  }

  /// Why measures that whiten both sides say nothing here; nil when they do.
  ///
  /// Without a group, the tokens must outnumber the directions of both sides together: fewer make some
  /// canonical correlations 1 for any pairing.
  private var reasonAgainstWhitening: String? {
    let fewest = count - (count + Self.groups - 1) / Self.groups
    guard fewest <= rankA + rankB else { return nil }
    return "needs more tokens than the \(rankA) + \(rankB) directions of the two models, got \(count)"
  }
}

/// The reason why two sets of matched rows have no linear similarity at all; nil when they may have one.
func reasonAgainstComparing(_ a: Matrix<Float>, _ b: Matrix<Float>) throws(GeometryError) -> String? {
  precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
  try requireFinite(a, "first model")
  try requireFinite(b, "second model")
  guard a.rows >= GramResampling.fewestTokens else {
    return "needs \(GramResampling.fewestTokens) tokens, got \(a.rows)"
  }
  for (matrix, name) in [(a, "first"), (b, "second")] {
    guard ColumnMoments(matrix).vary else {
      return "the rows of the \(name) model do not vary"
    }
  }
  return nil
}
