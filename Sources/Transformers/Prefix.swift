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

  init(block: Int, lengths: [Int], hidden: Matrix<Float>) {
    self.block = block
    self.lengths = lengths
    self.hidden = hidden
    var start = 0
    starts = lengths.map { length in
      defer { start += length }
      return start
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
      var h = embed(group.flatMap { sequences[$0] })
      let batch = Batch(
        sequences: Array(group), lengths: group.map { sequences[$0].count },
        firstPositions: group.map { _ in 0 })
      var cache: KeyValueCache?
      var recorder = Recorder(positions: .all)
      run(&h, blocks: 0..<block, batch, plan, &cache, &recorder)
      elements.append(contentsOf: h.elements)
    }
    let hidden = Matrix(
      rows: elements.count / configuration.width, columns: configuration.width, elements: elements)
    return PrefixStates(block: block, lengths: sequences.map(\.count), hidden: hidden)
  }

  /// Runs the remaining blocks and unembeds the selected positions only.
  ///
  /// Equal, bit for bit, to running all blocks on the same sequences. Sequences without a selected position
  /// are not run.
  /// - Parameter interventions: one a sequence of `states`, or none; edits must lie at `states.block` or above.
  /// - Returns: `[selected x vocabulary]`, in the order of `selected`; `vocabulary · 4` bytes each.
  /// - Throws: ``TransformerError`` for positions or edits that do not fit.
  public func logits(
    continuing states: PrefixStates, selecting selected: [SequencePosition],
    interventions: [Intervention] = []
  ) throws(TransformerError) -> Matrix<Float> {
    unembed(try hidden(continuing: states, selecting: selected, interventions))
  }

  /// Natural log-probability of one token at each selected position, for the remaining blocks.
  ///
  /// As ``logits(continuing:selecting:interventions:)``, but the logits are reduced 128 positions at a time.
  /// - Parameter tokens: the token asked about at each selected position.
  /// - Throws: ``TransformerError`` for positions, tokens or edits that do not fit.
  public func logProbabilities(
    continuing states: PrefixStates, of tokens: [Int], at selected: [SequencePosition],
    interventions: [Intervention] = []
  ) throws(TransformerError) -> [Float] {
    guard tokens.count == selected.count else {
      throw .count(what: "tokens asked about", expected: selected.count, actual: tokens.count)
    }
    try check([tokens].filter { !$0.isEmpty })
    return logProbabilities(
      of: tokens, from: try hidden(continuing: states, selecting: selected, interventions))
  }

  /// The residual stream that leaves the last block, at the selected positions.
  func hidden(
    continuing states: PrefixStates, selecting selected: [SequencePosition], _ interventions: [Intervention]
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
      let batch = Batch(
        sequences: members, lengths: members.map { states.lengths[$0] },
        firstPositions: members.map { _ in 0 })
      var rows: [Float] = []
      rows.reserveCapacity(batch.rowCount * width)
      for member in members {
        let start = states.starts[member] * width
        rows.append(contentsOf: states.hidden.elements[start..<start + states.lengths[member] * width])
      }
      var h = Matrix(rows: batch.rowCount, columns: width, elements: rows)
      var cache: KeyValueCache?
      var recorder = Recorder(positions: .all)
      run(&h, blocks: states.block..<blocks.count, batch, plan, &cache, &recorder)
      for item in batch.items {
        for index in wanted[item.sequence] ?? [] {
          let row = h.range(ofRow: item.rows.lowerBound + selected[index].position)
          result.elements.replaceSubrange(result.range(ofRow: index), with: h.elements[row])
        }
      }
    }
    return result
  }
}
