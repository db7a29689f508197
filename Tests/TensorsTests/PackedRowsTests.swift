import Tensors
import Testing

@Suite(.enabled(if: hasWideDoubleKernels)) struct PackedRowsTests {
  @Test(arguments: [(1, 1, 1), (48, 8, 3), (49, 9, 17), (130, 21, 64)])
  func largestProductsAreTheDefinition(rows: Int, queries: Int, columns: Int) {
    // Small integers: products are exact, ties abound.
    var random = SeededRandom(seed: 7)
    func integers(_ rows: Int) -> Matrix<Float> {
      Matrix(
        rows: rows, columns: columns,
        elements: (0..<rows * columns).map { _ in Float(random.next(upperBound: UInt64(5))) - 2 })
    }
    let (table, x) = (integers(rows), integers(queries))
    let found = PackedRows(table).largestProducts(x)
    for query in 0..<queries {
      let sizes = (0..<rows).map { row in
        abs(
          dot(
            x.elements.span.extracting(x.range(ofRow: query)),
            table.elements.span.extracting(table.range(ofRow: row))))
      }
      let largest = sizes.max() ?? 0
      #expect(found[query] == (largest > 0 ? sizes.firstIndex(of: largest) : nil), "query \(query)")
    }
  }

  @Test func nothingIsNearestToZero() {
    let table = Matrix<Float>(rows: 3, columns: 2, elements: [1, 0, 0, -3, 2, 0])
    let x = Matrix<Float>(rows: 3, columns: 2, elements: [0, 0, 1, 0, 0, 1])
    #expect(PackedRows(table).largestProducts(x) == [nil, 2, 1])
    #expect(
      PackedRows(Matrix<Float>(rows: 0, columns: 2, elements: [])).largestProducts(x) == [nil, nil, nil])
  }
}
