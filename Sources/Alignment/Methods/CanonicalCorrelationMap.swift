internal import Foundation
internal import LinearAlgebra
internal import Tensors

/// `W = S_X^{-1/2} U diag(ρ^γ) Vᵀ S_Y^{1/2}` with `S_X^{-1/2} XᵀY S_Y^{-1/2} = U diag(ρ) Vᵀ`: each canonical
/// variate of the source becomes its twin in the target, weighed by `ρ^γ`.
///
/// S are the Gram matrices; directions without variance are left out. γ = 1 is least squares, since
/// `S_X^{-1} XᵀY = S_X^{-1/2} U diag(ρ) Vᵀ S_Y^{1/2}`; γ = 0 keeps every variate at full strength, those that
/// nothing predicts included, and gives mapped training rows the target's covariance. Between them a direction
/// shrinks less than under least squares and carries less noise than at γ = 0. Artetxe, Labaka, Agirre 2018
/// (whitening, re-weighting, de-whitening). O(n (d_S + d_T)²) time, O(d³) for the factorisations.
public struct CanonicalCorrelationMap: LinearMethod {
  public static let name = "canonical-correlation"
  /// γ, in [0, 1]; larger values shrink more what is predicted badly.
  public var reweighting: Double

  public init(reweighting: Double = 0.5) { self.reweighting = reweighting }

  /// The diagnostics hold ρ.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let centred = try CentredMoments(PairMoments(rows.source, rows.target), options)
    let found = try CanonicalVariates(
      centred.moments.sourceGram, cross: centred.moments.cross, targetGram(rows.target, centred, options),
      reweighting: reweighting)
    var weighted = found.vTransposed
    for (row, weight) in found.weights.enumerated() {
      for index in weighted.range(ofRow: row) { weighted.elements[index] *= weight }
    }
    let variates = multiply(found.from.inverseRoots, found.u, transposingA: true)
    return centred.fitted(
      multiply(variates, multiply(weighted, found.to.roots)), self,
      rank: found.from.rank, conditionNumber: found.from.conditionNumber, correlations: found.correlations)
  }
}

/// `S_X^{-1/2} XᵀY S_Y^{-1/2} = U diag(ρ) Vᵀ`, and what ρ weighs.
struct CanonicalVariates {
  let from: Whitening
  let to: Whitening
  let u: Matrix<Double>
  let vTransposed: Matrix<Double>
  /// ρ, descending.
  let correlations: [Double]
  /// ρ^γ.
  let weights: [Double]

  /// - Throws: `AlignmentError.option` for a γ outside [0, 1], `.linearAlgebra`.
  init(
    _ source: Matrix<Double>, cross: Matrix<Double>, _ target: Matrix<Double>, reweighting: Double
  ) throws(AlignmentError) {
    guard reweighting >= 0, reweighting <= 1 else {
      throw .option(name: "reweighting", expected: "a number from 0 to 1", actual: "\(reweighting)")
    }
    let (from, to) = (try Whitening(source), try Whitening(target))
    let whitened = multiply(multiply(from.inverseRoots, cross), to.inverseRoots, transposingB: true)
    let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(whitened) }
    (self.from, self.to, u, vTransposed) = (from, to, svd.u, svd.vTransposed)
    correlations = svd.singularValues.map { min($0, 1) }
    weights = correlations.map { pow($0, reweighting) }
  }
}

/// YᵀY, about the means where the options centre.
func targetGram(
  _ target: Matrix<Float>, _ centred: CentredMoments, _ options: AlignmentOptions
) -> Matrix<Double> {
  var result = gram(target)
  guard options.isCentred else { return result }
  let mean = centred.targetMean
  var elements = result.elements.mutableSpan
  for i in mean.indices {
    for j in mean.indices { elements[i * mean.count + j] -= Double(target.rows) * mean[i] * mean[j] }
  }
  return result
}
