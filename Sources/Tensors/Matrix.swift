/// A dense row-major matrix on the heap.
///
/// Row `i` occupies `elements[i * columns ..< (i + 1) * columns]`. Kernels take `elements.span`; the
/// matrix itself is a value with copy-on-write storage.
public struct Matrix<Element: Sendable>: Sendable {
  public let rows: Int
  public let columns: Int
  public var elements: [Element]

  /// - Precondition: `elements.count == rows * columns`.
  public init(rows: Int, columns: Int, elements: [Element]) {
    precondition(
      elements.count == rows * columns,
      "a \(rows) x \(columns) matrix needs \(rows * columns) elements, got \(elements.count)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  public init(rows: Int, columns: Int, repeating value: Element) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  public subscript(row: Int, column: Int) -> Element {
    @inlinable get { elements[row * columns + column] }
    @inlinable set { elements[row * columns + column] = newValue }
  }

  /// The elements' positions of one row, to cut a span: `elements.span.extracting(m.range(ofRow: i))`.
  @inlinable public func range(ofRow row: Int) -> Range<Int> {
    row * columns..<(row + 1) * columns
  }

  /// A copy of one row.
  public func row(_ row: Int) -> [Element] { Array(elements[range(ofRow: row)]) }

  /// The given rows, in the given order.
  public func selecting(rows indices: [Int]) -> Matrix {
    var selected: [Element] = []
    selected.reserveCapacity(indices.count * columns)
    for index in indices { selected.append(contentsOf: elements[range(ofRow: index)]) }
    return Matrix(rows: indices.count, columns: columns, elements: selected)
  }
}

extension Matrix: Equatable where Element: Equatable {}

extension Matrix where Element: BinaryFloatingPoint {
  /// Rows and columns exchanged; O(rows · columns), by squares that stay in a cache.
  @inlinable public func transposed() -> Matrix {
    var transposed = Matrix(rows: columns, columns: rows, repeating: 0)
    let source = elements.span
    var target = transposed.elements.mutableSpan
    for top in stride(from: 0, to: rows, by: 16) {
      for left in stride(from: 0, to: columns, by: 16) {
        for column in left..<min(columns, left + 16) {
          for row in top..<min(rows, top + 16) {
            target[column * rows + row] = source[row * columns + column]
          }
        }
      }
    }
    return transposed
  }
}

extension Matrix where Element == Float {
  /// The same numbers in Double, exactly.
  public func widened() -> Matrix<Double> {
    Matrix<Double>(rows: rows, columns: columns, elements: elements.map(Double.init))
  }
}

extension Matrix where Element == Double {
  /// The nearest Float of every number.
  public func narrowed() -> Matrix<Float> {
    Matrix<Float>(rows: rows, columns: columns, elements: elements.map(Float.init))
  }
}
