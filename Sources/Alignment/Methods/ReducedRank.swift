internal import LinearAlgebra
internal import Tensors

/// Cross-validated errors of reduced-rank regression, one for each rank.
public struct RankPath: Sendable, Equatable, Codable {
  /// Held-out mean squared error, `Σ_folds ‖Y - X W_r‖² / n`, per token; position r is rank r, from 0 (the
  /// mean alone) to the smaller width.
  public let errors: [Double]
  /// The rank of least error, at least 1.
  public let best: Int
  /// No rank below the full one did better: the cut gains nothing over least squares.
  public var isFullRank: Bool { best == errors.count - 1 }
}

/// `W_r = W V_r V_rᵀ` with the least-squares map W and the r leading eigenvectors V_r of `WᵀXᵀX W`, the Gram
/// matrix of the predictions: of all maps of rank r the one of least squared error (Izenman 1975).
///
/// All ranks come from one factorisation of XᵀX and one of the predictions' Gram matrix, O(d³).
public struct ReducedRank: LinearMethod {
  public static let name = "reduced-rank"
  /// r, from 1 to the smaller width; smaller ranks keep only what is predicted best. nil: chosen by cross-validation.
  public var rank: Int?

  public init(rank: Int? = nil) { self.rank = rank }

  /// The rank is the best over the folds where it is nil; the diagnostics hold the one that was used, and the path.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let full = min(rows.source.columns, rows.target.columns)
    let raw: PairMoments
    var path: RankPath?
    if let rank {
      guard rank >= 1, rank <= full else {
        throw .option(name: "rank", expected: "1 to \(full), the smaller width", actual: "\(rank)")
      }
      raw = try PairMoments(rows.source, rows.target)
    } else {
      let folds = try foldMoments(rows.source, rows.target, options)
      raw = folds.dropFirst().reduce(folds[0], +)
      path = try rankPath(folds: folds, total: raw, options)
    }
    let solution = try NestedRanks(CentredMoments(raw, options))
    let chosen = rank ?? path?.best ?? full
    return solution.centred.fitted(
      solution.weights(rank: chosen), ReducedRank(rank: chosen), rank: solution.equations.rank,
      conditionNumber: solution.equations.conditionNumber, rankPath: path)
  }
}

/// The least-squares map with the directions of its predictions, from the most to the least predicted.
private struct NestedRanks {
  let centred: CentredMoments
  let equations: NormalEquations
  /// W, d_S x d_T.
  let full: Matrix<Double>
  /// Row i is the i-th leading direction in the target, min(d_S, d_T) x d_T.
  let directions: Matrix<Double>

  init(_ centred: CentredMoments) throws(AlignmentError) {
    let equations = try NormalEquations(gram: centred.moments.sourceGram)
    let full = equations.solution(cross: centred.moments.cross, alpha: 0)
    // WᵀXᵀX W = Wᵀ XᵀY for the least-squares W.
    let predictions = multiply(full, centred.moments.cross, transposingA: true)
    let eigen = try solving { () throws(LinearAlgebraError) in try symmetricEigen(predictions) }
    let leading = (0..<min(full.rows, full.columns)).map { eigen.values.count - 1 - $0 }
    (self.centred, self.equations, self.full) = (centred, equations, full)
    directions = eigen.vectors.selecting(rows: leading)
  }

  func weights(rank: Int) -> Matrix<Double> {
    guard rank < min(full.rows, full.columns) else { return full }
    let kept = directions.selecting(rows: Array(0..<rank))
    return multiply(multiply(full, kept, transposingB: true), kept)
  }
}

/// The errors of every rank on every fold, from Gram matrices alone.
///
/// For the fold's sums about the training means (`G`, `C`, `e`) and `Z = W Vᵀ`, whose column i maps to the i-th
/// direction: `‖Y - X W_r‖² = e - Σ_{i ≤ r} (2 (V Cᵀ Z)ᵢᵢ - (Zᵀ G Z)ᵢᵢ)`, since `V_r V_rᵀ` is a projection. One
/// more rank is one more term.
private func rankPath(
  folds: [PairMoments], total: PairMoments, _ options: AlignmentOptions
) throws(AlignmentError) -> RankPath {
  let full = min(total.cross.rows, total.cross.columns)
  var errors = [Double](repeating: 0, count: full + 1)
  for fold in folds {
    let training = try NestedRanks(CentredMoments(total - fold, options))
    let heldOut = fold.about(training.centred.sourceMean, training.centred.targetMean)
    // Zᵀ, (C Vᵀ)ᵀ and Zᵀ G, one row a direction.
    let images = multiply(training.directions, training.full, transposingB: true)
    let explained = rowProducts(
      multiply(training.directions, heldOut.cross, transposingB: true), images)
    let energies = rowProducts(multiply(images, heldOut.sourceGram), images)
    var error = heldOut.targetEnergy
    errors[0] += error
    for rank in 1...full {
      error -= 2 * explained[rank - 1] - energies[rank - 1]
      errors[rank] += error
    }
  }
  let best = (1...full).min { errors[$0] < errors[$1] } ?? full
  return RankPath(errors: errors.map { $0 / total.count }, best: best)
}

/// Σⱼ aᵢⱼ bᵢⱼ for every row i.
private func rowProducts(_ a: Matrix<Double>, _ b: Matrix<Double>) -> [Double] {
  (0..<a.rows).map { row in
    a.range(ofRow: row).reduce(0) { $0 + a.elements[$1] * b.elements[$1] }
  }
}
