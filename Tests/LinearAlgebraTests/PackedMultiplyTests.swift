import Foundation
import LinearAlgebra
import Tensors
import TestSupport
import Testing

@Suite struct PackedMultiplyTests {
  /// A file of f32 numbers as a packed matrix.
  private func packed(rows: Int, columns: Int, _ random: inout SeededRandom) throws -> PackedMatrix {
    var data = Data()
    for _ in 0..<rows * columns {
      let bits = Float(random.normal()).bitPattern
      for byte in 0..<4 { data.append(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
    }
    let url = FileManager.default.temporaryDirectory.appending(path: "packed-\(UUID().uuidString)")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try PackedMatrix(
      name: "W", rows: rows, columns: columns, type: .f32, file: MappedFile(path: url.path), offset: 0)
  }

  /// Random blocks of a type, scales among them: bytes below 64 make f16 and E8M0 numbers below 2, and finite ones.
  private func blocks(_ type: ElementType, rows: Int, columns: Int, _ random: inout SeededRandom) throws
    -> PackedMatrix
  {
    let count = rows * columns / type.blockCount * type.blockBytes
    let url = FileManager.default.temporaryDirectory.appending(path: "blocks-\(UUID().uuidString)")
    try Data((0..<count).map { _ in UInt8(random.next() % 64) }).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try PackedMatrix(
      name: type.name, rows: rows, columns: columns, type: type, file: MappedFile(path: url.path), offset: 0)
  }

  /// The product of row t of X and a row of W, and the sum of its terms' sizes.
  private func definition(_ x: Matrix<Float>, _ t: Int, _ w: Matrix<Float>, _ row: Int) -> (Double, Double) {
    let terms = (0..<x.columns).map { Double(x[t, $0]) * Double(w[row, $0]) }
    return (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
  }

  /// Weights in blocks are multiplied as their decoded numbers are, in both arithmetics: exactly as in f32 where a type
  /// has no products with rounded numbers, near where it has.
  @Test(arguments: ElementType.allCases.filter { $0.blockCount > 1 })
  func blocksAreMultipliedAsTheirNumbers(type: ElementType) throws {
    var random = SeededRandom(seed: 7)
    let columns = 1792  // seven of the largest blocks: strips of rows cannot have one length
    let weight = try blocks(type, rows: 37, columns: columns, &random)
    let decoded = weight.dequantised()
    #expect(decoded.elements.allSatisfy(\.isFinite) && decoded.elements.contains { $0 != 0 })
    for inputRows in [1, 2, 7, packedDotRows, packedDotRows + 1] {
      let x = Matrix(
        rows: inputRows, columns: columns,
        elements: (0..<inputRows * columns).map { _ in Float(random.normal()) })
      let (exact, rounded) = withSingleThreadedBLAS {
        (multiply(x, byTransposeOf: [weight]), multiply(x, byTransposeOf: [weight], in: .rounded))
      }
      for t in 0..<inputRows {
        for row in 0..<37 {
          let (sum, scale) = definition(x, t, decoded, row)
          #expect(abs(Double(exact[t, row]) - sum) <= 2e-6 * scale, "\(inputRows) rows, \(t), \(row)")
          #expect(abs(Double(rounded[t, row]) - sum) <= 0.01 * scale, "\(inputRows) rows, \(t), \(row)")
        }
      }
      let hasSameBits = exact.elements.map(\.bitPattern) == rounded.elements.map(\.bitPattern)
      #expect(hasSameBits == !weight.hasRoundedProducts, "\(inputRows) rows")
    }
  }

  /// Few rows are multiplied block by block, many by decoded panels; both must be the definition.
  @Test(arguments: [1, 2, 5, packedDotRows, packedDotRows + 1, 150, 300])
  func equalsTheDefinition(inputRows: Int) throws {
    try forSeeds(0..<2) { seed in
      var random = SeededRandom(seed: seed)
      let columns = 37 + 16 * Int(seed)
      let weights = try [300, 1, 45].map { try packed(rows: $0, columns: columns, &random) }
      let x = Matrix(
        rows: inputRows, columns: columns,
        elements: (0..<inputRows * columns).map { _ in Float(random.normal()) })
      let product = withSingleThreadedBLAS { multiply(x, byTransposeOf: weights) }
      #expect(product.rows == inputRows && product.columns == 346)
      var column = 0
      for weight in weights.map({ $0.dequantised() }) {
        for row in 0..<weight.rows {
          for t in 0..<inputRows {
            var expected = 0.0
            for k in 0..<columns { expected += Double(x[t, k]) * Double(weight[row, k]) }
            let actual = Double(product[t, column])
            guard abs(actual - expected) > 1e-4 else { continue }
            Issue.record("seed \(seed), row \(t), column \(column): \(actual), not \(expected)")
          }
          column += 1
        }
      }
    }
  }

  /// Rows longer than what is multiplied at once, in numbers that are no whole number of lanes.
  @Test(arguments: [1100, 1536, 2101], [packedDotRows + 1, 33, 41]) func longRowsEqualTheDefinition(
    columns: Int, inputRows: Int
  ) throws {
    var random = SeededRandom(seed: UInt64(columns))
    let weight = try packed(rows: 21, columns: columns, &random)
    let x = Matrix(
      rows: inputRows, columns: columns,
      elements: (0..<inputRows * columns).map { _ in Float(random.normal()) })
    let product = withSingleThreadedBLAS { multiply(x, byTransposeOf: [weight]) }
    let numbers = weight.dequantised()
    for t in 0..<inputRows {
      for row in 0..<21 {
        let (sum, scale) = definition(x, t, numbers, row)
        #expect(abs(Double(product[t, row]) - sum) <= 2e-6 * scale, "vector \(t), row \(row)")
      }
    }
  }
}
