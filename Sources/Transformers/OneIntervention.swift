public import Tensors

// The same intervention for every sequence of the batch: what one arm of a dose–response sweep is.
extension Model {
  /// As ``forward(_:cache:interventions:recording:logits:)``, one intervention for all sequences.
  public func forward(
    _ tokens: [[Int]], cache: inout KeyValueCache, intervention: Intervention,
    recording: [ActivationPoint] = [], logits: LogitPositions = .last
  ) throws(TransformerError) -> ForwardResult {
    try forward(
      tokens, cache: &cache, interventions: Array(repeating: intervention, count: tokens.count),
      recording: recording, logits: logits)
  }

  /// As ``logits(continuing:selecting:interventions:)``, one intervention for all sequences.
  public func logits(
    continuing states: PrefixStates, selecting selected: [SequencePosition], intervention: Intervention
  ) throws(TransformerError) -> Matrix<Float> {
    try logits(
      continuing: states, selecting: selected,
      interventions: Array(repeating: intervention, count: states.lengths.count))
  }

  /// As ``finalStates(continuing:selecting:interventions:)``, one intervention for all sequences.
  public func finalStates(
    continuing states: PrefixStates, selecting selected: [SequencePosition], intervention: Intervention
  ) throws(TransformerError) -> Matrix<Float> {
    try finalStates(
      continuing: states, selecting: selected,
      interventions: Array(repeating: intervention, count: states.lengths.count))
  }

  /// As ``logProbabilities(of:interventions:)``, one intervention for all continuations.
  public func logProbabilities(
    of continuations: [Continuation], intervention: Intervention
  ) throws(TransformerError) -> [[Float]] {
    try logProbabilities(
      of: continuations, interventions: Array(repeating: intervention, count: continuations.count))
  }

  /// As ``generate(_:options:interventions:)``, one intervention for all prompts.
  public func generate(
    _ prompts: [[Int]], options: GenerationOptions = GenerationOptions(), intervention: Intervention
  ) throws(TransformerError) -> [[Int]] {
    try generate(
      prompts, options: options, interventions: Array(repeating: intervention, count: prompts.count))
  }
}
