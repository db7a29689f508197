internal import Checkpoints
internal import Files
internal import Geometry
internal import Statistics
internal import Steering
internal import Tensors
internal import Transformers

extension PointReader {
  /// What happens on the way from a point to a goal.
  ///
  /// Cost: one pass over the rows for all steps; for divergences a pass over the neutral texts a step.
  /// - Throws: ``PointError`` for expressions, also where the goal is of another space; `GeometryError`; ``PointGap`` where the space
  ///   has no rows.
  public func walk(from start: String, to goal: PointGoal) throws -> PointWalk {
    let a = try model.point(start, rules: options.rules)
    let route = try PointRoute(from: a, start, to: goal) { (text) throws(PointError) in
      try model.point(text, rules: options.rules)
    }
    let (b, way, kind) = (route.goal, route.way, route.kind)
    JobProgress.current.begin("reading \(a.space.words)")
    let ground = try ground(of: a.space)
    let rows = ground.rows
    JobProgress.current.begin("measuring along the way")
    let found = try ground.geometry.path(way, by: PointNearness.allCases)
    let (_, points) = try way.steps()
    JobProgress.current.begin("reading the lens along the way")
    let tokens = try readTokens(points, of: a)
    JobProgress.current.begin("steering along the way")
    let meter = attempt { try OutputDivergence(model, a.space) }
    let divergences = meter.flatMap { meter in attempt { try meter.ofAdding(points, from: a.values) } }
    var steps: [PointWalk.Step] = []
    for (index, step) in found.steps.enumerated() {
      let before = index == 0 ? [] : tokens?[index - 1].map(\.words) ?? []
      let here = tokens?[index].map(\.words) ?? []
      steps.append(
        PointWalk.Step(
          position: step.position, norm: step.norm,
          neighbours: step.neighbours.map { NearTokens($0, rows, model) },
          entered: step.entered.map { rows.word($0, in: model) },
          left: step.left.map { rows.word($0, in: model) },
          alarm: step.alarm, tokens: tokens?[index], tokensEntered: here.filter { !before.contains($0) },
          tokensLeft: before.filter { !here.contains($0) }, divergence: try? divergences.get()[index]))
    }
    return PointWalk(
      model: model.name, modelSHA256: model.identity.hash, start: a.expression.description, towards: b,
      way: kind, space: a.space, spaceWords: a.space.words, steps: steps, alarmBegins: found.alarmBegins,
      heldAgainst: rows.words, heldOut: found.steps.first?.alarm.heldOut ?? 0,
      significance: options.geometry.significance, detour: found.detour, geodesic: found.geodesic,
      divergenceGap: divergences.gap, divergenceTexts: (try? meter.get().texts) ?? 0)
  }

  /// The first five tokens that the logit lens reads of each point; nil for spaces that are no residual stream.
  private func readTokens(_ points: Matrix<Float>, of point: ResolvedPoint) throws -> [[ReadWord]]? {
    guard let running = model.runnable?.model,
      point.space == .input && running.inputObstacle == nil || point.space.residualLayer != nil
    else {
      return nil
    }
    let scale = point.space == .input ? running.configuration.embeddingScale : 1
    let states = Matrix(
      rows: points.rows, columns: points.columns, elements: points.elements.map { scale * $0 })
    let logits = try running.unembed(states)
    return (0..<points.rows).map { model.words(of: logits.row($0)) }
  }
}

extension Result where Failure == PointGap {
  /// Why there is nothing; nil where there is something.
  var gap: PointGap? { if case .failure(let gap) = self { gap } else { nil } }
}
