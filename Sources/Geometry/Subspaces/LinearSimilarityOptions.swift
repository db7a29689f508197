public import Statistics

/// How the similarity measures of linear subspaces and shapes are computed and judged.
public struct LinearSimilarityOptions: Sendable, Equatable, Codable {
  /// Share of variance that SVCCA keeps on each side, in (0, 1]; larger values keep more of the noise.
  public var svccaVariance = 0.99
  /// α of the generalised shape distances, each in [0, 1]: 1 allows only rotations (Procrustes), 0 any
  /// invertible linear map (CCA), between them a partial whitening.
  public var shapeAlphas: [Double] = [0, 0.5, 1]
  /// λ of the ridge regressions that GULP compares, each 0 or more, as shares of a side's mean square norm; below 1/d,
  /// the mean variance of a direction, small directions begin to count.
  public var gulpLambdas: [Double] = [1e-4, 1e-2]
  /// Permutations K of the null, 0 or more; the smallest possible p is 1 / (K + 1), and 19 are the fewest that
  /// allow 0.05. Each costs a cross-Gram and the measures' singular values. 0 leaves the null out.
  public var permutations = 19
  /// Tokens that intervals keep together; nil takes each token by itself.
  public var groups: TokenGroups?
  /// Coverage of intervals, in (0, 1).
  public var confidence = 0.95
  /// Level of the null's threshold, in (0, 1).
  public var significance = 0.05
  /// Seed of the token groups and the permutations.
  public var seed: UInt64 = 1

  public init() {}
}
