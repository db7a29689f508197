internal import Distribution

/// Does a hop to a neighbour in one model lead back in the other?
///
///     C = (1/n) #{i : i ∈ S_home(j) for some j ∈ S_out(i)}
///
/// Huh, Cheung, Wang, Isola 2024 (cycle-kNN of their code: out = B, home = A). It is not symmetric; swap the
/// graphs for the other direction. A hub among the neighbours loses the way back, so the value falls with
/// ``Hubness``.
///
/// O(n k²), deterministic in the seed; invariant to rotation and scale of either model. *Uncertainty*:
/// bootstrap over tokens with the graphs held fixed. *Null*: the second model's tokens permuted, K sampled
/// permutations.
public struct CycleNeighbours: Sendable, Equatable, Codable {
  /// The share of tokens with a way back.
  public let share: Evaluation
  public let k: Int
  /// 1 for a token with a way back, otherwise 0.
  public let perToken: [Double]

  /// - Parameters:
  ///   - out: the full graph of the first hop.
  ///   - home: the full graph of the second hop, of the same tokens.
  /// - Precondition: same k, same number of rows, every row a query.
  public init(out: NeighbourGraph, home: NeighbourGraph, _ options: Resampling = Resampling()) {
    requireFull(out, home)
    k = out.k
    (share, perToken) = tokenMean(BlockKey("cycle neighbours", out, home), count: out.count, options) {
      row, image in
      let returns = out.neighbours(row).contains { home.isNeighbour(image[row], of: image[Int($0)]) }
      return returns ? 1 : 0
    }
  }
}
