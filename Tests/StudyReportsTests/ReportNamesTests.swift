import Checkpoints
import Foundation
import Geometry
import Reports
import Stores
import Studies
import StudyReports
import TestSupport
import Testing
import Transformers
import Workflow

/// All that is printed has a name.
@Suite struct ReportNamesTests {
  /// A run with everything: what is printed, what is in `results.json` and what hypotheses can name are the same.
  @Test func everyPrintedEvaluationHasAName() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let golden = tinyCheckpoints
    let study = try Study.parse(
      """
      name: s
      models: {a: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf, c: \(golden)/gemma3.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare:
        {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, also: [\(MeasureGroup.allCases.map(\.rawValue).joined(separator: ", "))],
          layers: true, layer_tokens: 50, layer_permutations: 19, layer_pairs: [a--b]}
      align: {methods: [ridge, unsupervised], by_class: true, learning_curve: [ridge]}
      steer: {behaviours: [tense], items: 10, random_vectors: 3, permuted_labels: 3, shuffled_maps: 3, generated_tokens: 0}
      points:
        read: {g: [{five: 'token:#5'}, 'token:#9', 'token:#5 - token:#9']}
        paths: {w: {from: 'token:#5', to: 'token:#9', steps: 3}}
        relations: [\(tiny.folder.path)/pairs.json]
        models: [a, c]
        words: true
        held_out: 19
        neighbours: 5
      lenses: {sets: [\(tiny.folder.path)/items.json], kinds: [logit, patchscope], compare: [a--b], tokens: 50, permutations: 19}
      elms: {judge: [tiny], items: 6, texts: 8, max_tokens: 3, draws: 2, between: true, cav: [kind=even], tokens: true}
      """, path: "s.yaml")
    try Data(#"[["a", "b"], ["c", "d"]]"#.utf8).write(to: tiny.folder.appending(path: "pairs.json"))
    try Data(
      #"{"items": [{"prompt": "the cat", "intermediates": ["a"]}, {"prompt": "you", "intermediates": ["e", "s"]}]}"#
        .utf8
    ).write(to: tiny.folder.appending(path: "items.json"))
    let models = tiny.folder.appending(path: "models")
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    let checkpoint = try Checkpoint.open("\(golden)/llama.gguf")
    _ = try TinyElm(
      in: models, model: StoreReference(name: "llama", identity: checkpoint.sha256(), source: nil),
      width: Model.load(checkpoint).configuration.width)
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let known = KnownMetrics(
      study, behaviours: ["tense"], points: try study.askedPoints(),
      elms: try study.askedElms(in: models.path))
    let metrics = results.metrics
    var named = 0
    let report = try reportWritten(
      results, of: study, in: tiny.folder.appending(path: "reports/s"), command: "test")
    for table in report.tables {
      for (row, cells) in table.rows.enumerated() {
        for (column, cell) in cells.enumerated() {
          guard case .estimate = table.columns[column].kind else { continue }
          let place = "\(table.columns[column].name), row \(row): \(table.caption.prefix(60))"
          let name = try #require(table.name(row: row, column: column), "no name: \(place)")
          let cut = try #require(name.lastIndex(of: "/"))
          let (task, metric) = (String(name[..<cut]), String(name[name.index(after: cut)...]))
          #expect(known.contains(task: task, metric: metric), "\(name) is not known: \(place)")
          guard case .estimate(let value, _, _) = cell else { continue }
          #expect(metrics[task]?[metric]?.value == value, "\(name): \(place)")
          named += 1
        }
      }
    }
    #expect(named > 300)
  }
}
