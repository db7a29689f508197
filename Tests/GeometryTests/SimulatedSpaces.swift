import Geometry
import Tensors

/// Pairs of spaces whose intervals and p-values are known to be right or wrong, because they can be drawn again.
enum SimulatedSpaces: String, CaseIterable, Sendable {
  /// Rows of one Gaussian cloud, with noise in the second model.
  case gaussian = "Gaussian"
  /// The same of Student's t with 5 degrees of freedom.
  case heavyTailed = "heavy-tailed (t₅)"
  /// Two clouds with nothing in common.
  case independent = "independent"
  /// Two forms a word, which share their place and what the models disagree on.
  case clustered = "clustered"

  static let width = 16

  func draw(tokens: Int, seed: UInt64) -> (a: Matrix<Float>, b: Matrix<Float>, groups: TokenGroups?) {
    var random = SeededRandom(seed: seed &* 0x9E37_79B9 &+ 77)
    func number() -> Double {
      guard self == .heavyTailed else { return random.normal() }
      let normal = random.normal()
      let squares = (0..<5).reduce(0.0) { sum, _ in
        let x = random.normal()
        return sum + x * x
      }
      return normal / (squares / 5).squareRoot()
    }
    func cloud(_ rows: Int) -> [Double] { (0..<rows * Self.width).map { _ in number() } }
    func matrix(_ values: [Double]) -> Matrix<Float> {
      Matrix(rows: tokens, columns: Self.width, elements: values.map { Float($0) })
    }
    func twice(_ values: [Double]) -> [Double] {
      (0..<tokens * Self.width).map { values[$0 / Self.width / 2 * Self.width + $0 % Self.width] }
    }
    switch self {
    case .gaussian, .heavyTailed:
      let common = cloud(tokens)
      let noise = cloud(tokens)
      return (matrix(common), matrix(zip(common, noise).map { $0 + 0.7 * $1 }), nil)
    case .independent:
      return (matrix(cloud(tokens)), matrix(cloud(tokens)), nil)
    case .clustered:
      let (common, noise) = (twice(cloud((tokens + 1) / 2)), twice(cloud((tokens + 1) / 2)))
      let (own, other) = (cloud(tokens), cloud(tokens))
      return (
        matrix(zip(common, own).map { $0 + 0.35 * $1 }),
        matrix(zip(zip(common, noise), other).map { $0.0 + 0.7 * $0.1 + 0.35 * $1 }),
        TokenGroups((0..<tokens).map { $0 / 2 })
      )
    }
  }
}

/// How often an interval holds the mean of its measure over all samples, and the reported over the true standard error.
struct IntervalCoverage: Sendable {
  let mean: Double
  let deviation: Double
  let coverage: Double
  let ratio: Double

  /// - Parameter estimates: one a sample.
  init?(_ estimates: [Estimate]) {
    let with = estimates.filter { $0.lower != nil }
    guard with.count > 1, with.count == estimates.count else { return nil }
    let n = Double(estimates.count)
    let mean = estimates.reduce(0) { $0 + $1.value } / n
    deviation = (estimates.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / (n - 1)).squareRoot()
    coverage =
      Double(estimates.count { ($0.lower ?? .infinity) <= mean && mean <= ($0.upper ?? -.infinity) }) / n
    let reported = estimates.reduce(0) { $0 + ($1.standardError ?? .nan) * ($1.standardError ?? .nan) } / n
    ratio = reported.squareRoot() / deviation
    self.mean = mean
  }
}

/// Every measure of one draw whose interval is claimed to cover.
struct MeasuredSample: Sendable {
  var estimates: [String: Estimate] = [:]

  static let k = 10
  static let names = [
    "relative orientation", "orientation, Spearman", "CKA", "mutual kNN", "second-order cosine", "CKNNA",
    "hubness",
    "LLE cosine", "rebuilt", "RSA", "anisotropy", "participation ratio", "IsoScore*", "TwoNN", "MLE",
    "mean CCA", "SVCCA", "PWCCA", "regression", "eigenspace overlap", "shape distance", "GULP",
  ]

  /// - Parameter isWhole: with the measures that only `make coverage` has time for.
  init(_ spaces: SimulatedSpaces, tokens: Int, seed: UInt64, isWhole: Bool) throws {
    let (a, b, groups) = spaces.draw(tokens: tokens, seed: seed)
    var options = Resampling()
    (options.permutations, options.halfSplits, options.groups) = (
      isWhole ? 199 : 59, isWhole ? 100 : 40, groups
    )
    options.seed = seed
    let wide = NeighbourGraph.width(forIntervalsOf: Self.k, count: tokens)
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: wide), try Neighbours.graph(of: b, k: wide))
    var interval = IntervalOptions()
    interval.groups = groups
    var pairs = RelativeOrientationOptions()
    (pairs.groups, pairs.seed) = (groups, seed)
    pairs.spearman = .sampled(pairs: 20_000)
    let orientation = try RelativeOrientation(a, b, pairs).held(against: a, b, options)
    add("relative orientation", orientation.pearson)
    add("orientation, Spearman", orientation.spearman)
    add("CKA", try CKA(a, b, interval).held(against: a, b, options).unbiased)
    add("mutual kNN", MutualNeighbours(graphA, graphB, k: Self.k, options).overlap)
    add("anisotropy", try Anisotropy(a, interval).meanCosine)
    add("participation ratio", try ParticipationRatio(a, interval).participationRatio)
    guard isWhole else { return }
    let graphs = try NeighbourSimilarity(a, graphA, b, graphB, k: Self.k, options)
    add("second-order cosine", graphs.secondOrderCosine)
    add("CKNNA", graphs.cknna)
    add("hubness", graphs.hubnessOfFirst)
    var lle = LocallyLinearOptions()
    lle.resampling = options
    let (x, y) = (
      LocallyLinearWeights(a, graphA.prefix(Self.k), lle), LocallyLinearWeights(b, graphB.prefix(Self.k), lle)
    )
    let halves = LocallyLinearHalves(a, graphA, b, graphB, k: Self.k, lle)
    add("LLE cosine", LocallyLinearSimilarity(x, y, lle, halves: halves).meanCosine)
    add("rebuilt", CrossReconstruction(weights: x, of: b, own: y, options, interval: halves?.second).score)
    let euclidean = try Neighbours.graph(
      of: a, k: NeighbourGraph.width(forIntervalsOf: 20, count: tokens), metric: .euclidean)
    var nearest = TwoNNOptions()
    nearest.resampling = options
    add("TwoNN", TwoNN(euclidean, nearest).fitted)
    add("RSA", try RepresentationalSimilarity(a, b, pairs).orientation.pearson)
    var star = IsoScoreStarOptions()
    (star.target, star.interval) = (.meanVariance, interval)
    add("IsoScore*", try IsoScoreStar(a, star).isoScore)
    var linear = LinearSimilarityOptions()
    (linear.groups, linear.permutations, linear.seed) = (groups, 19, seed)
    let subspaces = try LinearSimilarity(a, b, linear)
    add("mean CCA", subspaces.canonicalCorrelation.meanCCA)
    add("SVCCA", subspaces.canonicalCorrelation.svcca)
    add("PWCCA", subspaces.canonicalCorrelation.pwcca)
    add("regression", subspaces.linearRegression.firstFromSecond)
    add("eigenspace overlap", subspaces.eigenspaceOverlap.overlap)
    add("shape distance", subspaces.shapeDistance.shapes[0].angle)
    add("GULP", subspaces.gulp.regressions[0].similarity)
    add("MLE", LevinaBickel(euclidean, k: 20, options).dimension)
  }

  private mutating func add(_ name: String, _ evaluation: Evaluation) {
    estimates[name] = evaluation.estimate
  }
}

/// What simulation says of all measures: one row a measure, one column a kind of spaces.
struct CoverageTable: Sendable {
  /// By kind, then by measure.
  private(set) var cells: [SimulatedSpaces: [String: IntervalCoverage]] = [:]
  /// p-values of the independent spaces, by measure.
  private(set) var pValues: [String: [Double]] = [:]

  init(samples: Int, tokens: Int, isWhole: Bool, kinds: [SimulatedSpaces] = SimulatedSpaces.allCases) throws {
    for kind in kinds {
      let drawn: [MeasuredSample?] = parallelMap(count: samples) {
        try? MeasuredSample(kind, tokens: tokens, seed: UInt64($0) + 1, isWhole: isWhole)
      }
      let all = drawn.compactMap { $0 }
      var row: [String: IntervalCoverage] = [:]
      for name in MeasuredSample.names {
        row[name] = IntervalCoverage(all.compactMap { $0.estimates[name] })
        guard kind == .independent else { continue }
        pValues[name] = all.compactMap { sample in
          sample.estimates[name]?.null.flatMap { $0.draws > 0 ? $0.pValue : nil }
        }
      }
      cells[kind] = row
    }
  }

  /// The largest distance between the p-values' distribution and the uniform one, over what 1 in 1000 uniform samples exceed (Kolmogorov, Smirnov).
  static func excessOverUniform(_ pValues: [Double]) -> Double {
    let sorted = pValues.sorted()
    let n = Double(sorted.count)
    let largest = sorted.indices.reduce(0.0) { worst, i in
      max(worst, max(abs(Double(i + 1) / n - sorted[i]), abs(sorted[i] - Double(i) / n)))
    }
    return largest / (1.95 / n.squareRoot())
  }

  /// As the documentation prints it.
  var markdown: String {
    var lines = [
      "| measure | " + SimulatedSpaces.allCases.map(\.rawValue).joined(separator: " | ") + " | p-values |",
      "|--|" + String(repeating: "--|", count: SimulatedSpaces.allCases.count + 1),
    ]
    func number(_ value: Double, _ digits: Int) -> String {
      let scale = digits == 1 ? 10.0 : 100.0
      let whole = Int((value * scale).rounded())
      let fraction = "\(whole % Int(scale))"
      return "\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
    for name in MeasuredSample.names {
      let parts = SimulatedSpaces.allCases.map { kind in
        cells[kind]?[name].map { "\(number(100 * $0.coverage, 1)) % (\(number($0.ratio, 2)))" } ?? "–"
      }
      let p = (pValues[name] ?? []).isEmpty ? "–" : number(Self.excessOverUniform(pValues[name] ?? []), 2)
      lines.append("| \(name) | " + parts.joined(separator: " | ") + " | \(p) |")
    }
    return lines.joined(separator: "\n")
  }
}
