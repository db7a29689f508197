internal import Tensors
internal import Transformers

/// Measures the directions of nulls as the carried vector is measured.
struct NullBench: Sendable {
  /// The carried vector at dose 1.
  let carried: SteeringVector
  private let states: Matrix<Float>
  private let scale: ResidualScale
  let meter: LogOddsMeter
  let divergence: DivergenceMeter
  /// Equal divergence is that of the carried vector on the positions of `divergence`.
  private let search: CalibrationOptions
  private let nullTolerance: Double
  private let draws: Int
  private let seed: UInt64

  /// Directions that are measured together, between two words of progress.
  private static let atOnce = 20

  init(
    _ carried: SteeringVector, states: Matrix<Float>, scale: ResidualScale, meter: LogOddsMeter,
    divergence: DivergenceMeter, options: ValidationOptions
  ) throws {
    (self.carried, self.states, self.scale) = (carried, states, scale)
    (self.meter, self.divergence) = (meter, divergence)
    (draws, seed) = (options.residualNoiseDraws, options.seed)
    nullTolerance = options.nullTolerance
    var search = options.calibration
    search.targetDivergence = try max(divergence.atDoseOne(carried), 1e-12)
    self.search = search
  }

  /// Directions as the target's own states take them.
  func residualNoise() -> [SteeringVector] {
    Steering.residualNoise(like: states, count: NullSlopes.directions(for: draws), seed: seed)
      .map(carried.with(direction:))
  }

  /// The central slope of each vector at its norm (``LogOddsMeter/effects(of:)``).
  func effects(_ vectors: [SteeringVector]) throws -> [Double] { try meter.effects(of: vectors) }

  /// A vector at the norm at which it disturbs neutral text as much as the carried vector does.
  struct OwnDose {
    let vector: SteeringVector
    let isReached: Bool
    /// The exponent with which the divergence grows with the norm there.
    let slope: Double
  }

  /// The vector at its own dose, to the tolerance of the calibration.
  func atEqualDivergence(_ vector: SteeringVector) throws -> OwnDose {
    try atEqualDivergence([vector], first: 1, slope: 2, tolerance: search.tolerance)[0]
  }

  /// - Parameters:
  ///   - first: the dose that is tried first.
  ///   - slope: the exponent that is expected.
  private func atEqualDivergence(
    _ vectors: [SteeringVector], first: Double, slope: Double, tolerance: Double
  ) throws -> [OwnDose] {
    var options = search
    options.tolerance = tolerance
    let found = try searchNorms(
      vectors, scale: scale, meter: divergence, options: options,
      first: first * carried.norm / scale.medianNorm, slope: slope)
    return zip(vectors, found).map { vector, found in
      OwnDose(
        vector: vector.scaled(toNorm: found.corrected * scale.medianNorm), isReached: found.converged,
        slope: found.slope)
    }
  }

  /// Measures a null's directions at equal norm and at equal divergence.
  func against(
    _ null: SteeringNull, _ directions: [SteeringVector], limit: Int?, progress: (Int) -> Void
  ) throws -> NullResult {
    var equalNorm: [Double] = []
    var equalDivergence: [Double] = []
    var doses: [Double] = []
    var unreached = 0
    // Directions of one null need similar doses: those that were measured say where the next begin.
    var (first, slope) = (1.0, 2.0)
    for start in stride(from: 0, to: directions.count, by: Self.atOnce) {
      let part = directions[start..<min(directions.count, start + Self.atOnce)].map {
        $0.scaled(toNorm: carried.norm)
      }
      equalNorm += try effects(part)
      let own = try atEqualDivergence(part, first: first, slope: slope, tolerance: nullTolerance)
      equalDivergence += try effects(own.map(\.vector))
      doses += own.map { carried.norm > 0 ? $0.vector.norm / carried.norm : 0 }
      unreached += own.count { !$0.isReached }
      (first, slope) = (doses.sorted()[doses.count / 2], own.map(\.slope).sorted()[own.count / 2])
      progress(part.count)
    }
    return NullResult(
      null: null, equalNorm: NullSlopes(equalNorm), equalDivergence: NullSlopes(equalDivergence),
      ownDoses: doses,
      unreached: unreached, limit: limit)
  }
}
