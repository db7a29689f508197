import Checkpoints
import Foundation
import LinearAlgebra
public import Tensors

/// What a forward pass returns.
public struct ForwardResult: Sendable {
  /// `[rows x vocabulary]`: one row a sequence, or one a token, sequence after sequence.
  public let logits: Matrix<Float>
  /// At the recorded points, `[tokens x d_model]` after the edits, sequence after sequence.
  public let activations: [ActivationPoint: Matrix<Float>]
}

/// Which positions' logits a pass computes.
public enum LogitPositions: Sendable {
  case last
  case all
}

extension Model {
  /// One pass over a batch of sequences of any lengths, continuing from `cache`.
  ///
  /// Positions count from 0 over everything that the cache has seen; ``Edit/Positions/last`` is the last
  /// token of this pass. Results do not depend on the other sequences of the batch beyond rounding (1e-5
  /// relative). Cost: `2 · parameters` operations a token; memory of about 40 kB a token of a group of
  /// 2048, and the logits.
  /// - Parameters:
  ///   - tokens: the new tokens of each sequence, at least one.
  ///   - cache: has as many sequences; receives the keys and values of the tokens.
  ///   - interventions: one a sequence, or none at all.
  ///   - recording: points whose activations are returned, all positions.
  /// - Throws: ``TransformerError`` for tokens, edits or points that do not fit, also beyond the context length; the cache
  ///   is then unchanged. For numbers that are not finite; the cache is then of no more use.
  public func forward(
    _ tokens: [[Int]], cache: inout KeyValueCache, interventions: [Intervention] = [],
    recording: [ActivationPoint] = [], logits: LogitPositions = .last
  ) throws(TransformerError) -> ForwardResult {
    guard cache.sequenceCount == tokens.count else {
      throw .count(what: "sequences in the cache", expected: tokens.count, actual: cache.sequenceCount)
    }
    try check(tokens, after: cache.lengths)
    try check(recording)
    let plan = try plan(interventions, tokens.count)
    var selected: [Float] = []
    var recorder = Recorder(points: recording, positions: .all)
    let inputs = tokens.map { InputSequence([.tokens($0)]) }
    for group in Batch.groups(lengths: tokens.map(\.count)) {
      let h = try forward(group.map { $0 }, inputs, &cache, plan, &recorder)
      switch logits {
      case .all: selected.append(contentsOf: h.hidden.elements)
      case .last:
        for item in h.batch.items {
          selected.append(contentsOf: h.hidden.elements[h.hidden.range(ofRow: item.rows.upperBound - 1)])
        }
      }
    }
    let hidden = Matrix(
      rows: selected.count / configuration.width, columns: configuration.width, elements: selected)
    return ForwardResult(logits: try unembed(hidden), activations: recorder.result(configuration.width))
  }

  /// Runs some sequences of `inputs` through all blocks, into the cache.
  func forward(
    _ sequences: [Int], _ inputs: [InputSequence], _ cache: inout KeyValueCache, _ plan: EditPlan,
    _ recorder: inout Recorder
  ) throws(TransformerError) -> (hidden: Matrix<Float>, batch: Batch) {
    let batch = Batch(
      sequences: sequences, lengths: sequences.map { inputs[$0].count },
      firstPositions: sequences.map { cache.lengths[$0] })
    var h = embed(sequences.map { inputs[$0] }, from: sequences.map { cache.lengths[$0] })
    // Moved out and back, so that appending never copies.
    var kept: KeyValueCache? = consume cache
    cache = KeyValueCache(for: self, sequenceCount: 0)
    try run(&h, blocks: 0..<blocks.count, batch, plan, &kept, &recorder)
    if let filled = kept { cache = filled }
    kept = nil
    for sequence in sequences { cache.lengths[sequence] += inputs[sequence].count }
    return (h, batch)
  }

  /// Rows of the input embedding, scaled and normalised as the family wants: the residual stream entering block 0, but for
  /// learned positions.
  package func embed(_ tokens: [Int]) -> Matrix<Float> {
    var h = embedding.selecting(rows: tokens)
    h.scale(by: configuration.embeddingScale)
    return normalised(h, embeddingNorm)
  }

  /// The residual stream entering block 0, sequence after sequence.
  /// - Parameter first: the position of the first token of each sequence; none for 0.
  package func embed(_ sequences: [[Int]], from first: [Int] = []) -> Matrix<Float> {
    var h = embed(sequences.flatMap(\.self))
    addPositions(to: &h, lengths: sequences.map(\.count), from: first)
    return h
  }

  /// Adds the rows of the table of positions, where the family has one, to tokens' rows, sequence after sequence.
  package func addPositions(to h: inout Matrix<Float>, lengths: [Int], from first: [Int] = []) {
    guard let positions else { return }
    let rows = lengths.enumerated().flatMap { index, length in
      (0..<length).map { configuration.positionOffset + (first.isEmpty ? 0 : first[index]) + $0 }
    }
    h.add(positions.selecting(rows: rows))
  }

  /// Final norm and unembedding: `[rows x vocabulary]`.
  /// - Throws: when a logit is not finite.
  package func unembed(_ hidden: Matrix<Float>) throws(TransformerError) -> Matrix<Float> {
    try unembed(hidden, in: arithmetic)
  }

  /// The same in another arithmetic than the model's.
  package func unembed(
    _ hidden: Matrix<Float>, in arithmetic: Arithmetic
  ) throws(TransformerError) -> Matrix<Float> {
    var logits = withSingleThreadedBLAS {
      multiply(normalised(hidden, finalNorm), byTransposeOf: [unembedding], in: arithmetic)
    }
    logits.addToRows(unembeddingBias)
    logits.scale(by: configuration.logitScale)
    // Before the cap, which would hide infinity.
    try checkFinite(logits.elements, "the logits")
    if let cap = configuration.finalLogitCap {
      logits.parallelUpdateRows(chunk: 1) { _, elements in
        for i in elements.indices { elements[i] = capped(elements[i], at: cap) }
      }
    }
    return logits
  }

  func plan(
    _ interventions: [Intervention], _ sequenceCount: Int, from block: Int = 0
  ) throws(TransformerError) -> EditPlan {
    try EditPlan(
      interventions, sequenceCount: sequenceCount, blocks: block..<blocks.count, width: configuration.width)
  }

  // MARK: - Checks

  /// - Parameter lengths: the positions before each sequence; none where nothing is given.
  package func check(_ sequences: [[Int]], after lengths: [Int] = []) throws(TransformerError) {
    for (index, sequence) in sequences.enumerated() {
      try check(length: sequence.count, after: lengths.isEmpty ? 0 : lengths[index], ofSequence: index)
      try check(tokens: sequence, ofSequence: index)
    }
  }

  /// - Parameter before: the positions before the sequence.
  package func check(length: Int, after before: Int = 0, ofSequence index: Int) throws(TransformerError) {
    guard length > 0 else { throw .emptySequence(sequence: index) }
    guard before + length <= configuration.contextLength else {
      throw .contextLength(sequence: index, length: before + length, limit: configuration.contextLength)
    }
  }

  /// Whether the vocabulary has the tokens.
  func check(tokens: [Int], ofSequence index: Int = 0) throws(TransformerError) {
    for (position, id) in tokens.enumerated() {
      try check(token: id, at: SequencePosition(sequence: index, position: position))
    }
  }

  package func check(token id: Int, at place: SequencePosition) throws(TransformerError) {
    guard (0..<configuration.vocabularySize).contains(id) else {
      throw .token(
        sequence: place.sequence, position: place.position, id: id,
        vocabularySize: configuration.vocabularySize)
    }
  }

  func check(_ points: [ActivationPoint]) throws(TransformerError) {
    for point in points where !blocks.indices.contains(point.block) {
      throw .edit(
        place: "block \(point.block), \(point.site.rawValue)",
        reason: "the model has the blocks \(blocks.indices)")
    }
  }

  package func check(_ places: [SequencePosition], lengths: [Int]) throws(TransformerError) {
    for place in places {
      guard lengths.indices.contains(place.sequence) else {
        throw .position(place, length: 0)
      }
      guard (0..<lengths[place.sequence]).contains(place.position) else {
        throw .position(place, length: lengths[place.sequence])
      }
    }
  }
}

/// `c · tanh(x / c)`.
func capped(_ x: Float, at cap: Float) -> Float { cap * tanh(x / cap) }
