import Geometry
import Tensors
import Testing

@Suite struct PrincipalComponentsTests {
  /// A plane in five dimensions, with 100 times the variance along the first axis of it.
  private func plane(_ rows: Int, seed: UInt64) -> (matrix: Matrix<Float>, along: [(Double, Double)]) {
    var random = SeededRandom(seed: seed)
    let along = (0..<rows).map { _ in (10 * random.normal(), random.normal()) }
    let (u, v): ([Double], [Double]) = ([0.6, 0, 0.8, 0, 0], [0, 1, 0, 0, 0])
    let elements = along.flatMap { place in
      (0..<5).map { Float(3 + place.0 * u[$0] + place.1 * v[$0]) }
    }
    return (Matrix(rows: rows, columns: 5, elements: elements), along)
  }

  @Test func aPlaneComesBackWithItsVariances() throws {
    let (matrix, along) = plane(400, seed: 4)
    let found = try PrincipalComponents(matrix)
    #expect(found.shares.reduce(0, +) > 0.9999 && found.shares[0] > 0.98)
    for axis in 0..<2 {
      let means = along.map { axis == 0 ? $0.0 : $0.1 }.reduce(0, +) / 400
      let wanted = along.map { (axis == 0 ? $0.0 : $0.1) - means }
      let places = found.places.map { $0[axis] }
      let (xy, xx, yy) = zip(wanted, places).reduce((0.0, 0.0, 0.0)) {
        ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0, $0.2 + $1.1 * $1.1)
      }
      #expect(abs(abs(xy) / (xx * yy).squareRoot() - 1) < 1e-2, "axis \(axis)")
      #expect(places.max { abs($0) < abs($1) } ?? 0 > 0)
    }
    // In the units of the rows.
    let middle = along.map(\.0).reduce(0, +) / 400
    #expect(abs(abs(found.places[7][0]) - abs(along[7].0 - middle)) < 0.2)
  }

  @Test func shownRowsAreThoseOfTheWhole() throws {
    let (matrix, _) = plane(50, seed: 2)
    let all = try PrincipalComponents(matrix)
    let some = try PrincipalComponents(matrix, shown: [3, 41])
    #expect(some.shares == all.shares)
    for (place, row) in zip(
      some.turned(towards: try PrincipalComponents(matrix, shown: [3, 41])).places, [3, 41])
    {
      for axis in 0..<2 { #expect(abs(abs(place[axis]) - abs(all.places[row][axis])) < 1e-9) }
    }
  }

  @Test func axesAreTurnedTowardsOthers() throws {
    let (matrix, _) = plane(60, seed: 9)
    let found = try PrincipalComponents(matrix)
    let mirrored = try PrincipalComponents(
      Matrix(rows: 60, columns: 5, elements: matrix.elements.map { -$0 }))
    let turned = mirrored.turned(towards: found)
    for axis in 0..<2 {
      #expect(zip(found.places, turned.places).reduce(0) { $0 + $1.0[axis] * $1.1[axis] } > 0)
      #expect(zip(found.places, turned.places).allSatisfy { abs($0[axis] - $1[axis]) < 1e-3 })
    }
  }

  @Test func rowsWithoutSpreadHaveNoShares() throws {
    let same = Matrix<Float>(rows: 4, columns: 3, elements: Array(repeating: 1, count: 12))
    #expect(try PrincipalComponents(same).shares == [0, 0])
    #expect(throws: GeometryError.self) {
      try PrincipalComponents(Matrix<Float>(rows: 1, columns: 3, elements: [1, 2, 3]))
    }
    #expect(throws: GeometryError.self) {
      try PrincipalComponents(Matrix<Float>(rows: 2, columns: 2, elements: [1, 2, .nan, 4]))
    }
  }
}

@Suite struct CosineSampleTests {
  private let a = Matrix<Float>(rows: 4, columns: 2, elements: [1, 0, 0, 1, 1, 1, 0, 0])
  private let b = Matrix<Float>(rows: 4, columns: 1, elements: [1, -2, 3, 4])

  @Test func fewPairsAreAllThereWithoutZeroRows() throws {
    let sample = try CosineSample(a, b, seed: 1)
    #expect(sample.a == [0, 0.7071, 0.7071])
    #expect(sample.b == [-1, 1, -1])
  }

  @Test func aSampleIsThatOfItsSeed() throws {
    var random = SeededRandom(seed: 3)
    let rows = Matrix<Float>(rows: 300, columns: 8, elements: (0..<2400).map { _ in Float(random.normal()) })
    let sample = try CosineSample(rows, rows, pairs: 500, seed: 7)
    #expect(sample.a.count == 500 && sample.a == sample.b)
    #expect(try CosineSample(rows, rows, pairs: 500, seed: 7) == sample)
    #expect(try CosineSample(rows, rows, pairs: 500, seed: 8) != sample)
    #expect(throws: GeometryError.self) {
      try CosineSample(a, Matrix<Float>(rows: 4, columns: 1, elements: [1, .infinity, 0, 1]), seed: 1)
    }
  }
}
