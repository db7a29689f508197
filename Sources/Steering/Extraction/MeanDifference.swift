public import Tensors

/// `mean(h⁺) - mean(h⁻)` (Rimsky et al. 2024), O(n d).
public struct MeanDifference: DirectionEstimator {
  public static let name = "meanDifference"

  public init() {}

  /// The mean of the rows.
  public func direction(of differences: Matrix<Double>) -> [Double] { differences.columnMeans }
}
