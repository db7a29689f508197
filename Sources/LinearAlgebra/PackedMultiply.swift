internal import COpenBLAS
public import Tensors

/// `X Wᵀ` for weights that stay packed in their file: one product for several matrices with the same input.
///
/// `Y[t, n] = Σₖ X[t, k] W[n, k]`; the columns of Y are the rows of all `weights`, one after the other.
/// Up to ``packedDotRows`` rows of X multiply blocks decoded in registers; more rows multiply rows of W that are decoded some at a time
/// (``hasPackedTiles``), or panels of W decoded into a buffer of the size of a cache (`cblas_sgemm`). f32 throughout; cost
/// O(rows · N · K) and one pass over the packed bytes. Run larger products inside ``withSingleThreadedBLAS(_:)``: the panels are
/// already spread over the processors. In ``Arithmetic/rounded`` arithmetic weights in blocks are multiplied with X rounded to
/// eight bits (``RoundedRows``), and the bits of a row of Y do not depend on the other rows.
/// - Precondition: every weight has as many columns as X.
public func multiply(
  _ x: Matrix<Float>, byTransposeOf weights: [PackedMatrix], in arithmetic: Arithmetic = .f32
) -> Matrix<Float> {
  for weight in weights {
    precondition(
      weight.columns == x.columns,
      "product of \(x.rows) x \(x.columns) with the transpose of \(weight.rows) x \(weight.columns)")
  }
  let columns = weights.reduce(0) { $0 + $1.rows }
  let isRounded = arithmetic == .rounded && weights.contains(where: \.hasRoundedProducts)
  let rounded = isRounded ? RoundedRows(x) : nil
  let usesTiles = hasPackedTiles && x.rows > packedDotRows && x.rows <= packedTileRows
  let decodesSome = isRounded || usesTiles
  let limit = x.rows <= packedDotRows ? 1 << 20 : decodesSome ? 1 << 15 : 1 << 18
  // Kernels of rounded rows take 32 rows of W at a time, tiles 16.
  let multiple = isRounded ? 32 : usesTiles ? 16 : 1
  let panels = panelsOf(weights, inputRows: x.rows, limit: limit, multiple: multiple)
  let elements = unsafe [Float](unsafeUninitializedCapacity: x.rows * columns) { buffer, initialized in
    nonisolated(unsafe) let output = unsafe buffer
    parallelForEach(count: panels.count) { range in
      for panel in panels[range] {
        let weight = weights[panel.weight]
        guard let base = unsafe output.baseAddress else { return }
        let reach = (x.rows - 1) * columns + panel.rows.count
        let part = unsafe UnsafeMutableBufferPointer(start: base + panel.column, count: reach)
        var span = unsafe part.mutableSpan
        if let rounded, weight.hasRoundedProducts {
          weight.products(rows: panel.rows, with: rounded, into: &span, stride: columns)
        } else if x.rows <= packedDotRows {
          weight.dots(
            rows: panel.rows, with: x.elements.span, batch: x.rows, into: &span, stride: columns)
        } else if usesTiles {
          weight.tiles(
            rows: panel.rows, with: x.elements.span, batch: x.rows, into: &span, stride: columns)
        } else {
          unsafe multiplyPanel(x, weight, panel.rows, into: base + panel.column, stride: columns)
        }
      }
    }
    initialized = x.rows * columns
  }
  return Matrix(rows: x.rows, columns: columns, elements: elements)
}

/// Rows of X up to which decoding in registers beats what decodes into a buffer: with AVX-512 it reaches 104 GF/s a core (Q4_1),
/// where `cblas_sgemm` still spends its time packing; with registers half as wide 23 at four rows, and tiles 27 to 59 from five on.
public let packedDotRows = hasPackedTiles ? 4 : 32

/// Rows of X up to which tiles beat `cblas_sgemm`: at 32 rows 59 to 76 GF/s a core to 69 without the time that decoding takes; rows
/// beyond no longer stay in the second cache.
private let packedTileRows = 256

private struct Panel: Sendable {
  let weight: Int
  let rows: Range<Int>
  /// Where its results begin in a row of the product.
  let column: Int
}

/// Cuts the weights so that every worker gets equal shares of about `limit` numbers at most: what is decoded of them stays in a cache, and a
/// worker that is slow for a while takes fewer.
private func panelsOf(_ weights: [PackedMatrix], inputRows: Int, limit: Int, multiple: Int) -> [Panel] {
  guard inputRows > 0 else { return [] }
  let total = weights.reduce(0) { $0 + $1.rows * $1.columns }
  let shares = workerCount * max(1, (total + workerCount * limit - 1) / (workerCount * limit))
  // Too little work to wake another processor.
  let size = total * inputRows < 100_000 ? total : (total + shares - 1) / shares
  var panels: [Panel] = []
  var column = 0
  for (index, weight) in weights.enumerated() {
    let fair = (size + max(1, weight.columns) - 1) / max(1, weight.columns)
    let step = max(multiple, fair / multiple * multiple)
    for start in stride(from: 0, to: weight.rows, by: step) {
      let rows = start..<min(weight.rows, start + step)
      panels.append(Panel(weight: index, rows: rows, column: column + start))
    }
    column += weight.rows
  }
  return panels
}

private func multiplyPanel(
  _ x: Matrix<Float>, _ weight: PackedMatrix, _ rows: Range<Int>, into y: UnsafeMutablePointer<Float>,
  stride: Int
) {
  let columns = weight.columns
  let decoded = unsafe [Float](unsafeUninitializedCapacity: rows.count * columns) { buffer, initialized in
    var span = unsafe buffer.mutableSpan
    weight.dequantise(rows: rows, into: &span)
    initialized = rows.count * columns
  }
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(x.rows), blasint(rows.count), blasint(columns), 1,
    x.elements, blasint(columns), decoded, blasint(columns), 0, y, blasint(stride))
}
