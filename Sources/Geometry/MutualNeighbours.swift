internal import Tensors

/// How many nearest neighbours a token shares between two models.
///
///     mKNN = (1/n) Σᵢ |S_A(i) ∩ S_B(i)| / k
///
/// Huh, Cheung, Wang, Isola 2024. O(n k), deterministic in the seed. *Uncertainty*: bootstrap over tokens
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
    let identity = Array(0..<a.count)
    let perToken: [Double] = parallelMap(count: a.count, chunk: 1024) {
      Double(Self.shared(a, b, row: $0, image: identity)) / Double(a.k)
    }
    let observed = perToken.reduce(0, +) / Double(a.count)
    let generators = options.generators(options.permutations, stream: 3)
    let draws: [Double] = parallelMap(count: generators.count) { draw in
      var random = generators[draw]
      let image = random.permutation(a.count)
      let total = identity.reduce(0) { $0 + Self.shared(a, b, row: $1, image: image) }
      return Double(total) / Double(a.count * a.k)
    }
    overlap = meanEstimate(
      perToken, options,
      null: .sampled(
        draws, observed: observed, maximum: 1, significance: options.significance,
        meaning: "the second model's tokens permuted"))
    self.perToken = perToken
  }

  /// Neighbours of `row` in A whose images are neighbours of the row's image in B.
  private static func shared(_ a: NeighbourGraph, _ b: NeighbourGraph, row: Int, image: [Int]) -> Int {
    let other = b.indices.span
    let start = image[row] * b.k
    var count = 0
    for position in row * a.k..<(row + 1) * a.k {
      let target = Int32(image[Int(a.indices[position])])
      for candidate in start..<start + b.k where other[candidate] == target { count += 1 }
    }
    return count
  }
}

/// Two full graphs over the same tokens.
func requireFull(_ a: NeighbourGraph, _ b: NeighbourGraph) {
  precondition(
    a.k == b.k && a.count == a.candidates && b.count == b.candidates && a.count == b.count,
    "graphs over the same tokens need equal k and all rows: k \(a.k) and \(b.k), \(a.count) of \(a.candidates) and \(b.count) of \(b.candidates) rows"
  )
}
