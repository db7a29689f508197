import Foundation
import Tensors
import Testing

/// The stored bytes of every element type and the values that the `gguf` package decodes from them.
struct GoldenBlocks {
  let type: ElementType
  let bytes: Data
  let values: [Float]

  static func load() throws -> [GoldenBlocks] {
    let url = try #require(
      Bundle.module.url(forResource: "blocks", withExtension: "bin", subdirectory: "Golden"))
    let data = try Data(contentsOf: url)
    func word(at offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(data[offset + $1]) << (8 * $1) }
    }
    var all: [GoldenBlocks] = []
    var offset = 0
    while offset < data.count {
      let type = try #require(ElementType(rawValue: word(at: offset)))
      let byteCount = Int(word(at: offset + 4))
      let count = Int(word(at: offset + 8))
      let start = offset + 12 + byteCount
      all.append(
        GoldenBlocks(
          type: type, bytes: data[offset + 12..<start],
          values: (0..<count).map { Float(bitPattern: word(at: start + 4 * $0)) }))
      offset = start + 4 * count
    }
    return all
  }

  /// The same bytes as a mapped matrix, some times over; an odd offset shows that no alignment is assumed.
  func matrix(rows: Int, copies: Int = 1, offset: Int = 3) throws -> PackedMatrix {
    let url = FileManager.default.temporaryDirectory.appending(path: "blocks-\(UUID().uuidString)")
    try (0..<copies).reduce(Data(count: offset)) { data, _ in data + bytes }.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try PackedMatrix(
      name: type.name, rows: copies * rows, columns: values.count / rows, type: type,
      file: MappedFile(path: url.path), offset: offset)
  }
}

@Suite struct BlockFormatTests {
  @Test func everyTypeHasAGoldenFile() throws {
    #expect(Set(try GoldenBlocks.load().map(\.type)) == Set(ElementType.allCases))
  }

  @Test func decodingHasTheBitsOfTheReference() throws {
    for golden in try GoldenBlocks.load() {
      let matrix = try golden.matrix(rows: 3)
      let decoded = matrix.dequantised()
      #expect(decoded.elements.map(\.bitPattern) == golden.values.map(\.bitPattern), "\(golden.type.name)")
      let selected = matrix.selecting(rows: [2, 0, 2])
      #expect(selected == decoded.selecting(rows: [2, 0, 2]), "\(golden.type.name)")
    }
  }

  enum Kernel: CaseIterable {
    case dots, tiles

    static var here: [Kernel] { hasPackedTiles ? allCases : [.dots] }

    func multiply(
      _ matrix: PackedMatrix, _ rows: Range<Int>, _ x: Span<Float>, batch: Int, stride: Int,
      into y: inout [Float]
    ) {
      var span = y.mutableSpan
      switch self {
      case .dots: matrix.dots(rows: rows, with: x, batch: batch, into: &span, stride: stride)
      case .tiles: matrix.tiles(rows: rows, with: x, batch: batch, into: &span, stride: stride)
      }
    }
  }

  @Test(arguments: Kernel.here) func productsEqualTheDecodedOnes(kernel: Kernel) throws {
    for golden in try GoldenBlocks.load() {
      let matrix = try golden.matrix(rows: 3)
      let decoded = matrix.dequantised().widened()
      for batch in 1...7 {
        var random = SeededRandom(seed: UInt64(batch))
        let x = (0..<batch * matrix.columns).map { _ in Float(random.normal()) }
        var y = [Float](repeating: .nan, count: batch * 4)
        kernel.multiply(matrix, 1..<3, x.span, batch: batch, stride: 4, into: &y)
        for b in 0..<batch {
          for r in 0..<2 {
            var expected = 0.0
            var scale = 0.0
            for k in 0..<matrix.columns {
              let term = decoded[r + 1, k] * Double(x[b * matrix.columns + k])
              expected += term
              scale += abs(term)
            }
            guard scale < 1e37 else { continue }
            #expect(
              abs(Double(y[b * 4 + r]) - expected) <= 2e-6 * scale,
              "\(golden.type.name), batch \(batch), vector \(b), row \(r)")
          }
          #expect(y[b * 4 + 2].isNaN, "rows beyond the range are not touched")
        }
      }
    }
  }

  @Test(arguments: Kernel.here) func productsDoNotDependOnTheBatch(kernel: Kernel) throws {
    for golden in try GoldenBlocks.load() where golden.type.blockCount > 1 {
      // Whole tiles of sixteen rows, and a rest.
      let matrix = try golden.matrix(rows: 3, copies: 7)
      var random = SeededRandom(seed: 1)
      let x = (0..<7 * matrix.columns).map { _ in Float(random.normal()) }
      var together = [Float](repeating: 0, count: 7 * 21)
      kernel.multiply(matrix, 0..<21, x.span, batch: 7, stride: 21, into: &together)
      for b in 0..<7 {
        var alone = [Float](repeating: 0, count: 21)
        let own = x.span.extracting(b * matrix.columns..<(b + 1) * matrix.columns)
        kernel.multiply(matrix, 0..<21, own, batch: 1, stride: 21, into: &alone)
        #expect(
          alone.map(\.bitPattern) == together[21 * b..<21 * b + 21].map(\.bitPattern),
          "\(golden.type.name), vector \(b)")
      }
    }
  }
}
