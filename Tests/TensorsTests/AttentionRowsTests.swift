import Tensors
import TestSupport
import Testing

/// Consecutive rows that read their keys together.
@Suite struct AttentionRowsTests {
  /// Keys and values side by side, and queries of as many rows.
  private struct Case {
    let dimension, heads, count, window: Int
    let queries, memory: [Float]
    var width: Int { heads * dimension }
    var step: Int { 2 * dimension + 3 }

    init(_ dimension: Int, heads: Int, count: Int, window: Int) {
      (self.dimension, self.heads, self.count, self.window) = (dimension, heads, count, window)
      var random = SeededRandom(seed: UInt64(dimension * count))
      func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
      queries = numbers(count * heads * dimension)
      memory = numbers(count * (2 * dimension + 3))
    }

    private func first(_ end: Int) -> Int { max(0, end - min(window, end)) }

    /// All rows, `height` at a time.
    func attention(_ height: Int, memory: [Float]? = nil, in type: ElementType = .f32) -> [Float] {
      let memory = memory ?? self.memory
      let bits = type == .f16 ? HalfPrecision.rounded(memory.span) : BFloat16.rounded(memory.span)
      var y = [Float](repeating: 1, count: count * width)
      var target = y.mutableSpan
      for row in stride(from: 0, to: count, by: height) {
        let rows = min(height, count - row)
        let keys = first(row + 1) * step
        let shape = AttentionRows(
          rows: rows, heads: heads, dimension: dimension, count: row + rows - first(row + 1), window: window,
          queryStride: width, stride: step, resultStride: width, scale: 0.2)
        var weights = [Float](repeating: .nan, count: shape.weightCount)
        let own = queries.span.extracting(row * width..<queries.count)
        if type == .f32 {
          attend(
            shape, queries: own, keys: memory.span.extracting(keys..<memory.count),
            values: memory.span.extracting(keys + dimension..<memory.count), weights: &weights,
            into: &target, at: row * width)
        } else {
          attend(
            shape, queries: own, keys: bits.span.extracting(keys..<bits.count),
            values: bits.span.extracting(keys + dimension..<bits.count), of: type, weights: &weights,
            into: &target, at: row * width)
        }
      }
      return y
    }

    /// Each row by itself.
    func definition() -> [Float] {
      var y = [Float](repeating: 0, count: count * width)
      var target = y.mutableSpan
      for row in 0..<count {
        let keys = first(row + 1) * step
        var weights = [Float](repeating: 0, count: heads * count)
        attend(
          queries: queries.span.extracting(row * width..<(row + 1) * width), dimension: dimension,
          keys: memory.span.extracting(keys..<memory.count),
          values: memory.span.extracting(keys + dimension..<memory.count), stride: step,
          count: row + 1 - first(row + 1), scale: 0.2, weights: &weights, into: &target, at: row * width)
      }
      return y
    }
  }

  private static let cases = [16, 20, 64, 80, 256].flatMap { dimension in
    [(1, 50, Int.max), (3, 41, 30), (4, 33, 5), (2, 600, 560)].map {
      Case(dimension, heads: $0.0, count: $0.1, window: $0.2)
    }
  }

  @Test func isTheAttentionOfEachRow() {
    for one in Self.cases {
      let (together, alone) = (one.attention(24), one.definition())
      #expect(relativeDistance(together, alone) <= 3e-6, "\(one.dimension), \(one.count), \(one.window)")
      #expect(zip(together, alone).allSatisfy { abs($0 - $1) <= 1e-5 })
    }
  }

  @Test func doesNotDependOnTheOtherRows() {
    for one in Self.cases {
      let bits = one.attention(24).map(\.bitPattern)
      for height in [1, 7, 32] {
        #expect(one.attention(height).map(\.bitPattern) == bits, "\(one.dimension), \(height) rows")
      }
    }
  }

  @Test(arguments: [ElementType.f16, .bf16]) func widensExactly(type: ElementType) {
    for one in Self.cases {
      let bits = type == .f16 ? HalfPrecision.rounded(one.memory.span) : BFloat16.rounded(one.memory.span)
      let wide = type == .f16 ? HalfPrecision.floats(bits.span) : BFloat16.floats(bits.span)
      #expect(
        one.attention(24, in: type).map(\.bitPattern) == one.attention(24, memory: wide).map(\.bitPattern),
        "\(one.dimension)")
    }
  }

  /// What is not finite reaches the rows that see it, and no other.
  @Test(arguments: [Float.nan, .infinity]) func faultsStayWithTheRowsThatSeeThem(fault: Float) {
    for one in Self.cases {
      for place in [0, one.dimension] {
        var memory = one.memory
        let bad = one.count - 9
        memory[bad * one.step + place] = fault
        let y = one.attention(24, memory: memory)
        for row in 0..<one.count {
          let sees = row >= bad && row - bad < one.window
          let isFinite = y[row * one.width..<(row + 1) * one.width].allSatisfy(\.isFinite)
          #expect(isFinite != sees, "row \(row) of \(one.count), window \(one.window), place \(place)")
        }
      }
    }
  }
}
