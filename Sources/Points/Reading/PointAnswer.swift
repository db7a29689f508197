internal import Lenses
internal import Steering
internal import Tensors

extension PointModel {
  /// What puts points of a kind into words, among others of that kind: rows of words for points of the input embedding, states of
  /// texts for those of the residual stream, less their mean for directions.
  ///
  /// - Throws: ``PointGap`` for a space that has no place in a prompt; `WordsError`.
  func verbaliser(
    of space: PointSpace, isDirection: Bool, among ground: PointGround, _ options: WordsOptions
  ) throws -> Verbaliser {
    guard let running = runnable?.model else { throw gap ?? PointGap("\(name) can't be run") }
    let count = options.pointsNeeded
    let others: PointSample
    switch space {
    case .input: others = try .tokens(of: running, count: count, seed: options.seed)
    case .residual(let layer):
      let rows = ground.rows
      var states = rows.rows.selecting(rows: rows.sample(count, seed: options.seed))
      if isDirection { states = shifted(states, by: ground.mean.map { Float($0) }, sign: -1) }
      others = PointSample(
        place: .residual(layer: layer), points: states,
        words: "states of other texts\(isDirection ? ", less their mean" : "")")
    case .output, .added:
      throw PointGap("\(space.words) is no place in a prompt where a point could stand")
    }
    return try Verbaliser(running, others: others, options: options)
  }
}
