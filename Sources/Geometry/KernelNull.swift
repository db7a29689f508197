internal import LinearAlgebra
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
    let rows = try MatchedUnitRows(a, b)
    let kept = options.selecting(rows.kept)
    let mean = try stratifiedMean(rows.a, rows.b, kept.strata, isUCentred: false)
    return .estimate(try estimate.held(against: .orientation, rows.a, rows.b, mean: mean, kept))
  }

  /// Unbiased CKA with this null.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`.
  /// - Precondition: the estimate is of these rows; strata of as many tokens.
  public static func cka(
    _ evaluation: Evaluation, _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> Evaluation {
    guard let estimate = evaluation.estimate else { return evaluation }
    let mean = try stratifiedMean(a, b, options.strata, isUCentred: true)
    return .estimate(try estimate.held(against: .alignment, a, b, mean: mean, options))
  }

  private static func stratifiedMean(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ strata: TokenGroups?, isUCentred: Bool
  ) throws(GeometryError) -> Double {
    guard let strata else { return 0 }
    let (k, l) = (
      StratumSums(a, strata, isUCentred: isUCentred), StratumSums(b, strata, isUCentred: isUCentred)
    )
    var total = 0.0
    for s in 0..<strata.count {
      for t in 0..<strata.count {
        let pairs = k.sizes[s] * (s == t ? k.sizes[s] - 1 : k.sizes[t])
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
  let sums: Matrix<Double>
  /// ‖K̃‖_F.
  let norm: Double

  init(_ x: Matrix<Float>, _ strata: TokenGroups, isUCentred: Bool) {
    let kernel = KernelMoments(x)
    let n = Double(kernel.count)
    let count = strata.count
    var sizes = [Double](repeating: 0, count: count)
    var rowSums = sizes
    var diagonal = sizes
    var totals = Matrix<Double>(rows: count, columns: x.columns, repeating: 0)
    for (row, label) in strata.labels.enumerated() {
      let stratum = Int(label)
      sizes[stratum] += 1
      rowSums[stratum] += kernel.rowSums[row]
      diagonal[stratum] += kernel.squaredNorms[row]
      for column in 0..<x.columns { totals[stratum, column] += Double(x[row, column]) }
    }
    // K̃_ij = K_ij - c (r_i + r_j) + m.
    let share = isUCentred ? 1 / (n - 2) : 0
    let constant = isUCentred ? kernel.sum / ((n - 1) * (n - 2)) : -kernel.sum / (n * (n - 1))
    var sums = Matrix<Double>(rows: count, columns: count, repeating: 0)
    for s in 0..<count {
      for t in 0..<count {
        var sum = 0.0
        for column in 0..<x.columns { sum += totals[s, column] * totals[t, column] }
        if s == t { sum -= diagonal[s] }
        let pairs = sizes[s] * (s == t ? sizes[s] - 1 : sizes[t])
        let rows = s == t ? 2 * (sizes[s] - 1) * rowSums[s] : sizes[t] * rowSums[s] + sizes[s] * rowSums[t]
        sums[s, t] = sum - share * rows + constant * pairs
      }
    }
    (self.sizes, self.sums) = (sizes, sums)
    let squares =
      isUCentred
      ? kernel.sumSquares - 2 / (n - 2) * kernel.rowSums.reduce(0) { $0 + $1 * $1 }
        + kernel.sum * kernel.sum / ((n - 1) * (n - 2))
      : kernel.sumSquares - kernel.sum * kernel.sum / (n * (n - 1))
    norm = max(squares, 0).squareRoot()
  }
}
