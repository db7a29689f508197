internal import Distribution
public import Statistics
public import Tensors

/// Does a token stand to its neighbours as it does in the other model?
///
///     s_A(i) = [cos_A(i, j)] and s_B(i) = [cos_B(i, j)] over j ∈ S_A(i) ∪ S_B(i)
///     value = (1/n) Σᵢ cos(s_A(i), s_B(i))
///
/// Hamilton, Leskovec, Jurafsky 2016 (local neighbourhood measure), there for one word at two times. It
/// compares similarities, as the paper does; ReSi's version takes 1 - cosine. Where all cosines are positive
/// and alike (raw, anisotropic embeddings) any two models come near 1: look at the null, or centre the rows
/// first.
///
/// O(n k d); deterministic in the seed; invariant to rotation and to row lengths of either model.
/// *Uncertainty*: random halves of the tokens, for which the graphs must be wider than k
/// (``NeighbourGraph/width(forIntervalsOf:count:)``); without that there is no interval. Ties: see ``NeighbourGraph``. *Null*: the second model's tokens
/// permuted, K sampled permutations; each averages at most 4096 random tokens, O(K 4096 k d), which widens
/// the null a little.
public struct SecondOrderCosine: Sendable, Equatable, Codable {
  public let similarity: Evaluation
  public let k: Int
  /// The cosine for each token; 0 for a token without direction in one of the models.
  public let perToken: [Double]

  /// - Parameters:
  ///   - a: the first model's rows, with its full graph.
  ///   - b: the second model's rows and graph of the same tokens; widths may differ.
  ///   - k: neighbours that count, nil for all of the graphs; those beyond serve the interval.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: the graphs have equal k and hold all rows of their matrices.
  public init(
    _ a: Matrix<Float>, _ wideA: NeighbourGraph, _ b: Matrix<Float>, _ wideB: NeighbourGraph, k: Int? = nil,
    _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    let k = k ?? wideA.k
    requireFull(wideA, wideB, k: k)
    precondition(
      wideA.count == a.rows && wideB.count == b.rows,
      "graphs of \(wideA.count) and \(wideB.count) rows for matrices of \(a.rows) and \(b.rows)")
    try requireFinite(a, "first model")
    try requireFinite(b, "second model")
    self.k = k
    let (graphA, graphB) = (wideA.narrowed(to: k), wideB.narrowed(to: k))
    let (unitA, unitB) = (unitRows(a), unitRows(b))
    let key = BlockKey("second-order cosine", graphA, graphB)
      .adding([.floats(a.elements), .floats(b.elements)])
    let (mean, perToken) = tokenMean(key, (graphA, graphB), nullTokens: 4096, options) { row, image in
      Self.cosine(graphA, graphB, row, image) { x, y in
        (Geometry.cosine(unitA, row, x), Geometry.cosine(unitB, image[row], y))
      }
    }
    self.perToken = perToken
    guard let estimate = mean.estimate else {
      similarity = mean
      return
    }
    let splits = HalfSplits(count: a.rows, options)
    let error = splits.standardError(of: [wideA, wideB], k: k, splits: Self.splits) { graphs, half in
      let identity = TokenImage(identity: half.count)
      let sum = half.indices.reduce(0.0) { sum, row in
        sum
          + Self.cosine(graphs[0], graphs[1], row, identity) { i, j in
            (Geometry.cosine(unitA, half[row], half[i]), Geometry.cosine(unitB, half[row], half[j]))
          }
      }
      return sum / Double(half.count)
    }
    similarity = .estimate(
      estimate.with(
        splits.interval(estimate.value, standardError: error, splits: Self.splits), .halfSplits, least: -1,
        largest: 1))
  }

  /// Each costs as much as the measure.
  private static let splits = 25

  /// The cosine of a token's two lists; `similarities` of it with a row of the first model and with one of the second.
  private static func cosine(
    _ graphA: NeighbourGraph, _ graphB: NeighbourGraph, _ row: Int, _ image: TokenImage,
    _ similarities: (_ first: Int, _ second: Int) -> (Double, Double)
  ) -> Double {
    var sums = CosineSums()
    func add(_ first: Int, _ second: Int) {
      let (x, y) = similarities(first, second)
      sums.add(x, y)
    }
    for neighbour in graphA.neighbours(row).lazy.map(Int.init) { add(neighbour, image[neighbour]) }
    for neighbour in graphB.neighbours(image[row]).lazy.map(Int.init) {
      let original = image.original(of: neighbour)
      if !graphA.isNeighbour(original, of: row) { add(original, neighbour) }
    }
    return sums.value
  }
}

/// Sums for the cosine of two lists.
private struct CosineSums {
  private var xx = 0.0
  private var yy = 0.0
  private var xy = 0.0

  mutating func add(_ x: Double, _ y: Double) {
    xx += x * x
    yy += y * y
    xy += x * y
  }

  var value: Double {
    xx > 0 && yy > 0 ? min(max(xy / (xx * yy).squareRoot(), -1), 1) : 0
  }
}

extension SecondOrderCosine: PairMeasure {
  public static let name = "second_order_cosine"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "Does a token stand to its neighbours as it does in the other model? The cosine of its two lists of cosines.",
    high:
      "High values mean that a token is as near to each of its neighbours in one model as in the other.",
    cite:
      "Cite it centred with its null: where all cosines are positive, as in raw rows of a narrow cone, unrelated spaces reach high values, too."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("second_order_cosine", "second-order cosine", Invariance(.local, .angles)) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return try SecondOrderCosine(
      pair.rows.a, graphs.a, pair.rows.b, graphs.b, k: pair.options.neighbours, pair.options.resampling
    ).similarity
  }
}
