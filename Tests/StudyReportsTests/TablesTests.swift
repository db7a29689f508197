import Alignment
import Checkpoints
import Foundation
import Geometry
import Reports
import Statistics
import Stores
import Studies
import StudyReports
import Tensors
import TestSupport
import Testing
import Transformers
import Workflow

/// Tables of steps that no study has asked for.
@Suite struct TablesTests {
  private static let count = 240

  /// Stores of the same words, with rows that have something in common.
  private func stores(_ tiny: TinyStores, _ names: [String]) throws -> [(name: String, store: EmbeddingStore)]
  {
    var random = SeededRandom(seed: 5)
    let shared = normalMatrix(Self.count, 12, &random)
    return try names.map { name in
      var rows = normalMatrix(Self.count, 12, &random)
      for index in rows.elements.indices { rows.elements[index] += 2 * shared.elements[index] }
      return try tiny.store(name, rows, (0..<Self.count).map { " " + TinyStores.letters($0) })
    }
  }

  private func pair(_ tiny: TinyStores) throws -> StorePair {
    let stores = try stores(tiny, ["a", "b"])
    var pair = StorePair(stores[0], stores[1])
    pair.options.tokens.minimumNormQuantile = 0
    pair.options.compare.neighbours = 5
    pair.options.compare.dimensionNeighbours = 20
    pair.options.compare.dimensionTokens = 30
    pair.folders = WorkFolders(in: tiny.folder.path)
    return pair
  }

  @Test func aMatchIsCountedAndListed() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let match = try pair(tiny).matched()
    let (table, summary) = (match.table, match.summary)
    #expect(table.rows.count == Self.count && table.rows[0][1] == .text(" aa"))
    #expect(summary.rows.map { $0[0] } == [.text("a"), .text("b")])
    #expect(summary.rows.allSatisfy { $0[2] == .integer(Self.count) && $0[6] == .number(100) })
  }

  @Test func cyclesHaveATableAndWaysThroughOthersAnother() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let all = try stores(tiny, ["a", "b", "c"])
    #expect(try StoreCycle(all).measured().tables.map(\.rows.count) == [3, 3])
    #expect(try StoreCycle(Array(all.prefix(2))).measured().tables.map(\.rows.count) == [2])
  }

  @Test func mapsHaveTablesOfScoresAnchorsAndClasses() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var pair = try pair(tiny)
    pair.options.align.methods = ["ridge", "token-pursuit", "unsupervised"]
    let (maps, none) = try pair.aligned()
    #expect(maps.tables.map(\.rows.count) == [3, 9, 1] && none.table == nil)
    #expect(maps.tables[0].rows[1].contains(.notEvaluable("the method has no matrix")))
    pair.options.align.methods = ["ridge"]
    pair.options.align.byClass = true
    pair.options.align.learningCurve = ["ridge"]
    let (classed, curves) = try pair.aligned()
    let classes = classed.compactMap(\.classes).joined().count
    #expect(classes > 0 && classed.tables.last?.rows.count == classes)
    let points = curves.map(\.curve.points.count)
    #expect(points.count == 1 && points[0] > 0 && curves.table?.rows.count == points[0])
  }

  /// What was asked for in addition stands in the tables and among the metrics.
  @Test func rowCorrelationsAndRelationsArePrinted() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let file = tiny.folder.appending(path: "words.tsv")
    var lines = ""
    for word in 0..<Self.count {
      for other in word + 1..<(word / 20 + 1) * 20 {
        lines += "\(TinyStores.letters(word))\t\(TinyStores.letters(other))\n"
      }
    }
    try Data(lines.utf8).write(to: file)
    func metrics(_ result: PairResult) throws -> [String: ResultsFile.Metric] {
      var results = StudyResults()
      results.pairs = [result]
      return try #require(results.metrics["a--b/centred"])
    }
    var pair = try pair(tiny)
    let keys = ["rsa", "rsa_spearman", "cka_biased"]
    #expect(try metrics(pair.compared()).keys.allSatisfy { !keys.contains($0) })
    pair.options.compare.also = [.representationalSimilarity, .tokenProfiles]
    pair.options.compare.relations = file.path
    let result = try pair.compared()
    let rows = try #require(result.findings(RepresentationalSimilarity.self, in: .centred)?.orientation)
    let found = try metrics(result)
    #expect(found["rsa"]?.value == rows.pearson.value && rows.pearson.value != nil)
    #expect(found["rsa_spearman"]?.value == rows.spearman.value)
    #expect(found["cka_biased"]?.value == result.findings(CKA.self, in: .centred)?.biased.value)
    let printed = result.comparisonTables.map { $0.markdown() }.joined()
    #expect(printed.split(separator: "| RSA of row correlations, Pearson |").count == 4)
    #expect(printed.split(separator: "| linear CKA, biased |").count == 4)
    #expect(printed.contains("the relation file"))
  }

  @Test func layersHaveTablesAndFigures() throws {
    func model(_ name: String) throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint(name))) }
    let (a, b) = (try model("llama"), try model("qwen2"))
    var options = LayerOptions()
    (options.tokens, options.neighbours, options.permutations) = (60, 5, 19)
    options.normalisations = [.standardised]
    let found = try LayerBench(("a", a), ("b", b), options: options).compare(
      LayerBench.letterTokens(a.tokenizer, b.tokenizer))
    for table in found.tables(limit: 3) {
      #expect(!table.markdown().contains("nan") && !table.rows.isEmpty)
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try found.write(to: folder).map(\.lastPathComponent)
    #expect(files.contains("a--b.layers.grid.csv") && files.contains("a--b.layers.maps.svg"))
    #expect(files.contains("a--b.layers.tokens.standardised.cka.svg"))
    let grid = try String(contentsOf: folder.appending(path: "a--b.layers.grid.csv"), encoding: .utf8)
    let cells = 2 * 3 * (a.configuration.blockCount + 1) * (b.configuration.blockCount + 1)
    #expect(grid.split(whereSeparator: \.isNewline).count == cells + 1)
  }

  /// The measures of a pair are one line, whose seconds are those of what is to be done.
  @Test func aPlanHasALineForEachStepThatARunTellsOf() {
    let steps = [
      PlannedStep(name: "import/a", fate: .kept, seconds: 4),
      PlannedStep(name: "compare/a--b/cka/raw", fate: .kept, seconds: 8),
      PlannedStep(name: "compare/a--b/cka/centred", fate: .due(why: ["version 1 → 2"]), seconds: 2),
      PlannedStep(name: "compare/a--b/gride/raw", fate: .due(why: []), seconds: nil, estimate: 3, bytes: 5e6),
      PlannedStep(name: "align/a--b/ridge", fate: .due(why: []), seconds: 0.5),
    ]
    let table = steps.table(of: Study(name: "s", models: ["a", "b"]))
    #expect(table.caption.contains("2 of 5 steps are kept; the others take about 5.5 s."))
    let kept = Array(steps.prefix(2)).table(of: Study(name: "s", models: ["a", "b"]))
    #expect(kept.caption == "What a run of s would do: 2 of 2 steps are kept.")
    #expect(
      table.rows == [
        [
          .text("import/a"), .integer(1), .integer(0), .number(0), .text("kept"), .number(0), .text(""),
        ],
        [
          .text("compare/a--b"), .integer(1), .integer(2), .number(5), .text("last time, formula"),
          .number(5), .text("version 1 → 2, never done"),
        ],
        [
          .text("align/a--b/ridge"), .integer(0), .integer(1), .number(0.5), .text("last time"),
          .notEvaluable("not estimated"), .text("what it left is gone"),
        ],
      ])
  }
}
