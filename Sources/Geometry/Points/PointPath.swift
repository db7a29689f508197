public import Tensors

/// A way through a space, as the points at its steps.
public enum PointWay: Sendable, Equatable {
  /// x + αv for doses α.
  case along(point: [Float], direction: [Float], doses: [Double])
  /// (1 - t) a + t b.
  case straight(from: [Float], to: [Float], at: [Double])
  /// Directions by spherical interpolation, norms by linear interpolation: sin((1-t)θ) â / sin θ + sin(tθ) b̂ / sin θ, as long as (1-t)‖a‖ + t‖b‖.
  case spherical(from: [Float], to: [Float], at: [Double])
  /// Points as they are, such as one token's states layer by layer.
  case points(Matrix<Float>)
}

/// What happens along a way.
public struct PointPath: Sendable, Equatable, Codable {
  /// One point of the way.
  public struct Step: Sendable, Equatable, Codable {
    /// α, t, or the point's number.
    public let position: Double
    public let norm: Double
    /// One list a nearness that was asked for.
    public let neighbours: [PointNeighbours]
    /// Rows that are neighbours here and were not at the step before, by the first nearness; all of them at the first step.
    public let entered: [Int]
    /// Rows that were neighbours at the step before and are not here.
    public let left: [Int]
    public let alarm: PointAlarm
  }

  public let steps: [Step]
  /// The first position at which the alarm is raised and stays raised to the end; nil where it is not at the end.
  public let alarmBegins: Double?
  /// Σ ‖steps‖ / ‖end - start‖: 1 for a straight way; nil where it ends where it began.
  public let detour: Double?
  /// Between the ends, along the rows; see ``Geodesic``.
  public let geodesic: Geodesic
}

extension PointGeometry {
  /// What happens along a way: one pass over the rows for all steps.
  ///
  /// - Parameter nearness: of the neighbours; those that enter and leave are told by the first.
  /// - Throws: `GeometryError.option` for a way without steps, and for a spherical one between points that are zero or opposite; as
  ///   the other functions of points.
  public func path(
    _ way: PointWay, by nearness: [PointNearness] = PointNearness.allCases
  ) throws(GeometryError) -> PointPath {
    let (positions, points) = try way.steps()
    let queries = try space.queries(points)
    let lists = try search(queries, nearness, hasNeighbourhood: true)
    let shapes = try self.shapes(queries, lists)
    var steps: [PointPath.Step] = []
    var before: Set<Int> = []
    for (index, query) in queries.enumerated() {
      let found = neighbours(query, nearness, lists[index])
      let here = found.first?.neighbours.map(\.row) ?? []
      steps.append(
        PointPath.Step(
          position: positions[index], norm: query.norm, neighbours: found,
          entered: here.filter { !before.contains($0) }, left: before.subtracting(here).sorted(),
          alarm: alarm(query, shapes[index])))
      before = Set(here)
    }
    let quiet = steps.lastIndex { !$0.alarm.isRaised }
    let (start, end) = (points.row(0), points.row(points.rows - 1))
    let straight = distance(start, end)
    let length = (1..<max(points.rows, 1)).reduce(0) { $0 + distance(points.row($1 - 1), points.row($1)) }
    return PointPath(
      steps: steps, alarmBegins: steps[((quiet ?? -1) + 1)...].first?.position,
      detour: straight > 0 ? max(length / straight, 1) : nil,
      geodesic: reference.geodesics.geodesic(start, end))
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Double { squaredDistance(a.span, b.span).squareRoot() }
}

extension PointWay {
  /// Positions and points, in order; computed in Double.
  ///
  /// - Throws: `GeometryError.option` for no steps, or a spherical way between points that are zero or opposite; `.width` for
  ///   two points of different width.
  public func steps() throws(GeometryError) -> (positions: [Double], points: Matrix<Float>) {
    (positions, try points())
  }

  /// α, t, or the points' numbers.
  private var positions: [Double] {
    switch self {
    case .along(_, _, let positions), .straight(_, _, let positions), .spherical(_, _, let positions):
      positions
    case .points(let points): (0..<points.rows).map(Double.init)
    }
  }

  private func points() throws(GeometryError) -> Matrix<Float> {
    switch self {
    case .along(let point, let direction, _):
      return try combinations(point, direction) { (1, $0) }
    case .straight(let a, let b, _):
      return try combinations(a, b) { (1 - $0, $0) }
    case .spherical(let a, let b, _):
      let circle = GreatCircle(a.map(Double.init), b.map(Double.init))
      try requireOption(
        "spherical way", "a zero point", "two points other than zero", circle.hasDirections)
      try requireOption("spherical way", "opposite ones", "two points that are not opposite", circle.isUnique)
      return try combinations(a, b) { circle.weights(at: $0) }
    case .points(let points):
      try requireOption("way", "\(points.rows) points", "one point or more", points.rows > 0)
      return points
    }
  }

  private func combinations(
    _ a: [Float], _ b: [Float], _ weights: (Double) -> (Double, Double)
  ) throws(GeometryError) -> Matrix<Float> {
    guard a.count == b.count else { throw .width(point: b.count, rows: a.count) }
    try requireOption("way", "\(positions.count) steps", "one step or more", !positions.isEmpty)
    let elements = positions.flatMap { position in
      let (first, second) = weights(position)
      return zip(a, b).map { Float(first * Double($0) + second * Double($1)) }
    }
    return Matrix(rows: positions.count, columns: a.count, elements: elements)
  }
}
