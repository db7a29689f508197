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

/// `W = argmin ‖Y - X W‖²_F + α ‖W‖²_F = (XᵀX + α I)⁻¹ XᵀY` with `α = λ tr(XᵀX) / d_S`; the means are not penalised.
///
/// λ is in units of the mean eigenvalue of `XᵀX`, so that one grid serves all models.
public struct Ridge: LinearMethod {
  public static let name = "ridge"
  /// λ, at least 0; larger values shrink the map. nil: chosen by cross-validation.
  public var lambda: Double?

  public init(lambda: Double? = nil) { self.lambda = lambda }

  /// λ is the best of `lambdaGrid` over the folds where it is nil; the diagnostics hold the one that was used, and the path.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    var path: RidgePath?
    var known: Spectrum?
    let centred: CentredMoments
    if let lambda {
      guard lambda >= 0, lambda.isFinite else {
        throw .option(name: "lambda", expected: "a number of at least 0", actual: "\(lambda)")
      }
      centred = try CentredMoments(PairMoments(rows.source, rows.target), options)
    } else {
      guard !options.lambdaGrid.isEmpty, options.lambdaGrid.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw .option(name: "lambdaGrid", expected: "numbers above 0", actual: "\(options.lambdaGrid)")
      }
      let folds = try foldMoments(rows.source, rows.target, options)
      let total = folds.dropFirst().reduce(folds[0], +)
      centred = try CentredMoments(total, options)
      (path, known) = try ridgePath(folds: folds, total: total, centred.moments, options)
    }
    let chosen = lambda ?? path.map { $0.lambdas[$0.best] } ?? 0
    let (solution, spectrum) = try solveNormalEquations(
      centred.moments, alpha: chosen * meanEigenvalue(centred.moments), spectrum: known)
    return centred.fitted(
      solution, Ridge(lambda: chosen), rank: spectrum.rank, conditionNumber: spectrum.conditionNumber,
      ridgePath: path)
  }

  /// The map's own λ.
  public func shuffledLambda(chosen: Double?) -> Double? { lambda ?? chosen }
}

func meanEigenvalue(_ moments: PairMoments) -> Double {
  moments.sourceEnergy / Double(moments.sourceSum.count)
}

/// The errors of every λ on every fold, from Gram matrices alone; the folds and, beside them, the spectrum of
/// all rows on all processors.
private func ridgePath(
  folds: [PairMoments], total: PairMoments, _ centred: PairMoments, _ options: AlignmentOptions
) throws(AlignmentError) -> (path: RidgePath, spectrum: Spectrum) {
  let grid = options.lambdaGrid.sorted()
  let alphas = grid.map { $0 * meanEigenvalue(centred) }
  let found: [Result<PathPart, AlignmentError>] = withSingleThreadedBLAS {
    parallelMap(count: folds.count + 1) { index in
      Result { () throws(AlignmentError) in
        guard index < folds.count else { return .spectrum(try Spectrum(of: centred.sourceGram)) }
        let training = try CentredMoments(total - folds[index], options)
        let heldOut = folds[index].about(training.sourceMean, training.targetMean)
        return .errors(try foldErrors(training.moments, heldOut, alphas: alphas))
      }
    }
  }
  var errors = [Double](repeating: 0, count: grid.count)
  var spectrum = Spectrum([])
  for part in found {
    switch try part.get() {
    case .errors(let fold): for (index, error) in fold.enumerated() { errors[index] += error }
    case .spectrum(let values): spectrum = values
    }
  }
  let best = grid.indices.min { errors[$0] < errors[$1] } ?? 0
  return (RidgePath(lambdas: grid, errors: errors.map { $0 / total.count }, best: best), spectrum)
}

private enum PathPart: Sendable {
  case errors([Double])
  case spectrum(Spectrum)
}

/// `Σ ‖y - x W_α‖²` over a fold for every α.
///
/// For the fold's sums about the training means (`G`, `C`, `e`) and the training eigenbasis V, with
/// `D = diag(1 / (λᵢ + α))` and `B = V C_train`: `‖Y - X W‖² = e - 2 Σᵢ Dᵢ (B (V C)ᵀ)ᵢᵢ + Σᵢⱼ Dᵢ Dⱼ (V G Vᵀ)ᵢⱼ (B Bᵀ)ᵢⱼ`.
/// One eigendecomposition, O(d²) an α, and no further pass over the rows.
private func foldErrors(
  _ training: PairMoments, _ heldOut: PairMoments, alphas: [Double]
) throws(AlignmentError) -> [Double] {
  let equations = try NormalEquations(gram: training.sourceGram)
  let basis = equations.basis
  // Bᵀ, (V C)ᵀ and G Vᵀ.
  let turned = transposedProducts([
    TransposedProduct(training.cross, basis), TransposedProduct(heldOut.cross, basis),
    TransposedProduct(heldOut.sourceGram, basis),
  ])
  let pair = transposedProducts([
    TransposedProduct(basis, turned[2], isSymmetric: true), TransposedProduct(turned[0]),
  ])
  let explained = columnProducts(turned[0], turned[1])
  return alphas.map { alpha in
    let inverse = equations.inverse(alpha: alpha)
    return heldOut.targetEnergy - 2 * product(inverse, explained) + quadraticForm(pair[0], pair[1], inverse)
  }
}

/// Σᵢ aᵢⱼ bᵢⱼ for every column j.
private func columnProducts(_ a: Matrix<Double>, _ b: Matrix<Double>) -> [Double] {
  var sums = [Double](repeating: 0, count: a.columns)
  var target = sums.mutableSpan
  let (left, right, columns) = (a.elements.span, b.elements.span, a.columns)
  for row in 0..<a.rows {
    let start = row * columns
    for j in 0..<columns { target[j] += left[start + j] * right[start + j] }
  }
  return sums
}

/// `Σᵢⱼ xᵢ xⱼ Aᵢⱼ Bᵢⱼ`.
private func quadraticForm(_ a: Matrix<Double>, _ b: Matrix<Double>, _ x: [Double]) -> Double {
  let (left, right, factors, columns) = (a.elements.span, b.elements.span, x.span, a.columns)
  var total = 0.0
  for i in 0..<a.rows {
    var sums = SIMD8<Double>.zero
    let start = i * columns
    var j = 0
    while j + 8 <= columns {
      for lane in 0..<8 { sums[lane] += factors[j + lane] * left[start + j + lane] * right[start + j + lane] }
      j += 8
    }
    var sum = sums.sum()
    while j < columns {
      sum += factors[j] * left[start + j] * right[start + j]
      j += 1
    }
    total += factors[i] * sum
  }
  return total
}
