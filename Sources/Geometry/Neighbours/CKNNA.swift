internal import Distribution
public import Statistics
internal import Tensors

/// Centred kernel nearest-neighbour alignment: CKA that looks at shared neighbours only.
///
///     α_ij = 1 if j ∈ S_A(i) and j ∈ S_B(i), otherwise 0
///     CKNNA = HSIC_u(α∘K, α∘L) / √(HSIC_u(α_A∘K, α_A∘K) HSIC_u(α_B∘L, α_B∘L))
///     HSIC_u(K, L) = [Σ K_ij L_ji + ΣK ΣL/((n-1)(n-2)) - 2·1ᵀKL1/(n-2)] / (n(n-3))
///
/// K and L are the models' cosines and α_A, α_B a model's own neighbours. Huh, Cheung, Wang, Isola 2024,
/// appendix A, as their code computes it; masks are not symmetric, so that 1ᵀKL1 depends on the order of the
/// models, and this takes the mean of both orders where the code takes one.
///
/// O(n k²), from the graphs alone; deterministic in the seed; invariant to rotation and to row lengths.
/// *Uncertainty*: random halves of the tokens, for which the graphs must be wider than k
/// (``NeighbourGraph/width(forIntervalsOf:count:)``); without that there is no interval. Ties: see ``NeighbourGraph``. *Null*: the second
/// model's tokens permuted, K sampled permutations.
public struct CKNNA: Sendable, Equatable, Codable {
  public let alignment: Evaluation
  public let k: Int

  /// - Parameters:
  ///   - wideA: full graph of the first model by cosine.
  ///   - wideB: full graph of the second model; row i is the same token in both.
  ///   - k: neighbours that count, nil for all of the graphs; those beyond serve the interval.
  /// - Precondition: graphs of at least k neighbours, same number of rows, every row a query; the metric is cosine.
  public init(
    _ wideA: NeighbourGraph, _ wideB: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()
  ) {
    let k = k ?? wideA.k
    requireFull(wideA, wideB, k: k)
    precondition(
      wideA.metric == .cosine && wideB.metric == .cosine,
      "kernels are cosines, got graphs by \(wideA.metric) and \(wideB.metric)")
    self.k = k
    guard wideA.count >= 5 else {
      alignment = .notEvaluable(reason: "needs 5 tokens, got \(wideA.count)")
      return
    }
    let (a, b) = (wideA.narrowed(to: k), wideB.narrowed(to: k))
    if let reason = a.reasonAgainstTies("the first model", k: k)
      ?? b.reasonAgainstTies("the second model", k: k)
    {
      alignment = .notEvaluable(reason: reason)
      return
    }
    let identity = TokenImage(identity: a.count)
    let joint = MaskedHSIC(MaskedKernels(a, b, identity))
    let ownA = MaskedHSIC(MaskedKernels(a, a, identity))
    let ownB = MaskedHSIC(MaskedKernels(b, b, identity))
    guard let value = Self.ratio(joint.value, ownA.value, ownB.value) else {
      alignment = .notEvaluable(reason: "too few mutual neighbours within one model")
      return
    }
    let key = BlockKey("CKNNA", a, b).adding([.text("\(options)")])
    let draws = TokenPermutations(count: a.count, options).map(key) { image, _ in
      Self.ratio(MaskedHSIC(MaskedKernels(a, b, image)).value, ownA.value, ownB.value) ?? 0
    }
    let null = NullDistribution.sampled(
      draws, observed: value, maximum: 1, significance: options.significance,
      meaning: permutedMeaning(options), isOfTokenPermutations: true)
    let splits = HalfSplits(count: a.count, options)
    let error = splits.standardError(of: [wideA, wideB], k: k) { graphs, _ in
      Self.value(graphs[0], graphs[1])
    }
    let interval = splits.interval(value, standardError: error, null: null)
    alignment = .estimate(
      Estimate(value: value, n: a.count, confidence: options.confidence, null: null)
        .with(interval, .halfSplits, least: -1, largest: 1))
  }

  /// nil for too few tokens or mutual neighbours.
  private static func value(_ a: NeighbourGraph, _ b: NeighbourGraph) -> Double? {
    guard a.count >= 5 else { return nil }
    let identity = TokenImage(identity: a.count)
    return ratio(
      MaskedHSIC(MaskedKernels(a, b, identity)).value, MaskedHSIC(MaskedKernels(a, a, identity)).value,
      MaskedHSIC(MaskedKernels(b, b, identity)).value)
  }

  private static func ratio(_ joint: Double, _ ownA: Double, _ ownB: Double) -> Double? {
    guard ownA > 0, ownB > 0 else { return nil }
    return joint / (ownA * ownB).squareRoot()
  }
}

/// Two kernels at the pairs where both have a neighbour, row after row.
private struct MaskedKernels {
  let count: Int
  /// Row i holds the entries `starts[i] ..< starts[i + 1]`.
  private(set) var starts: [Int] = [0]
  private(set) var columns: [Int] = []
  private(set) var k: [Double] = []
  private(set) var l: [Double] = []

  init(_ a: NeighbourGraph, _ b: NeighbourGraph, _ image: TokenImage) {
    count = a.count
    for row in 0..<a.count {
      a.forEachShared(with: b, row: row, image: image) { own, theirs in
        columns.append(Int(a.indices[row * a.k + own]))
        k.append(Double(a.similarities[row * a.k + own]))
        l.append(Double(b.similarities[image[row] * b.k + theirs]))
      }
      starts.append(columns.count)
    }
  }

  func entries(_ row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

  /// The entry of a row at a column, if both models have it.
  func entry(_ row: Int, _ column: Int) -> Int? {
    entries(row).first { columns[$0] == column }
  }
}

/// HSIC_u of two masked kernels, and what it is without one of the tokens.
private struct MaskedHSIC {
  private let count: Int
  private var trace = 0.0
  private var sumK = 0.0
  private var sumL = 0.0
  /// 1ᵀKL1, mean of both orders.
  private var product = 0.0
  /// What each token takes along from the trace, the sums and the product.
  private var traces: [Double]
  private var sumsK: [Double]
  private var sumsL: [Double]
  private var products: [Double]

  init(_ masked: MaskedKernels) {
    count = masked.count
    let zeros = [Double](repeating: 0, count: masked.count)
    var (rowK, columnK, rowL, columnL) = (zeros, zeros, zeros, zeros)
    var crossed = zeros
    for row in 0..<masked.count {
      for entry in masked.entries(row) {
        let column = masked.columns[entry]
        rowK[row] += masked.k[entry]
        columnK[column] += masked.k[entry]
        rowL[row] += masked.l[entry]
        columnL[column] += masked.l[entry]
        if let back = masked.entry(column, row) {
          let term = masked.k[entry] * masked.l[back]
          trace += term
          crossed[row] += term
          crossed[column] += term
        }
      }
    }
    traces = crossed
    sumsK = zip(rowK, columnK).map { $0 + $1 }
    sumsL = zip(rowL, columnL).map { $0 + $1 }
    sumK = rowK.reduce(0, +)
    sumL = rowL.reduce(0, +)
    products = zeros
    for i in 0..<masked.count {
      let term = (columnK[i] * rowL[i] + columnL[i] * rowK[i]) / 2
      product += term
      // Σ_j (K_ij L_ji + K_ji L_ij) / 2 was taken with both ends.
      products[i] += term - crossed[i] / 2
      for entry in masked.entries(i) {
        let j = masked.columns[entry]
        products[i] += (masked.k[entry] * rowL[j] + masked.l[entry] * rowK[j]) / 2
        products[j] += (masked.l[entry] * columnK[i] + masked.k[entry] * columnL[i]) / 2
      }
    }
  }

  var value: Double { Self.value(count, trace, sumK, sumL, product) }

  private static func value(
    _ count: Int, _ trace: Double, _ sumK: Double, _ sumL: Double, _ product: Double
  ) -> Double {
    let n = Double(count)
    return (trace + sumK * sumL / ((n - 1) * (n - 2)) - 2 * product / (n - 2)) / (n * (n - 3))
  }
}

extension CKNNA: PairMeasure {
  public static let name = "cknna"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning: "CKA of neighbours only: whether nearness agrees within neighbourhoods.",
    high:
      "High values mean that neighbours which both models have carry the same similarities: CKA that looks at nothing but neighbourhoods.",
    cite:
      "Cite it centred with k: small k is local, and k near the number of tokens is CKA."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("cknna", "CKNNA", Invariance(.local, .angles)) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return CKNNA(graphs.a, graphs.b, k: pair.options.neighbours, pair.options.resampling).alignment
  }
}
