internal import CKernels

/// Rows of numbers rounded to eight bits: 32 numbers share a scale.
///
/// `x ≈ s q`, `s = max |x| / 127`, `q = round(x · (127 / max |x|))`, ties to even. Blocks whose numbers are all below
/// 2⁻¹⁰⁰ become zero, blocks with a number that is not finite NaN. The same bits on every processor; 44 bytes a block.
public struct RoundedRows: Sendable {
  public let rows: Int
  public let columns: Int
  fileprivate let blocks: [sextant_block8]

  /// - Precondition: the columns are a multiple of 32.
  public init(_ x: Matrix<Float>) {
    precondition(x.columns % 32 == 0, "\(x.columns) columns are no whole number of blocks of 32")
    (rows, columns) = (x.rows, x.columns)
    let count = x.rows * x.columns / 32
    blocks = unsafe [sextant_block8](unsafeUninitializedCapacity: count) { buffer, initialized in
      nonisolated(unsafe) let output = unsafe buffer
      parallelForEach(count: count, chunk: 1024) { range in
        unsafe x.elements.withUnsafeBufferPointer { source in
          guard let from = source.baseAddress, let to = unsafe output.baseAddress else { return }
          unsafe sextant_quantise(from + 32 * range.lowerBound, range.count, to + range.lowerBound)
        }
      }
      initialized = count
    }
  }
}

/// The instructions that ``PackedMatrix/products(rows:with:into:stride:)`` can be computed with; all come to the same
/// bits.
package enum RoundedProductPath: UInt32, CaseIterable, Sendable {
  case plain, avx2, vnni, neonDot

  /// The best one of this processor; those before it that it lacks are computed as the first.
  package static let best = RoundedProductPath(bestOf: sextant_best_product_path())

  private init(bestOf path: sextant_product_path) {
    self = RoundedProductPath(rawValue: UInt32(path.rawValue)) ?? .plain
  }
}

extension PackedMatrix {
  /// Whether ``products(rows:with:into:stride:)`` multiplies this matrix: its type is Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
  /// Q4_K, Q5_K or Q6_K.
  public var hasRoundedProducts: Bool { sextant_has_block_products(type.rawValue) != 0 }

  /// `y[b, r] = Σₖ W[first + r, k] x[b, k]` for the packed rows `range` and rounded rows x, on this thread.
  ///
  /// Integer sums of each 32 products are exact; the sums of their scaled values go through the blocks in order, and
  /// nothing is fused: the bits of a product depend neither on the processor nor on the other rows of `x`. One row of x, up to
  /// four with AVX-512, multiplies blocks that are unpacked in registers; more multiply 16 or 32 rows of W at a time, a byte a
  /// weight.
  /// - Parameter y: `x.rows` rows of `stride` numbers; row b's results begin at `b * stride`.
  /// - Precondition: the matrix has rounded products, its rows exist and have as many columns as `x`.
  public func products(
    rows range: Range<Int>, with x: RoundedRows, into y: inout MutableSpan<Float>, stride: Int
  ) {
    products(rows: range, with: x, into: &y, stride: stride, by: .best)
  }

  package func products(
    rows range: Range<Int>, with x: RoundedRows, into y: inout MutableSpan<Float>, stride: Int,
    by path: RoundedProductPath
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(name), which has \(rows) rows")
    precondition(
      x.columns == columns, "rows of \(x.columns) numbers with \(name), which has \(columns) columns")
    precondition(
      range.count <= stride && (x.rows == 0 || y.count >= (x.rows - 1) * stride + range.count),
      "\(x.rows) results of \(range.count) numbers every \(stride), got room for \(y.count)")
    guard !range.isEmpty, x.rows > 0 else { return }
    let (blocks, batch) = (columns / 32, x.rows)
    withBytes(ofRows: range) { packed in
      unsafe packed.withUnsafeBytes { packed in
        unsafe x.blocks.withUnsafeBufferPointer { x in
          unsafe y.withUnsafeMutableBufferPointer { y in
            unsafe withUnsafeTemporaryAllocation(
              byteCount: sextant_block_products_room(blocks), alignment: 64
            ) { room in
              guard let packed = packed.baseAddress, let x = x.baseAddress, let y = y.baseAddress else {
                return
              }
              let status = unsafe sextant_block_products(
                sextant_product_path(rawValue: path.rawValue), type.rawValue,
                packed.assumingMemoryBound(to: UInt8.self), rowBytes, range.count, blocks, x, batch,
                room.baseAddress, y, stride)
              precondition(status == 0, "no kernel multiplies \(type.name) with rounded numbers")
            }
          }
        }
      }
    }
  }
}
