internal import LinearAlgebra
internal import Tensors

/// The directions in which a cloud varies: `G = Vᵀ diag(λ) V` without its null space.
struct Spectrum: Sendable {
  /// Eigenvalues of the Gram matrix, descending, all positive.
  let values: [Double]
  /// Row i is the unit eigenvector of `values[i]`: r x d.
  let vectors: Matrix<Double>

  /// Directions whose standard deviation is below 10⁻⁶ of the largest are rounding of Float rows; they are
  /// left out, so that whitening does not blow them up.
  static let smallestVariance = 1e-12

  /// - Parameter scale: an energy that the sums went through (before centring), whose rounding limits what
  ///   can be told from zero.
  init(gram: Matrix<Double>, scale: Double, measure: String) throws(GeometryError) {
    let eigen = try decomposing(measure) { () throws(LinearAlgebraError) in try symmetricEigen(gram) }
    let largest = eigen.values.last ?? 0
    let cutoff = max(Self.smallestVariance * largest, Double(gram.rows) * Double.ulpOfOne * scale)
    let kept = eigen.values.indices.filter { eigen.values[$0] > cutoff }.reversed()
    values = kept.map { eigen.values[$0] }
    vectors = eigen.vectors.selecting(rows: Array(kept))
  }

  var rank: Int { values.count }
  var total: Double { values.reduce(0, +) }

  /// Leading directions that reach a share of the variance.
  func rank(reaching share: Double) -> Int {
    var sum = 0.0
    let goal = share * total
    for (index, value) in values.enumerated() {
      sum += value
      if sum >= goal * (1 - 1e-12) { return index + 1 }
    }
    return rank
  }
}

/// Two spectra and the cross-Gram between their directions, `M = V_A C V_Bᵀ`: in this basis whitening is a
/// division and keeping the leading components is a block.
struct JointSpectra: Sendable {
  let a: Spectrum
  let b: Spectrum
  /// r_A x r_B.
  let cross: Matrix<Double>

  init(_ a: Spectrum, _ b: Spectrum, cross: Matrix<Double>) {
    self.a = a
    self.b = b
    self.cross = multiply(multiply(a.vectors, cross), b.vectors, transposingB: true)
  }

  /// - Parameter isCentred: about the means; otherwise about zero.
  init(_ moments: PairedMoments, isCentred: Bool, measure: String) throws(GeometryError) {
    let used = isCentred ? moments.centred : moments
    self.init(
      try Spectrum(gram: used.gramA, scale: trace(moments.gramA), measure: measure),
      try Spectrum(gram: used.gramB, scale: trace(moments.gramB), measure: measure), cross: used.cross)
  }

  /// `diag(f) M diag(g)`, its leading block when f or g are shorter than the ranks.
  func scaled(_ f: [Double], _ g: [Double]) -> Matrix<Double> {
    precondition(f.count <= cross.rows && g.count <= cross.columns)
    var elements = [Double]()
    elements.reserveCapacity(f.count * g.count)
    for i in f.indices {
      for j in g.indices { elements.append(f[i] * cross.elements[i * cross.columns + j] * g[j]) }
    }
    return Matrix(rows: f.count, columns: g.count, elements: elements)
  }

  /// `Λ_A^{-1/2} M Λ_B^{-1/2}`: its singular values are the canonical correlations.
  var whitened: Matrix<Double> { scaled(inverseRoots(a.values), inverseRoots(b.values)) }
}

func inverseRoots(_ values: some Collection<Double>) -> [Double] { values.map { 1 / $0.squareRoot() } }

func trace(_ matrix: Matrix<Double>) -> Double {
  (0..<min(matrix.rows, matrix.columns)).reduce(0) { $0 + matrix[$1, $1] }
}

/// Runs a LAPACK computation, its failure told as ours.
func decomposing<Result>(
  _ measure: String, _ body: () throws(LinearAlgebraError) -> Result
) throws(GeometryError) -> Result {
  do throws(LinearAlgebraError) { return try body() } catch {
    throw .decomposition(measure: measure, reason: error.description)
  }
}
