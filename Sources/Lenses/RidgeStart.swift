internal import LinearAlgebra
package import Tensors

/// The affine ridge of the final residual stream on a layer's, in closed form, as a tuned lens begins:
///
///     M = (Y_cᵀ X_c) (X_cᵀ X_c + n λ I)^-1,   b = ȳ - M x̄,   λ = λ' · median eigenvalue of X_cᵀ X_c / n
///
/// X and Y are the states of n tokens, _c what is left of them without their mean. All that is needed of the tokens are sums of
/// products, d x d each, in Double. λ' is the one of a grid with the least squared error on held-out tokens: the median eigenvalue
/// is its unit since one massive dimension holds most of the trace. O(n d² + d³).
package struct RidgeStart {
  package let map: AffineMap
  /// λ'.
  package let lambda: Double
  static let grid: [Double] = [1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]

  /// - Throws: `LinearAlgebraError`.
  /// - Precondition: pairs of matrices of equal rows.
  package init(
    training: (x: Matrix<Float>, y: Matrix<Float>), heldOut: (x: Matrix<Float>, y: Matrix<Float>)
  ) throws {
    let fit = CentredSums(training.x, training.y, around: (training.x.columnMeans, training.y.columnMeans))
    let test = CentredSums(heldOut.x, heldOut.y, around: (fit.meanX, fit.meanY))
    let eigen = try symmetricEigen(fit.xx)
    let unit = max(eigen.values[eigen.values.count / 2], eigen.values.last.map { $0 * 1e-12 } ?? 0)
    // In the basis of the eigenvectors every λ is a division.
    let rotatedXY = multiply(eigen.vectors, fit.xy)
    let testXY = multiply(eigen.vectors, test.xy)
    let testXX = multiply(multiply(eigen.vectors, test.xx), eigen.vectors, transposingB: true)
    var best: (weights: Matrix<Double>, lambda: Double, error: Double)?
    for lambda in Self.grid {
      var weights = rotatedXY
      for row in 0..<weights.rows {
        let divisor = max(eigen.values[row], 0) + lambda * unit
        for column in 0..<weights.columns { weights[row, column] /= divisor }
      }
      // ‖Y - X W‖² but for ‖Y‖², which no λ changes.
      let quadratic = multiply(testXX, weights)
      var error = 0.0
      for i in weights.elements.indices {
        error += weights.elements[i] * (quadratic.elements[i] - 2 * testXY.elements[i])
      }
      if error < best?.error ?? .infinity { best = (weights, lambda, error) }
    }
    guard let best else { throw LensError.fewPrompts(corpus: "the prompts", count: 0, needed: 2) }
    let matrix = multiply(best.weights, eigen.vectors, transposingA: true)
    let shift = multiply(matrix, Matrix(rows: matrix.columns, columns: 1, elements: fit.meanX)).elements
    map = AffineMap(
      matrix: matrix.narrowed(), offset: zip(fit.meanY, shift).map { Float($0 - $1) })
    lambda = best.lambda
  }
}

/// Sums of products of two sets of rows around given means, divided by their number.
private struct CentredSums {
  let meanX: [Double]
  let meanY: [Double]
  /// `X_cᵀ X_c / n`.
  let xx: Matrix<Double>
  /// `X_cᵀ Y_c / n`.
  let xy: Matrix<Double>

  init(_ x: Matrix<Float>, _ y: Matrix<Float>, around means: ([Double], [Double])) {
    (meanX, meanY) = means
    let (left, right) = (x.widened().centred(at: means.0), y.widened().centred(at: means.1))
    let products = transposedProducts([TransposedProduct(left), TransposedProduct(left, right)])
    let share = 1 / Double(max(x.rows, 1))
    xx = products[0].times(share)
    xy = products[1].times(share)
  }
}

extension Matrix<Double> {
  fileprivate func centred(at mean: [Double]) -> Matrix {
    var centred = self
    for row in 0..<rows {
      for column in 0..<columns { centred[row, column] -= mean[column] }
    }
    return centred
  }

  fileprivate func times(_ factor: Double) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
  }
}
