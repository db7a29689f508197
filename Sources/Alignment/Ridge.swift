internal import LinearAlgebra
internal import Tensors

/// Cross-validated errors over ridge's grid.
public struct RidgePath: Sendable, Equatable, Codable {
  /// The grid, ascending, in units of the mean eigenvalue of `XᵀX`.
  public let lambdas: [Double]
  /// Held-out mean squared error for each λ: `Σ_folds ‖Y - X W‖² / n`, per token.
  public let errors: [Double]
  /// Position of the least error.
  public let best: Int
  /// The best λ is the grid's first or last: a wider grid may hold a better one.
  public var isAtEdge: Bool { best == 0 || best == lambdas.count - 1 }
}

/// `W = (XᵀX + α I)⁻¹ XᵀY` with `α = λ tr(XᵀX) / d_S`; the means are not penalised.
func fitRidge(
  _ source: Matrix<Float>, _ target: Matrix<Float>, lambda: Double?, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let raw: PairMoments
  var path: RidgePath?
  if let lambda {
    guard lambda >= 0, lambda.isFinite else {
      throw .option(name: "lambda", expected: "a number of at least 0", actual: "\(lambda)")
    }
    raw = try PairMoments(source, target)
  } else {
    guard !options.lambdaGrid.isEmpty, options.lambdaGrid.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .option(name: "lambdaGrid", expected: "numbers above 0", actual: "\(options.lambdaGrid)")
    }
    let folds = try foldMoments(source, target, options)
    raw = folds.dropFirst().reduce(folds[0], +)
    path = try ridgePath(folds: folds, total: raw, options)
  }
  let centred = try CentredMoments(raw, options)
  let equations = try NormalEquations(gram: centred.moments.sourceGram, cross: centred.moments.cross)
  let chosen = lambda ?? path.map { $0.lambdas[$0.best] } ?? 0
  let map = centred.map(
    equations.solution(alpha: chosen * meanEigenvalue(centred.moments.sourceGram)), .ridge(lambda: chosen))
  return FittedMap(
    map: map, rowMap: map,
    diagnostics: FitDiagnostics(
      method: .ridge(lambda: chosen), tokenCount: source.rows, rank: equations.rank,
      conditionNumber: equations.conditionNumber, ridgePath: path, scale: nil))
}

private func meanEigenvalue(_ gram: Matrix<Double>) -> Double {
  (0..<gram.rows).reduce(0) { $0 + gram[$1, $1] } / Double(gram.rows)
}

/// The errors of every λ on every fold, from Gram matrices alone.
///
/// For the fold's sums about the training means (`G`, `C`, `e`) and the training eigenbasis V, with
/// `D = diag(1 / (λᵢ + α))` and `B = V C_train`: `‖Y - X W‖² = e - 2 Σᵢ Dᵢ (B (V C)ᵀ)ᵢᵢ + Σᵢⱼ Dᵢ Dⱼ (V G Vᵀ)ᵢⱼ (B Bᵀ)ᵢⱼ`.
/// One eigendecomposition a fold, O(d²) a λ, and no further pass over the rows.
private func ridgePath(
  folds: [PairMoments], total: PairMoments, _ options: AlignmentOptions
) throws(AlignmentError) -> RidgePath {
  let unit = meanEigenvalue(try CentredMoments(total, options).moments.sourceGram)
  let grid = options.lambdaGrid.sorted()
  var errors = [Double](repeating: 0, count: grid.count)
  for fold in folds {
    let training = try CentredMoments(total - fold, options)
    let heldOut = fold.about(training.sourceMean, training.targetMean)
    let equations = try NormalEquations(gram: training.moments.sourceGram, cross: training.moments.cross)
    let b = equations.rotatedCross
    let explained = rowProducts(b, multiply(equations.vectors, heldOut.cross))
    var coupling = multiply(
      multiply(equations.vectors, heldOut.sourceGram), equations.vectors, transposingB: true)
    let products = multiply(b, b, transposingB: true)
    for index in coupling.elements.indices { coupling.elements[index] *= products.elements[index] }
    for (index, lambda) in grid.enumerated() {
      let inverse = equations.inverse(alpha: lambda * unit)
      errors[index] += heldOut.targetEnergy - 2 * dot(inverse, explained) + quadraticForm(coupling, inverse)
    }
  }
  let best = grid.indices.min { errors[$0] < errors[$1] } ?? 0
  return RidgePath(lambdas: grid, errors: errors.map { $0 / total.count }, best: best)
}

/// Σⱼ aᵢⱼ bᵢⱼ for every row i.
func rowProducts(_ a: Matrix<Double>, _ b: Matrix<Double>) -> [Double] {
  (0..<a.rows).map { row in
    a.range(ofRow: row).reduce(0) { $0 + a.elements[$1] * b.elements[$1] }
  }
}

private func dot(_ x: [Double], _ y: [Double]) -> Double {
  zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
}

/// `xᵀ M x`.
private func quadraticForm(_ matrix: Matrix<Double>, _ x: [Double]) -> Double {
  x.indices.reduce(0) { total, row in
    total + x[row] * x.indices.reduce(0) { $0 + matrix[row, $1] * x[$1] }
  }
}
