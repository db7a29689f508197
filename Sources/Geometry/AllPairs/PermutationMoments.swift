internal import LinearAlgebra
public import Statistics
public import Tensors

/// Mean and standard deviation of a measure over all n! permutations of the second model's tokens, in closed
/// form.
///
/// No draws: the null's width is known to rounding however many tokens there are, and where it is far below
/// what matters (n ≫ d) that is all a reader needs. A p-value from two moments is Cantelli's bound; the sampled
/// nulls give sharper ones down to 1 / (K + 1).
///
/// | measure | mean | standard deviation |
/// |--|--|--|
/// | mutual kNN | k/(n-1) | exact, from the graphs' in-degrees and mutual edges |
/// | CKA, biased | tr K tr L / ((n-1) ‖K‖ ‖L‖), of the order d/n | exact |
/// | CKA, unbiased | 0 | √(2/(n(n-3))) whatever the data |
/// | relative orientation | 0 | Mantel 1967 |
/// | Σ ρᵢ² of canonical correlations | d_A d_B/(n-1) | exact |
/// | R² of a linear regression on d columns | d/(n-1) | |
public struct PermutationMoments: Sendable, Equatable, Codable {
  public let mean: Double
  public let standardDeviation: Double

  public init(mean: Double, standardDeviation: Double) {
    (self.mean, self.standardDeviation) = (mean, standardDeviation)
  }

  /// The null of an observed value, with Cantelli's bound on p.
  ///
  /// - Parameters:
  ///   - maximum: the measure's largest value, for the calibrated score.
  ///   - significance: level of the threshold.
  public func null(observed: Double, maximum: Double = 1, significance: Double = 0.05) -> NullDistribution {
    .exactMoments(
      mean: mean, standardDeviation: standardDeviation, observed: observed, maximum: maximum,
      significance: significance, meaning: "the second model's tokens permuted, all permutations")
  }
}

// MARK: - Neighbour graphs

extension PermutationMoments {
  /// The share of k neighbours of one token that two unrelated models have in common: hypergeometric, with
  /// mean k/(n-1) and variance (k/(n-1)) (1 - k/(n-1)) (n-1-k) / (k (n-2)).
  ///
  /// Divided by √n its deviation is that of the mean over tokens only if tokens were independent; see
  /// ``mutualNeighbours(_:_:)``.
  /// - Precondition: 0 < k < n and n > 2.
  public static func sharedNeighbours(count: Int, k: Int) -> PermutationMoments {
    precondition(k > 0 && k < count && count > 2, "\(k) neighbours among \(count) tokens")
    let others = Double(count - 1)
    let share = Double(k) / others
    let variance = share * (1 - share) * (others - Double(k)) / (Double(k) * (others - 1))
    return PermutationMoments(mean: share, standardDeviation: variance.squareRoot())
  }

  /// Mutual kNN overlap of two graphs.
  ///
  /// The overlap is Σ A_ij B_π(i)π(j) / (nk) with 0/1 matrices. Its second moment sums the ways in which two
  /// edges can meet: equal, reversed, same source, same target, in a chain (two ways), apart; each way
  /// contributes (pairs of A's edges) · (pairs of B's) / (n)ₘ with m tokens in it. O(nk²).
  ///
  /// Hubs make the null wider than independent tokens would: the same-target term grows with the squares of the
  /// in-degrees.
  /// - Precondition: full graphs of equal k over the same tokens, at least 4.
  public static func mutualNeighbours(_ a: NeighbourGraph, _ b: NeighbourGraph) -> PermutationMoments {
    requireFull(a, b)
    precondition(a.count >= 4, "moments over \(a.count) tokens, expected at least 4")
    let (n, k) = (Double(a.count), Double(a.k))
    let (waysA, waysB) = (edgePairs(a), edgePairs(b))
    let two = n * (n - 1)
    let three = two * (n - 2)
    let tuples = [two, two, three, three, three, three, three * (n - 3)]
    var second = 0.0
    for way in tuples.indices { second += waysA[way] / tuples[way] * waysB[way] }
    let mean = n * k * (n * k) / two
    let edges = n * k
    return PermutationMoments(
      mean: mean / edges, standardDeviation: max(second - mean * mean, 0).squareRoot() / edges)
  }

  /// Ordered pairs of edges: equal, reversed, same source, same target, chained (twice), apart.
  private static func edgePairs(_ graph: NeighbourGraph) -> [Double] {
    let edges = Double(graph.count * graph.k)
    var incoming = [Double](repeating: 0, count: graph.count)
    for target in graph.indices { incoming[Int(target)] += 1 }
    let mutual: Double = parallelMap(count: graph.count, chunk: 256) { row in
      Double(graph.neighbours(row).count { graph.isNeighbour(row, of: Int($0)) })
    }.reduce(0, +)
    let sameSource = edges * Double(graph.k - 1)
    let sameTarget = incoming.reduce(0) { $0 + $1 * $1 } - edges
    let chained = edges * Double(graph.k) - mutual
    let touching = edges + mutual + sameSource + sameTarget + 2 * chained
    return [edges, mutual, sameSource, sameTarget, chained, chained, edges * edges - touching]
  }
}

// MARK: - Kernels

extension PermutationMoments {
  /// Unbiased linear CKA over n tokens.
  /// - Precondition: n > 3.
  public static func unbiasedCKA(count: Int) -> PermutationMoments {
    precondition(count > 3, "unbiased CKA over \(count) tokens, expected at least 4")
    let n = Double(count)
    return PermutationMoments(mean: 0, standardDeviation: (2 / (n * (n - 3))).squareRoot())
  }

  /// Biased linear CKA of matched rows.
  ///
  /// With centred kernels K and L, T = tr K, T₂ = ‖K‖², S₂ = Σ K_ii²:
  ///
  ///     E tr(K P L Pᵀ) = T_K T_L / (n-1)
  ///     Var = 2 ((n-1) T₂ - T²)_K ((n-1) T₂ - T²)_L / ((n-1)² (n+1) (n-2))
  ///         + (n(n+1) S₂ - (n-1)(T² + 2 T₂))_K (…)_L / ((n+1) n (n-1) (n-2) (n-3))
  ///
  /// CKA divides it by ‖K‖ ‖L‖. Kazi-Aoual, Hitier, Sabatier, Lebreton 1995, for the RV coefficient. O(n d²).
  /// - Returns: nil when the rows of one side do not vary.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows, more than 3.
  public static func biasedCKA(
    _ a: Matrix<Float>, _ b: Matrix<Float>
  ) throws(GeometryError) -> PermutationMoments? {
    precondition(
      a.rows == b.rows && a.rows > 3, "CKA of \(a.rows) and \(b.rows) rows, expected equal and > 3")
    try requireFinite(a, "first model")
    try requireFinite(b, "second model")
    guard let x = centredInOwnUnit(a), let y = centredInOwnUnit(b) else { return nil }
    let (k, l) = (CentredKernel(x), CentredKernel(y))
    guard k.square > 0, l.square > 0 else { return nil }
    let moments = traceMoments(k, l, count: a.rows)
    let scale = k.square.squareRoot() * l.square.squareRoot()
    return PermutationMoments(
      mean: moments.mean / scale, standardDeviation: moments.standardDeviation / scale)
  }

  /// Σ ρᵢ² of the canonical correlations of two sides with these leverages.
  ///
  /// Whitened, both kernels are projections: T = T₂ = d, and S₂ sums the squared leverages hᵢ, the diagonal of
  /// X (XᵀX)⁻¹ Xᵀ about the means. Divide by min(d_A, d_B) for the mean squared canonical correlation.
  /// - Precondition: equal counts, more than 3.
  public static func canonicalSquares(leveragesA: [Double], leveragesB: [Double]) -> PermutationMoments {
    precondition(
      leveragesA.count == leveragesB.count && leveragesA.count > 3,
      "\(leveragesA.count) and \(leveragesB.count) leverages, expected equal and > 3")
    return traceMoments(
      CentredKernel(leverages: leveragesA), CentredKernel(leverages: leveragesB), count: leveragesA.count)
  }

  /// Relative orientation (Pearson over all pairs of cosines): mean 0, Mantel's variance.
  ///
  /// - Returns: nil with fewer than 4 tokens that have a direction in both models, or when all pairs of one side
  ///   have the same cosine.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows.
  public static func orientation(
    _ a: Matrix<Float>, _ b: Matrix<Float>
  ) throws(GeometryError) -> PermutationMoments? {
    let rows = try MatchedCosines(a, b)
    guard rows.kept.count >= 4 else { return nil }
    let (sumsA, sumsB) = (PairedCosineMoments.sums(rows.a), PairedCosineMoments.sums(rows.b))
    guard sumsA.reasonAgainst("first") == nil, sumsB.reasonAgainst("second") == nil else { return nil }
    return PermutationMoments(mean: 0, standardDeviation: mantelVariance(sumsA, sumsB).squareRoot())
  }

  private static func traceMoments(
    _ k: CentredKernel, _ l: CentredKernel, count: Int
  ) -> PermutationMoments {
    let n = Double(count)
    func spectral(_ m: CentredKernel) -> Double { (n - 1) * m.square - m.trace * m.trace }
    func diagonal(_ m: CentredKernel) -> Double {
      n * (n + 1) * m.diagonalSquare - (n - 1) * (m.trace * m.trace + 2 * m.square)
    }
    let first = 2 * spectral(k) / (n - 1) * (spectral(l) / (n - 1)) / ((n + 1) * (n - 2))
    let second = diagonal(k) / (n * (n + 1)) * (diagonal(l) / ((n - 1) * (n - 2) * (n - 3)))
    return PermutationMoments(
      mean: k.trace * l.trace / (n - 1), standardDeviation: max(first + second, 0).squareRoot())
  }
}

/// What the moments need of a kernel about its means.
private struct CentredKernel {
  let trace: Double
  /// ‖K‖².
  let square: Double
  /// Σ K_ii².
  let diagonalSquare: Double

  init(_ centred: Matrix<Float>) {
    let diagonal = (0..<centred.rows).map {
      squaredNorm(centred.elements.span.extracting(centred.range(ofRow: $0)))
    }
    trace = diagonal.reduce(0, +)
    diagonalSquare = diagonal.reduce(0) { $0 + $1 * $1 }
    square = squaredFrobenius(gram(centred))
  }

  init(leverages: [Double]) {
    trace = leverages.reduce(0, +)
    square = trace
    diagonalSquare = leverages.reduce(0) { $0 + $1 * $1 }
  }
}
