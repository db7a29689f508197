public import Statistics
public import Tensors

/// Linear centred kernel alignment between two sets of matched rows, in feature space.
///
/// Unbiased (Song et al. 2012; Kornblith et al. 2019): with zero-diagonal kernels K̃, L̃,
///
///     HSIC_u = [tr K̃L̃ + (1ᵀK̃1)(1ᵀL̃1)/((n-1)(n-2)) - 2·1ᵀK̃L̃1/(n-2)] / (n(n-3))
///     CKA_u = HSIC_u(K,L) / √(HSIC_u(K,K) HSIC_u(L,L))
///
/// Biased: ‖X_cᵀY_c‖_F² / (‖X_cᵀX_c‖_F ‖Y_cᵀY_c‖_F), which grows as d/n for unrelated data.
///
/// All terms come from d × d products and row sums: O(n d_A d_B), no n × n matrix, sums in Double. Rows with a long
/// mean are centred first, which no value depends on: the sums would cancel, as in a narrow cone.
/// Invariant to rotation, translation and isotropic scale of either side, not to row lengths.
/// *Uncertainty*: delete-one jackknife in closed form. *Null*: one model's tokens permuted; over all
/// permutations CKA_u has mean 0 and standard deviation exactly √(2/(n(n-3))), whatever the data, and the
/// biased value has mean tr K_c · tr L_c / ((n-1) ‖K_c‖ ‖L_c‖).
public struct CKA: Sendable, Equatable, Codable {
  public let unbiased: Evaluation
  public let biased: Evaluation

  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows.
  public init(_ a: Matrix<Float>, _ b: Matrix<Float>, _ options: IntervalOptions = IntervalOptions())
    throws(GeometryError)
  {
    precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
    try requireFinite(a, "first model")
    try requireFinite(b, "second model")
    guard a.rows >= 5 else {
      unbiased = .notEvaluable(reason: "needs 5 tokens, got \(a.rows)")
      biased = unbiased
      return
    }
    guard let x = centredInOwnUnit(a, keepsShortMean: true),
      let y = centredInOwnUnit(b, keepsShortMean: true)
    else {
      unbiased = .notEvaluable(reason: Self.constant)
      biased = unbiased
      return
    }
    let moments = PairedKernelMoments(x, y)
    unbiased = Self.unbiased(x, moments.a, y, moments.b, moments.joint, options)
    biased = Self.biased(moments.a, moments.b, moments.joint, options)
  }

  init(_ other: CKA, unbiased: Evaluation) { (self.unbiased, biased) = (unbiased, other.biased) }

  private static func unbiased(
    _ x: Matrix<Float>, _ k: KernelMoments, _ y: Matrix<Float>, _ l: KernelMoments,
    _ joint: JointKernelMoments, _ options: IntervalOptions
  ) -> Evaluation {
    let kl = HSICTerms(k, l, rowProducts: joint.rowProducts, sumProducts: joint.sumProducts, x, y)
    let kk = HSICTerms(k, k, rowProducts: k.rowSquares, sumProducts: k.sumSquares, x, x)
    let ll = HSICTerms(l, l, rowProducts: l.rowSquares, sumProducts: l.sumSquares, y, y)
    guard let value = ratio(kl.value, kk.value, ll.value) else {
      return .notEvaluable(reason: constant)
    }
    let deleteOne: [Double] = parallelMap(count: k.count, chunk: 1024) {
      ratio(kl.leavingOut($0), kk.leavingOut($0), ll.leavingOut($0)) ?? value
    }
    let n = Double(k.count)
    let spread = jackknife(
      value, deleteOne: deleteOne, isCorrelation: true, confidence: options.confidence,
      groups: options.groups,
      unrelated: 2 / (n * (n - 3)))
    let null = NullDistribution.exactMoments(
      mean: 0, standardDeviation: (2 / (n * (n - 3))).squareRoot(), observed: value, maximum: 1,
      significance: options.significance, meaning: "the second model's tokens permuted, all permutations")
    return .estimate(
      Estimate(
        value: value, n: k.count, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .jackknife, null: null))
  }

  private static let constant =
    "the rows of one model do not vary by more than 1e-06 of their length, which is what Floats can carry"

  private static func ratio(_ kl: Double, _ kk: Double, _ ll: Double) -> Double? {
    guard kk > 0, ll > 0 else { return nil }
    let value = kl / (kk.squareRoot() * ll.squareRoot())
    return value.isFinite ? min(max(value, -1), 1) : nil
  }

  private static func biased(
    _ k: KernelMoments, _ l: KernelMoments, _ joint: JointKernelMoments, _ options: IntervalOptions
  ) -> Evaluation {
    let n = Double(k.count)
    let kk = centredSquare(k.gram, k.total, k.total, n)
    let ll = centredSquare(l.gram, l.total, l.total, n)
    guard kk > 0, ll > 0 else { return .notEvaluable(reason: constant) }
    let scale = kk.squareRoot() * ll.squareRoot()
    let value = min(centredSquare(joint.crossGram, k.total, l.total, n) / scale, 1)
    func trace(_ m: KernelMoments) -> Double {
      m.squaredNorms.reduce(0, +) - m.total.reduce(0) { $0 + $1 * $1 } / n
    }
    return .estimate(
      Estimate(
        value: value, n: k.count, confidence: options.confidence,
        null: NullDistribution(
          meaning: "the second model's tokens permuted, all permutations",
          mean: trace(k) * trace(l) / ((n - 1) * scale))))
  }

  /// ‖G - s tᵀ / n‖_F².
  private static func centredSquare(
    _ gram: Matrix<Double>, _ s: [Double], _ t: [Double], _ n: Double
  ) -> Double {
    var sum = 0.0
    for row in s.indices {
      for column in t.indices {
        let value = gram[row, column] - s[row] * t[column] / n
        sum += value * value
      }
    }
    return sum
  }
}

/// The three sums of HSIC_u for a pair of kernels, and how each changes when one token leaves.
private struct HSICTerms {
  let count: Int
  let products: Double
  let sumK: Double
  let sumL: Double
  /// 1ᵀ K̃ L̃ 1 = Σ αᵢ βᵢ, with row sums α and β.
  let chained: Double
  let rowProducts: [Double]
  let rowSumsK: [Double]
  let rowSumsL: [Double]
  /// (K̃ β)ᵢ and (L̃ α)ᵢ.
  let kOfL: [Double]
  let lOfK: [Double]

  init(
    _ k: KernelMoments, _ l: KernelMoments, rowProducts: [Double], sumProducts: Double,
    _ x: Matrix<Float>, _ y: Matrix<Float>
  ) {
    count = k.count
    products = sumProducts
    (sumK, sumL) = (k.sum, l.sum)
    chained = zip(k.rowSums, l.rowSums).reduce(0) { $0 + $1.0 * $1.1 }
    self.rowProducts = rowProducts
    (rowSumsK, rowSumsL) = (k.rowSums, l.rowSums)
    kOfL = Self.apply(x, k, to: l.rowSums)
    lOfK = Self.apply(y, l, to: k.rowSums)
  }

  var value: Double { Self.hsic(count, products, sumK, sumL, chained) }

  func leavingOut(_ i: Int) -> Double {
    Self.hsic(
      count - 1, products - 2 * rowProducts[i], sumK - 2 * rowSumsK[i], sumL - 2 * rowSumsL[i],
      chained - rowSumsK[i] * rowSumsL[i] - kOfL[i] - lOfK[i] + rowProducts[i])
  }

  private static func hsic(
    _ count: Int, _ products: Double, _ sumK: Double, _ sumL: Double, _ chained: Double
  ) -> Double {
    let n = Double(count)
    let pairs = sumK / (n - 1) * (sumL / (n - 2))
    return (products + pairs - 2 * chained / (n - 2)) / (n * (n - 3))
  }

  /// K̃ v without K̃: X (Xᵀ v) less the diagonal.
  private static func apply(_ x: Matrix<Float>, _ k: KernelMoments, to v: [Double]) -> [Double] {
    let weighted = weightedColumnSums(x, v)
    let images = Geometry.rowProducts(x, with: weighted)
    return images.indices.map { images[$0] - k.squaredNorms[$0] * v[$0] }
  }
}

/// Σ vᵢ xᵢ.
func weightedColumnSums(_ x: Matrix<Float>, _ weights: [Double]) -> [Double] {
  let chunk = 1024
  let partial: [[Double]] = parallelMap(count: (x.rows + chunk - 1) / chunk) { index in
    let elements = x.elements.span
    var sums = [Double](repeating: 0, count: x.columns)
    for row in index * chunk..<min(x.rows, (index + 1) * chunk) {
      for column in 0..<x.columns {
        sums[column] += weights[row] * Double(elements[row * x.columns + column])
      }
    }
    return sums
  }
  return partial.reduce(into: [Double](repeating: 0, count: x.columns)) { total, sums in
    for column in total.indices { total[column] += sums[column] }
  }
}

extension CKA: PairMeasure {
  public static let name = "cka"
  public static let version = 1
  public static let depends: Set<MeasureOptions.Field> = [.seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "How alike the two tables of all tokens' inner products are, unbiased: 1 for spaces that differ by a "
      + "rotation, 0 for unrelated ones.",
    high:
      "High values mean that the directions of large variance agree, with what the tokens do in them; 1 is equality up to rotation and one scale.",
    cite:
      "Cite the unbiased value; it is the same raw and centred, and the standardised one tells whether a few dimensions carry it."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<CKA>] {
    [Metric("cka", "linear CKA, unbiased", Invariance(.global, .shape), isHeadline: true) { $0.unbiased }]
  }

  public static func measure(_ pair: PairBench) throws -> CKA {
    let (x, y) = try pair.rows
    return try CKA(x, y, pair.options.resampling.interval).held(against: x, y, pair.options.resampling)
  }
}

/// The biased form of ``CKA``, which other tools report.
public enum BiasedCKA: PairMeasure {
  public static let name = "cka_biased"
  public static let version = 1
  public static let group: MeasureGroup? = .representationalSimilarity

  public static let concept: Concept? = Concept(
    meaning:
      "Linear CKA in the form that most other tools report, which is above 0 for unrelated spaces of many "
      + "dimensions.",
    high:
      "High values mean the same as those of the unbiased CKA, and grow with the width over the number of tokens even where nothing is shared.",
    cite:
      "Cite it only to compare with papers that print this form; raw and centred are the same."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("cka_biased", "linear CKA, biased", Invariance(.global, .shape)) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let (x, y) = try pair.rows
    return try CKA(x, y, pair.options.resampling.interval).biased
  }
}
