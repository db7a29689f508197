internal import Checkpoints
internal import Tensors
internal import Transformers

/// Measures held-out log-odds under many interventions that share everything below the edit.
struct LogOddsMeter: Sendable {
  let model: Model
  let continuations: TestContinuations
  private let prefix: PrefixStates

  /// - Parameter point: where all interventions act.
  init(_ continuations: TestContinuations, model: Model, at point: ActivationPoint) throws {
    self.model = model
    self.continuations = continuations
    prefix = try model.prefix(continuations.sequences, before: point.measured(in: model).block)
  }

  /// One list a vector and dose: nats, one number an item. As many of them a pass as it takes rows.
  func logOdds(_ arms: [(vector: SteeringVector, dose: Double)]) throws -> [[Double]] {
    try logOdds(arms.map { $0.vector.measured(dose: $0.dose, in: model) })
  }

  func logOdds(_ interventions: [Intervention]) throws -> [[Double]] {
    let rows = continuations.selection.count
    return try prefix.sweep(interventions) { states, interventions in
      let final = try model.finalStates(
        continuing: states,
        selecting: continuations.selection.repeated(interventions.count, sequences: prefix.lengths.count),
        interventions: interventions.flatMap { Array(repeating: $0, count: prefix.lengths.count) })
      return try interventions.indices.map { copy in
        try continuations.logOdds(final.selecting(rows: Array(copy * rows..<(copy + 1) * rows)), in: model)
      }
    }
  }

  /// `mean over items of (L(v) - L(-v)) / 2` of each vector: the log-odds' central slope at dose 1, nats a dose. Odd in the vector.
  func effects(of vectors: [SteeringVector]) throws -> [Double] {
    try logOdds(vectors.flatMap { [($0, 1.0), ($0, -1.0)] }).pairs.map { above, below in
      zip(above, below).reduce(0.0) { $0 + ($1.0 - $1.1) / 2 } / Double(max(1, above.count))
    }
  }
}

extension ActivationPoint {
  /// The same place as the input of the next block, where there is one: an edit there leaves the block itself out.
  func measured(in model: Model) -> ActivationPoint {
    site == .residualPost && block + 1 < model.configuration.blockCount
      ? ActivationPoint(block: block + 1, site: .residualPre) : self
  }
}

extension SteeringVector {
  /// The edit of ``intervention(dose:positions:)`` at the place where it is measured.
  func measured(dose: Double, in model: Model) -> Intervention {
    SteeringVector(direction: direction, point: point.measured(in: model), provenance: provenance)
      .intervention(dose: dose)
  }
}

extension PrefixStates {
  /// Rows that a pass takes well: more no longer make it faster.
  private static let rowsAtOnce = 2048

  /// Runs `pass` on as many copies of the states as interventions fit into a pass, until all are done.
  func sweep<Result>(
    _ interventions: [Intervention], _ pass: (PrefixStates, [Intervention]) throws -> [Result]
  ) throws -> [Result] {
    let rows = lengths.reduce(0, +)
    let copies = min(interventions.count, max(1, Self.rowsAtOnce / max(1, rows)))
    guard copies > 0 else { return [] }
    let states = repeated(copies)
    return try stride(from: 0, to: interventions.count, by: copies).flatMap { start in
      let part = Array(interventions[start..<min(interventions.count, start + copies)])
      return try pass(part.count == copies ? states : repeated(part.count), part)
    }
  }
}

extension [SequencePosition] {
  /// The same positions in each of `count` copies of some sequences.
  func repeated(_ count: Int, sequences: Int) -> [SequencePosition] {
    (0..<count).flatMap { copy in
      map { SequencePosition(sequence: copy * sequences + $0.sequence, position: $0.position) }
    }
  }
}

extension Array {
  /// The members two by two.
  var pairs: [(Element, Element)] {
    stride(from: 0, to: count - 1, by: 2).map { (self[$0], self[$0 + 1]) }
  }
}
