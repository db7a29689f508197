import Checkpoints
import ELM
import Foundation
import Reports
import Stores
import Studies
import TestSupport
import Testing
import Transformers
import Workflow

/// Embedding language models as steps of a study.
@Suite struct ElmStudyTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "TransformersTests/Golden").path

  /// A folder with `models/tiny.elm.h5` of the tiny llama and its domain.
  private func furnished() throws -> TinyStores {
    let tiny = try TinyStores()
    let models = tiny.folder.appending(path: "models")
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    let checkpoint = try Checkpoint.open("\(Self.golden)/llama.gguf")
    _ = try TinyElm(
      in: models, model: StoreReference(name: "llama", identity: checkpoint.sha256(), source: nil),
      width: Model.load(checkpoint).configuration.width)
    return tiny
  }

  private func study(_ tiny: TinyStores, _ sections: String, models: String? = nil) throws -> Study {
    let path = tiny.folder.appending(path: "s.yaml").path
    try Data(
      """
      name: s
      models: {\(models ?? "a: \(Self.golden)/llama.gguf")}
      compare: {spaces: []}
      \(sections)
      """.utf8
    ).write(to: URL(filePath: path))
    return try Study.load(path)
  }

  private func runner(_ study: Study, _ tiny: TinyStores) -> StudyRunner {
    StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty)
  }

  private static let elms = """
    elms: {judge: [tiny], items: 6, texts: 8, max_tokens: 1, draws: 2, between: true, cav: [{even: kind=even}], lambdas: [-1, 1], tokens: true}
    """

  @Test func whatIsJudgedIsKept() throws {
    let tiny = try furnished()
    defer { tiny.remove() }
    let study = try study(
      tiny,
      Self.elms + """

        hypotheses:
          - {name: first, metric: tiny/elms/gloss/text_first, op: ">=", threshold: 0}
          - {name: draw, metric: tiny/elms/gloss/2/sc_less_shuffled, op: ">=", threshold: -2}
          - {name: middle, metric: tiny/elm-between/0.5/more_than_ends, op: "<=", threshold: 2}
          - {name: turned, metric: tiny/elm-cav/even/kendall, bound: lower, op: ">=", threshold: -1}
          - {name: same, metric: tiny/elm-tokens/2/sameness, op: "<=", threshold: 1.001}
        """)
    let runner = runner(study, tiny)
    let before = try runner.planned()
    #expect(
      before.map(\.name) == ["import/a"]
        + ["gloss", "kind"].flatMap { ["elm/tiny/\($0)/1", "elm/tiny/\($0)/2"] }
        + ["elm-between/tiny", "elm-cav/tiny/even", "elm-tokens/tiny"])
    // All but what is near to pseudo-tokens has a formula.
    #expect(before.dropLast().allSatisfy { $0.estimate != nil && $0.bytes != nil })
    let results = try runner.run()
    let check = results.check(study)
    #expect(check.checks.count == 5)
    #expect(
      check.checks.allSatisfy { $0.outcome == .passed },
      "\(check.checks.map { "\($0.observed) \($0.outcome)" })")
    #expect(check.checks.allSatisfy { $0.seconds > 0 }, "\(check.checks.map(\.seconds))")
    // The judge itself, on the same items.
    let file = try ElmFile.open("tiny", in: tiny.folder.appending(path: "models").path)
    let model = try Model.load(Checkpoint.open("\(Self.golden)/llama.gguf"))
    let judge = try ElmJudge(file.loaded(on: model, file.record.model), file)
    var options = JudgeOptions()
    (options.items, options.texts, options.maximumTokens, options.seed) = (6, 8, 1, 2)
    let judged = try judge.judge("tiny", options: options)
    #expect(results.elms[0].judgements[1] == judged)
    let metrics = results.metrics
    let draws = ["1", "2"].compactMap { metrics["tiny/elms/gloss/\($0)"]?["sc"] }
    let both = try #require(metrics["tiny/elms/gloss"]?["sc"])
    let values = draws.compactMap(\.value)
    #expect(values.count == 2 && both.value == values.reduce(0, +) / 2)
    #expect(both.lower == draws.compactMap(\.lower).min() && both.upper == draws.compactMap(\.upper).max())

    #expect(try runner.planned().allSatisfy { $0.fate == .kept })
    // A killed run has left some draws: the others alone are judged, and come to the same.
    try FileManager.default.removeItem(at: runner.stepsFolder.appending(path: "elm/tiny/kind/2.json"))
    #expect(try runner.planned().filter { $0.fate != .kept }.map(\.name) == ["elm/tiny/kind/2"])
    #expect(try runner.run().metrics["tiny/elms/kind/2"] == metrics["tiny/elms/kind/2"])
  }

  /// What a run finds could have been named by a hypothesis.
  @Test func everyNumberIsKnown() throws {
    let tiny = try furnished()
    defer { tiny.remove() }
    for rest in ["", ", by_name: false"] {
      let study = try study(tiny, Self.elms.replacing("}]", with: "}]\(rest)"))
      let results = try runner(study, tiny).run()
      let known = KnownMetrics(
        study, behaviours: [], elms: try study.askedElms(in: tiny.folder.appending(path: "models").path))
      for (task, metrics) in results.metrics {
        for metric in metrics.keys {
          #expect(known.contains(task: task, metric: metric), "\(task)/\(metric)")
        }
      }
      // Nothing that is known is left out.
      for (task, metrics) in known.tasks {
        #expect(metrics.subtracting(results.metrics[task].map { Set($0.keys) } ?? []).isEmpty, "\(task)")
      }
      #expect(results.metrics["tiny/elms/gloss"]?["sc_by_name"] == nil || rest.isEmpty)
    }
  }

  /// The study that stands beside the numbers is the study.
  @Test func theKeptStudyIsTheStudy() throws {
    let tiny = try furnished()
    defer { tiny.remove() }
    let study = try study(
      tiny, Self.elms.replacing("[tiny]", with: "[{other: models/tiny.elm.h5}]"))
    let again = try Study.parse(study.configuration().text, path: "again.json")
    #expect(again.elms == study.elms && study.elms.files[0].title == "other")
    #expect(try runner(study, tiny).planned().contains { $0.name == "elm/other/gloss/1" })
  }

  /// Everything that is wrong is told at once, before anything is imported.
  @Test func faultsAreToldAtOnce() throws {
    let tiny = try furnished()
    defer { tiny.remove() }
    let study = try study(
      tiny,
      """
      elms: {judge: [tiny, missing], tasks: [glos], cav: [colour=red]}
      hypotheses:
        - {name: h, metric: tiny/elms/gloss/text_frist, op: ">", threshold: 0.5}
        - {name: g, metric: tiny/elm-between/0.5/sc, op: ">", threshold: 0.5}
      """)
    let error = #expect(throws: StudyError.self) { try runner(study, tiny).planned() }
    let words = "\(try #require(error))"
    for part in [
      "elms.judge[1]", "missing.elm.h5", "elms.tasks", "did you mean \"gloss\"", "elms.cav[0]", "colour",
    ] {
      #expect(words.contains(part), "\(part) is not in \(words)")
    }
    #expect(!FileManager.default.fileExists(atPath: tiny.folder.appending(path: "reports").path))
  }

  @Test func otherModelsAndDomainsAreRefused() throws {
    let tiny = try furnished()
    defer { tiny.remove() }
    let other = try study(tiny, Self.elms, models: "b: \(Self.golden)/qwen2.gguf")
    let error = #expect(throws: ElmError.self) { try runner(other, tiny).planned() }
    #expect("\(try #require(error))".contains("among the study's models"))
    let hypothesis = try study(
      tiny, Self.elms + "\nhypotheses: [{name: h, metric: tiny/elms/gloss/sc, op: '>', threshold: 1}]")
    let bound = #expect(throws: StudyError.self) { try runner(hypothesis, tiny).planned() }
    #expect("\(try #require(bound))".contains("always lies in -1 … 1"))
    let path = tiny.folder.appending(path: "models/tiny.domain.h5").path
    try FileManager.default.removeItem(atPath: path)
    let gone = #expect(throws: (any Error).self) { try runner(study(tiny, Self.elms), tiny).planned() }
    #expect("\(try #require(gone))".contains("sextant elm domain"))
    _ = try TinyElm(
      "else", in: tiny.folder, model: StoreReference(name: "llama", identity: "ab", source: nil), width: 8)
    try FileManager.default.moveItem(
      atPath: tiny.folder.appending(path: "tiny.domain.h5").path, toPath: path)
    // The same content is the same domain.
    #expect(throws: Never.self) { try runner(study(tiny, Self.elms), tiny).planned() }
  }

  @Test(arguments: [
    ("elms: {judge: [a.elm.h5, x/a.elm.h5]}", "elms.judge[1]"),
    ("elms: {judge: [a], items: 1}", "elms.items"),
    ("elms: {judge: [a], lambdas: [1, 1]}", "elms.lambdas"),
    ("elms: {judge: [a], cav_method: svm}", "elms.cav_method"),
    ("elms: {judge: [a], cav: ['x:y=z']}", "elms.cav[0]"), ("elms: {judge: a}", "elms.judge"),
    ("elms: {judge: []}", "compare.spaces"), ("elms: {draws: 0}", "elms.draws"),
  ])
  func badOptionsNameTheirPlace(text: String, place: String) throws {
    let error = #expect(throws: (any Error).self) {
      try Study.parse("name: s\nmodels: [a, b]\ncompare: {spaces: []}\n\(text)\n", path: "s.yaml")
    }
    #expect("\(try #require(error))".contains(place), "\(String(describing: error))")
  }
}
