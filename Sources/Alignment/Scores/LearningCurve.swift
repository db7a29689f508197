internal import Files
public import Statistics
public import Tensors

/// How much of a held-out score how many matched tokens buy.
public struct LearningCurveOptions: Sendable, Equatable, Codable {
  /// Sizes of the training sets; those above the training tokens at hand are left out, and all of them are
  /// always the last point.
  public var anchorCounts = [100, 300, 1000, 3000, 10000]
  /// Seeds, 2 or more: each draws its own hold-out split and its own nested training sets. Larger values
  /// sharpen the intervals.
  public var seedCount = 5
  /// Share that is held out, in (0, 1).
  public var testFraction = 0.2
  /// Tokens that stay on one side of the split; nil takes each by itself.
  public var heldOutGroups: TokenGroups?
  public var seed: UInt64 = 1

  public init() {}
}

/// Held-out scores over the number of matched tokens that a map was fitted on.
public struct LearningCurve: Sendable, Equatable, Codable {
  /// The scores with one size of the training set.
  public struct Point: Sendable, Equatable, Codable {
    public let anchorCount: Int
    /// Mean over the seeds, n of them; the interval holds the middle share of the seeds' own scores: what one
    /// run may give when split and training set are drawn anew, not the uncertainty of the mean.
    public let r2: Estimate
    public let cosine: Estimate
    public let nearestNeighbourAt1: Estimate
    public let cslsAt1: Estimate
    /// Why a seed is missing, such as too few tokens; empty as a rule.
    public let failures: [String]
  }

  /// Ascending by anchor count.
  public let points: [Point]

  /// - Parameter transfer: fits whatever is judged on matched source and target rows.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, and, when no seed of a size works, its error.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, options: LearningCurveOptions = LearningCurveOptions(),
    scoring: ScoringOptions = ScoringOptions(),
    transfer: (Matrix<Float>, Matrix<Float>) throws(AlignmentError) -> any TokenTransfer
  ) throws(AlignmentError) {
    guard options.seedCount >= 2 else {
      throw .option(name: "seedCount", expected: "2 or more", actual: "\(options.seedCount)")
    }
    guard options.anchorCounts.allSatisfy({ $0 >= 2 }) else {
      throw .option(name: "anchorCounts", expected: "2 or more each", actual: "\(options.anchorCounts)")
    }
    // The points' own intervals come from the seeds.
    var quick = scoring
    quick.resampling.bootstrapSamples = 2
    quick.candidates = .heldOut
    var results: [Int: [AlignmentScores]] = [:]
    var failures: [Int: [AlignmentError]] = [:]
    var root = SeededRandom(seed: options.seed)
    var splits: [(seed: UInt64, split: HoldOutSplit)] = []
    for _ in 0..<options.seedCount {
      let seed = root.next()
      splits.append(
        (
          seed,
          try HoldOutSplit(
            count: source.rows, testFraction: options.testFraction, groups: options.heldOutGroups, seed: seed)
        ))
    }
    // Groups leave each seed another number of training tokens.
    let all = splits.map(\.split.training.count).min() ?? 0
    let sizes = Set(options.anchorCounts.filter { $0 < all } + [all]).sorted()
    let progress = JobProgress.current
    var fits = 0
    for (seed, split) in splits {
      var random = SeededRandom(seed: ~seed)
      let order = random.permutation(split.training.count).map { split.training[$0] }
      for size in sizes {
        progress.tell(
          fits, of: splits.count * sizes.count, "fit \(fits + 1) of \(splits.count * sizes.count)")
        fits += 1
        let rows = order.prefix(size).sorted()
        do throws(AlignmentError) {
          let fitted = try transfer(source.selecting(rows: rows), target.selecting(rows: rows))
          results[size, default: []].append(
            try fitted.scores(source: source, target: target, heldOut: split.heldOut, options: quick))
        } catch {
          failures[size, default: []].append(error)
        }
      }
    }
    var points: [Point] = []
    for size in Set(results.keys).union(failures.keys).sorted() {
      guard let scores = results[size] else {
        if let error = failures[size]?.first { throw error }
        continue
      }
      points.append(
        Point(
          size, scores, confidence: scoring.resampling.confidence,
          failures: failures[size, default: []].map(\.description)))
    }
    self.points = points
  }
}

extension LearningCurve.Point {
  fileprivate init(
    _ size: Int, _ scores: [AlignmentScores], confidence: Double, failures: [String]
  ) {
    func estimate(_ value: (AlignmentScores) -> Double) -> Estimate {
      meanOverSeeds(scores.map(value), confidence: confidence)
    }
    anchorCount = size
    r2 = estimate(\.r2.value)
    cosine = estimate(\.cosine.value)
    nearestNeighbourAt1 = estimate(\.amongHeldOut.nearestNeighbour.at1.value)
    cslsAt1 = estimate(\.amongHeldOut.csls.at1.value)
    self.failures = failures
  }
}

/// The mean, with the standard error over seeds and the percentiles of the seeds' own scores.
private func meanOverSeeds(_ scores: [Double], confidence: Double) -> Estimate {
  let mean = scores.reduce(0, +) / Double(scores.count)
  guard scores.count >= 2 else { return Estimate(value: mean, n: scores.count, confidence: confidence) }
  let sorted = scores.sorted()
  let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1)
  return Estimate(
    value: mean, n: scores.count, standardError: (variance / Double(scores.count)).squareRoot(),
    lower: quantile(ofSorted: sorted, (1 - confidence) / 2),
    upper: quantile(ofSorted: sorted, (1 + confidence) / 2), confidence: confidence)
}
