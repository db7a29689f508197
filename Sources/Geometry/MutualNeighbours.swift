internal import Distribution

/// How many nearest neighbours a token shares between two models.
///
///     mKNN = (1/n) Σᵢ |S_A(i) ∩ S_B(i)| / k
///
/// Huh, Cheung, Wang, Isola 2024. O(n k²), deterministic in the seed. *Uncertainty*: bootstrap over tokens
/// with the graphs held fixed. *Null*: the second model's tokens permuted, K sampled permutations; its mean
/// is exactly k/(n-1).
public struct MutualNeighbours: Sendable, Equatable, Codable {
  public let overlap: Evaluation
  public let k: Int
  /// k/(n-1), the exact mean of the null.
  public let expectedByChance: Double
  /// |S_A(i) ∩ S_B(i)| / k for each token.
  public let perToken: [Double]

  /// - Parameters: full graphs of the same tokens, row i the same token in both.
  /// - Precondition: same k, same number of rows, every row a query.
  public init(_ a: NeighbourGraph, _ b: NeighbourGraph, _ options: Resampling = Resampling()) {
    requireFull(a, b)
    k = a.k
    expectedByChance = Double(a.k) / Double(a.candidates - 1)
    (overlap, perToken) = tokenMean(BlockKey("mutual neighbours", a, b), count: a.count, options) {
      row, image in
      Double(a.shared(with: b, row: row, image: image)) / Double(a.k)
    }
  }
}

/// Two full graphs over the same tokens.
func requireFull(_ a: NeighbourGraph, _ b: NeighbourGraph) {
  precondition(
    a.k == b.k && a.count == a.candidates && b.count == b.candidates && a.count == b.count,
    "graphs over the same tokens need equal k and all rows: k \(a.k) and \(b.k), \(a.count) of \(a.candidates) and \(b.count) of \(b.candidates) rows"
  )
}
