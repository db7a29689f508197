internal import Distribution
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
/// *Uncertainty*: bootstrap over tokens with the graphs held fixed. *Null*: the second model's tokens
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
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: the graphs have equal k and hold all rows of their matrices.
  public init(
    _ a: Matrix<Float>, _ graphA: NeighbourGraph, _ b: Matrix<Float>, _ graphB: NeighbourGraph,
    _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    requireFull(graphA, graphB)
    precondition(
      graphA.count == a.rows && graphB.count == b.rows,
      "graphs of \(graphA.count) and \(graphB.count) rows for matrices of \(a.rows) and \(b.rows)")
    try requireFinite(a, "first model")
    try requireFinite(b, "second model")
    k = graphA.k
    let (unitA, unitB) = (unitRows(a), unitRows(b))
    let key = BlockKey("second-order cosine", graphA, graphB)
      .adding([.floats(a.elements), .floats(b.elements)])
    (similarity, perToken) = tokenMean(key, count: a.rows, nullTokens: 4096, options) { row, image in
      var sums = CosineSums()
      for neighbour in graphA.neighbours(row).lazy.map(Int.init) {
        sums.add(cosine(unitA, row, neighbour), cosine(unitB, image[row], image[neighbour]))
      }
      for neighbour in graphB.neighbours(image[row]).lazy.map(Int.init) {
        let original = image.original(of: neighbour)
        guard !graphA.isNeighbour(original, of: row) else { continue }
        sums.add(cosine(unitA, row, original), cosine(unitB, image[row], neighbour))
      }
      return sums.value
    }
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
