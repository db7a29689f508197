import Tensors
import TestSupport
import Testing

@Suite struct LocalSpectraTests {
  private func cloud(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal() + 3) })
  }

  /// Tr Sⁿ of the scatter matrix of the rows, n = 1, 2, 3: what similar matrices share.
  private func traces(_ x: Matrix<Float>, _ rows: [Int]) -> [Double] {
    let means = (0..<x.columns).map { column in
      rows.reduce(0.0) { $0 + Double(x[$1, column]) } / Double(rows.count)
    }
    let scatter = (0..<x.columns).map { i in
      (0..<x.columns).map { j in
        rows.reduce(0.0) { $0 + (Double(x[$1, i]) - means[i]) * (Double(x[$1, j]) - means[j]) }
      }
    }
    return powers(scatter)
  }

  private func powers(_ matrix: [[Double]]) -> [Double] {
    let n = matrix.count
    var (first, second, third) = (0.0, 0.0, 0.0)
    for i in 0..<n {
      first += matrix[i][i]
      for j in 0..<n {
        second += matrix[i][j] * matrix[j][i]
        third += matrix[i][j] * (0..<n).reduce(0.0) { $0 + matrix[j][$1] * matrix[$1][i] }
      }
    }
    return [first, second, third]
  }

  private func dense(_ matrix: Tridiagonal) -> [[Double]] {
    (0..<matrix.order).map { i in
      (0..<matrix.order).map { j in
        i == j ? Double(matrix.diagonal[i]) : abs(i - j) == 1 ? Double(matrix.beside[min(i, j)]) : 0
      }
    }
  }

  @Test(arguments: [1, 2, 3, 15, 16, 17, 31, 33, 49, 70, 100])
  func theTridiagonalMatrixIsSimilarToTheScatterMatrix(_ columns: Int) {
    let x = cloud(150, columns, seed: UInt64(columns))
    for count in [1, 2, 9, 16, 40, 129] {
      var reduction = ScatterReduction(count: count, columns: columns)
      // Twice, the first time on other rows: nothing may be left in its room.
      _ = reduction(x, rows: (0..<count).map { Int32(149 - $0) }[...])
      let rows = (0..<count).map { ($0 * 7) % 150 }
      let found = reduction(x, rows: rows.map { Int32($0) }[...])
      #expect(found.order == min(count, columns))
      for (a, b) in zip(powers(dense(found)), traces(x, rows)) {
        #expect(abs(a - b) <= 2e-5 * abs(b) + 1e-9, "\(count) rows of \(columns) columns: \(a), \(b)")
      }
    }
  }

  /// The matrix with 2 and -1 has the eigenvalues 2 - 2 cos(π i / (n + 1)).
  @Test func countsEigenvaluesBelowShifts() {
    for n in [1, 2, 30, 100] {
      let matrix = Tridiagonal(
        diagonal: Array(repeating: 2, count: n), beside: Array(repeating: -1, count: n - 1))
      let values = (1...n).map { 2 - 2 * cosine(Double.pi * Double($0) / Double(n + 1)) }
      let shifts = (0..<200).map { Float($0) * 0.0211 - 0.1 }
      #expect(matrix.countsBelow(shifts) == shifts.map { shift in values.count { $0 < Double(shift) } })
      #expect(matrix.trace == Double(2 * n))
    }
    let split = Tridiagonal(diagonal: [1, 1, 3, 0], beside: [0, 0, 0])
    #expect(split.countsBelow([-1, 0.5, 0.75, 1.5, 3.5]) == [0, 1, 1, 3, 4])
    #expect(split.countsBelow([]) == [])
  }

  @Test func coincidingRowsGiveZero() {
    let x = Matrix<Float>(rows: 50, columns: 20, repeating: 0.1)
    for count in [7, 30] {
      var reduction = ScatterReduction(count: count, columns: 20)
      let found = reduction(x, rows: Array(0..<Int32(count))[...])
      #expect(found.diagonal.allSatisfy { $0 == 0 } && found.beside.allSatisfy { $0 == 0 })
    }
  }

  private func cosine(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for i in 1..<40 {
      term *= -x * x / Double((2 * i - 1) * 2 * i)
      sum += term
    }
    return sum
  }
}
