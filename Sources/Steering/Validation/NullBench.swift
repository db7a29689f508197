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

  /// Each vector at the norm at which it disturbs neutral text as much as the carried vector does.
  ///
  /// - Parameter first: the dose that is tried first.
  func atEqualDivergence(
    _ vectors: [SteeringVector], first: Double = 1
  ) throws -> [(vector: SteeringVector, isReached: Bool)] {
    let found = try searchNorms(
      vectors, scale: scale, meter: divergence, options: search,
      first: first * carried.norm / scale.medianNorm)
    return zip(vectors, found).map { vector, found in
      (vector.scaled(toNorm: found.corrected * scale.medianNorm), found.converged)
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
    for start in stride(from: 0, to: directions.count, by: Self.atOnce) {
      let part = directions[start..<min(directions.count, start + Self.atOnce)].map {
        $0.scaled(toNorm: carried.norm)
      }
      equalNorm += try effects(part)
      // Directions of one null need similar doses.
      let own = try atEqualDivergence(part, first: doses.isEmpty ? 1 : doses.sorted()[doses.count / 2])
      equalDivergence += try effects(own.map(\.vector))
      doses += own.map { carried.norm > 0 ? $0.vector.norm / carried.norm : 0 }
      unreached += own.count { !$0.isReached }
      progress(part.count)
    }
    return NullResult(
      null: null, equalNorm: NullSlopes(equalNorm), equalDivergence: NullSlopes(equalDivergence),
      ownDoses: doses,
      unreached: unreached, limit: limit)
  }
}
