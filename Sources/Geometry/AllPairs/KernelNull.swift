internal import LinearAlgebra
public import Statistics
public import Tensors

/// The null of measures over all pairs of tokens, with tokens permuted within strata, and with draws for its p.
///
/// Under a permutation π only Σ K̃_ij L̃_π(i)π(j) changes, with K̃ and L̃ the two models' kernels about their means
/// (relative orientation), or U-centred (unbiased CKA). Its mean over all permutations within strata s is exact, from the sums of K̃
/// and L̃ over pairs of strata:
///
///     E = Σ_{s≠t} K_st L_st / (n_s n_t) + Σ_s K_ss L_ss / (n_s (n_s - 1))
///
/// which is 0 without strata, and with them what two models agree on because both tell kinds of tokens apart. p, threshold and
/// deviation are from draws over at most ``tokens`` random tokens, where the observed value of the same tokens is held against them; fewer
/// tokens widen the null, which errs on the careful side. O(n d² + S² d + K m²) for S strata and K draws of m tokens;
/// deterministic in the seed.
public enum KernelNull {
  /// Most tokens of a draw.
  public static let tokens = 2048

  /// Relative orientation with this null; its own, over all permutations, becomes the plain one.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`.
  /// - Precondition: the estimate is of these rows; strata of as many tokens.
  public static func orientation(
    _ evaluation: Evaluation, _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> Evaluation {
    guard let estimate = evaluation.estimate else { return evaluation }
    let rows = try MatchedCosines(a, b)
    let kept = options.selecting(rows.kept)
    let mean = kept.strata.map { expected(StratumSums(rows.a, $0), StratumSums(rows.b, $0)) } ?? 0
    return .estimate(
      try estimate.held(
        against: .orientation, a.selecting(rows: rows.kept), b.selecting(rows: rows.kept), mean: mean, kept))
  }

  /// Unbiased CKA with this null.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`.
  /// - Precondition: the estimate is of these rows; strata of as many tokens.
  public static func cka(
    _ evaluation: Evaluation, _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> Evaluation {
    guard let estimate = evaluation.estimate, let x = centredInOwnUnit(a, keepsShortMean: true),
      let y = centredInOwnUnit(b, keepsShortMean: true)
    else { return evaluation }
    let mean =
      options.strata.map { expected(StratumSums(uCentred: x, $0), StratumSums(uCentred: y, $0)) } ?? 0
    return .estimate(try estimate.held(against: .alignment, x, y, mean: mean, options))
  }

  private static func expected(_ k: StratumSums, _ l: StratumSums) -> Double {
    let count = k.sizes.count
    var total = 0.0
    for s in 0..<count {
      for t in 0..<count {
        let pairs = k.pairs(s, t)
        if pairs > 0 { total += k.sums[s, t] * l.sums[s, t] / pairs }
      }
    }
    return total / (k.norm * l.norm)
  }
}

extension RelativeOrientation {
  /// The same with Pearson's r held against draws of permuted tokens, within strata where the options have them (``KernelNull``).
  public func held(
    against a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> RelativeOrientation {
    RelativeOrientation(self, pearson: try KernelNull.orientation(pearson, a, b, options))
  }
}

extension CKA {
  /// The same with the unbiased value held against draws of permuted tokens, within strata where the options have them
  /// (``KernelNull``).
  public func held(
    against a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> CKA {
    CKA(self, unbiased: try KernelNull.cka(unbiased, a, b, options))
  }
}

extension Estimate {
  fileprivate func held(
    against measure: LayerMeasure, _ a: Matrix<Float>, _ b: Matrix<Float>, mean: Double, _ options: Resampling
  ) throws(GeometryError) -> Estimate {
    var random = SeededRandom(seed: options.seed ^ 0x4E55_4C4C)
    let taken =
      a.rows > KernelNull.tokens
      ? random.sample(KernelNull.tokens, of: a.rows) : Array(0..<a.rows)
    let part = options.selecting(taken)
    let layers = LayerSimilarityOptions()
    let (first, second) = (
      try PairMatrices([a.selecting(rows: taken)], measure, layers, "first model"),
      try PairMatrices([b.selecting(rows: taken)], measure, layers, "second model")
    )
    let (observed, draws) = withSingleThreadedBLAS {
      (
        first.products(second, TokenImage(identity: taken.count))[0][0],
        TokenPermutations(count: taken.count, part).map { image, _ in first.products(second, image)[0][0] }
      )
    }
    guard let observed else { return self }
    let values = draws.compactMap { $0 }
    let sampled = NullDistribution.sampled(
      values, observed: observed, maximum: 1, significance: options.significance, meaning: "")
    // The draws' own mean is off where few tokens of a stratum were drawn.
    let exceeding = values.map { $0 - sampled.mean }.sorted()
    let threshold = mean + quantile(ofSorted: exceeding, 1 - options.significance)
    let over = taken.count < a.rows ? ", \(values.count) draws over \(taken.count) tokens" : ""
    return with(
      null: NullDistribution(
        meaning: permutedMeaning(options) + over, mean: mean, standardDeviation: sampled.standardDeviation,
        draws: values.count, threshold: threshold, pValue: sampled.pValue,
        calibrated: NullDistribution.calibratedScore(value, threshold: threshold, maximum: 1)),
      plainNull: null)
  }
}

/// Sums of a centred kernel over pairs of strata, without the diagonal, and its norm.
private struct StratumSums {
  let sizes: [Double]
  private(set) var sums: Matrix<Double>
  /// ‖K̃‖_F.
  let norm: Double

  /// Ordered pairs of different tokens, one of each stratum.
  func pairs(_ s: Int, _ t: Int) -> Double { sizes[s] * (s == t ? sizes[s] - 1 : sizes[t]) }

  /// Cosines about their mean.
  init(_ lifted: LiftedRows, _ strata: TokenGroups) {
    let all = PairedCosineMoments.sums(lifted)
    let n = Double(all.count)
    let mean = all.sum / (n * (n - 1))
    let left = Self.totals(lifted.rows, strata)
    var right = left
    let width = left.columns
    for s in 0..<strata.count { right.elements.swapAt((s + 1) * width - 2, (s + 1) * width - 1) }
    self.init(
      left, right, diagonal: PairedCosineMoments.diagonal(lifted), strata,
      squares: all.sumSquares - n * (n - 1) * mean * mean)
    for s in 0..<strata.count {
      for t in 0..<strata.count { sums[s, t] -= mean * pairs(s, t) }
    }
  }

  /// The linear kernel, U-centred: K̃_ij = K_ij - (rᵢ + rⱼ) / (n - 2) + K.. / ((n - 1)(n - 2)).
  init(uCentred x: Matrix<Float>, _ strata: TokenGroups) {
    let kernel = KernelMoments(x)
    let n = Double(kernel.count)
    let constant = kernel.sum / ((n - 1) * (n - 2))
    let squares =
      kernel.sumSquares - 2 / (n - 2) * kernel.rowSums.reduce(0) { $0 + $1 * $1 } + kernel.sum * constant
    let totals = Self.totals(x, strata)
    self.init(totals, totals, diagonal: kernel.squaredNorms, strata, squares: squares)
    let rowSums = Self.totals(kernel.rowSums, strata)
    for s in 0..<strata.count {
      for t in 0..<strata.count {
        let others = s == t ? sizes[s] - 1 : sizes[t]
        let back = s == t ? sizes[s] - 1 : sizes[s]
        sums[s, t] += constant * pairs(s, t) - (others * rowSums[s] + back * rowSums[t]) / (n - 2)
      }
    }
  }

  private init(
    _ left: Matrix<Double>, _ right: Matrix<Double>, diagonal: [Double], _ strata: TokenGroups,
    squares: Double
  ) {
    sizes = Self.totals([Double](repeating: 1, count: diagonal.count), strata)
    norm = max(squares, 0).squareRoot()
    let own = Self.totals(diagonal, strata)
    sums = Matrix(rows: strata.count, columns: strata.count, repeating: 0)
    for s in 0..<strata.count {
      for t in 0..<strata.count {
        var sum = s == t ? -own[s] : 0
        for column in 0..<left.columns { sum += left[s, column] * right[t, column] }
        sums[s, t] = sum
      }
    }
  }

  private static func totals(_ values: [Double], _ strata: TokenGroups) -> [Double] {
    var totals = [Double](repeating: 0, count: strata.count)
    for (value, label) in zip(values, strata.labels) { totals[Int(label)] += value }
    return totals
  }

  private static func totals(_ x: Matrix<Float>, _ strata: TokenGroups) -> Matrix<Double> {
    var totals = Matrix<Double>(rows: strata.count, columns: x.columns, repeating: 0)
    for (row, label) in strata.labels.enumerated() {
      for column in 0..<x.columns { totals[Int(label), column] += Double(x[row, column]) }
    }
    return totals
  }
}
