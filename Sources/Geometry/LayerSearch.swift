internal import Tensors

/// Which layers of two models agree best, judged for having tried them all.
///
/// The matrix of a measure over layers × layers, with ``MaxT`` on it: the same permutations of the tokens for
/// every cell, so that the best cell's p, threshold and calibrated score allow for the search.
public struct LayerSearch: Sendable, Equatable, Codable {
  /// In words, for tables and figures.
  public let measure: String
  /// Rows are the first model's layers, columns the second's.
  public let search: MaxT

  /// Mutual kNN overlap of every layer of one model with every layer of the other.
  ///
  /// O(L_A L_B K n k²). A few thousand tokens are plenty: the null's width falls as 1/√(nk).
  /// - Parameters: full graphs of the same tokens, one a layer; token i is the same in all.
  /// - Precondition: at least one layer a side; same k, same number of rows, every row a query.
  public init(_ a: [NeighbourGraph], _ b: [NeighbourGraph], _ options: Resampling = Resampling()) {
    precondition(!a.isEmpty && !b.isEmpty, "a search over \(a.count) x \(b.count) layers")
    for graph in a { for other in b { requireFull(graph, other) } }
    measure = "mutual \(a[0].k)-NN overlap"
    let count = a[0].count
    let permutations = TokenPermutations(count: count, options)
    @Sendable func overlaps(_ image: TokenImage) -> Matrix<Double> {
      var values: [Double] = []
      for graph in a {
        for other in b {
          var shared = 0
          for row in 0..<count { shared += graph.shared(with: other, row: row, image: image) }
          values.append(Double(shared) / Double(count * graph.k))
        }
      }
      return Matrix(rows: a.count, columns: b.count, elements: values)
    }
    search = MaxT(
      observed: overlaps(TokenImage(identity: count)),
      draws: permutations.map { image, _ in overlaps(image) },
      tokens: count, significance: options.significance)
  }
}
