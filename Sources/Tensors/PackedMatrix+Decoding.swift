import CKernels

/// Whether ``PackedMatrix/tiles(rows:with:batch:into:stride:)`` is there (AVX2 without AVX-512).
public let hasPackedTiles = sextant_has_packed_tiles() != 0

extension PackedMatrix {
  /// All rows as f32, decoded on all processors.
  ///
  /// Bits equal the reference decoder of each ggml type (product rounded before the minimum is added).
  /// Cost: `rows · columns · 4` bytes, and one pass over the stored bytes.
  public func dequantised() -> Matrix<Float> {
    let chunk = max(1, 65_536 / max(1, columns))
    return Matrix.parallelRows(rows: rows, columns: columns, chunk: chunk) { range, elements in
      dequantise(rows: range, into: &elements)
    }
  }

  /// Decodes `rows` to f32, row after row, on this thread.
  /// - Precondition: the rows exist and `output` holds exactly `rows.count * columns` numbers.
  public func dequantise(rows range: Range<Int>, into output: inout MutableSpan<Float>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) of \(name), which has \(rows) rows")
    precondition(
      output.count == range.count * columns,
      "\(range.count) rows of \(columns) columns need \(range.count * columns) numbers, got \(output.count)")
    unsafe output.withUnsafeMutableBufferPointer { output in
      guard let values = output.baseAddress else { return }
      unsafe decode(rows: range, to: values)
    }
  }

  private func decode(rows range: Range<Int>, to values: UnsafeMutablePointer<Float>) {
    let blocks = range.count * (columns / type.blockCount)
    withBytes(ofRows: range) { source in
      unsafe source.withUnsafeBytes { source in
        guard let source = source.baseAddress else { return }
        let status = unsafe sextant_dequantise(
          type.rawValue, source.assumingMemoryBound(to: UInt8.self), blocks, values)
        precondition(status == 0, "no kernel decodes \(type.name)")
      }
    }
  }

  /// The given rows as f32, in the given order: the lookup of an embedding table.
  /// - Precondition: every index is a row.
  public func selecting(rows indices: [Int]) -> Matrix<Float> {
    let chunk = max(1, 65_536 / max(1, columns))
    return Matrix.parallelRows(rows: indices.count, columns: columns, chunk: chunk) { range, elements in
      unsafe elements.withUnsafeMutableBufferPointer { elements in
        guard let values = elements.baseAddress else { return }
        for (position, index) in indices[range].enumerated() {
          precondition(index >= 0 && index < rows, "row \(index) of \(name), which has \(rows) rows")
          unsafe decode(rows: index..<index + 1, to: values + position * columns)
        }
      }
    }
  }

  /// `y[b, r] = Σₖ W[first + r, k] x[b, k]` for the packed rows `range` and the rows of `x`, on this thread.
  ///
  /// Blocks are decoded once for up to four vectors: in registers, or 256 numbers at a time where a type has no kernel
  /// for that (Q2_K, Q3_K, IQ, ternary, FP4). The result of a row of `x` has the same bits whatever the other rows are.
  /// Meant for few vectors (decoding one token at a time); for more there is ``tiles(rows:with:batch:into:stride:)``, for many a
  /// product with decoded panels.
  /// - Parameters:
  ///   - x: `batch` vectors of `columns` numbers, row-major.
  ///   - y: `batch` rows of `stride` numbers; row b's results begin at `b * stride`.
  public func dots(
    rows range: Range<Int>, with x: Span<Float>, batch: Int, into y: inout MutableSpan<Float>, stride: Int
  ) {
    unsafe multiply(range, x, batch, &y, stride) { packed, x, y in
      unsafe sextant_packed_dots(
        type.rawValue, packed, rowBytes, range.count, columns / type.blockCount, x, columns, batch, y, stride)
    }
  }

  /// The same for more vectors, where ``hasPackedTiles``: up to 40 vectors are multiplied by four decoded rows at a time, three by four sums
  /// in registers; more of them by sixteen rows that are decoded side by side. Of one number of vectors, the result of a row of `x` has the
  /// same bits whatever the others are.
  public func tiles(
    rows range: Range<Int>, with x: Span<Float>, batch: Int, into y: inout MutableSpan<Float>, stride: Int
  ) {
    precondition(hasPackedTiles, "tiles of packed rows on a processor that has none")
    unsafe multiply(range, x, batch, &y, stride) { packed, x, y in
      unsafe sextant_packed_tiles(
        type.rawValue, packed, rowBytes, range.count, columns / type.blockCount, type.blockCount, x, columns,
        batch, y, stride)
    }
  }

  private func multiply(
    _ range: Range<Int>, _ x: Span<Float>, _ batch: Int, _ y: inout MutableSpan<Float>, _ stride: Int,
    by kernel: (UnsafePointer<UInt8>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Int32
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) of \(name), which has \(rows) rows")
    precondition(
      x.count == batch * columns, "\(batch) vectors of \(columns) numbers, got \(x.count) numbers")
    precondition(
      range.count <= stride && (batch == 0 || y.count >= (batch - 1) * stride + range.count),
      "\(batch) results of \(range.count) numbers every \(stride), got room for \(y.count)")
    guard !range.isEmpty, batch > 0 else { return }
    withBytes(ofRows: range) { packed in
      unsafe packed.withUnsafeBytes { packed in
        unsafe x.withUnsafeBufferPointer { x in
          unsafe y.withUnsafeMutableBufferPointer { y in
            guard let packed = packed.baseAddress, let x = x.baseAddress, let y = y.baseAddress else {
              return
            }
            let status = unsafe kernel(packed.assumingMemoryBound(to: UInt8.self), x, y)
            precondition(status == 0, "no kernel decodes \(type.name)")
          }
        }
      }
    }
  }
}
