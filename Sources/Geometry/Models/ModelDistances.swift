public import Statistics

/// How far apart N models are, all pairs: what clustering and maps of models start from.
///
/// Give it a metric, such as the angle of ``ShapeDistance``: symmetric, 0 for a model and itself, and with the
/// triangle inequality, without which neither a tree nor a map is faithful. Each pair is measured on the tokens
/// that it shares, so the inequality can fail although the measure is a metric; ``violations`` says where it
/// fails by more than the errors of the three distances allow.
public struct ModelDistances: Sendable, Equatable, Codable {
  /// One measured pair.
  public struct Pair: Sendable {
    public let first: String
    public let second: String
    public let distance: Evaluation

    public init(_ first: String, _ second: String, _ distance: Evaluation) {
      (self.first, self.second, self.distance) = (first, second, distance)
    }
  }

  /// Three models of which the way over the middle one is shorter than the direct one.
  public struct Violation: Sendable, Equatable, Codable {
    public let from: String
    public let over: String
    public let to: String
    /// d(from, to) - d(from, over) - d(over, to), above 0.
    public let excess: Double
    /// Standard error of the excess, the three distances taken as independent; nil when one has none.
    public let standardError: Double?
  }

  /// What the distances are, for tables and figures: `shape distance, α = 1`.
  public let measure: String
  /// `radians`, or nil for a number without unit.
  public let unit: String?
  public let names: [String]
  /// Row i, column j: from model i to model j; symmetric, 0 on the diagonal.
  public let values: [[Double]]
  public let standardErrors: [[Double?]]
  /// Where a detour is shorter, by more than 2 standard errors and rounding; the worst first.
  public let violations: [Violation]

  /// - Parameters:
  ///   - names: all different; they fix the order of rows and columns.
  ///   - pairs: every pair of names once, in either order.
  /// - Throws: `GeometryError.distance` for a pair that is missing, occurs twice, was not evaluable or is
  ///   negative.
  /// - Precondition: names are different, and all names in `pairs` are among them.
  public init(
    measure: String, unit: String? = nil, names: [String], pairs: [Pair]
  ) throws(GeometryError) {
    precondition(Set(names).count == names.count, "models of the same name among \(names)")
    var values = names.map { _ in [Double](repeating: 0, count: names.count) }
    var errors = names.map { _ in [Double?](repeating: nil, count: names.count) }
    for first in names.indices {
      for second in names.indices.dropFirst(first + 1) {
        let estimate = try Self.estimate(names[first], names[second], pairs)
        for (i, j) in [(first, second), (second, first)] {
          (values[i][j], errors[i][j]) = (estimate.value, estimate.standardError)
        }
      }
    }
    for pair in pairs {
      precondition(
        names.contains(pair.first) && names.contains(pair.second),
        "distance of \(pair.first) and \(pair.second), expected two of \(names)")
    }
    (self.measure, self.unit, self.names, self.values, standardErrors) = (
      measure, unit, names, values, errors
    )
    violations = Self.violations(names, values, errors)
  }

  private static func estimate(
    _ first: String, _ second: String, _ pairs: [Pair]
  ) throws(GeometryError) -> Estimate {
    let found = pairs.filter {
      ($0.first, $0.second) == (first, second) || ($0.second, $0.first) == (first, second)
    }
    guard found.count == 1 else {
      throw .distance(first: first, second: second, reason: "was given \(found.count) times")
    }
    guard let estimate = found[0].distance.estimate else {
      throw .distance(first: first, second: second, reason: found[0].distance.reason ?? "not evaluable")
    }
    guard estimate.value.isFinite, estimate.value >= 0 else {
      throw .distance(first: first, second: second, reason: "is \(estimate.value)")
    }
    return estimate
  }

  private static func violations(
    _ names: [String], _ values: [[Double]], _ errors: [[Double?]]
  ) -> [Violation] {
    var found: [Violation] = []
    for from in names.indices {
      for to in names.indices.dropFirst(from + 1) {
        for over in names.indices where over != from && over != to {
          let excess = values[from][to] - values[from][over] - values[over][to]
          let parts = [errors[from][to], errors[from][over], errors[over][to]].compactMap { $0 }
          let error = parts.count == 3 ? parts.reduce(0) { $0 + $1 * $1 }.squareRoot() : nil
          guard excess > 1e-9 * (1 + values[from][to]) + 2 * (error ?? 0) else { continue }
          found.append(
            Violation(
              from: names[from], over: names[over], to: names[to], excess: excess, standardError: error))
        }
      }
    }
    return found.sorted { $0.excess > $1.excess }
  }
}
