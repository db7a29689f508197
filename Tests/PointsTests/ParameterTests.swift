import Checkpoints
import Files
import Foundation
import LinearAlgebra
import Points
import Statistics
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

/// Parameters in words, and the relations that heads implement.
@Suite struct ParameterTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  private func tiny(_ name: String) throws -> Model {
    try Model.load(Checkpoint.open(tinyCheckpoint(name)))
  }

  /// What numpy computes from the same files.
  private struct Golden: Decodable {
    struct Relation: Decodable {
      let sources: [Int]
      let targets: [Int]
      let k: Int
      /// Found targets of every head.
      let found: [[Int]]
    }
    let relations: [Relation]
    let block: Int
    let head: Int
    let neuron: Int
    let writes: [[Int]]
    let attends: [[Int]]
    let gate: [Int]
    let value: [Int]
    let gateSimilarity: Double
    let valueSimilarity: Double
  }

  private func golden(_ name: String) throws -> Golden {
    let data = try Data(contentsOf: Self.tests.appending(path: "PointsTests/Golden/parameters.json"))
    return try #require(try JSONDecoder().decode([String: Golden].self, from: data)[name])
  }

  private static let models = ["llama", "qwen2", "gemma3"]

  @Test(arguments: models)
  func scoresEqualTheReference(_ name: String) throws {
    let (model, golden) = (try tiny(name), try golden(name))
    var options = RelationOptions()
    (options.minimumPairs, options.permutations) = (5, 19)
    for expected in golden.relations {
      options.k = expected.k
      let relation = TokenRelation(
        name: "r", sources: expected.sources, targets: expected.targets, pairCount: expected.sources.count)
      let scores = relationScores(of: [relation], in: model, options: options)[0]
      let found = scores.heads.map { Int(($0.value * Double(expected.sources.count)).rounded()) }
      #expect(found == expected.found.flatMap(\.self), "\(name)")
      #expect(scores.heads.allSatisfy { ($0.lower ?? 2) <= $0.value && $0.value <= ($0.upper ?? -1) })
    }
  }

  @Test(arguments: models)
  func wordsEqualTheReference(_ name: String) throws {
    let (model, golden) = (try tiny(name), try golden(name))
    var options = ParameterWordOptions()
    (options.tokens, options.similarityTokens, options.controls) = (5, 10, 19)
    let head = HeadWords(golden.head, block: golden.block, in: model, options: options)
    #expect(head.writes.map { [$0.first, $0.second] } == golden.writes)
    #expect(head.attends.map { [$0.first, $0.second] } == golden.attends)
    #expect(abs(head.valueSimilarity.value - golden.valueSimilarity) <= 1e-9)
    let neuron = NeuronWords(golden.neuron, block: golden.block, in: model, options: options)
    #expect(neuron.gate.largest.map(\.token) == golden.gate)
    #expect(neuron.value.largest.map(\.token) == golden.value)
    #expect(abs(neuron.gateSimilarity.value - golden.gateSimilarity) <= 1e-9)
    #expect(neuron.gateSimilarity.null?.draws == 19)
  }

  /// A head whose map is the identity copies every token: its score is 1, and no permutation reaches it.
  @Test func aPlantedRelationIsFound() {
    var random = SeededRandom(seed: 3)
    let (vocabulary, width, count) = (200, 32, 40)
    let rows = Matrix<Float>(
      rows: vocabulary, columns: width, elements: (0..<vocabulary * width).map { _ in Float(random.normal()) }
    )
    var unit = rows
    for row in 0..<vocabulary {
      let norm = rows.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<width { unit[row, column] /= norm }
    }
    let tokens = (0..<count).map { $0 * 5 }
    let sources = unit.selecting(rows: tokens)
    let written = multiply(unit, identity(width), transposingB: true)
    var transposed = Matrix<Float>(rows: width, columns: vocabulary, repeating: 0)
    for row in 0..<vocabulary { for column in 0..<width { transposed[column, row] = written[row, column] } }
    let noise = Matrix<Float>(
      rows: width, columns: vocabulary, elements: (0..<vocabulary * width).map { _ in Float(random.normal()) }
    )
    let found = [transposed, noise].map {
      targetsFound(sources, rows: 0..<count, $0, targets: tokens, k: 1)
    }
    let relation = TokenRelation(name: "copy", sources: tokens, targets: tokens, pairCount: count)
    let scores = RelationScores(relation, k: 1, found: found, headCount: 2, options: RelationOptions())
    #expect(relation.isCopying && scores.heads[0].value == 1)
    #expect(scores.ranked.first?.cell.adjustedPValue == 0.001)
    #expect(scores.heads[1].value < 0.2 && (scores.search?.cells[1]?.adjustedPValue ?? 0) > 0.05)
    #expect(scores.significantHeads() == 1)
  }

  private func identity(_ width: Int) -> Matrix<Float> {
    var matrix = Matrix<Float>(rows: width, columns: width, repeating: 0)
    for i in 0..<width { matrix[i, i] = 1 }
    return matrix
  }

  /// Where nothing is planted, p of the best head is uniform: P(p ≤ α) ≤ α, and not much below.
  @Test func thePermutedNullIsUniform() {
    var random = SeededRandom(seed: 5)
    let (count, heads, trials) = (40, 6, 200)
    var options = RelationOptions()
    options.permutations = 99
    var values: [Double] = []
    for trial in 0..<trials {
      // What a head finds of the targets depends on source and target alike.
      let found = (0..<heads).map { _ in
        let (a, b) = ((0..<count).map { _ in random.uniform() }, (0..<count).map { _ in random.uniform() })
        return Matrix<Bool>(
          rows: count, columns: count,
          elements: (0..<count * count).map { a[$0 / count] + b[$0 % count] + random.uniform() > 1.6 })
      }
      options.seed = UInt64(trial)
      let relation = TokenRelation(
        name: "none", sources: Array(0..<count), targets: Array(0..<count), pairCount: count)
      let scores = RelationScores(relation, k: 10, found: found, headCount: heads, options: options)
      values.append(scores.ranked.first?.cell.adjustedPValue ?? 1)
    }
    for level in [0.1, 0.25, 0.5, 0.75] {
      let share = Double(values.count { $0 <= level }) / Double(trials)
      let error = (level * (1 - level) / Double(trials)).squareRoot()
      #expect(abs(share - level) <= 4 * error + 0.02, "\(level): \(share)")
    }
  }

  @Test func relationsAreReadFromPairs() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "relations-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "some.json")
    let tokenizer = try tiny("llama").tokenizer
    // The tiny model has no token of a space and a word, so every pair is left out, and counted.
    try Data(#"[["sun", "moon"], ["sun", "moon"], ["rain", "rain"]]"#.utf8).write(to: path)
    let relation = try TokenRelation(path: path.path, tokenizer: tokenizer)
    #expect(relation.name == "some" && relation.pairCount == 3 && relation.sources.isEmpty)
    let scores = relationScores(of: [relation], in: try tiny("llama"))[0]
    #expect(scores.reason?.contains("0 of 3 pairs") == true && scores.ranked.isEmpty)
    for bad in ["{}", "[]", "[[\"a\"]]", "[[\"a\", 1]]", "[[\"a\", \"\"]]"] {
      try Data(bad.utf8).write(to: path)
      #expect(throws: (any Error).self, "\(bad)") { try TokenRelation(path: path.path, tokenizer: tokenizer) }
    }
  }

  @Test func namesOfParametersAreRead() throws {
    #expect(try ParameterName("mlp:12.347") == .neuron(block: 12, 347))
    #expect(try ParameterName("head:5.3")?.description == "head:5.3")
    #expect(try ParameterName("token:\" Paris\"") == nil)
    for bad in ["mlp:", "mlp:1", "head:1.2.3", "head:-1.2", "mlp:a.b"] {
      let error = #expect(throws: ParameterNameError.self) { try ParameterName(bad) }
      #expect(error?.kind == .usage)
    }
    let model = try tiny("llama")
    #expect(throws: ParameterNameError.self) { try ParameterName("mlp:99.0")?.check(in: model) }
    let experts = try Model.load(Checkpoint.open("\(tinyCheckpoints)/families/qwen2-moe-dense"))
    try ParameterName("mlp:1.0")?.check(in: experts)
    #expect(throws: ParameterNameError.experts("mlp:2.0", block: 2)) {
      try ParameterName("mlp:2.0")?.check(in: experts)
    }
    #expect(throws: ParameterNameError.self) { try ParameterName("head:0.99")?.check(in: model) }
    try ParameterName("head:0.0")?.check(in: model)
  }
}
