internal import Distribution
internal import Statistics
internal import Tensors

/// What a measure compares: a token's row in the first model's graph with its image in the second's.
typealias TokenComparison =
  @Sendable (
    _ a: NeighbourGraph, _ b: NeighbourGraph, _ row: Int, _ image: TokenImage
  ) -> Double

/// A per-token measure of two graphs, its mean, interval and null.
///
/// Under the null the image is a random permutation. All measures draw the same permutations from the same seed, so
/// that their nulls can be compared. The largest value of the measure is 1.
///
/// - Parameters:
///   - measure: its name, which names the blocks of its draws.
///   - k: neighbours that count; graphs may hold more.
///   - hasInterval: whether halves of the tokens (``HalfSplits``) give an interval that covers; the graphs must be wider than k.
func neighbourMean(
  _ measure: String, _ a: NeighbourGraph, _ b: NeighbourGraph, k: Int, _ options: Resampling,
  hasInterval: Bool = false, _ value: @escaping TokenComparison
) -> (mean: Evaluation, perToken: [Double]) {
  let (first, second) = (a.narrowed(to: k), b.narrowed(to: k))
  let (evaluation, perToken) = tokenMean(
    BlockKey(measure, first, second), (first, second), options
  ) { value(first, second, $0, $1) }
  guard hasInterval, let estimate = evaluation.estimate else { return (evaluation, perToken) }
  let splits = HalfSplits(count: a.count, options)
  let error = splits.standardError(of: [a, b], k: k) { graphs, half in
    let identity = TokenImage(identity: half.count)
    return half.indices.reduce(0.0) { $0 + value(graphs[0], graphs[1], $1, identity) } / Double(half.count)
  }
  let interval = splits.interval(estimate.value, standardError: error, null: estimate.null)
  return (.estimate(estimate.with(interval, .halfSplits, least: 0, largest: 1)), perToken)
}

/// The same without an interval, for measures that need more than graphs.
///
/// - Parameters:
///   - key: the measure and all that `value` depends on; the draws' options are added.
///   - graphs: whose ties decide whether neighbours mean anything.
///   - nullTokens: each draw averages at most so many random tokens; fewer widen the null, which errs on the
///     careful side.
func tokenMean(
  _ key: BlockKey, _ graphs: (NeighbourGraph, NeighbourGraph), nullTokens: Int = .max, _ options: Resampling,
  _ value: @Sendable (_ row: Int, _ image: TokenImage) -> Double
) -> (mean: Evaluation, perToken: [Double]) {
  let count = graphs.0.count
  let identity = TokenImage(identity: count)
  let perToken: [Double] = parallelMap(count: count, chunk: 256) { value($0, identity) }
  if let reason = graphs.0.reasonAgainstTies("the first model", k: graphs.0.k)
    ?? graphs.1.reasonAgainstTies("the second model", k: graphs.1.k)
  {
    return (.notEvaluable(reason: reason), perToken)
  }
  guard count > 0 else { return (.notEvaluable(reason: "no tokens left to average"), perToken) }
  let observed = perToken.reduce(0, +) / Double(count)
  guard observed.isFinite else { return (.notEvaluable(reason: "the mean is not finite"), perToken) }
  func null(_ options: Resampling) -> NullDistribution {
    let seeded = key.adding([.integers([count, nullTokens]), .text("\(options)")])
    let draws = TokenPermutations(count: count, options).map(seeded) { image, random in
      let rows = count > nullTokens ? Array(random.permutation(count).prefix(nullTokens)) : Array(0..<count)
      return rows.reduce(0.0) { $0 + value($1, image) } / Double(max(rows.count, 1))
    }
    return .sampled(
      draws, observed: observed, maximum: 1, significance: options.significance,
      meaning: permutedMeaning(options), isOfTokenPermutations: true)
  }
  var unstratified = options
  unstratified.strata = nil
  return (
    .estimate(
      Estimate(
        value: observed, n: count, confidence: options.confidence, null: null(options),
        plainNull: options.strata == nil ? nil : null(unstratified))), perToken
  )
}

extension NeighbourGraph {
  /// Itself where it is not wider.
  func narrowed(to smaller: Int) -> NeighbourGraph { smaller == k ? self : prefix(smaller) }

  /// Calls `body` with the positions (from 0, nearest first) of each neighbour of `row` whose image is a
  /// neighbour, in `other`, of the row's image.
  func forEachShared(
    with other: NeighbourGraph, row: Int, image: TokenImage, _ body: (_ own: Int, _ theirs: Int) -> Void
  ) {
    let (own, theirs) = (indices.span, other.indices.span)
    let start = image[row] * other.k
    for position in 0..<k {
      let target = Int32(truncatingIfNeeded: image[Int(own[row * k + position])])
      for candidate in 0..<other.k where theirs[start + candidate] == target { body(position, candidate) }
    }
  }

  /// How many neighbours of `row` have an image among the neighbours of the row's image in `other`.
  func shared(with other: NeighbourGraph, row: Int, image: TokenImage) -> Int {
    var count = 0
    forEachShared(with: other, row: row, image: image) { _, _ in count += 1 }
    return count
  }

  /// Whether `candidate` is a neighbour of `row` in a full graph.
  func isNeighbour(_ candidate: Int, of row: Int) -> Bool {
    let indices = indices.span
    let target = Int32(truncatingIfNeeded: candidate)
    var found: UInt32 = 0
    for position in row * k..<(row + 1) * k { found |= indices[position] == target ? 1 : 0 }
    return found != 0
  }
}

extension BlockKey {
  /// A measure of two graphs and no more.
  init(_ measure: String, _ a: NeighbourGraph, _ b: NeighbourGraph) {
    self.init(
      "null of \(measure)",
      [
        .integers([a.k, b.k]), .indices(a.indices), .indices(b.indices), .floats(a.similarities),
        .floats(b.similarities),
      ])
  }
}
