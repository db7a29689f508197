public import Tensors

/// A matrix that is made block by block, in order, so that a big one is never whole in memory.
public struct RowSource: Sendable {
  public let rows: Int
  public let columns: Int
  let read: @Sendable (Range<Int>) throws(StoreError) -> [Float]

  /// - Parameter read: the elements of a range of rows, row-major, `range.count * columns` of them.
  public init(
    rows: Int, columns: Int, read: @escaping @Sendable (Range<Int>) throws(StoreError) -> [Float]
  ) {
    self.rows = rows
    self.columns = columns
    self.read = read
  }

  /// A matrix that is in memory already.
  public init(_ matrix: Matrix<Float>) {
    self.init(rows: matrix.rows, columns: matrix.columns) { (range: Range<Int>) throws(StoreError) in
      Array(matrix.elements[range.lowerBound * matrix.columns..<range.upperBound * matrix.columns])
    }
  }
}
