import Files
import Foundation
import Geometry
import Points
import Statistics
import Steering
import Tensors
import Testing
import Tokenizers
import Transformers

@Suite struct WalkTests {
  private func reader(_ tiny: TinyPoints) -> PointReader {
    var options = PointReadingOptions()
    options.geometry.neighbours = 5
    return PointReader(tiny.model, others: .none, options: options)
  }

  @Test(arguments: TinyPoints.names)
  func aWayBeginsAndEndsAtItsEnds(name: String) throws {
    let tiny = try TinyPoints(name)
    defer { tiny.remove() }
    let walk = try reader(tiny).walk(
      from: #"token:"a""#, to: .point(#"token:"b""#, steps: 5, isSpherical: false))
    #expect(walk.steps.map(\.position) == [0, 0.25, 0.5, 0.75, 1])
    #expect(walk.steps[0].neighbours[0].identical == ["a"] && walk.steps[4].neighbours[0].identical == ["b"])
    #expect(walk.steps[0].divergence?.value == 0)
    let values = walk.steps.compactMap { $0.divergence?.value }
    #expect(values.count == 5 && values[4] > 0)
    #expect(walk.steps.allSatisfy { $0.tokens?.count == 5 })
    let (first, second) = (walk.steps[0].tokens?.map(\.words) ?? [], walk.steps[1].tokens?.map(\.words) ?? [])
    #expect(walk.steps[1].tokensEntered == second.filter { !first.contains($0) })
    #expect(abs((walk.detour ?? 0) - 1) < 1e-4)
    let round = try reader(tiny).walk(
      from: #"token:"a""#, to: .point(#"token:"b""#, steps: 9, isSpherical: true))
    #expect(round.detour ?? 0 > 1 && round.way == .spherical)
  }

  @Test func doseZeroChangesNothingAndDosesMoveTheOutput() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    try tiny.writeVector((0..<tiny.model.width).map { Float($0 % 3) - 1 }, block: 1, to: "v.safetensors")
    let vector = "vector:\(tiny.path("v.safetensors"))"
    let walk = try reader(tiny).walk(from: #"state:"the cat"@1[-1]"#, to: .along(vector, doses: [-2, 0, 2]))
    let values = try walk.steps.map { try #require($0.divergence?.value) }
    #expect(values[1] == 0 && values[0] > 0 && values[2] > 0)
    // The divergence is that of the model with the vector added, by the textbook.
    let ids = try ContrastSet.neutralTexts().prefix(24).map { tiny.running.tokenizer.encode($0) }.filter {
      $0.count > 3
    }
    let direction = try tiny.model.point(vector).values
    func logits(_ edits: [Edit], _ sequence: [Int], _ position: Int) throws -> [Double] {
      var cache = KeyValueCache(for: tiny.running, sequenceCount: 1)
      let found = try tiny.running.forward(
        [sequence], cache: &cache, interventions: [Intervention(edits)], logits: .all)
      let row = found.logits.row(position).map { Double($0) }
      let total = log(row.reduce(0) { $0 + exp($1) })
      return row.map { $0 - total }
    }
    var sum = 0.0
    let edit = Edit(.add(direction.map { 2 * $0 }), at: ActivationPoint(block: 1, site: .residualPost))
    for sequence in ids {
      for position in [sequence.count / 2, sequence.count - 1] {
        let (p, q) = (try logits([], sequence, position), try logits([edit], sequence, position))
        sum += zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } / 2
      }
    }
    #expect(abs(values[2] - sum / Double(ids.count)) < 1e-3 * max(1, values[2]))
  }

  @Test func waysStayInOneSpace() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    func kind(_ start: String, _ goal: PointGoal) -> FailureKind? {
      do {
        _ = try reader(tiny).walk(from: start, to: goal)
        return nil
      } catch { return (error as? any Failure)?.kind }
    }
    #expect(kind(#"token:"a""#, .point(#"token:"a"@output"#, steps: 3, isSpherical: false)) == .misfit)
    #expect(
      kind(#"token:"a" - token:"b""#, .point(#"token:"a""#, steps: 3, isSpherical: false)) == .notEvaluable)
    #expect(
      kind(#"token:"a""#, .point(#"token:"a" - token:"b""#, steps: 3, isSpherical: false)) == .notEvaluable)
    #expect(kind(#"token:"a""#, .along("token:b", doses: [0, 1])) == .usage)
  }
}
