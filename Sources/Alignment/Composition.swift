internal import LinearAlgebra
public import Statistics
public import Tensors

extension LinearMap {
  /// A → C from A → B and B → C: `x ↦ (x - μ_A) W₁ W₂ + (μ_B - μ'_B) W₂ + μ_C`, where μ_B is this map's target
  /// mean and μ'_B the next map's source mean. The product is formed in Double; O(d_A d_B d_C).
  ///
  /// Its rank is at most d_B: through a narrow model much is lost.
  ///
  /// - Precondition: the next map starts where this one ends.
  public func followed(by next: LinearMap) -> LinearMap {
    precondition(
      targetWidth == next.sourceWidth,
      "a map to width \(targetWidth) followed by one from width \(next.sourceWidth)")
    let later = next.weights.widened()
    let offset = Matrix(
      rows: 1, columns: targetWidth,
      elements: zip(targetMean, next.sourceMean).map { Double($0) - Double($1) })
    let shift = multiply(offset, later).elements
    return LinearMap(
      weights: multiply(weights.widened(), later).narrowed(), sourceMean: sourceMean,
      targetMean: zip(shift, next.targetMean).map { Float($0 + Double($1)) },
      method: "\(method), \(next.method)")
  }
}

/// What is left of points that maps carry through other models and back to where they came from.
///
/// x is a row less the first map's source mean (x̃ for what comes back), so that a shared mean does not hide
/// the loss. Use points that the fits have not seen.
public struct CycleConsistency: Sendable, Equatable, Codable {
  /// `√(Σ ‖x̃ - x‖² / Σ ‖x‖²)`: 0 for a perfect way back, 1 for a map to nothing.
  public let error: Estimate
  /// Mean cosine of x̃ and x, which ignores shrinking.
  public let cosine: Estimate
  /// The least error of any linear maps through the narrowest model on the way: what lies outside the points'
  /// leading principal directions, as many as it has dimensions. 0 when no model is narrower.
  public let floor: Double
  /// Width of the narrowest model on the way.
  public let narrowestWidth: Int

  /// - Parameters:
  ///   - maps: two or more in the order of the way, the last back to the width where the first began:
  ///     A → B, B → A or A → B, B → C, C → A.
  ///   - points: n x d_A rows of the first model. O(n d²) and, for the floor, O(d_A³).
  ///   - resampling: of the intervals over points.
  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`, `.linearAlgebra`.
  /// - Precondition: widths that fit.
  public init(
    _ maps: [LinearMap], points: Matrix<Float>, resampling: Resampling = Resampling()
  ) throws(AlignmentError) {
    guard let first = maps.first, let last = maps.last else {
      preconditionFailure("a cycle of 0 maps, expected at least 1")
    }
    precondition(
      first.sourceWidth == last.targetWidth,
      "a cycle from width \(first.sourceWidth) to width \(last.targetWidth)")
    guard points.rows >= 2 else {
      throw .tooFewTokens(purpose: "a cycle error", needed: 2, actual: points.rows)
    }
    try requireFinite(points, side: "source")
    let cycle = maps.dropFirst().reduce(first) { $0.followed(by: $1) }
    let origin = shifted(points, by: first.sourceMean, sign: -1)
    let returned = shifted(cycle.applied(toPoints: points), by: first.sourceMean, sign: -1)
    try requireFinite(returned, side: "returned")
    let sums = ResampledSums(Self.contributions(origin, returned), width: 4, resampling)
    guard sums.observed[1] > 0 else { throw .noVariance(side: "source") }
    narrowestWidth = maps.reduce(first.sourceWidth) { min($0, $1.targetWidth) }
    floor = try Self.floor(origin, width: narrowestWidth)
    error = sums.estimate { $0[1] > 0 ? ($0[0] / $0[1]).squareRoot() : nil }
    cosine = sums.estimate { $0[2] / $0[3] }
  }

  /// ‖x̃ - x‖², ‖x‖², their cosine (0 for a zero vector) and 1, for each point.
  private static func contributions(_ origin: Matrix<Float>, _ returned: Matrix<Float>) -> [Double] {
    let rows: [[Double]] = parallelMap(count: origin.rows, chunk: 256) { row in
      let x = origin.elements.span.extracting(origin.range(ofRow: row))
      let y = returned.elements.span.extracting(returned.range(ofRow: row))
      let (xx, yy, xy) = (innerProduct(x, x), innerProduct(y, y), innerProduct(x, y))
      return [squaredDistance(x, y), xx, xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0, 1]
    }
    return rows.flatMap { $0 }
  }

  private static func floor(_ points: Matrix<Float>, width: Int) throws(AlignmentError) -> Double {
    guard width < points.columns else { return 0 }
    let values = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram(points)).values }
    let total = values.reduce(0) { $0 + max($1, 0) }
    let lost = values.dropLast(width).reduce(0) { $0 + max($1, 0) }
    return (lost / total).squareRoot()
  }
}
