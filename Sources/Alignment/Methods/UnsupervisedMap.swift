internal import Files
internal import Geometry
internal import LinearAlgebra
public import Tensors

/// How a map is found without anchors.
public struct UnsupervisedOptions: Sendable, Equatable {
  /// Most frequent tokens of each side that the start compares, 2 or more: O(n² (d + n)).
  public var startTokens = 4000
  /// Most frequent tokens of each side among which anchors are sought, 2 or more; larger values find more, at
  /// 8 n² bytes and O(n² d) an iteration. vecmap: 20,000.
  public var tokens = 4000
  /// Neighbours k of CSLS; larger values measure hubs more broadly.
  public var cslsNeighbours = 10
  /// Share of all candidate pairs that the first iterations keep, in (0, 1]; smaller values wander more.
  public var keepProbability = 0.1
  /// What the share is multiplied by whenever the objective stagnates, above 1.
  public var keepGrowth = 2.0
  /// Iterations without a better objective that count as stagnation, 1 or more. vecmap: 50.
  public var patience = 15
  /// What counts as better: a mean cosine larger by this.
  public var threshold = 1e-6
  /// Iterations at most; a search that is stopped by it keeps what it has.
  public var maximumIterations = 1000
  /// What is fitted on the anchors in the end. vecmap whitens and re-weights both sides.
  @EquatableMethod public var finish: any LinearMethod = Ridge()
  /// Seed of what is dropped.
  public var seed: UInt64 = 1

  public init() {}

  func validate() throws(AlignmentError) {
    let counts = [
      ("startTokens", startTokens, 2), ("tokens", tokens, 2), ("cslsNeighbours", cslsNeighbours, 1),
      ("patience", patience, 1), ("maximumIterations", maximumIterations, 1),
    ]
    for (name, value, least) in counts where value < least {
      throw .option(name: name, expected: "\(least) or more", actual: "\(value)")
    }
    guard keepProbability > 0, keepProbability <= 1 else {
      throw .option(name: "keepProbability", expected: "above 0, at most 1", actual: "\(keepProbability)")
    }
    guard keepGrowth > 1 else {
      throw .option(name: "keepGrowth", expected: "above 1", actual: "\(keepGrowth)")
    }
  }
}

/// A matrix on anchors that are found, not given (``UnsupervisedMap``).
public struct UnsupervisedMethod: UnpairedMethod {
  public static let name = "unsupervised"
  public var options: UnsupervisedOptions

  public init(_ options: UnsupervisedOptions = UnsupervisedOptions()) { self.options = options }

  public var finish: any LinearMethod { options.finish }

  /// With another seed of what the search drops.
  public func seeded(_ seed: UInt64) -> UnsupervisedMethod {
    var method = self
    method.options.seed = seed
    return method
  }

  /// The search, and the last fit with its options.
  public func search(
    source: Matrix<Float>, target: Matrix<Float>, options alignment: AlignmentOptions
  ) throws(AlignmentError) -> UnsupervisedMap {
    try UnsupervisedMap(source: source, target: target, options: options, alignment: alignment)
  }
}

/// A map that was found without knowing which rows are the same token.
///
/// 1. Start: tokens that stand alike among all others have alike rows of `(X Xᵀ)^{1/2}` once each row is sorted,
///    whatever the order of the others. Their nearest by CSLS, in both directions, are the first anchors.
/// 2. Self-learning: a rotation on the anchors (`XᵀZ = A Σ Bᵀ`, `W = A Bᵀ`), then new anchors by CSLS in both
///    directions among the candidate pairs that a random choice keeps, until the mean best cosine stagnates;
///    then more are kept, in the end all.
/// 3. `finish` is fitted on the pairs that are each other's nearest.
///
/// Artetxe, Labaka, Agirre 2018 (arXiv 1805.06297). Rows are of unit length, centred, and of unit length again up to
/// step 3. Here widths may differ (W is semi-orthogonal), a dropped pair can never be chosen (there it scores
/// 0), and the last map is one of this library. Nothing promises that the start is right: where it is not, the
/// search ends in a self-consistent map that is wrong, which only held-out pairs tell. Deterministic in the seed up
/// to the rounding of BLAS. O(n² d) an iteration, some hundreds of them.
public struct UnsupervisedMap: Sendable, Equatable {
  /// A row of the source and the row of the target that was taken for the same token.
  public struct Anchor: Sendable, Equatable {
    public let source: Int
    public let target: Int

    public init(source: Int, target: Int) { (self.source, self.target) = (source, target) }
  }

  /// The last fit.
  public let fitted: FittedMap
  /// What it was fitted on, by source row: the pairs that are each other's nearest, or every row's nearest where fewer
  /// agree than a cross-validation needs.
  public let anchors: [Anchor]
  /// The pairs that were each other's nearest at the start.
  public let start: [Anchor]
  /// The mean best cosine after the rotation, over both directions; what the search maximised.
  public let objective: Double
  public let iterations: Int
  /// Tokens of each side among which anchors were sought, the smaller number.
  public let searched: Int

  /// - Parameters:
  ///   - source: rows in order of frequency, the most frequent first.
  ///   - target: the same of the other side, in its own order; the counts may differ.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`, `.linearAlgebra`.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, options: UnsupervisedOptions = UnsupervisedOptions(),
    alignment: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) {
    try options.validate()
    let needed = 2 * alignment.foldCount
    guard min(source.rows, target.rows) >= needed else {
      throw .tooFewTokens(
        purpose: "an unsupervised map", needed: needed, actual: min(source.rows, target.rows))
    }
    try requireFinite(source, side: "source")
    try requireFinite(target, side: "target")
    let (x, z) = (normalisedRows(source), normalisedRows(target))
    let from = x.selecting(rows: Array(0..<min(options.tokens, x.rows)))
    let to = z.selecting(rows: Array(0..<min(options.tokens, z.rows)))
    searched = min(from.rows, to.rows)
    let first = try startingLinks(x, z, options)
    start = first.mutual
    var search = SelfLearning(source: from, target: to, options: options, links: first)
    try search.run()
    (iterations, objective) = (search.iteration, search.objective)
    let mutual = search.links.mutual
    anchors = mutual.count >= needed ? mutual : search.links.all
    fitted = try options.finish.fit(
      source: source.selecting(rows: anchors.map(\.source)),
      target: target.selecting(rows: anchors.map(\.target)), options: alignment)
  }
}

/// The state of the search.
private struct SelfLearning {
  let source: Matrix<Float>
  let target: Matrix<Float>
  let options: UnsupervisedOptions
  var links: NearestLinks
  var iteration = 0
  var objective = 0.0

  init(source: Matrix<Float>, target: Matrix<Float>, options: UnsupervisedOptions, links: NearestLinks) {
    (self.source, self.target, self.options, self.links) = (source, target, options, links)
  }

  mutating func run() throws(AlignmentError) {
    var keep = options.keepProbability
    var (best, improved) = (-Double.infinity, 0)
    var random = SeededRandom(seed: options.seed)
    while iteration < options.maximumIterations {
      iteration += 1
      JobProgress.current.tell("iteration \(iteration)")
      let rotated = unitRows(multiply(source, try rotation()))
      let cosines = CrossSimilarity(rotated, target)
      links = cosines.links(
        k: options.cslsNeighbours, keep: keep < 1 ? (probability: keep, seed: random.next()) : nil)
      objective = cosines.meanBest
      if objective >= best + options.threshold { (best, improved) = (objective, iteration) }
      guard iteration - improved > options.patience else { continue }
      if keep >= 1 { return }
      (keep, improved) = (min(1, keep * options.keepGrowth), iteration)
    }
    guard keep < 1 else { return }
    // Stopped early: the anchors of the last rotation, nothing dropped.
    links = CrossSimilarity(unitRows(multiply(source, try rotation())), target)
      .links(k: options.cslsNeighbours, keep: nil)
  }

  /// The semi-orthogonal map of the anchors; a pair that both directions found counts twice.
  private func rotation() throws(AlignmentError) -> Matrix<Float> {
    let pairs = links.all
    let cross = multiply(
      source.selecting(rows: pairs.map(\.source)), target.selecting(rows: pairs.map(\.target)),
      transposingA: true)
    let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(cross.widened()) }
    return multiply(svd.u, svd.vTransposed).narrowed()
  }
}
