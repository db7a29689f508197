import Checkpoints
import Tensors
import Tokenizers

extension Model {
  /// Continues each prompt until a stop token, `maximumTokens`, or the end of the context that the model was trained on.
  ///
  /// All prompts advance together, 64 at a time; a sequence's tokens depend on its prompt, its intervention
  /// and its seed, not on its neighbours (but for ties within rounding).
  /// - Parameter interventions: one a prompt, or none. ``Edit/Positions/last`` acts on the prompt's last
  ///   token and then on every generated one.
  /// - Returns: the generated ids of each prompt, without the stop token; never the number of a row that only pads the
  ///   embedding.
  /// - Throws: ``TransformerError`` for tokens, edits or options that do not fit, and for a prompt beyond the context length.
  public func generate(
    _ prompts: [[Int]], options: GenerationOptions = GenerationOptions(), interventions: [Intervention] = []
  ) throws(TransformerError) -> [[Int]] {
    try generate(
      prompts, after: KeyValueCache(for: self, sequenceCount: 1, precision: options.cache), options: options,
      interventions: interventions)
  }

  /// As ``generate(_:options:interventions:)``, where all prompts go on from what one cache has seen.
  ///
  /// - Parameters:
  ///   - beginning: a cache of one sequence; positions count from its first token.
  ///   - prompts: what comes behind it, at least one token each.
  /// - Precondition: the cache has one sequence.
  public func generate(
    _ prompts: [[Int]], after beginning: KeyValueCache, options: GenerationOptions = GenerationOptions(),
    interventions: [Intervention] = []
  ) throws(TransformerError) -> [[Int]] {
    try options.validate()
    try check(prompts, after: prompts.map { _ in beginning.lengths[0] })
    return try generate(
      prompts.map { InputSequence([.tokens($0)]) }, after: beginning, options,
      plan(interventions, prompts.count))
  }

  /// - Parameter prompts: checked.
  func generate(
    _ prompts: [InputSequence], after beginning: KeyValueCache, _ options: GenerationOptions, _ plan: EditPlan
  ) throws(TransformerError) -> [[Int]] {
    var generated = [[Int]](repeating: [], count: prompts.count)
    guard options.maximumTokens > 0 else { return generated }
    for start in stride(from: 0, to: prompts.count, by: 64) {
      try generate(
        Array(start..<min(prompts.count, start + 64)), prompts, beginning, options, plan, into: &generated)
    }
    return generated
  }

  private func generate(
    _ members: [Int], _ prompts: [InputSequence], _ beginning: KeyValueCache, _ options: GenerationOptions,
    _ plan: EditPlan, into generated: inout [[Int]]
  ) throws(TransformerError) {
    let stops = options.stopTokens ?? tokenizer.endOfTurn
    var cache = beginning.repeated(prompts.count)
    var samplers = Dictionary(uniqueKeysWithValues: members.map { ($0, Sampler(options, sequence: $0)) })
    var next = prompts
    var active = members
    while !active.isEmpty {
      var remaining: [Int] = []
      for group in Batch.groups(lengths: active.map { next[$0].count }) {
        let sequences = Array(active[group])
        var recorder = Recorder(positions: .all)
        let pass = try forward(sequences, next, &cache, plan, &recorder)
        let last = pass.hidden.selecting(rows: pass.batch.items.map { $0.rows.upperBound - 1 })
        let logits = try unembed(last)
        for (row, sequence) in sequences.enumerated() {
          let range = logits.range(ofRow: row).prefix(namedRows)
          guard let token = samplers[sequence]?.next(logits.elements.span.extracting(range)),
            !stops.contains(token)
          else { continue }
          generated[sequence].append(token)
          next[sequence] = InputSequence([.tokens([token])])
          if generated[sequence].count < options.maximumTokens,
            cache.lengths[sequence] + 1 < configuration.contextLength
          {
            remaining.append(sequence)
          }
        }
      }
      active = remaining
    }
  }
}
