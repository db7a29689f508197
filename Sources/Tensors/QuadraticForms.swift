internal import CKernels

/// A matrix G packed to take xᵢᵀ G yᵢ of many rows; made for AVX-512.
public struct QuadraticForm: Sendable {
  private let height: Int
  private let width: Int
  private let isSymmetric: Bool
  private let panels: [Float]

  /// Rounds G to Float.
  ///
  /// - Parameter isSymmetric: G is symmetric and stands between a row and itself: half the work.
  public init(_ form: Matrix<Double>, isSymmetric: Bool) {
    precondition(!isSymmetric || form.rows == form.columns, "a symmetric \(form.rows) x \(form.columns)")
    (height, width, self.isSymmetric) = (form.rows, form.columns, isSymmetric)
    var panels = [Float](repeating: 0, count: sextant_panel_room(form.rows, form.columns))
    unsafe sextant_pack_form(form.elements, form.rows, form.columns, isSymmetric ? 1 : 0, &panels)
    self.panels = panels
  }

  /// xᵢᵀ G yᵢ for some rows: xᵢᵀ G in Float, its product with yᵢ in Double. O(rows · height · width).
  ///
  /// - Precondition: widths that fit, rows inside; Y is X for a symmetric G.
  public func values(_ x: Matrix<Float>, _ y: Matrix<Float>, rows: Range<Int>) -> [Double] {
    precondition(
      x.columns == height && y.columns == width && 0 <= rows.lowerBound
        && rows.upperBound <= min(x.rows, y.rows),
      "rows \(rows) of \(x.rows) x \(x.columns) and \(y.rows) x \(y.columns) with a form of \(height) x \(width)"
    )
    guard !rows.isEmpty, !panels.isEmpty else { return Array(repeating: 0, count: rows.count) }
    var room = [Double](repeating: 0, count: 8 * (rows.count + 7))
    return unsafe [Double](unsafeUninitializedCapacity: rows.count) { values, initialized in
      unsafe x.elements.withUnsafeBufferPointer { left in
        unsafe y.elements.withUnsafeBufferPointer { right in
          unsafe sextant_quadratic_forms(
            left.baseAddress.map { unsafe $0 + rows.lowerBound * height }, height,
            right.baseAddress.map { unsafe $0 + rows.lowerBound * width }, width, rows.count, panels,
            isSymmetric ? 1 : 0, &room, values.baseAddress)
        }
      }
      initialized = rows.count
    }
  }
}
