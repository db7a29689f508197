import Checkpoints
import LinearAlgebra
public import Tensors

/// The residual stream entering one block for all positions of some sequences: what every arm of a
/// dose–response sweep shares when its edits lie at this block or above.
///
/// Memory: d_model · 4 bytes a token.
public struct PrefixStates: Sendable {
  /// The block that comes next.
  public let block: Int
  /// Tokens of each sequence.
  public let lengths: [Int]
  let hidden: Matrix<Float>
  let starts: [Int]
  /// The sequences that begin as an earlier one does: what both share needs to be run once only.
  let forks: [Fork?]

  /// Where a sequence leaves the earlier one that it begins like.
  struct Fork: Sendable {
    let trunk: Int
    let position: Int
  }

  init(block: Int, sequences: [[Int]], hidden: Matrix<Float>) {
    self.block = block
    lengths = sequences.map(\.count)
    self.hidden = hidden
    forks = Self.forks(sequences)
    var start = 0
    starts = lengths.map { length in
      defer { start += length }
      return start
    }
  }

  /// The same sequences `count` times, one copy after the other: one pass then runs as many interventions.
  ///
  /// Sequence `s` of copy `c` has the number `c · n + s`, n the number of sequences. Memory: `count` times that of the states.
  /// - Precondition: at least one copy.
  public func repeated(_ count: Int) -> PrefixStates {
    precondition(count > 0, "\(count) copies of \(lengths.count) sequences")
    return PrefixStates(copying: self, count)
  }

  private init(copying states: PrefixStates, _ count: Int) {
    block = states.block
    lengths = (0..<count).flatMap { _ in states.lengths }
    hidden = Matrix(
      rows: count * states.hidden.rows, columns: states.hidden.columns,
      elements: (0..<count).flatMap { _ in states.hidden.elements })
    starts = (0..<count).flatMap { copy in states.starts.map { copy * states.hidden.rows + $0 } }
    forks = (0..<count).flatMap { copy in
      states.forks.map { fork in
        fork.map { Fork(trunk: copy * states.lengths.count + $0.trunk, position: $0.position) }
      }
    }
  }

  /// A sequence forks from the last one that does not fork itself, if they share at least half of its tokens.
  private static func forks(_ sequences: [[Int]]) -> [Fork?] {
    var trunk = 0
    return sequences.indices.map { index in
      let sequence = sequences[index]
      let common = zip(sequence.dropLast(), sequences[trunk]).prefix { $0 == $1 }.count
      if index > trunk, 2 * common >= sequence.count { return Fork(trunk: trunk, position: common) }
      trunk = index
      return nil
    }
  }
}

extension Model {
  /// Runs blocks `0..<block` once, without edits.
  /// - Throws: ``TransformerError`` for tokens that do not fit, or a block that the model does not have.
  public func prefix(_ sequences: [[Int]], before block: Int) throws(TransformerError) -> PrefixStates {
    try check(sequences)
    guard (0...blocks.count).contains(block) else {
      throw .edit(place: "block \(block)", reason: "the model has the blocks \(blocks.indices)")
    }
    let plan = try plan([], sequences.count)
    var elements: [Float] = []
    elements.reserveCapacity(sequences.reduce(0) { $0 + $1.count } * configuration.width)
    for group in Batch.groups(lengths: sequences.map(\.count)) {
      var h = embed(Array(sequences[group]))
      let batch = Batch(
        sequences: Array(group), lengths: group.map { sequences[$0].count },
        firstPositions: group.map { _ in 0 })
      var cache: KeyValueCache?
      var recorder = Recorder(positions: .all)
      try run(&h, blocks: 0..<block, batch, plan, &cache, &recorder)
      elements.append(contentsOf: h.elements)
    }
    let hidden = Matrix(
      rows: elements.count / configuration.width, columns: configuration.width, elements: elements)
    return PrefixStates(block: block, sequences: sequences, hidden: hidden)
  }

  /// Runs the remaining blocks and unembeds the selected positions only.
  ///
  /// Equal to running all blocks on the same sequences: bit for bit, unless neighbouring sequences begin alike (then
  /// their common beginning is run once, and other shapes of products round otherwise). Sequences without a selected
  /// position are not run.
  /// - Parameter interventions: one a sequence of `states`, or none; edits must lie at `states.block` or above.
  /// - Returns: `[selected x vocabulary]`, in the order of `selected`; `vocabulary · 4` bytes each.
  /// - Throws: ``TransformerError`` for positions or edits that do not fit.
  public func logits(
    continuing states: PrefixStates, selecting selected: [SequencePosition],
    interventions: [Intervention] = []
  ) throws(TransformerError) -> Matrix<Float> {
    try unembed(try finalStates(continuing: states, selecting: selected, interventions: interventions))
  }

  /// The residual stream that leaves the last block at the selected positions, `[selected x d_model]`: logits
  /// without the cost of the vocabulary, for ``logits(of:from:)`` and ``logProbabilities(of:from:)``.
  ///
  /// - Throws: as ``logits(continuing:selecting:interventions:)``.
  public func finalStates(
    continuing states: PrefixStates, selecting selected: [SequencePosition],
    interventions: [Intervention] = []
  ) throws(TransformerError) -> Matrix<Float> {
    try check(selected, lengths: states.lengths)
    let plan = try plan(interventions, states.lengths.count, from: states.block)
    var wanted: [Int: [Int]] = [:]
    for (index, place) in selected.enumerated() { wanted[place.sequence, default: []].append(index) }
    let sequences = wanted.keys.sorted()
    let width = configuration.width
    var result = Matrix<Float>(rows: selected.count, columns: width, repeating: 0)
    for group in Batch.groups(lengths: sequences.map { states.lengths[$0] }) {
      let members = Array(sequences[group])
      let forks = members.map { member -> PrefixStates.Fork? in
        guard let fork = states.forks[member], members.contains(fork.trunk),
          interventions.isEmpty || interventions[member].actsAlike(interventions[fork.trunk])
        else { return nil }
        return fork
      }
      let first = forks.map { $0?.position ?? 0 }
      let batch = Batch(
        sequences: members, lengths: zip(members, first).map { states.lengths[$0] - $1 },
        firstPositions: first, trunks: forks.map { $0.flatMap { members.firstIndex(of: $0.trunk) } })
      var rows: [Float] = []
      rows.reserveCapacity(batch.rowCount * width)
      for item in batch.items {
        let start = states.starts[item.sequence]
        rows +=
          states.hidden.elements[
            (start + item.firstPosition) * width..<(start + states.lengths[item.sequence]) * width]
      }
      var h = Matrix(rows: batch.rowCount, columns: width, elements: rows)
      var cache: KeyValueCache?
      var recorder = Recorder(positions: .all)
      try run(&h, blocks: states.block..<blocks.count, batch, plan, &cache, &recorder)
      for item in batch.items {
        for index in wanted[item.sequence] ?? [] {
          let position = selected[index].position
          let owner = position < item.firstPosition ? batch.items[item.trunk ?? 0] : item
          let row = h.range(ofRow: owner.rows.lowerBound + position - owner.firstPosition)
          result.elements.replaceSubrange(result.range(ofRow: index), with: h.elements[row])
        }
      }
    }
    return result
  }
}

extension Intervention {
  /// Whether both do the same at every position that two sequences share.
  fileprivate func actsAlike(_ other: Intervention) -> Bool {
    self == other && !edits.contains { $0.positions == .last }
  }
}
