import LinearAlgebra
import Tensors
import TestSupport
import Testing

@Suite struct LinearAlgebraTests {
  static let shapes = [(3, 7), (5, 5), (9, 4)]

  @Test(arguments: shapes) func productsMatchTheDefinition(rows: Int, columns: Int) {
    forSeeds(0..<5) { seed in
      let a = randomMatrix(rows, columns, seed: seed)
      let b = randomMatrix(rows, 6, seed: seed + 100)
      let product = multiply(a, b, transposingA: true)
      for i in 0..<columns {
        for j in 0..<6 {
          let expected = (0..<rows).reduce(0.0) { $0 + a[$1, i] * b[$1, j] }
          #expect(abs(product[i, j] - expected) < 1e-12, "seed \(seed)")
        }
      }
      #expect(distance(multiply(a.transposed(), b), product) < 1e-12)
      #expect(distance(multiply(b.transposed(), a).transposed(), product) < 1e-12)
    }
  }

  @Test func gramAccumulatesInDouble() {
    let x = randomMatrix(5000, 8, seed: 3).narrowed()
    let y = randomMatrix(5000, 5, seed: 4).narrowed()
    let expected = multiply(x.widened(), y.widened(), transposingA: true)
    #expect(distance(crossGram(x, y), expected) < 1e-9)
    #expect(distance(gram(x), crossGram(x, x)) < 1e-9)
  }

  @Test(arguments: [(1, 1, 1), (3, 7, 9), (300, 50, 24), (400, 200, 210)])
  func transposedProductsAreTheDefinition(rows: Int, left: Int, right: Int) {
    ProductPath.$current.withValue(.tiles) { compareProducts(rows, left, right) }
    ProductPath.$current.withValue(.blas) { compareProducts(rows, left, right) }
  }

  private func compareProducts(_ rows: Int, _ left: Int, _ right: Int) {
    let x = randomMatrix(rows, left, seed: 3)
    let y = randomMatrix(rows, right, seed: 4)
    let z = multiply(x, x.transposed().transposed(), transposingA: true)
    let expected = multiply(x, y, transposingA: true)
    let wide = transposedProducts([
      TransposedProduct(x, y), TransposedProduct(x), TransposedProduct(x, x, isSymmetric: true),
    ])
    #expect(distance(wide[0], expected) < 1e-11)
    #expect(distance(wide[1], z) < 1e-11)
    // OpenBLAS rounds by where its memory lies; our tiles do not.
    #expect(distance(wide[1], wide[2]) < 1e-11 && wide[1] == wide[1].transposed())
    #expect(distance(blockedProduct(TransposedProduct(x, y)), expected) < 1e-11)
    #expect(distance(blockedProduct(TransposedProduct(x)), z) < 1e-11)
    let narrow = transposedProducts([TransposedProduct(x.narrowed(), y.narrowed())])[0]
    let same = multiply(x.narrowed().widened(), y.narrowed().widened(), transposingA: true)
    #expect(distance(narrow, same) < 1e-11)
  }

  @Test(arguments: [(1, 1, 1), (300, 50, 24), (1000, 200, 250)])
  func floatSumsAreNearDoubleSums(rows: Int, left: Int, right: Int) {
    let x = randomMatrix(rows, left, seed: 3).narrowed()
    let y = randomMatrix(rows, right, seed: 4).narrowed()
    let products = [TransposedProduct(x, y), TransposedProduct(x)]
    ProductPath.$current.withValue(.tiles) {
      let near = transposedProducts(products, sums: .float)
      for (found, exact) in zip(near, transposedProducts(products)) {
        // 3e-8 of ‖x‖ ‖y‖ for each element.
        #expect(distance(found, exact) < 3e-8 * Double(rows) * Double(exact.elements.count).squareRoot())
        #expect(found != exact || rows == 1)
      }
      #expect(near[1] == near[1].transposed())
    }
  }

  @Test(arguments: [(1, 1, 1), (9, 3, 50), (300, 49, 47), (260, 150, 96)])
  func quadraticFormsAreTheDefinition(rows: Int, left: Int, right: Int) {
    let x = randomMatrix(rows, left, seed: 3).narrowed()
    let y = randomMatrix(rows, right, seed: 4).narrowed()
    let (form, square) = (randomMatrix(left, right, seed: 5), gram(x))
    let images = multiply(x.widened(), form)
    let own = multiply(x.widened(), square)
    func product(_ images: Matrix<Double>, _ rows: Matrix<Float>, _ row: Int) -> Double {
      (0..<rows.columns).reduce(0) { $0 + images[row, $1] * Double(rows[row, $1]) }
    }
    let (between, within) = ProductPath.$current.withValue(.tiles) {
      (quadraticForms(x, form, y), quadraticForms(x, square))
    }
    let (slowly, plainly) = (multipliedForms(x, form, y), quadraticForms(x, square, x))
    for row in 0..<rows {
      let (expected, itself) = (product(images, y, row), product(own, x, row))
      let scale = 1e-6 * Double(left * right)
      #expect(abs(between[row] - expected) < scale && abs(slowly[row] - expected) < scale)
      #expect(abs(within[row] - itself) < 1e-5 * itself && abs(plainly[row] - itself) < 1e-5 * itself)
    }
  }

  @Test func transposedProductsTakeTheRowsThatAreAsked() {
    let x = randomMatrix(500, 30, seed: 3).narrowed()
    let y = randomMatrix(500, 9, seed: 4).narrowed()
    let rows = stride(from: 1, to: 500, by: 3).map { $0 }
    let numbers = rows.map { UInt32($0) }
    let some = transposedProducts([
      TransposedProduct(x, y, rows: numbers), TransposedProduct(x, rows: numbers),
      TransposedProduct(x, y, rows: []),
    ])
    #expect(some[0] == crossGram(x.selecting(rows: rows), y.selecting(rows: rows)))
    #expect(some[1] == gram(x.selecting(rows: rows)))
    #expect(some[2].elements.allSatisfy { $0 == 0 })
    #expect(distance(blockedProduct(TransposedProduct(x, y, rows: numbers)), some[0]) < 1e-11)
  }

  /// What lets the workers share the tiles out as they like.
  @Test func bitsDoNotDependOnTheTile() {
    ProductPath.$current.withValue(.tiles) { compareTiles() }
  }

  private func compareTiles() {
    let x = randomMatrix(700, 230, seed: 3).narrowed()
    let y = randomMatrix(700, 205, seed: 4).narrowed()
    let (whole, square) = (crossGram(x, y), gram(x))
    #expect(crossGram(y, x) == whole.transposed() && crossGram(x, x) == square)
    for column in [0, 23, 24, 191, 204] {
      let alone = Matrix(rows: 700, columns: 1, elements: (0..<700).map { y[$0, column] })
      #expect(crossGram(x, alone).elements == (0..<230).map { whole[$0, column] })
    }
  }

  @Test func tileEqualsProduct() {
    let a = randomMatrix(5, 7, seed: 1).narrowed()
    let b = randomMatrix(3, 7, seed: 2).narrowed()
    var tile = [Float](repeating: 0, count: 15)
    var span = tile.mutableSpan
    multiplyTile(a.elements.span, b.elements.span, columns: 7, into: &span)
    #expect(tile == multiply(a, b, transposingB: true).elements)
  }

  @Test(arguments: shapes) func singularValuesRebuildTheMatrix(rows: Int, columns: Int) throws {
    let a = randomMatrix(rows, columns, seed: 11)
    let svd = try singularValueDecomposition(a)
    var scaled = svd.u
    for i in 0..<scaled.rows {
      for j in 0..<scaled.columns { scaled[i, j] *= svd.singularValues[j] }
    }
    #expect(distance(multiply(scaled, svd.vTransposed), a) < 1e-12)
    #expect(svd.singularValues == svd.singularValues.sorted(by: >))
  }

  @Test func eigenvectorsDiagonalise() throws {
    let a = randomMatrix(6, 6, seed: 5)
    let symmetric = multiply(a, a, transposingB: true)
    let eigen = try symmetricEigen(symmetric)
    var scaled = eigen.vectors
    for i in 0..<6 {
      for j in 0..<6 { scaled[i, j] *= eigen.values[i] }
    }
    #expect(distance(multiply(eigen.vectors, scaled, transposingA: true), symmetric) < 1e-12)
    for (alone, value) in zip(try symmetricEigenvalues(symmetric), eigen.values) {
      #expect(abs(alone - value) < 1e-12 * eigen.values[5])
    }
  }

  @Test func solvesPositiveDefiniteSystems() throws {
    let a = randomMatrix(9, 4, seed: 6)
    let b = randomMatrix(4, 3, seed: 7)
    let system = multiply(a, a, transposingA: true)
    let x = try solvePositiveDefinite(system, b)
    #expect(distance(multiply(system, x), b) < 1e-10)
    #expect(throws: LinearAlgebraError.notPositiveDefinite(routine: "dpotrf", minor: 1)) {
      try solvePositiveDefinite(
        Matrix(rows: 2, columns: 2, repeating: -1), Matrix(rows: 2, columns: 1, repeating: 1))
    }
  }

  @Test(arguments: shapes) func leastSquaresResidualIsOrthogonal(rows: Int, columns: Int) throws {
    let a = randomMatrix(rows, columns, seed: 8)
    let b = randomMatrix(rows, 2, seed: 9)
    let x = try leastSquares(a, b)
    var residual = multiply(a, x)
    for i in residual.elements.indices { residual.elements[i] -= b.elements[i] }
    let normal = multiply(a, residual, transposingA: true)
    #expect(normal.elements.allSatisfy { abs($0) < 1e-12 })
  }

  func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Double> {
    var random = SeededRandom(seed: seed)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in random.normal() })
  }

  func distance(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
  }
}
