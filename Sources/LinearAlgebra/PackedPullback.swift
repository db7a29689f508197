internal import COpenBLAS
public import Tensors

/// `X W` for weights that stay packed in their file, the matrices of `weights` below each other: what takes the cotangent of
/// ``multiply(_:byTransposeOf:)`` back to its input.
///
/// `Y[t, k] = Σₙ X[t, n] W[n, k]`. Panels of at most 8 MB of W are decoded on all processors and multiplied by
/// `cblas_sgemm`, rows or columns of Y shared among the processors. f32; O(rows · N · K), one pass over the packed bytes.
/// Run inside ``withSingleThreadedBLAS(_:)``.
/// - Precondition: all weights have the same columns, X as many columns as they have rows.
public func multiply(_ x: Matrix<Float>, by weights: [PackedMatrix]) -> Matrix<Float> {
  let columns = weights.first?.columns ?? 0
  let inner = weights.reduce(0) { $0 + $1.rows }
  precondition(
    inner == x.columns && weights.allSatisfy { $0.columns == columns },
    "product of \(x.rows) x \(x.columns) with \(inner) x \(columns)")
  guard x.rows > 0, columns > 0, inner > 0 else {
    return Matrix(rows: x.rows, columns: columns, repeating: 0)
  }
  let limit = max(1, (1 << 21) / columns)
  let elements = unsafe [Float](unsafeUninitializedCapacity: x.rows * columns) { product, initialized in
    for start in stride(from: 0, to: inner, by: limit) {
      let rows = start..<min(inner, start + limit)
      let panel = unsafe [Float](unsafeUninitializedCapacity: rows.count * columns) { panel, initialized in
        unsafe decode(rows, of: weights, into: panel)
        initialized = rows.count * columns
      }
      // The first panel's product is written, the others' are added.
      unsafe multiplyPanel(x, rows, panel, adding: start > 0, to: product, columns: columns)
    }
    initialized = x.rows * columns
  }
  return Matrix(rows: x.rows, columns: columns, elements: elements)
}

/// Rows `range` of the weights below each other.
private func decode(
  _ range: Range<Int>, of weights: [PackedMatrix], into panel: UnsafeMutableBufferPointer<Float>
) {
  let columns = weights[0].columns
  let chunk = max(1, 65_536 / columns)
  var pieces: [(weight: Int, rows: Range<Int>, target: Int)] = []
  var first = 0
  for (index, weight) in weights.enumerated() {
    let own = (first..<first + weight.rows).clamped(to: range)
    for start in stride(from: own.lowerBound, to: own.upperBound, by: chunk) {
      let end = min(own.upperBound, start + chunk)
      pieces.append((index, start - first..<end - first, (start - range.lowerBound) * columns))
    }
    first += weight.rows
  }
  nonisolated(unsafe) let output = unsafe panel
  parallelForEach(count: pieces.count) { [pieces] range in
    for piece in pieces[range] {
      let part = unsafe UnsafeMutableBufferPointer(
        rebasing: output[piece.target..<piece.target + piece.rows.count * columns])
      var span = unsafe part.mutableSpan
      weights[piece.weight].dequantise(rows: piece.rows, into: &span)
    }
  }
}

/// `product := X[:, rows] panel`, or `+=`, in tiles of rows where there are many, else of columns.
private func multiplyPanel(
  _ x: Matrix<Float>, _ rows: Range<Int>, _ panel: [Float], adding: Bool,
  to product: UnsafeMutableBufferPointer<Float>, columns: Int
) {
  let byRows = x.rows >= 256
  let count = byRows ? x.rows : columns
  // Whole registers of columns.
  let share =
    byRows ? max(128, (count + workerCount - 1) / workerCount) : (count / workerCount + 15) / 16 * 16
  let width = x.columns
  let step = x.rows * rows.count * columns < 100_000 ? count : max(1, min(share, byRows ? 1024 : share))
  nonisolated(unsafe) let output = unsafe product
  parallelForEach(count: count, chunk: step) { part in
    let m = byRows ? part.count : x.rows
    let n = byRows ? columns : part.count
    let top = byRows ? part.lowerBound : 0
    let left = byRows ? 0 : part.lowerBound
    unsafe x.elements.withUnsafeBufferPointer { x in
      unsafe panel.withUnsafeBufferPointer { panel in
        guard let a = x.baseAddress, let b = panel.baseAddress, let c = unsafe output.baseAddress else {
          return
        }
        unsafe cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(rows.count), 1,
          a + top * width + rows.lowerBound, blasint(width), b + left, blasint(columns), adding ? 1 : 0,
          c + top * columns + left, blasint(columns))
      }
    }
  }
}
