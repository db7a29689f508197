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

  /// Few rows are multiplied block by block, many by decoded panels; both must be the definition.
  @Test(arguments: [1, 2, 5, packedDotRows, packedDotRows + 1, 150])
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
}
