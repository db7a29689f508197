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
    var search = options.calibration
    search.targetDivergence = try max(divergence.atDoseOne(carried), 1e-12)
    search.tolerance = options.nullTolerance
    self.search = search
  }

  /// Directions as the target's own states take them.
  func residualNoise() -> [SteeringVector] {
    Steering.residualNoise(like: states, count: NullSlopes.directions(for: draws), seed: seed)
      .map(carried.with(direction:))
  }

  /// The central slope of each vector at its norm (``LogOddsMeter/effects(of:)``).
  func effects(_ vectors: [SteeringVector]) throws -> [Double] { try meter.effects(of: vectors) }

  /// Each vector at the norm at which it disturbs neutral text as much as the carried vector does, and its divergence before.
  func atEqualDivergence(
    _ vectors: [SteeringVector]
  ) throws -> [(vector: SteeringVector, isReached: Bool, divergence: Double)] {
    let found = try searchNorms(
      vectors, scale: scale, meter: divergence, options: search, first: carried.norm / scale.medianNorm)
    return zip(vectors, found).map { vector, search in
      (vector.scaled(toNorm: search.found.share * scale.medianNorm), search.found.converged, search.first)
    }
  }

  /// Measures a null's directions at equal norm and at equal divergence.
  func against(
    _ null: SteeringNull, _ directions: [SteeringVector], limit: Int?, progress: (Int) -> Void
  ) throws -> NullResult {
    var equalNorm: [Double] = []
    var equalDivergence: [Double] = []
    var doses: [Double] = []
    var divergences: [Double] = []
    var unreached = 0
    for start in stride(from: 0, to: directions.count, by: Self.atOnce) {
      let part = directions[start..<min(directions.count, start + Self.atOnce)].map {
        $0.scaled(toNorm: carried.norm)
      }
      equalNorm += try effects(part)
      let own = try atEqualDivergence(part)
      equalDivergence += try effects(own.map(\.vector))
      doses += own.map { carried.norm > 0 ? $0.vector.norm / carried.norm : 0 }
      divergences += own.map(\.divergence)
      unreached += own.count { !$0.isReached }
      progress(part.count)
    }
    return NullResult(
      null: null, equalNorm: NullSlopes(equalNorm), equalDivergence: NullSlopes(equalDivergence),
      ownDoses: doses,
      divergences: divergences, unreached: unreached, limit: limit)
  }
}
