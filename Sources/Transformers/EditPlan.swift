import Tensors

/// The interventions of a pass, checked against the model and sorted by where they act.
struct EditPlan: Sendable {
  private enum Step: Sendable {
    case add([Float])
    /// Sets the component along a unit vector.
    case set(unit: [Float], to: Float)
    case replace([Float])
  }

  private struct Prepared: Sendable {
    let step: Step
    let positions: Edit.Positions
  }

  /// Per point and sequence, in the order given.
  private var steps: [ActivationPoint: [Int: [Prepared]]] = [:]

  /// Whether nothing is edited.
  var isEmpty: Bool { steps.isEmpty }

  /// - Parameter blocks: the blocks that the pass runs.
  /// - Throws: when an intervention is missing for some sequence, an edit lies outside the blocks, or its
  ///   vector has the wrong width, is not finite, or has no direction.
  init(
    _ interventions: [Intervention], sequenceCount: Int, blocks: Range<Int>, width: Int
  ) throws(TransformerError) {
    guard interventions.isEmpty || interventions.count == sequenceCount else {
      throw .count(what: "interventions", expected: sequenceCount, actual: interventions.count)
    }
    for (sequence, intervention) in interventions.enumerated() {
      for edit in intervention.edits {
        let place = "block \(edit.point.block), \(edit.point.site.rawValue)"
        guard blocks.contains(edit.point.block) else {
          throw .edit(place: place, reason: "this pass runs the blocks \(blocks)")
        }
        guard let step = try Self.step(edit.operation, width: width, place: place) else { continue }
        steps[edit.point, default: [:]][sequence, default: []].append(
          Prepared(step: step, positions: edit.positions))
      }
    }
  }

  /// Nothing to do (`nil`) for a zero vector, so that dose 0 keeps even the sign of zeros.
  private static func step(
    _ operation: Edit.Operation, width: Int, place: String
  ) throws(TransformerError) -> Step? {
    func check(_ v: [Float]) throws(TransformerError) {
      guard v.count == width else {
        throw .edit(place: place, reason: "the vector has \(v.count) numbers, the model's width is \(width)")
      }
      guard v.allSatisfy(\.isFinite) else {
        throw .edit(place: place, reason: "the vector holds a number that is not finite")
      }
    }
    func unit(_ v: [Float]) throws(TransformerError) -> [Float] {
      try check(v)
      let norm = v.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { throw .edit(place: place, reason: "a zero vector has no direction") }
      return v.map { Float(Double($0) / norm) }
    }
    switch operation {
    case .add(let v):
      try check(v)
      return v.allSatisfy { $0 == 0 } ? nil : .add(v)
    case .ablate(let v): return .set(unit: try unit(v), to: 0)
    case .clamp(let v, let target):
      guard target.isFinite else { throw .edit(place: place, reason: "the target is not finite") }
      return .set(unit: try unit(v), to: target)
    case .replace(let v):
      try check(v)
      return .replace(v)
    }
  }

  /// Applies all steps at `point` to the rows of `activations`.
  func apply(at point: ActivationPoint, to activations: inout Matrix<Float>, _ batch: Batch) {
    guard let sequences = steps[point] else { return }
    for item in batch.items {
      for prepared in sequences[item.sequence] ?? [] {
        for row in rows(of: item, prepared.positions) { Self.apply(prepared.step, to: &activations, row) }
      }
    }
  }

  private func rows(of item: Batch.Item, _ positions: Edit.Positions) -> Range<Int> {
    switch positions {
    case .all: item.rows
    case .last: item.rows.upperBound - 1..<item.rows.upperBound
    case .from(let first):
      min(
        item.rows.upperBound, item.rows.lowerBound + max(0, first - item.firstPosition))..<item.rows
        .upperBound
    case .at(let position):
      if item.positions.contains(position) {
        item.rows.lowerBound + position - item.firstPosition..<item.rows.lowerBound + position + 1
          - item.firstPosition
      } else {
        item.rows.lowerBound..<item.rows.lowerBound
      }
    }
  }

  private static func apply(_ step: Step, to activations: inout Matrix<Float>, _ row: Int) {
    let range = activations.range(ofRow: row)
    switch step {
    case .add(let v): addScaled(v, by: 1, to: &activations.elements, at: range.lowerBound)
    case .set(let unit, let target):
      let component = dot(activations.elements.span.extracting(range), unit.span)
      addScaled(unit, by: target - component, to: &activations.elements, at: range.lowerBound)
    case .replace(let v): activations.elements.replaceSubrange(range, with: v)
    }
  }

  private static func addScaled(_ v: [Float], by factor: Float, to h: inout [Float], at start: Int) {
    var elements = h.mutableSpan
    for i in v.indices { elements[start + i] += factor * v[i] }
  }
}
