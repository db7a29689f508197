internal import Lenses
internal import Steering
internal import Tensors

extension PointModel {
  /// What the model says in the place of a point, among others of its kind: rows of words for points of the input embedding, states of
  /// texts for those of the residual stream, less their mean for directions.
  ///
  /// - Throws: ``PointGap`` for a space that has no place in a prompt; `WordsError`.
  func answer(
    for point: ResolvedPoint, among rows: PointRows, _ options: WordsOptions
  ) throws -> AnswerInWords {
    guard let running = runnable?.model else { throw gap ?? PointGap("\(name) can't be run") }
    let count = options.pointsNeeded
    let others: PointSample
    switch point.space {
    case .input: others = try .tokens(of: running, count: count, seed: options.seed)
    case .residual(let layer):
      var states = rows.rows.selecting(rows: rows.sample(count, seed: options.seed))
      if point.isDirection { states = states.addingToRows(rows.mean.map { -Float($0) }) }
      others = PointSample(
        place: .residual(layer: layer), points: states,
        words: "states of other texts\(point.isDirection ? ", less their mean" : "")")
    case .output, .added:
      throw PointGap("\(point.space.words) is no place in a prompt where a point could stand")
    }
    return try Verbaliser(running, others: others, options: options).answer(for: point.values)
  }
}
