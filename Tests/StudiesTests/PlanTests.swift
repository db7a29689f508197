import Checkpoints
import Foundation
import Studies
import TestSupport
import Testing
import Workflow

/// What a study says of its run beforehand.
@Suite struct PlanTests {
  private func study(_ methods: String, neighbours: Int = 3, sharedByAll: Bool = false) throws -> Study {
    let golden = tinyCheckpoints
    return try Study.parse(
      """
      name: s
      models: {a: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0, shared_by_all: \(sharedByAll)}
      compare: {neighbours: \(neighbours), dimension_neighbours: 10, dimension_tokens: 20, spaces: [input, output]}
      align: {methods: \(methods)}
      """, path: "s.yaml")
  }

  /// The plan of a study whose models are not imported is that of the run; what the run has left is kept.
  @Test(arguments: [false, true])
  func aRunTakesTheStepsOfItsPlan(sharedByAll: Bool) throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let folders = WorkFolders(in: tiny.folder.path)
    func runner(_ methods: String, neighbours: Int = 3) throws -> StudyRunner {
      StudyRunner(
        try study(methods, neighbours: neighbours, sharedByAll: sharedByAll), folders: folders,
        catalog: .empty)
    }
    let first = try runner("[ridge]")
    let before = try first.planned()
    #expect(before.allSatisfy { $0.fate == .due(why: []) && $0.seconds == nil })
    #expect(try FileManager.default.contentsOfDirectory(atPath: tiny.folder.path).isEmpty)
    let results = try first.run()
    let after = try first.planned()
    #expect(after.map(\.name) == before.map(\.name))
    #expect(after.allSatisfy { $0.fate == .kept && $0.seconds != nil })
    // A run tells of the measures of a pair as one.
    let told = after.map { step in
      let words = step.name.split(separator: "/")
      return words[0] == "compare" && words.last != "untrained"
        ? words.prefix(2).joined(separator: "/") : step.name
    }
    #expect(Set(told) == Set(results.seconds.keys))

    // One method more, and another option of the measures.
    let other = try runner("[ridge, procrustes]", neighbours: 4).planned()
    #expect(other.filter { $0.seconds == nil }.map(\.name) == ["align/a--b/procrustes"])
    let again = other.filter { $0.fate == .due(why: ["compare.neighbours 3 → 4"]) }
    #expect(!again.isEmpty && again.allSatisfy { $0.name.hasPrefix("compare/") && $0.seconds != nil })

    // What a step has left is gone.
    try FileManager.default.removeItem(atPath: #require(results.pairs[0].alignments.first?.path))
    let gone = try first.planned().filter { $0.fate != .kept }
    #expect(gone.map(\.name) == ["align/a--b/ridge"] && gone[0].seconds != nil)
  }
}
