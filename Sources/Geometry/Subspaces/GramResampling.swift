internal import LinearAlgebra
internal import Statistics
internal import Tensors

/// The values of several measures for the matched rows, with a twentieth of the tokens left out at a time, and
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

  private let count: Int
  private let rankA: Int
  private let rankB: Int
  private let measures: [any GramMeasure.Type]
  /// `[measure][statistic]`, and the same of each part and draw.
  private let observed: [[Double]]
  private let leftOut: [[[Double]]]
  private let permuted: [[[Double]]]
  private let options: LinearSimilarityOptions

  /// - Parameter words: what a decomposition that fails was for.
  /// - Throws: what the measures throw, or the decomposition's failure.
  init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions,
    _ measures: [any GramMeasure.Type], words: String
  ) throws(GeometryError) {
    let needsRaw = measures.contains { $0.needsRaw }
    @Sendable func statistics(_ view: GramView) throws(GeometryError) -> [[Double]] {
      var values: [[Double]] = []
      for measure in measures { values.append(try measure.statistics(view, options)) }
      return values
    }
    let (a, b) = (a.inModerateUnit, b.inModerateUnit)
    let all = PairedMoments(a, b)
    let view = try Self.view(all, words: words, needsRaw: needsRaw)
    (count, rankA, rankB) = (a.rows, view.centred.a.rank, view.centred.b.rank)
    (self.options, self.measures) = (options, measures)
    observed = try statistics(view)
    var random = SeededRandom(seed: options.seed)
    let parts = TokenGroups.randomParts(Self.groups, of: a.rows, keeping: options.groups, &random)
    let isWide = max(a.columns, b.columns) > Self.widestInParallel
    leftOut = try Self.inTurns(count: Self.groups, isWide: isWide) { group throws(GeometryError) in
      let rows = parts[group]
      let rest = all - PairedMoments(a.selecting(rows: rows), b.selecting(rows: rows))
      return try statistics(Self.view(rest, words: words, needsRaw: needsRaw))
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
    _ moments: PairedMoments, words: String, needsRaw: Bool
  ) throws(GeometryError) -> GramView {
    GramView(
      count: moments.count, centred: try JointSpectra(moments, isCentred: true, measure: words),
      raw: needsRaw ? try JointSpectra(moments, isCentred: false, measure: words) : nil)
  }

  private static func inTurns(
    count: Int, isWide: Bool, _ body: @Sendable (Int) throws(GeometryError) -> [[Double]]
  ) throws(GeometryError) -> [[[Double]]] {
    @Sendable func attempt(_ index: Int) -> Result<[[Double]], GeometryError> {
      do throws(GeometryError) { return .success(try body(index)) } catch { return .failure(error) }
    }
    let results: [Result<[[Double]], GeometryError>]
    if isWide {
      results = (0..<count).map(attempt)
    } else {
      results = withSingleThreadedBLAS { parallelMap(count: count) { attempt($0) } }
    }
    var values: [[[Double]]] = []
    for result in results { values.append(try result.get()) }
    return values
  }

  /// What was found of one of the measures; nil for one that was not asked for.
  func values(of measure: any GramMeasure.Type) -> GramValues? {
    measures.firstIndex { $0 == measure }.map { index in
      GramValues(
        count: count, rankA: rankA, rankB: rankB, observed: observed[index],
        leftOut: leftOut.map { $0[index] }, permuted: permuted.map { $0[index] }, options: options)
    }
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
