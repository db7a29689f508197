internal import LinearAlgebra
internal import Tensors

/// The regressors' Gram matrix in its eigenbasis, where every ridge solution is a division.
///
/// `XᵀX = Vᵀ diag(λ) V` gives `W_α = Vᵀ diag(1 / (λ + α)) V XᵀY`. Directions with λ below `d ε λ_max` cannot be
/// told from rounding in `XᵀX`: they are left out, which is the solution of least norm.
struct NormalEquations: Sendable {
  /// λ, ascending, with those that count.
  let spectrum: Spectrum
  /// Rows are eigenvectors.
  let vectors: Matrix<Double>
  /// Columns are eigenvectors.
  let basis: Matrix<Double>

  init(gram: Matrix<Double>) throws(AlignmentError) {
    let eigen = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram) }
    spectrum = Spectrum(eigen.values)
    vectors = eigen.vectors
    basis = eigen.vectors.transposed()
  }

  var rank: Int { spectrum.rank }
  var conditionNumber: Double { spectrum.conditionNumber }

  /// 1 / (λ + α) for every direction, 0 for those that are left out.
  func inverse(alpha: Double) -> [Double] {
    spectrum.values.map { $0 > spectrum.cutoff ? 1 / ($0 + alpha) : 0 }
  }

  /// `W_α` for `XᵀY`; O(d_S² d_T).
  func solution(cross: Matrix<Double>, alpha: Double) -> Matrix<Double> {
    var scaled = transposedProducts([TransposedProduct(basis, cross)])[0]
    let inverse = inverse(alpha: alpha)
    let columns = scaled.columns
    var elements = scaled.elements.mutableSpan
    for (row, factor) in inverse.enumerated() {
      for index in row * columns..<(row + 1) * columns { elements[index] *= factor }
    }
    return transposedProducts([TransposedProduct(vectors, scaled)])[0]
  }
}

/// Eigenvalues of a Gram matrix.
struct Spectrum: Sendable {
  /// Ascending.
  let values: [Double]
  /// What is below cannot be told from rounding.
  let cutoff: Double

  init(of gram: Matrix<Double>) throws(AlignmentError) {
    let values = try solving { () throws(LinearAlgebraError) in try symmetricEigenvalues(gram) }
    self.init(values)
  }

  init(_ values: [Double]) {
    self.values = values
    cutoff = Double(values.count) * Double.ulpOfOne * max(values.last ?? 0, 0)
  }

  var rank: Int { values.count { $0 > cutoff } }

  /// σ_max / σ_min of the regressors over the directions that count.
  var conditionNumber: Double {
    guard let largest = values.last, let smallest = values.first(where: { $0 > cutoff }) else { return 1 }
    return (largest / smallest).squareRoot()
  }
}

/// `W_α = (XᵀX + α I)⁺ XᵀY` and the regressors' spectrum: by Cholesky beside the eigenvalues; in the eigenbasis
/// where the regressors are rank-deficient.
///
/// The relative error is about κ(X)² ε either way.
/// - Parameter spectrum: of the regressors, where it is known.
func solveNormalEquations(
  _ moments: PairMoments, alpha: Double, spectrum known: Spectrum? = nil
) throws(AlignmentError) -> (solution: Matrix<Double>, spectrum: Spectrum) {
  var system = moments.sourceGram
  for i in 0..<system.rows { system[i, i] += alpha }
  let parts: [Part] = withSingleThreadedBLAS { [system] in
    parallelMap(count: 2) { part in
      guard part == 0 else {
        return .solution(
          Result { () throws(LinearAlgebraError) in try solvePositiveDefinite(system, moments.cross) })
      }
      if let known { return .spectrum(.success(known)) }
      return .spectrum(Result { () throws(AlignmentError) in try Spectrum(of: moments.sourceGram) })
    }
  }
  if case .spectrum(let found) = parts[0], case .solution(.success(let solution)) = parts[1] {
    let spectrum = try found.get()
    if spectrum.rank == spectrum.values.count { return (solution, spectrum) }
  }
  let equations = try NormalEquations(gram: moments.sourceGram)
  return (equations.solution(cross: moments.cross, alpha: alpha), equations.spectrum)
}

private enum Part: Sendable {
  case spectrum(Result<Spectrum, AlignmentError>)
  case solution(Result<Matrix<Double>, LinearAlgebraError>)
}
