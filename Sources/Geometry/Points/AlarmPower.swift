public import Statistics
public import Tensors

/// Artificial points that an alarm should tell from rows.
public enum ArtificialPoint: String, Sendable, Codable, CaseIterable {
  /// A random direction, as long as a random row.
  case isotropic = "isotropic, norm of a row"
  /// Gaussian with the rows' mean and covariance.
  case covarianceMatched = "Gaussian, covariance of the rows"
  /// Each coordinate that of a random row: the rows' marginals without their dependence.
  case shuffled = "coordinates shuffled between rows"
  /// Half way between two random rows.
  case interpolated = "half way between two rows"
  /// Half way between a random row and its nearest other.
  case interpolatedNear = "half way between a row and its nearest"
}

/// How well each score tells artificial points from held-out rows.
public struct AlarmPower: Sendable, Equatable, Codable {
  /// How well one score tells one kind of artificial points from rows.
  public struct Row: Sendable, Equatable, Codable {
    public let points: ArtificialPoint
    /// nil for the combination of all.
    public let score: OffManifoldScore?
    /// P(score of an artificial point > that of a row) + P(equal)/2, with DeLong's interval (1988); 0.5 is chance.
    public let auroc: Evaluation
    /// Share of the points with p ≤ α, Wilson's interval.
    public let alarmShare: Evaluation
  }

  public let rows: [Row]
  /// Artificial points of each kind.
  public let count: Int
  public let heldOut: Int
}

extension PointGeometry {
  /// How well the alarm tells artificial points, `count` of each kind, from the held-out rows.
  ///
  /// Artificial points are made of rows that are not held out.
  /// - Throws: `GeometryError.option` for fewer than two points; as the other functions of points.
  public func alarmPower(
    points count: Int = 500, kinds: [ArtificialPoint] = ArtificialPoint.allCases
  ) throws(GeometryError) -> AlarmPower {
    try requireOption("artificial points", count, "2 or more", count >= 2)
    let held = reference.alarms.scores
    // Larger is farther off, as for the scores.
    let heldCombined: [Double] = parallelMap(count: heldOut.count) { point in
      -reference.alarms.combined(held.map { $0[point] }, leavingOut: point)
    }
    var rows: [AlarmPower.Row] = []
    for kind in kinds {
      let alarms = try self.alarms(of: artificial(kind, count))
      for (index, score) in OffManifoldScore.allCases.enumerated() {
        rows.append(
          row(kind, score, alarms.map { ($0.scores[index].value, $0.scores[index].pValue) }, held[index]))
      }
      rows.append(row(kind, nil, alarms.map { (-$0.pValue, $0.pValue) }, heldCombined))
    }
    return AlarmPower(rows: rows, count: count, heldOut: heldOut.count)
  }

  private func row(
    _ kind: ArtificialPoint, _ score: OffManifoldScore?, _ found: [(value: Double, pValue: Double)],
    _ held: [Double]
  ) -> AlarmPower.Row {
    AlarmPower.Row(
      points: kind, score: score,
      auroc: areaUnderROC(found.map(\.value), over: held, confidence: options.confidence),
      alarmShare: shareEstimate(
        found.count { $0.pValue <= options.significance }, of: found.count, confidence: options.confidence))
  }

  /// Points of a kind, [count x d].
  public func artificial(_ kind: ArtificialPoint, _ count: Int) throws(GeometryError) -> Matrix<Float> {
    let number = UInt64(ArtificialPoint.allCases.firstIndex(of: kind) ?? 0)
    var random = SeededRandom(seed: options.seed ^ 0x4152_5449 ^ (number << 32))
    let rest = space.isRest.indices.filter { space.isRest[$0] }
    let (matrix, columns) = (space.matrix, space.matrix.columns)
    func row() -> Int { rest[Int(random.next(upperBound: UInt64(rest.count)))] }
    func halfway(_ a: Int, _ b: Int) -> [Float] {
      zip(matrix.row(a), matrix.row(b)).map { Float((Double($0) + Double($1)) / 2) }
    }
    var elements: [Float] = []
    switch kind {
    case .isotropic:
      for _ in 0..<count {
        let direction = (0..<columns).map { _ in random.normal() }
        let scale = space.norms[row()] / squaredLength(direction[...]).squareRoot()
        elements += direction.map { Float($0 * scale) }
      }
    case .covarianceMatched: for _ in 0..<count { elements += covariance.gaussian(&random) }
    case .shuffled: for _ in 0..<count { elements += (0..<columns).map { matrix[row(), $0] } }
    case .interpolated: for _ in 0..<count { elements += halfway(row(), row()) }
    case .interpolatedNear:
      let starts = (0..<count).map { _ in row() }
      let lists = try PointSearch(rows: space, hubness: []).lists(
        of: starts.map { space.query(row: $0) }, [PointWish(nearness: .euclidean, k: 1, isOfRest: true)])
      for (start, list) in zip(starts, lists) { elements += halfway(start, list[0][0].row) }
    }
    return Matrix(rows: count, columns: columns, elements: elements)
  }
}

/// P(x > y) + P(x = y)/2 with the error of DeLong, DeLong, Clarke-Pearson (1988), as Wilson's interval for so many independent items as
/// that error stands for; of all pairs where the two do not overlap and the error is 0, the fewer of both.
func areaUnderROC(_ x: [Double], over y: [Double], confidence: Double) -> Evaluation {
  guard x.count > 1, y.count > 1 else {
    return .notEvaluable(reason: "an area needs two points on both sides, got \(x.count) and \(y.count)")
  }
  func shares(_ values: [Double], _ others: [Double]) -> [Double] {
    let sorted = others.sorted()
    return values.map { Double(lowerBound($0, sorted) + upperBound($0, sorted)) / Double(2 * sorted.count) }
  }
  let (above, below) = (shares(x, y), shares(y, x).map { 1 - $0 })
  func variance(_ values: [Double], _ mean: Double) -> Double {
    values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1) / Double(values.count)
  }
  let area = above.reduce(0, +) / Double(above.count)
  let error = variance(above, area) + variance(below, area)
  let fewer = Double(min(x.count, y.count))
  let items = error > 0 ? max(area * (1 - area) / error, 1) : fewer
  let interval = wilsonInterval(area, n: items, confidence: confidence)
  return .estimate(
    Estimate(value: area, n: x.count + y.count, confidence: confidence).with(
      Spread(standardError: error.squareRoot(), lower: interval.lower, upper: interval.upper), .score))
}

/// A share of independent items with Wilson's interval.
func shareEstimate(_ successes: Int, of count: Int, confidence: Double) -> Evaluation {
  let share = Double(successes) / Double(count)
  let interval = wilsonInterval(share, n: Double(count), confidence: confidence)
  return .estimate(
    Estimate(value: share, n: count, confidence: confidence).with(
      Spread(
        standardError: (share * (1 - share) / Double(count)).squareRoot(), lower: interval.lower,
        upper: interval.upper), .score))
}
