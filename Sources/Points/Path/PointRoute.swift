internal import Geometry

/// Where a walk leads, checked: both ends lie in one space, and no direction stands where a point is needed.
struct PointRoute {
  /// The goal in canonical form.
  let goal: String
  let way: PointWay
  let kind: PointWalk.Way

  /// - Parameter resolve: makes the point of an expression.
  /// - Throws: ``PointError`` for a goal of another space, and for ends that lie nowhere.
  init(
    from a: ResolvedPoint, _ start: String, to goal: PointGoal,
    resolve: (String) throws(PointError) -> ResolvedPoint
  ) throws(PointError) {
    let text: String
    switch goal {
    case .point(let end, _, _): text = end
    case .along(let direction, _): text = direction
    }
    let b = try resolve(text)
    func fault(_ text: String, _ reason: PointError.Reason) -> PointError {
      PointError(at: PointPlace(text, 1), reason)
    }
    guard a.space == b.space else { throw fault(text, .otherGoal(a.space, b.space, start: start)) }
    guard !a.isDirection else {
      throw fault(start, .undefined("a direction lies nowhere, so no way begins at it: begin at a point"))
    }
    switch goal {
    case .along(_, let doses):
      (kind, way) = (.along, .along(point: a.values, direction: b.values, doses: doses))
    case .point(_, let steps, let isSpherical):
      guard !b.isDirection else {
        throw fault(
          text, .undefined("a direction lies nowhere, so no way ends at it: go along it with --along"))
      }
      let places = (0..<steps).map { Double($0) / Double(max(1, steps - 1)) }
      (kind, way) =
        isSpherical
        ? (.spherical, .spherical(from: a.values, to: b.values, at: places))
        : (.straight, .straight(from: a.values, to: b.values, at: places))
    }
    self.goal = b.expression.description
  }
}
