internal import RealModule
public import Tensors

/// All that the geometry says of one point.
public struct PointReading: Sendable, Equatable, Codable {
  public let norm: Double
  /// One list a nearness that was asked for.
  public let neighbours: [PointNeighbours]
  public let alarm: PointAlarm
  public let neighbourhood: PointNeighbourhood
}

extension PointGeometry {
  /// Neighbours, alarm and neighbourhood of each point, from one pass over the rows.
  public func readings(
    of points: Matrix<Float>, by nearness: [PointNearness] = PointNearness.allCases
  ) throws(GeometryError) -> [PointReading] {
    let queries = try space.queries(points)
    let lists = try search(queries, nearness, hasNeighbourhood: true)
    let shapes = try self.shapes(queries, lists)
    return parallelMap(count: queries.count) { index in
      PointReading(
        norm: queries[index].norm,
        neighbours: neighbours(queries[index], nearness, lists[index]),
        alarm: alarm(queries[index], shapes[index]),
        neighbourhood: neighbourhood(queries[index], shapes[index], lists[index][nearness.count]))
    }
  }

  /// The k nearest rows of each point, exact: [point][nearness].
  public func neighbours(
    of points: Matrix<Float>, by nearness: [PointNearness] = PointNearness.allCases
  ) throws(GeometryError) -> [[PointNeighbours]] {
    let queries = try space.queries(points)
    let lists = try search(queries, nearness, hasNeighbourhood: false)
    return queries.indices.map { neighbours(queries[$0], nearness, lists[$0]) }
  }

  /// Whether each point lies where rows lie.
  public func alarms(of points: Matrix<Float>) throws(GeometryError) -> [PointAlarm] {
    let queries = try space.queries(points)
    let lists = try search(queries, [], hasNeighbourhood: true)
    let shapes = try self.shapes(queries, lists)
    return parallelMap(count: queries.count) { alarm(queries[$0], shapes[$0]) }
  }

  /// The lists by each nearness, then those of the neighbourhood.
  func search(
    _ queries: [PointQuery], _ nearness: [PointNearness], hasNeighbourhood: Bool
  ) throws(GeometryError) -> [[[ScoredRow]]] {
    try PointSearch(rows: space, hubness: reference.hubness).lists(
      of: queries,
      nearness.map { PointWish(nearness: $0, k: options.neighbours) }
        + (hasNeighbourhood ? LocalShape.wishes(options) : []))
  }

  func shapes(_ queries: [PointQuery], _ lists: [[[ScoredRow]]]) throws(GeometryError) -> [LocalShape] {
    try LocalShape.all(queries, lists, in: space, options)
  }

  // MARK: - What is found

  func neighbours(
    _ query: PointQuery, _ nearness: [PointNearness], _ lists: [[ScoredRow]]
  ) -> [PointNeighbours] {
    zip(nearness, lists).map { nearness, list in
      let reason = query.reasonAgainst(nearness)
      let scores = reference.neighbourScores[nearness] ?? []
      return PointNeighbours(
        nearness: nearness, identical: query.identical,
        neighbours: reason != nil
          ? []
          : list.enumerated().map { rank, near in
            PointNeighbour(
              row: near.row, score: near.score,
              standing: scores[rank].isEmpty ? nil : PointStanding(near.score, among: scores[rank]),
              hub: hubCount(near.row))
          }, reason: reason)
    }
  }

  private func hubCount(_ row: Int) -> HubCount {
    let among = heldOut.count - (heldOut.contains(row) ? 1 : 0)
    let occurrences = Int(reference.occurrences[row])
    let chance = Double(options.neighbours) / Double(countedRows - 1)
    return HubCount(
      occurrences: occurrences, among: among, times: Double(occurrences) / (Double(among) * chance),
      pValue: binomialTail(occurrences, of: among, chance: chance))
  }

  func alarm(_ query: PointQuery, _ shape: LocalShape) -> PointAlarm {
    // A row of the rest is one of those that mean and covariance were taken from.
    let isOfRest = query.itself.map { space.isRest[$0] } ?? false
    let values = OffManifoldScore.values(
      of: query, shape, covariance, neighbours: options.neighbours, leavingOut: isOfRest)
    let own = heldOut.firstIndex {
      $0 == query.itself || (query.group != nil && space.labels?[$0] == query.group)
    }
    let pValues = reference.alarms.pValues(values, leavingOut: own)
    return PointAlarm(
      scores: OffManifoldScore.allCases.enumerated().map {
        PointAlarm.Score(score: $1, value: values[$0], pValue: pValues[$0])
      },
      pValue: reference.alarms.combined(values, leavingOut: own),
      bonferroni: min(1, Double(pValues.count) * (pValues.min() ?? 1)), heldOut: reference.alarms.count(own),
      significance: options.significance)
  }
}

/// P(X ≥ successes) for a binomial X, from its largest terms on.
func binomialTail(_ successes: Int, of trials: Int, chance: Double) -> Double {
  guard successes > 0 else { return 1 }
  guard chance < 1 else { return 1 }
  func logTerm(_ i: Int) -> Double {
    let choose =
      Double.logGamma(Double(trials + 1)) - .logGamma(Double(i + 1)) - .logGamma(Double(trials - i + 1))
    return choose + Double(i) * .log(chance) + Double(trials - i) * .log(onePlus: -chance)
  }
  // The shorter side is summed only where it is not what rounding leaves of 1.
  let mean = Double(trials) * chance
  if Double(successes) <= mean { return max(0, 1 - (0..<successes).reduce(0) { $0 + .exp(logTerm($1)) }) }
  return min(1, (successes...trials).reduce(0) { $0 + .exp(logTerm($1)) })
}
