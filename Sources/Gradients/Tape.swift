import Checkpoints
import LinearAlgebra
public import Tensors
public import Transformers

/// The residual streams that a forward pass went through, from which a reverse pass recomputes one block at a time (Chen et al. 2016,
/// arXiv 1604.06174), or takes what the forward pass has left of it where all blocks together come to no more than 512 MB.
///
/// Memory: `2 · blocks · tokens · d_model · 4` bytes, and of few tokens
/// `blocks · tokens · ((heads + 2 kv heads) · d_head + 2 d_ff) · 4`: 60 MB for 128 tokens of SmolLM2.
public struct Tape: Sendable {
  /// Tokens of each sequence.
  public let lengths: [Int]
  /// The block that the first of ``states`` enters.
  public let firstBlock: Int
  /// `states[i]`: the residual stream that enters block `firstBlock + i`, `[tokens x d_model]`, sequence after sequence; the last one
  /// leaves the last block, before the final norm.
  public let states: [Matrix<Float>]
  /// `middles[i]`: the stream between attention and feed-forward layer of block `firstBlock + i`.
  package let middles: [Matrix<Float>]
  /// What the derivatives of each block need; empty where that is recomputed.
  package let traces: [BlockTrace]

  /// Bytes that traces may take.
  static let traceLimit = 512 << 20

  /// Tokens of all sequences: rows of each state.
  public var tokenCount: Int { states[0].rows }

  /// What leaves the last block, before the final norm.
  public var finalStates: Matrix<Float> { states[states.count - 1] }

  /// The row of ``states`` at a place.
  /// - Precondition: the sequence has the position.
  public func row(of place: SequencePosition) -> Int {
    precondition((0..<lengths[place.sequence]).contains(place.position), "\(place) of \(lengths) tokens")
    return lengths[..<place.sequence].reduce(place.position, +)
  }
}

extension Model {
  /// Runs sequences through all blocks, each from position 0, and keeps what a reverse pass needs.
  ///
  /// Cost: one forward pass without logits.
  /// - Throws: ``TransformerError`` for tokens that do not fit the model, and for states that are not finite.
  public func tape(_ sequences: [[Int]]) throws(TransformerError) -> Tape {
    try check(sequences)
    return try tape(entering: 0, states: embed(sequences), lengths: sequences.map(\.count))
  }

  /// The same from given residual streams on: soft prompts, edited states.
  ///
  /// - Parameter states: `[tokens x d_model]`, sequence after sequence, exactly what enters `block`; for block 0 these are rows of the
  ///   input embedding *after* the family's factor (√d_model for Gemma), norm, and learned positions.
  /// - Throws: ``TransformerError`` for a block that the model does not have, for states of another shape, for sequences that
  ///   are empty or beyond the context, and for states that are not finite.
  public func tape(
    entering block: Int, states: Matrix<Float>, lengths: [Int]
  ) throws(TransformerError) -> Tape {
    try check(block: block)
    try check(states, rows: lengths.reduce(0, +), "the states")
    for (index, length) in lengths.enumerated() { try check(length: length, ofSequence: index) }
    try checkFinite(states.elements, "the states entering block \(block)", "so they were given")
    return try tape(entering: block, states: states, lengths: lengths, traceLimit: Tape.traceLimit)
  }

  /// - Parameter traceLimit: bytes that traces may take.
  package func tape(
    entering block: Int, states: Matrix<Float>, lengths: [Int], traceLimit: Int
  ) throws(TransformerError) -> Tape {
    let keepsTraces = traceBytes(from: block) * states.rows <= traceLimit
    var all = [states]
    var middles: [Matrix<Float>] = []
    var traces: [BlockTrace] = []
    withSingleThreadedBLAS {
      for index in block..<configuration.blockCount {
        let trace = trace(index, entering: all[all.count - 1], middle: nil, lengths: lengths)
        all.append(output(of: trace))
        middles.append(trace.middle)
        if keepsTraces { traces.append(trace) }
      }
    }
    try checkFinite(all[all.count - 1].elements, "the residual stream")
    return Tape(lengths: lengths, firstBlock: block, states: all, middles: middles, traces: traces)
  }

  // MARK: - Checks

  func check(block: Int, from first: Int = 0) throws(TransformerError) {
    guard (first...configuration.blockCount).contains(block) else {
      throw .edit(
        place: "block \(block)", reason: "the pass has the blocks \(first..<configuration.blockCount)")
    }
  }

  func check(_ x: Matrix<Float>, rows: Int, _ what: String) throws(TransformerError) {
    guard x.columns == configuration.width else {
      throw .count(what: "width of \(what)", expected: configuration.width, actual: x.columns)
    }
    guard x.rows == rows else { throw .count(what: "rows of \(what)", expected: rows, actual: x.rows) }
  }

  /// Rows of `x` are a whole number of copies of the tape's tokens at positions from one on.
  func check(
    _ x: Matrix<Float>, copiesOf tape: Tape, from position: Int = 0, _ what: String
  ) throws(TransformerError) {
    let tokens = tape.lengths.reduce(0) { $0 + max(0, $1 - position) }
    let copies = max(1, x.rows / max(1, tokens))
    try check(x, rows: copies * tokens, what)
    try check(tape.finalStates, rows: tape.tokenCount, "the tape")
    guard tape.firstBlock + tape.middles.count == configuration.blockCount else {
      throw .count(
        what: "blocks of the tape", expected: configuration.blockCount - tape.firstBlock,
        actual: tape.middles.count)
    }
  }
}
