internal import Distribution
internal import Files

/// Trains until the last step, from the checkpoint where there is one.
///
/// Each step takes the next examples, adds up their losses and gradients, divides by what was predicted, cuts the gradient and
/// updates by AdamW. The same input gives the same bits, also when a run was killed and goes on from its checkpoint (on one machine:
/// matrix products round otherwise on another).
///
/// Over the ranks of an MPI job (`Workers.current`) the batches of a step go to the ranks in turn, and every rank adds up all of them in
/// their order: the bits are those of one process, and `accumulation` is how many ranks have work. Rank 0 alone writes.
/// - Parameters:
///   - checkpoint: where the state is kept; nil keeps nothing.
///   - report: sees every step; false ends the run there.
/// - Returns: the state after the last step.
/// - Throws: ``TrainingError``, with `.otherRun` for a checkpoint of another model, other data or options; what the loss throws.
public func train(
  _ trainable: some Trainable, options: TrainingOptions, checkpoint: CheckpointPlace? = nil,
  report: (LearningPoint, TrainingState) throws -> Bool = { _, _ in true }
) throws -> TrainingState {
  try options.validate()
  guard trainable.exampleCount > 0 else { throw TrainingError.noExamples(what: trainable.identity.what) }
  let workers = Workers.current
  let keeper = try checkpoint.map {
    try CheckpointKeeper($0, trainable.identity, options, isWriter: workers.isRoot)
  }
  let first = TrainingState(try trainable.initialParameters(seed: options.seed))
  var state = try keeper?.resumed(like: first) ?? first
  // No rank writes before all have read.
  workers.wait()
  var order = BatchOrder(count: trainable.exampleCount, size: options.batchSize, seed: options.seed)
  let progress = JobProgress.current
  while state.step < options.steps {
    let point = try step(trainable, options, &order, &state)
    progress.tell(state.step, of: options.steps, "step \(state.step) of \(options.steps): loss \(point.loss)")
    guard try report(point, state) else { break }
    try keeper?.keepIfDue(state)
  }
  try keeper?.keep(state)
  return state
}

private func step(
  _ trainable: some Trainable, _ options: TrainingOptions, _ order: inout BatchOrder,
  _ state: inout TrainingState
) throws -> LearningPoint {
  let number = state.step + 1
  let batches = (state.step * options.accumulation..<number * options.accumulation).map {
    order.examples(ofBatch: $0)
  }
  var sum = try trainable.summedLoss(of: batches, at: state.parameters, step: number)
  guard sum.count > 0 else { throw TrainingError.noTargets(step: number) }
  guard sum.mean.isFinite else { throw TrainingError.notFinite(what: "the loss", step: number) }
  sum.gradients.scale(by: 1 / Float(sum.count))
  let norm = sum.gradients.clip(toNorm: options.gradientNorm)
  guard norm.isFinite else { throw TrainingError.notFinite(what: "the gradient", step: number) }
  let rate =
    options.learningRate * options.schedule.factor(step: state.step, of: options.steps)
  options.optimiser.update(
    &state.parameters, by: sum.gradients, &state.moments, step: number, learningRate: rate)
  state.step = number
  let point = LearningPoint(
    step: number, loss: Float(sum.mean), gradientNorm: Float(norm), count: sum.count)
  state.curve.append(point)
  return point
}
