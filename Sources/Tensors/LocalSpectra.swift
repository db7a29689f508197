import CKernels

/// A symmetric tridiagonal matrix.
public struct Tridiagonal: Sendable, Equatable {
  public var diagonal: [Float]
  /// The numbers beside the diagonal: one fewer.
  public var beside: [Float]

  /// - Precondition: `beside` holds one number fewer than `diagonal`, which is not empty.
  public init(diagonal: [Float], beside: [Float]) {
    precondition(
      beside.count == diagonal.count - 1,
      "\(beside.count) numbers beside a diagonal of \(diagonal.count)")
    self.diagonal = diagonal
    self.beside = beside
  }

  public var order: Int { diagonal.count }

  /// The sum of the diagonal, which is the sum of the eigenvalues.
  public var trace: Double { diagonal.reduce(0) { $0 + Double($1) } }

  /// For each shift x the number of eigenvalues below x: the negative pivots of T - x (Sylvester's law of inertia).
  ///
  /// O(order · shifts), sixteen shifts a vector. The counts are those of a matrix whose entries differ from T's by
  /// a few ulps, and they never fall as x grows. Squares of numbers beside the diagonal that are not normal count
  /// as the smallest normal number.
  public func countsBelow(_ shifts: [Float]) -> [Int] {
    let squares = beside.map { max($0 * $0, .leastNormalMagnitude) }
    var counts = [Int32](repeating: 0, count: shifts.count)
    unsafe diagonal.withUnsafeBufferPointer { diagonal in
      unsafe squares.withUnsafeBufferPointer { squares in
        unsafe shifts.withUnsafeBufferPointer { shifts in
          unsafe counts.withUnsafeMutableBufferPointer { counts in
            guard let found = counts.baseAddress else { return }
            unsafe sextant_counts_below(
              diagonal.baseAddress, squares.baseAddress, diagonal.count, shifts.baseAddress, shifts.count,
              found)
          }
        }
      }
    }
    return counts.map(Int.init)
  }
}

/// Scatter matrices of neighbourhoods in tridiagonal form, one after the other; its room is used again and again.
///
/// The smaller of Z Zᵀ (k × k) and Zᵀ Z (d × d), Z the k rows less their mean: both have the same eigenvalues
/// but for zeros. Float throughout, on the calling thread. A neighbourhood costs min(k,d)² max(k,d) + 4/3 min(k,d)³
/// flops: its rows are read into panels that stay in the caches, and Householder's reflections are taken thirty-two
/// together, so that half of the reduction is a product of matrices and only the upper triangle is ever read.
public struct ScatterReduction: ~Copyable {
  /// Rows of a neighbourhood.
  public let count: Int
  /// Columns of the matrix that they are rows of.
  public let columns: Int
  private let leading: Int
  private var room: [Float]
  private var scatter: [Float]

  /// - Precondition: at least one row and one column.
  public init(count: Int, columns: Int) {
    precondition(count > 0 && columns > 0, "neighbourhoods of \(count) rows with \(columns) columns")
    self.count = count
    self.columns = columns
    let order = min(count, columns)
    let padded = (order + 15) / 16 * 16
    // An odd number of cache lines, so that the rows of a column fall into different sets.
    leading = padded / 16 % 2 == 1 ? padded : padded + 16
    scatter = Array(repeating: 0, count: padded * leading)
    room = Array(repeating: 0, count: sextant_spectrum_room(order) + max(count, columns) + 16)
  }

  /// The number of eigenvalues: min(count, columns).
  public var order: Int { min(count, columns) }

  /// The tridiagonal matrix that is orthogonally similar to the scatter matrix of some rows.
  ///
  /// Rows that all coincide give exactly zero.
  /// - Precondition: `count` numbers of rows of a matrix of `columns` columns.
  public mutating func callAsFunction(_ matrix: Matrix<Float>, rows: ArraySlice<Int32>) -> Tridiagonal {
    precondition(
      rows.count == count && matrix.columns == columns && rows.allSatisfy { $0 >= 0 && $0 < matrix.rows },
      "\(rows.count) rows of a matrix of \(matrix.rows) x \(matrix.columns) for \(count) of \(columns) columns"
    )
    var diagonal = [Float](repeating: 0, count: order)
    var beside = [Float](repeating: 0, count: order)
    unsafe matrix.elements.withUnsafeBufferPointer { base in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe room.withUnsafeMutableBufferPointer { room in
          unsafe scatter.withUnsafeMutableBufferPointer { scatter in
            unsafe sextant_centred_gram(
              base.baseAddress, columns, rows.baseAddress, count, count <= columns ? 1 : 0, room.baseAddress,
              scatter.baseAddress, leading)
            unsafe sextant_tridiagonalise(
              scatter.baseAddress, min(count, columns), leading, room.baseAddress, &diagonal, &beside)
          }
        }
      }
    }
    return Tridiagonal(diagonal: diagonal, beside: Array(beside.dropLast()))
  }
}
