import Geometry
import Tensors
import Testing

@Suite struct CentringTests {
  @Test func equalsNumpy() throws {
    let golden = try Golden.load()
    let standardised = golden.matrixA.standardised()
    for (found, expected) in zip(standardised.elements, golden.standardised) {
      #expect(isClose(Double(found), expected, 1e-6))
    }
  }

  @Test func centredRowsHaveNoMean() {
    let centred = gaussian(700, 5, seed: 1, shift: 3).centred()
    for column in 0..<5 {
      let mean = (0..<700).reduce(0.0) { $0 + Double(centred[$1, column]) } / 700
      #expect(abs(mean) < 1e-6)
    }
  }

  @Test func aConstantDimensionBecomesZero() {
    var matrix = gaussian(20, 3, seed: 2)
    for row in 0..<20 { matrix[row, 1] = 4 }
    let standardised = matrix.standardised()
    #expect((0..<20).allSatisfy { standardised[$0, 1] == 0 })
    #expect(Matrix<Float>(rows: 0, columns: 3, elements: []).standardised().rows == 0)
  }
}
