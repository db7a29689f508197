import Geometry
import LinearAlgebra
import Statistics
import Tensors
import Testing

/// Cosines that are all near 1: sums of them and of their squares cancel.
@Suite struct NarrowConeTests {
  /// Mean cosines from 0 to 0.9999.
  static let cones = [0, 0.5, 0.9, 0.99, 0.998, 0.9991, 0.9998, 0.9999]

  /// Two models of the same tokens that share half of their variance; the mean cosine is κ.
  private func cone(_ count: Int, _ columns: Int, _ mean: Double, seed: UInt64) -> (
    Matrix<Float>, Matrix<Float>
  ) {
    var shared = SeededRandom(seed: seed)
    let common = (0..<count * columns).map { _ in shared.normal() }
    // ‖shift‖² / (‖shift‖² + d) is the mean cosine.
    let shift = (mean / (1 - mean)).squareRoot()
    func model(_ seed: UInt64) -> Matrix<Float> {
      var own = SeededRandom(seed: seed)
      return Matrix(
        rows: count, columns: columns,
        elements: common.map { Float(shift + ($0 + own.normal()) * 0.5.squareRoot()) })
    }
    return (model(seed + 1), model(seed + 2))
  }

  /// The definition, in Double from the rows as given.
  private func bruteForce(_ a: Matrix<Float>, _ b: Matrix<Float>) -> (r: Double, rows: [Double]) {
    func unit(_ x: Matrix<Float>) -> [[Double]] {
      (0..<x.rows).map { row in
        let values = x.row(row).map(Double.init)
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / norm }
      }
    }
    let (x, y) = (unit(a), unit(b))
    func cosines(_ x: [[Double]]) -> [[Double]] {
      x.indices.map { i in
        x.indices.filter { $0 != i }.map { j in zip(x[i], x[j]).reduce(0) { $0 + $1.0 * $1.1 } }
      }
    }
    let (c, d) = (cosines(x), cosines(y))
    return (
      pearson(c.flatMap { $0 }, d.flatMap { $0 }) ?? .nan, zip(c, d).map { pearson($0, $1) ?? .nan }
    )
  }

  /// Float sums over tiles, Double sums over tiles, and BLAS, whichever of them this processor would take.
  @Test(arguments: cones, [ProductPath.tiles, .blas])
  func orientationIsTheLoop(_ mean: Double, _ path: ProductPath) throws {
    // Enough rows for sums in Float, and too few.
    for (count, columns) in [(300, 12), (60, 40)] {
      let (a, b) = cone(count, columns, mean, seed: 3)
      let expected = bruteForce(a, b)
      try ProductPath.$current.withValue(path) {
        let found = try RelativeOrientation(a, b)
        #expect(abs(try #require(found.pearson.value) - expected.r) < 1e-7, "\(count) x \(columns)")
        for (value, row) in zip(found.perToken, expected.rows) {
          #expect(abs(try #require(value) - row) < 1e-5, "\(count) x \(columns)")
        }
      }
    }
  }

  @Test(arguments: cones, [ProductPath.tiles, .blas])
  func theIntervalDoesNotCollapse(_ mean: Double, _ path: ProductPath) throws {
    let (a, b) = cone(200, 8, mean, seed: 5)
    let left = (0..<200).map { out in
      let rows = (0..<200).filter { $0 != out }
      return bruteForce(a.selecting(rows: rows), b.selecting(rows: rows)).r
    }
    let centre = left.reduce(0, +) / 200
    let error = (199.0 / 200 * left.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }).squareRoot()
    try ProductPath.$current.withValue(path) {
      let estimate = try #require(try RelativeOrientation(a, b).pearson.estimate)
      let unrelated = try #require(estimate.null?.standardDeviation)
      #expect(abs((estimate.standardError ?? 0) / counted(error, unrelated: unrelated) - 1) < 1e-4)
      #expect(estimate.null?.standardDeviation ?? 0 > 0)
    }
  }

  @Test(arguments: cones) func ranksAreThoseOfTheLoop(_ mean: Double) throws {
    let (a, b) = cone(250, 12, mean, seed: 7)
    func cosines(_ x: Matrix<Float>) -> [Double] {
      (0..<x.rows).flatMap { i in
        (i + 1..<x.rows).map { j in
          let (u, v) = (x.row(i).map(Double.init), x.row(j).map(Double.init))
          func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
          return product(u, v) / (product(u, u) * product(v, v)).squareRoot()
        }
      }
    }
    let expected = try #require(spearman(cosines(a), cosines(b)))
    let binned = try AllPairsSpearman(a, b)
    #expect(abs(try #require(binned.correlation.value) - expected) < 1e-4)
    #expect(try #require(binned.binning).worstCase < 1e-3)
    // More pairs are asked for than there are: all of them are ranked, each once.
    let sampled = try #require(try RelativeOrientation(a, b).spearman.estimate)
    #expect(sampled.n == 250 * 249 / 2 && abs(sampled.value - expected) < 1e-5)
  }

  @Test(arguments: cones) func theNullIsThatOfThePermutations(_ mean: Double) throws {
    let (a, b) = cone(120, 6, mean, seed: 9)
    let exact = try #require(try PermutationMoments.orientation(a, b))
    var random = SeededRandom(seed: 1)
    let draws = try (0..<300).map { _ in
      try #require(RelativeOrientation(a, b.selecting(rows: random.permutation(120))).pearson.value)
    }
    let deviation = (draws.reduce(0) { $0 + $1 * $1 } / 300).squareRoot()
    #expect(abs(deviation / exact.standardDeviation - 1) < 0.2)
  }

  @Test(arguments: cones) func rowCorrelationsSeeTheSameCone(_ mean: Double) throws {
    // A shift of each row's numbers by their own mean is what these take off, so the cone needs another direction.
    var (a, b) = cone(150, 10, mean, seed: 11)
    for row in 0..<150 {
      for column in stride(from: 0, to: 10, by: 2) {
        a[row, column] = -a[row, column]
        b[row, column] = -b[row, column]
      }
    }
    func centred(_ x: Matrix<Float>) -> Matrix<Double> {
      var result = Matrix<Double>(rows: x.rows, columns: x.columns, repeating: 0)
      for row in 0..<x.rows {
        let values = x.row(row).map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        for column in values.indices { result[row, column] = values[column] - mean }
      }
      return result
    }
    func cosines(_ x: Matrix<Double>) -> [Double] {
      (0..<x.rows).flatMap { i in
        (i + 1..<x.rows).map { j in
          func product(_ i: Int, _ j: Int) -> Double {
            zip(x.row(i), x.row(j)).reduce(0) { $0 + $1.0 * $1.1 }
          }
          return product(i, j) / (product(i, i) * product(j, j)).squareRoot()
        }
      }
    }
    let expected = try #require(pearson(cosines(centred(a)), cosines(centred(b))))
    let found = try RepresentationalSimilarity(a, b).orientation
    #expect(abs(try #require(found.pearson.value) - expected) < 1e-5)
  }

  @Test func whatFloatsCannotCarryHasNoNumber() throws {
    // Rows of Floats whose directions differ in their last bits only.
    var random = SeededRandom(seed: 2)
    let rows = Matrix(
      rows: 50, columns: 16,
      elements: (0..<800).map { _ in 1 + Float(random.next(upperBound: UInt64(2))) * 0x1p-23 })
    let found = try RelativeOrientation(rows, rows)
    #expect(found.pearson.value == nil && found.spearman.value == nil)
    #expect(found.pearson.reason?.contains("rows of Floats can carry") == true)
    #expect(found.perToken.allSatisfy { $0 == nil })
    #expect(try AllPairsSpearman(rows, rows).correlation.value == nil)
    // Nor have orthogonal rows, turned so that rounding gives them some variance.
    let frame = try RelativeOrientation(orthonormalRows(20, 40, seed: 4), orthonormalRows(20, 40, seed: 5))
    #expect(frame.pearson.value == nil)
  }
}
