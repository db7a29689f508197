public import Statistics
public import Tensors

/// What surrounds a point: its m nearest rows by Euclidean distance, itself left out.
///
/// Every number has its standing among the held-out rows, which are measured in the same way.
public struct PointNeighbourhood: Sendable, Equatable, Codable {
  /// m.
  public let size: Int
  /// Distance to the m-th row, in the rows' unit.
  public let radius: PointMeasure
  /// Levina, Bickel 2004: (m - 1) / Σ log(r_m / r_j). The interval is exact for points that are uniform in a ball around it:
  /// then the sum is Gamma(m - 1, 1/dimension).
  public let dimension: PointMeasure
  /// (Σλ)² / Σλ² of the neighbourhood's covariance; delete-one jackknife over its rows. Of m points it sees less than the true
  /// number of directions: compare it with its standing.
  public let participationRatio: PointMeasure
  /// Eigenvalues of the covariance of the neighbourhood (divisor m - 1), descending; min(m - 1, d) of them, squared unit.
  public let spectrum: [Double]
  /// log f with f = (m - 1) / (n V_D r_m^D), D the one dimension ``PointGeometry/commonDimension`` for all points, V_D the volume of its unit ball, and r in units
  /// of the median radius of the held-out rows: nats. The interval is exact for points uniform in the ball: n f's denominator is Gamma(m).
  public let logDensity: PointMeasure
  /// Locally linear weights over the k nearest rows, nearest first (Roweis, Saul 2000); they sum to 1.
  public let weights: [Weight]
  /// ‖x - Σ wⱼ rⱼ‖ / ‖x - mean of the rⱼ‖: 0 where the neighbours span the point, 1 where the weights do no better than equal ones.
  public let reconstructionError: PointMeasure

  /// The weight of one row in the combination that rebuilds the point.
  public struct Weight: Sendable, Equatable, Codable {
    public let row: Int
    public let weight: Double
  }
}

/// A number of a point with its uncertainty, or why there is none, and where it stands among held-out rows.
public struct PointMeasure: Sendable, Equatable, Codable {
  public let value: Evaluation
  /// nil where there is no value.
  public let standing: PointStanding?
}

extension PointGeometry {
  /// What surrounds each point.
  public func neighbourhoods(of points: Matrix<Float>) throws(GeometryError) -> [PointNeighbourhood] {
    let queries = try space.queries(points)
    let lists = try search(queries, [], hasNeighbourhood: true)
    let shapes = try self.shapes(queries, lists)
    return queries.indices.map { neighbourhood(queries[$0], shapes[$0], lists[$0][0]) }
  }

  func neighbourhood(_ query: PointQuery, _ shape: LocalShape, _ near: [ScoredRow]) -> PointNeighbourhood {
    let size = shape.distances.count
    let radius = shape.distances[size - 1]
    func estimate(_ value: Double, _ spread: Spread?, _ method: UncertaintyMethod) -> Evaluation {
      .estimate(
        Estimate(value: value, n: size, confidence: options.confidence).with(spread, method, least: 0))
    }
    return PointNeighbourhood(
      size: size,
      radius: PointMeasure(
        .estimate(Estimate(value: radius, n: size, confidence: options.confidence)), among: reference.radii),
      dimension: PointMeasure(
        shape.dimension.map { estimate($0, dimensionSpread(shape), .gamma) }
          ?? .notEvaluable(reason: "a row coincides with the point, or all \(size) are equally far"),
        among: reference.dimensions),
      participationRatio: PointMeasure(
        shape.participation.map { value, deleteOne in
          estimate(
            value,
            jackknife(value, deleteOne: deleteOne, isCorrelation: false, confidence: options.confidence),
            .jackknife)
        } ?? .notEvaluable(reason: "the \(size) nearest rows coincide"), among: reference.participationRatios),
      spectrum: shape.spectrum,
      logDensity: PointMeasure(logDensity(radius), among: reference.logDensities),
      weights: zip(near, shape.weights).map { PointNeighbourhood.Weight(row: $0.row, weight: $1) },
      reconstructionError: PointMeasure(
        shape.reconstructionError.map {
          .estimate(Estimate(value: $0, n: options.neighbours, confidence: options.confidence))
        } ?? .notEvaluable(reason: "the point is the mean of its \(options.neighbours) nearest rows"),
        among: reference.reconstructionErrors))
  }

  /// Σ log(r_m / r_j) is Gamma(m - 1, 1/d).
  private func dimensionSpread(_ shape: LocalShape) -> Spread? {
    guard let sum = shape.logRatios, let value = shape.dimension else { return nil }
    let shapeParameter = shape.distances.count - 1
    return Spread(
      standardError: value / Double(shapeParameter).squareRoot(),
      lower: gammaQuantile((1 - options.confidence) / 2, shape: shapeParameter) / sum,
      upper: gammaQuantile((1 + options.confidence) / 2, shape: shapeParameter) / sum)
  }

  private func logDensity(_ radius: Double) -> Evaluation {
    let densities = reference.densities
    guard let value = densities.logDensity(radius: radius) else {
      return .notEvaluable(reason: "the neighbourhood has no radius, or the held-out rows no dimension")
    }
    return .estimate(
      Estimate(value: value, n: densities.neighbourhood, confidence: options.confidence)
        .with(densities.interval(radius: radius, confidence: options.confidence), .gamma))
  }
}

extension PointMeasure {
  init(_ value: Evaluation, among sorted: [Double]) {
    self.init(
      value: value,
      standing: sorted.isEmpty ? nil : value.value.map { PointStanding($0, among: sorted) })
  }
}
