import Checkpoints
import LinearAlgebra
public import Tensors

// One sequence under many interventions: what a point says in a prompt, among a hundred others in its place.
extension Model {
  /// The residual stream that leaves the last block at some positions of one sequence, for each intervention:
  /// `[interventions · positions x d_model]`, intervention after intervention.
  ///
  /// What no intervention touches is run once: the blocks below the lowest edit, and the positions before the first one
  /// that is edited where all edits are ``Edit/Positions/at(_:)``. Equal to one pass an intervention up to rounding.
  /// - Parameter positions: of the sequence, in any order.
  /// - Throws: ``TransformerError`` for tokens, positions or edits that do not fit.
  public func finalStates(
    of tokens: [Int], at positions: [Int], under interventions: [Intervention]
  ) throws(TransformerError) -> Matrix<Float> {
    try check([tokens])
    try check(positions.map { SequencePosition(sequence: 0, position: $0) }, lengths: [tokens.count])
    let edits = interventions.flatMap(\.edits)
    let block = max(0, min(edits.map(\.point.block).min() ?? 0, blocks.count - 1))
    let plan = try plan(interventions, interventions.count, from: block)
    let fork = max(0, (edits.map(\.positions.first) + positions).min() ?? 0)
    let trunk = try prefix([tokens], before: block).hidden.elements
    let width = configuration.width
    let tail = trunk[(fork * width)...]
    var result: [Float] = []
    result.reserveCapacity(interventions.count * positions.count * width)
    let members = 1 + max(0, Batch.rowLimit - tokens.count) / (tokens.count - fork)
    for start in stride(from: 0, to: interventions.count, by: members) {
      let group = Array(start..<min(start + members, interventions.count))
      let copies = group.count - 1
      let batch = Batch(
        sequences: group, lengths: [tokens.count] + Array(repeating: tokens.count - fork, count: copies),
        firstPositions: [0] + Array(repeating: fork, count: copies),
        trunks: [nil] + Array(repeating: 0, count: copies))
      var rows = trunk
      rows.reserveCapacity(batch.rowCount * width)
      for _ in 0..<copies { rows += tail }
      var h = Matrix(rows: batch.rowCount, columns: width, elements: rows)
      var cache: KeyValueCache?
      var recorder = Recorder(positions: .all)
      try run(&h, blocks: block..<blocks.count, batch, plan, &cache, &recorder)
      for item in batch.items {
        for position in positions {
          result += h.elements[h.range(ofRow: item.rows.lowerBound + position - item.firstPosition)]
        }
      }
    }
    return Matrix(rows: interventions.count * positions.count, columns: width, elements: result)
  }

  /// `ln p(token | everything before it)` for each token of one continuation, under each intervention.
  ///
  /// - Returns: one list an intervention, as long as the continuation, natural logarithms.
  /// - Throws: ``TransformerError`` for tokens or edits that do not fit.
  public func logProbabilities(
    of continuation: Continuation, under interventions: [Intervention]
  ) throws(TransformerError) -> [[Float]] {
    guard !continuation.prompt.isEmpty else { throw .emptySequence(sequence: 0) }
    let count = continuation.continuation.count
    guard count > 0 else { return interventions.map { _ in [] } }
    let first = continuation.prompt.count - 1
    let states = try finalStates(
      of: continuation.prompt + continuation.continuation.dropLast(), at: Array(first..<first + count),
      under: interventions)
    let flat = try logProbabilities(
      of: interventions.flatMap { _ in continuation.continuation }, from: states)
    return interventions.indices.map { Array(flat[$0 * count..<($0 + 1) * count]) }
  }
}

extension Edit.Positions {
  /// The first position that can be edited, whatever the sequence.
  fileprivate var first: Int {
    switch self {
    case .all, .last: 0
    case .from(let position), .at(let position): position
    }
  }
}
