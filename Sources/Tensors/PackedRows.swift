internal import CKernels

/// Rows packed to be multiplied by many others (AVX-512); as much memory again as the rows.
public struct PackedRows: Sendable, Equatable {
  private let rows: Int
  private let columns: Int
  private let panels: [Float]

  /// Copies the rows; O(rows · columns).
  public init(_ matrix: Matrix<Float>) {
    (rows, columns) = (matrix.rows, matrix.columns)
    var panels = [Float](repeating: 0, count: sextant_panel_room(matrix.columns, matrix.rows))
    unsafe sextant_pack_rows(matrix.elements, matrix.rows, matrix.columns, &panels)
    self.panels = panels
  }

  /// For each row of X the packed row whose product with it is largest in size, the first of equal ones; nil where all
  /// products are zero. Sums in Float; O(X's rows · rows · columns), no product is kept.
  ///
  /// - Precondition: ``hasWideDoubleKernels``, equal widths.
  public func largestProducts(_ x: Matrix<Float>) -> [Int?] {
    precondition(x.columns == columns, "rows of width \(x.columns) with packed rows of width \(columns)")
    guard !x.elements.isEmpty, !panels.isEmpty else { return Array(repeating: nil, count: x.rows) }
    var room = [Float](repeating: 0, count: 32 * (x.rows + 7))
    var largest = [Int32](repeating: -1, count: x.rows)
    unsafe sextant_largest_products(x.elements, columns, x.rows, panels, rows, &room, &largest)
    return largest.map { $0 < 0 ? nil : Int($0) }
  }
}
