import Geometry
import Tensors
import Testing

@Suite struct NormalisationTests {
  @Test func equalsNumpy() throws {
    let golden = try Golden.load()
    let standardised = Normalisation.standardised.applied(to: golden.matrixA)
    for (found, expected) in zip(standardised.elements, golden.standardised) {
      #expect(isClose(Double(found), expected, 1e-6))
    }
    #expect(Normalisation.raw.applied(to: golden.matrixA) == golden.matrixA)
  }

  @Test func centredRowsHaveNoMean() {
    let centred = Normalisation.centred.applied(to: gaussian(700, 5, seed: 1, shift: 3))
    for column in 0..<5 {
      let mean = (0..<700).reduce(0.0) { $0 + Double(centred[$1, column]) } / 700
      #expect(abs(mean) < 1e-6)
    }
  }

  @Test func aConstantDimensionBecomesZero() {
    var matrix = gaussian(20, 3, seed: 2)
    for row in 0..<20 { matrix[row, 1] = 4 }
    let standardised = Normalisation.standardised.applied(to: matrix)
    #expect((0..<20).allSatisfy { standardised[$0, 1] == 0 })
    #expect(Normalisation.standardised.applied(to: Matrix(rows: 0, columns: 3, elements: [])).rows == 0)
  }
}
