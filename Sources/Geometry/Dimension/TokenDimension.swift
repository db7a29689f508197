public import Tensors

extension IntrinsicDimension {
  /// The local-PCA dimension of chosen rows: components for `threshold` of the variance of the k nearest rows.
  ///
  /// The per-token number that the mean of this type averages. O(queries · (n d + min(k,d)² max(k,d))).
  /// - Parameter queries: row numbers.
  /// - Returns: one dimension a query, in their order.
  /// - Throws: `GeometryError.tooFewTokens` when there are not more than k rows, `.notFinite`, `.decomposition`.
  public static func local(
    _ matrix: Matrix<Float>, queries: [Int],
    _ options: IntrinsicDimensionOptions = IntrinsicDimensionOptions()
  ) throws(GeometryError) -> [Int] {
    try measure(matrix, queries, options)
  }
}
