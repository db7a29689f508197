import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct RoundedRowsTests {
  /// What the docstrings say, in the words of a loop: rounded numbers, their scales, and the scaled sum of each block.
  private func rounded(_ x: [Float]) -> [(values: [Int], scale: Float)] {
    stride(from: 0, to: x.count, by: 32).map { start in
      let part = x[start..<start + 32]
      guard part.allSatisfy(\.isFinite) else { return (Array(repeating: 0, count: 32), .nan) }
      let largest = part.map(abs).max() ?? 0
      guard largest >= 0x1p-100 else { return (Array(repeating: 0, count: 32), 0) }
      let factor = 127 / largest
      return (part.map { Int(($0 * factor).rounded(.toNearestOrEven)) }, largest / 127)
    }
  }

  private func numbers(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
  }

  private func products(
    _ matrix: PackedMatrix, _ rows: Range<Int>, _ x: Matrix<Float>, by path: RoundedProductPath
  ) -> [Float] {
    var y = [Float](repeating: .nan, count: x.rows * (rows.count + 1))
    var span = y.mutableSpan
    matrix.products(rows: rows, with: RoundedRows(x), into: &span, stride: rows.count + 1, by: path)
    return y
  }

  private static func paths() -> [RoundedProductPath] {
    RoundedProductPath.allCases.filter { $0.rawValue <= RoundedProductPath.best.rawValue }
  }

  /// As docs/models.md lists them.
  @Test func typesThatAreMultipliedWithRoundedNumbers() throws {
    let types = try GoldenBlocks.load().filter { try $0.matrix(rows: 3).hasRoundedProducts }.map(\.type)
    #expect(Set(types) == [.q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_K, .q5_K, .q6_K])
  }

  /// Of decoded weights and rounded numbers, in Double: the definition, but for the rounding of its sums.
  @Test func productsEqualTheDefinition() throws {
    for golden in try GoldenBlocks.load() {
      let matrix = try golden.matrix(rows: 3)
      guard matrix.hasRoundedProducts else { continue }
      let decoded = matrix.dequantised().widened()
      let x = numbers(5, matrix.columns, seed: 1)
      let y = products(matrix, 0..<3, x, by: .plain)
      for b in 0..<5 {
        let blocks = rounded(x.row(b))
        for r in 0..<3 {
          var (expected, scale) = (0.0, 0.0)
          for k in 0..<matrix.columns {
            let value = Double(blocks[k / 32].values[k % 32]) * Double(blocks[k / 32].scale)
            expected += decoded[r, k] * value
            scale += abs(decoded[r, k] * value)
          }
          guard scale < 1e37 else { continue }
          #expect(
            abs(Double(y[b * 4 + r]) - expected) <= 2e-6 * scale, "\(golden.type.name), vector \(b), row \(r)"
          )
        }
        #expect(y[b * 4 + 3].isNaN, "rows beyond the range are not touched")
      }
    }
  }

  /// Fewer rows than a register holds, whole groups of 16 and 32, and a rest; every batch up to two tiles and a rest.
  @Test(arguments: [0..<1, 0..<16, 1..<24, 0..<32, 2..<51])
  func everyPathAndEveryBatchGiveTheSameBits(rows: Range<Int>) throws {
    for golden in try GoldenBlocks.load() {
      let matrix = try golden.matrix(rows: 3, copies: 17)
      guard matrix.hasRoundedProducts else { continue }
      let x = numbers(15, matrix.columns, seed: 2)
      let alone = (0..<15).map { products(matrix, rows, x.selecting(rows: [$0]), by: .plain) }
      for path in Self.paths() {
        for batch in 1...15 {
          let together = products(matrix, rows, x.selecting(rows: Array(0..<batch)), by: path)
          let width = rows.count + 1
          for b in 0..<batch {
            for r in 0..<rows.count {
              let (actual, expected) = (together[b * width + r], alone[b][r])
              guard actual.bitPattern != expected.bitPattern, !(actual.isNaN && expected.isNaN) else {
                continue
              }
              Issue.record(
                "\(golden.type.name), \(path), batch \(batch), vector \(b), row \(r): \(actual), not \(expected)"
              )
            }
          }
        }
      }
    }
  }

  @Test func whatIsNotFiniteStaysSo() throws {
    let golden = try #require(try GoldenBlocks.load().first { $0.type == .q8_0 })
    let matrix = try golden.matrix(rows: 3, copies: 6)
    for bad in [Float.nan, .infinity, -.infinity] {
      var x = numbers(1, matrix.columns, seed: 3)
      x[0, matrix.columns - 1] = bad
      for path in Self.paths() {
        let isNaN = products(matrix, 0..<18, x, by: path).dropLast().map(\.isNaN)
        #expect(!isNaN.contains(false), "\(bad), \(path)")
      }
    }
  }

  @Test func smallestNumbersAreZero() throws {
    let golden = try #require(try GoldenBlocks.load().first { $0.type == .q4_0 })
    let matrix = try golden.matrix(rows: 3, copies: 6)
    for value in [Float(0), 0x1p-120, .leastNonzeroMagnitude] {
      let x = Matrix<Float>(rows: 1, columns: matrix.columns, repeating: value)
      for path in Self.paths() {
        let finite = products(matrix, 0..<18, x, by: path).dropLast().filter(\.isFinite)
        #expect(finite.allSatisfy { $0 == 0 }, "\(value), \(path)")
      }
    }
  }
}
