import CKernels

/// Small systems of a row's neighbours, one row after the other; its room is used again and again.
public struct NeighbourSystem: ~Copyable {
  /// Neighbours of a row.
  public let count: Int
  private let padded: Int
  private var differences: [Float]
  private var products: [Float]

  /// - Parameters: neighbours of a row, and columns of its matrix.
  public init(count: Int, columns: Int) {
    self.count = count
    padded = (count + 3) / 4 * 4
    differences = Array(repeating: 0, count: padded * ((columns + 15) / 16 * 16))
    products = Array(repeating: 0, count: padded * padded)
  }

  /// ⟨zᵢ, zⱼ⟩ with zᵢ = xᵢ - x for the neighbours xᵢ of a row x: f32 products, sixteen sums each, in row-major order.
  ///
  /// - Precondition: a matrix of the columns that the system was made for, `count` neighbours, all of them rows.
  public mutating func gram(
    _ matrix: Matrix<Float>, row: Int, neighbours: ArraySlice<Int32>, into gram: inout [Double]
  ) {
    precondition(
      neighbours.count == count && differences.count == padded * ((matrix.columns + 15) / 16 * 16)
        && row >= 0 && row < matrix.rows && neighbours.allSatisfy { $0 >= 0 && $0 < matrix.rows },
      "\(neighbours.count) neighbours of row \(row) for a system of \(count)")
    unsafe matrix.elements.withUnsafeBufferPointer { base in
      unsafe neighbours.withUnsafeBufferPointer { neighbours in
        unsafe differences.withUnsafeMutableBufferPointer { differences in
          unsafe products.withUnsafeMutableBufferPointer { products in
            unsafe sextant_difference_gram(
              base.baseAddress, matrix.columns, row, neighbours.baseAddress, count, differences.baseAddress,
              products.baseAddress)
          }
        }
      }
    }
    for i in 0..<count {
      for j in 0..<count { gram[i * count + j] = Double(products[i * padded + j]) }
    }
  }
}

/// w with A w = 1, by Cholesky (upper, without pivots) in Double; A is overwritten.
///
/// A pivot that rounding has made not positive is taken as the smallest normal number.
/// - Precondition: A is `order` x `order`.
public func solveForOnes(_ a: inout [Double], order: Int) -> [Double] {
  precondition(a.count == order * order, "\(a.count) numbers for a system of order \(order)")
  return unsafe [Double](unsafeUninitializedCapacity: order) { w, count in
    unsafe a.withUnsafeMutableBufferPointer { a in
      unsafe sextant_solve_ones(a.baseAddress, order, w.baseAddress)
    }
    count = order
  }
}
