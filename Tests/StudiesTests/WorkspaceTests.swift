import Checkpoints
import Foundation
import Stores
import Studies
import Synchronization
import Tensors
import TestSupport
import Testing
import Workflow

/// What is read in a run, and how often.
@Suite struct WorkspaceTests {
  /// Counts what it reads.
  private final class CountingReader: Sendable {
    private let found = Mutex<[String: Int]>([:])

    /// By model and matrix.
    var counts: [String: Int] { found.withLock { $0 } }

    func workspace(capacity: Int = 1 << 30) -> Workspace {
      Workspace(capacity: capacity) { store, space in
        self.found.withLock { $0["\(store.provenance.modelName) \(space)", default: 0] += 1 }
        return try store.rows(of: space)
      }
    }
  }

  private static func study(_ methods: String, sharedByAll: Bool) throws -> Study {
    let models = ["llama", "qwen2", "gemma3"].map {
      "\($0): \(tinyCheckpoint($0))"
    }
    return try Study.parse(
      """
      name: tiny
      models: {\(models.joined(separator: ", "))}
      tokens: {letters_only: false, minimum_norm_quantile: 0, shared_by_all: \(sharedByAll)}
      compare:
        {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, spaces: [input, output],
          also: [neighbour-graphs, all-pair-ranks, representational-similarity, linear-similarity, isotropy, gauges, token-profiles],
          layers: true, layer_tokens: 60, layer_permutations: 19, layer_pairs: [llama--qwen2]}
      align: {methods: \(methods), by_class: true, learning_curve: [ridge]}
      steer:
        {behaviours: [tense], items: 4, random_vectors: 3, permuted_labels: 3, shuffled_maps: 3,
          generated_tokens: 2, both_directions: true}
      """, path: "tiny.yaml")
  }

  /// The unembedding of the first model is a matrix of its own.
  @Test(arguments: [false, true])
  func eachMatrixIsReadOnceARun(sharedByAll: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let folders = WorkFolders(in: folder.path)
    func run(_ methods: String) throws -> (results: StudyResults, reads: [String: Int]) {
      let reader = CountingReader()
      let runner = StudyRunner(
        try Self.study(methods, sharedByAll: sharedByAll), folders: folders,
        catalog: .empty, workspace: reader.workspace())
      return (try runner.run(), reader.counts)
    }
    let inputs = ["llama input": 1, "qwen2 input": 1, "gemma3 input": 1]
    let (first, reads) = try run("[ridge]")
    #expect(reads == inputs.merging(["llama output": 1]) { $1 })
    #expect(first.pairs.count == 5 && first.transfers.count == 6 && first.layers.count == 1)
    #expect(
      first.transfers.map { "\($0.source)--\($0.target)" } == [
        "llama--qwen2", "qwen2--llama", "llama--gemma3", "gemma3--llama", "qwen2--gemma3", "gemma3--qwen2",
      ])
    #expect(Set(["vocabulary/llama.output", "match/llama--qwen2"]).isSubset(of: first.seconds.keys))

    let (again, none) = try run("[ridge]")
    #expect(none.isEmpty && Set(again.seconds.keys) == Set(first.seconds.keys))

    // What one method more needs; it finds the kept match.
    let (more, few) = try run("[ridge, procrustes]")
    #expect(few == inputs)
    for pair in more.pairs where pair.space == .input {
      let records = try pair.alignments.map { map in
        try AlignmentStore.open(try #require(map.path)).record
      }
      #expect(records.map(\.method) == ["ridge", "procrustes", "ridge", "procrustes"])
      for (ridge, other) in [(records[0], records[1]), (records[2], records[3])] {
        #expect(ridge.match == other.match && ridge.heldOut == other.heldOut)
      }
    }
  }

  @Test func aMatrixGoesWithItsLastUser() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 1)
    let models = try ["a", "b"].map {
      ModelSummary(try tiny.store($0, normalMatrix(4, 3, &random), ["a", "b", "c", "d"]))
    }
    let reader = CountingReader()
    let workspace = reader.workspace()
    workspace.expect(models, .input, by: "first")
    // Tied matrices are one.
    workspace.expect([models[0]], .output, by: "second")
    for space in EmbeddingSpace.allCases { for model in models { _ = try workspace.rows(model, space) } }
    #expect(reader.counts == ["a input": 1, "b input": 1])
    workspace.finish("first")
    for model in models { _ = try workspace.rows(model, .input) }
    #expect(reader.counts == ["a input": 1, "b input": 2])
    workspace.finish("second")
    for model in models { _ = try workspace.rows(model, .input) }
    #expect(reader.counts == ["a input": 2, "b input": 3])
  }

  /// Of four matrices of one size, for all six pairs, two or three fit.
  @Test(arguments: [(2, 8), (3, 5), (4, 4)])
  func whatIsWantedLastGoesWhenTheShelfIsFull(matrices: Int, reads: Int) throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 1)
    let models = try ["a", "b", "c", "d"].map {
      ModelSummary(try tiny.store($0, normalMatrix(4, 3, &random), ["a", "b", "c", "d"]))
    }
    let reader = CountingReader()
    let workspace = reader.workspace(capacity: matrices * 4 * 3 * 4)
    let pairs = models.indices.flatMap { a in models.indices.dropFirst(a + 1).map { (a, $0) } }
    for (a, b) in pairs { workspace.expect([models[a], models[b]], .input, by: "\(a)\(b)") }
    for (a, b) in pairs {
      for _ in 0..<2 { for model in [a, b] { _ = try workspace.rows(models[model], .input) } }
      workspace.finish("\(a)\(b)")
    }
    #expect(reader.counts.values.reduce(0, +) == reads)
  }
}
