import CKernels

/// `Σ xᵢ yᵢ` in Double, with the same bits on every processor: products of two Floats are exact in Double, and
/// the order of the sum is fixed.
public func innerProduct(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  precondition(x.count == y.count, "inner product of \(x.count) and \(y.count) numbers")
  return unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeBufferPointer { y in
      guard let x = x.baseAddress, let yBase = y.baseAddress else { return 0 }
      return unsafe sextant_inner_product(x, yBase, y.count)
    }
  }
}

/// ``innerProduct(_:_:)`` of one row and some others of a matrix, with the same bits, three times as fast.
///
/// - Parameter products: receives one number for each of `others`, from its start.
/// - Precondition: all rows lie inside the matrix, and `products` has room.
public func innerProducts(
  of row: Int, with others: Span<UInt32>, in matrix: Matrix<Float>, into products: inout [Double]
) {
  var last = UInt32(0)
  for i in others.indices { last = max(last, others[i]) }
  precondition(
    row >= 0 && row < matrix.rows && Int(last) < matrix.rows && others.count <= products.count,
    "inner products of rows \(row) and up to \(last) of \(matrix.rows), \(others.count) into \(products.count)"
  )
  let (start, columns, many) = (row * matrix.columns, matrix.columns, others.count)
  unsafe matrix.elements.withUnsafeBufferPointer { rows in
    unsafe others.withUnsafeBufferPointer { numbers in
      unsafe products.withUnsafeMutableBufferPointer { products in
        guard let numbers = numbers.baseAddress, let target = products.baseAddress else { return }
        guard let base = rows.baseAddress else {
          unsafe products.update(repeating: 0)
          return
        }
        unsafe sextant_inner_products(base + start, base, numbers, many, columns, target)
      }
    }
  }
}

/// `Σ (xᵢ - yᵢ)²` in Double, with the same bits on every processor.
public func squaredDistance(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  precondition(x.count == y.count, "distance of \(x.count) and \(y.count) numbers")
  return unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeBufferPointer { y in
      guard let x = x.baseAddress, let yBase = y.baseAddress else { return 0 }
      return unsafe sextant_squared_distance(x, yBase, y.count)
    }
  }
}

/// `y = (x - shift) · scale`, computed in Double and rounded to Float, for one row at `offset` of `y`.
///
/// - Parameter shift: as long as `x`, or empty for none.
/// - Returns: the sum of the squared rounding errors.
public func scaleRow(
  _ x: Span<Float>, shift: Span<Double>, scale: Double, into y: inout MutableSpan<Float>, at offset: Int
) -> Double {
  let count = x.count
  precondition(
    (shift.isEmpty || shift.count == count) && offset >= 0 && offset + count <= y.count,
    "row of \(count) numbers, \(shift.count) shifts, at \(offset) of \(y.count)")
  return unsafe x.withUnsafeBufferPointer { x in
    unsafe shift.withUnsafeBufferPointer { shift in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let target = y.baseAddress else { return 0 }
        return unsafe sextant_scale_row(
          x, shift.isEmpty ? nil : shift.baseAddress, scale, count, target + offset)
      }
    }
  }
}

/// Whether the processor multiplies bf16 numbers (AVX-512 BF16).
public let hasBFloat16Products = sextant_has_bf16() == 1

/// Rows rounded to bf16, in the order that ``multiplyTile(_:_:into:)`` reads: groups of sixteen rows, pairs of
/// columns; missing rows and an odd column are zeros.
public struct BFloat16Rows: Sendable {
  public let rows: Int
  private let groups: Int
  private let pairs: Int
  private var numbers: [UInt16]

  public init(rows: Int, columns: Int) {
    self.rows = rows
    groups = (rows + 15) / 16
    pairs = (columns + 1) / 2
    numbers = Array(repeating: 0, count: groups * pairs * 32)
  }

  /// Columns of a tile to these rows: their number, rounded up to whole groups.
  public var paddedRows: Int { groups * 16 }

  /// Sets a row to `(x - shift) · scale`, rounded to bf16; returns the sum of the squared rounding errors.
  ///
  /// - Precondition: |(x - shift) · scale| is below the largest bf16 number; `shift` is as long as `x` or empty.
  public mutating func set(_ row: Int, to x: Span<Float>, shift: Span<Double>, scale: Double) -> Double {
    precondition(
      row >= 0 && row < rows && (x.count + 1) / 2 == pairs && (shift.isEmpty || shift.count == x.count),
      "row \(row) of \(rows), \(x.count) numbers in \(pairs) pairs, \(shift.count) shifts")
    let start = row / 16 * pairs * 32
    return unsafe x.withUnsafeBufferPointer { x in
      unsafe shift.withUnsafeBufferPointer { shift in
        unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          guard let source = x.baseAddress, let target = numbers.baseAddress else { return 0 }
          return unsafe sextant_pack_bf16(
            source, shift.isEmpty ? nil : shift.baseAddress, scale, x.count, target + start, row % 16)
        }
      }
    }
  }

  /// `A Bᵀ` with exact products and Float sums; `tile` has `paddedRows` of both.
  ///
  /// - Precondition: ``hasBFloat16Products``; equal numbers of columns; the tile has room.
  public static func multiplyTile(_ a: BFloat16Rows, _ b: BFloat16Rows, into tile: inout MutableSpan<Float>) {
    precondition(
      hasBFloat16Products && a.pairs == b.pairs && tile.count >= a.paddedRows * b.paddedRows,
      "tile of \(a.paddedRows) x \(b.paddedRows) with \(a.pairs) and \(b.pairs) pairs in \(tile.count) numbers"
    )
    unsafe a.numbers.withUnsafeBufferPointer { left in
      unsafe b.numbers.withUnsafeBufferPointer { right in
        unsafe tile.withUnsafeMutableBufferPointer { tile in
          guard let left = left.baseAddress, let right = right.baseAddress, let tile = tile.baseAddress else {
            return
          }
          unsafe sextant_bf16_tile(left, a.groups, right, b.groups, a.pairs, tile)
        }
      }
    }
  }
}

/// Columns of one row of a tile whose bounds reach a threshold.
public struct BoundHits {
  public private(set) var columns: [UInt32]
  public private(set) var bounds: [Float]
  public private(set) var count = 0

  /// - Parameter width: columns of the widest row.
  public init(width: Int) {
    columns = Array(repeating: 0, count: width + 16)
    bounds = Array(repeating: 0, count: width + 16)
  }

  /// Keeps the columns with `(score + bias) + biases[j]` at `threshold` or above it, or at or above
  /// `thresholds[j]` unless that is empty.
  ///
  /// - Precondition: equal counts, none above the width.
  public mutating func find(
    in scores: Span<Float>, biases: Span<Float>, thresholds: Span<Float>, bias: Float, threshold: Float
  ) {
    precondition(
      scores.count == biases.count && scores.count + 16 <= columns.count
        && (thresholds.isEmpty || thresholds.count == scores.count),
      "\(scores.count) scores, \(biases.count) biases, \(thresholds.count) thresholds")
    let width = scores.count
    count = unsafe scores.withUnsafeBufferPointer { scores in
      unsafe biases.withUnsafeBufferPointer { biases in
        unsafe thresholds.withUnsafeBufferPointer { thresholds in
          guard let scores = scores.baseAddress, let biases = biases.baseAddress else { return 0 }
          return unsafe sextant_find_bounds(
            scores, biases, thresholds.isEmpty ? nil : thresholds.baseAddress, bias, threshold, width,
            &columns,
            &bounds)
        }
      }
    }
  }
}
