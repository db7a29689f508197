import Checkpoints
import Foundation
import Geometry
import Lenses
import Points
import Reports
import Statistics
import Studies
import TestSupport
import Testing
import Tokenizers
import Transformers
import Vocabularies
import Workflow

/// Points and lenses as steps of a study.
@Suite struct PointStudyTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "TransformersTests/Golden").path

  /// A study of two tiny models in a folder of its own.
  private func study(_ tiny: TinyStores, _ sections: String) throws -> Study {
    let path = tiny.folder.appending(path: "s.yaml").path
    try Data(
      """
      name: s
      models: {a: \(Self.golden)/llama.gguf, b: \(Self.golden)/qwen2.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge]}
      \(sections)
      """.utf8
    ).write(to: URL(filePath: path))
    return try Study.load(path)
  }

  private func write(_ text: String, to name: String, _ tiny: TinyStores) throws {
    try Data(text.utf8).write(to: tiny.folder.appending(path: name))
  }

  private func runner(_ study: Study, _ tiny: TinyStores) -> StudyRunner {
    StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty)
  }

  private static let sections = """
    points:
      read:
        file: points.txt
        states: {points: [{end: 'state:"the cat"@1[-1]'}], models: [a]}
      neighbours: 5
      held_out: 19
      paths: {w: {from: 'token:#5', to: 'token:#9', steps: 3}}
      relations: [pairs.json]
    lenses: {sets: [items.json]}
    hypotheses:
      - {name: rows, metric: a/points/file/alarm_share, op: "<=", threshold: 1}
      - {name: one, metric: b/points/file/five/alarm_p, op: ">=", threshold: 0.05}
      - {name: elsewhere, metric: a/points/file/agreement_b, bound: lower, op: ">=", threshold: 0}
      - {name: way, metric: a/paths/w/2/alarm_p, op: ">", threshold: 0}
      - {name: read, metric: a/lenses/logit/items/pass_at_10, op: ">=", threshold: 0}
    """

  private func inputs(_ tiny: TinyStores) throws {
    try write("five\ttoken:#5\n\ntoken:#9\n", to: "points.txt", tiny)
    try write(#"[["a", "b"], ["c", "d"]]"#, to: "pairs.json", tiny)
    try write(
      #"{"items": [{"prompt": "the cat", "intermediates": ["a"]}, {"prompt": "you", "intermediates": ["e"]}]}"#,
      to: "items.json", tiny)
  }

  /// What is read is what `sextant read` reads; a second run takes all, and a new point is the only one that is read again.
  @Test func pointsAreKept() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try inputs(tiny)
    let study = try study(tiny, Self.sections)
    let runner = runner(study, tiny)
    let results = try runner.run()
    #expect(results.check(study).success, "\(results.check(study).checks.map(\.outcome))")
    let groups = results.points.map(\.task)
    #expect(groups == ["a/points/file", "a/points/states", "b/points/file"])
    #expect(results.points[0].points.map(\.name) == ["five", "2"])
    #expect(results.points[0].others == ["b"] && results.points[2].others.isEmpty)
    let five = results.points[0].points[0].meaning
    #expect(five.point.expression == "token:#5" && five.alarm.content != nil)
    #expect(five.elsewhere.first?.carried.content?.agreement.estimate?.null?.draws == 199)
    #expect(results.walks.map(\.task) == ["a/paths/w", "b/paths/w"])
    #expect(results.relations.map(\.model) == ["a", "b"])
    #expect(results.metrics["a/relations/pairs"]?["best_score"]?.note?.contains("30 are needed") == true)
    #expect(results.metrics["a/points/file/five"]?["alarm_p"]?.value == five.alarm.content?.pValue)

    let planned = try runner.planned()
    #expect(planned.allSatisfy { $0.fate == .kept })
    // A killed run has left some points: the others alone are read.
    try FileManager.default.removeItem(
      at: runner.stepsFolder.appending(path: "points/a/file/2.json"))
    #expect(try runner.planned().filter { $0.fate != .kept }.map(\.name) == ["points/a/file/2"])
    let again = try runner.run()
    #expect(again.metrics["a/points/file/2"]?["norm"] == results.metrics["a/points/file/2"]?["norm"])
    try write("five\ttoken:#5\ntoken:#9\nthree\ttoken:#7\n", to: "points.txt", tiny)
    let more = try runner.planned().filter { $0.fate != .kept }.map(\.name)
    #expect(more == ["points/a/file/three", "carried/a--b/file/three", "points/b/file/three"])
  }

  /// One reading of a set serves the model and its pairs: each as by itself.
  @Test func lensesOfAPairAreReadAsByThemselves() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try inputs(tiny)
    let study = try study(
      tiny,
      """
      lenses: {sets: [items.json], kinds: [logit], random: false, compare: all, tokens: 50, permutations: 19}
      """)
    let runner = runner(study, tiny)
    let results = try runner.run()
    let pair = try #require(results.lensPairs.first)
    #expect(pair.comparison.layersA.count == 1 && pair.comparison.layersB.count == 1)
    func load(_ name: String) throws -> Model {
      try Model.load(Checkpoint.open("\(Self.golden)/\(name).gguf"))
    }
    let (a, b) = (try load("llama"), try load("qwen2"))
    let match = TokenMatch(a.tokenizer.vocabulary, b.tokenizer.vocabulary)
    let set = try LensSet.load(tiny.folder.appending(path: "items.json").path)
    var options = EvaluationOptions()
    (options.readsRandom, options.seed) = (false, study.seed)
    let read = try #require(pair.sets.first)
    for (found, model, rows) in [
      (read.own.a, a, nil), (read.own.b, b, nil), (read.shared.a, a, match.rowsA),
      (read.shared.b, b, match.rowsB),
    ] {
      let alone = try LensEvaluation(LogitLens(model), on: set, among: rows, options: options)
      #expect(
        found.results.map(\.score) == alone.results.map(\.score) && found.medianRank == alone.medianRank)
      #expect(found.vocabulary == rows?.count ?? model.tokenizer.vocabulary.count)
    }
    // A killed run has left one step of the reading: the others are kept, and it is the same again.
    try FileManager.default.removeItem(
      at: runner.stepsFolder.appending(path: "lens-shared/a--b/logit/items/b.json"))
    #expect(
      try runner.planned().filter { $0.fate != .kept }.map(\.name) == ["lens-shared/a--b/logit/items/b"])
    let again = try #require(try runner.run().lensPairs.first?.sets.first)
    #expect(again.shared.b.results.map(\.score) == read.shared.b.results.map(\.score))
  }

  @Test(
    arguments: [
      ((0.1, 0.3), (0.2, 0.4), .stays), ((-0.3, -0.1), (-0.1, 0.1), .fades),
      ((-0.1, 0.1), (0.1, 0.2), .appears),
      ((0.1, 0.3), (-0.3, -0.1), .turns), ((-0.1, 0.2), (-0.2, 0.1), .neverSure),
    ] as [((Double, Double), (Double, Double), GapChange)])
  func differencesAreSureWhereTheirIntervalsLeaveZeroOut(
    _ own: (Double, Double), _ shared: (Double, Double), _ change: GapChange
  ) {
    func estimate(_ ends: (Double, Double)) -> Estimate {
      Estimate(value: (ends.0 + ends.1) / 2, n: 9, lower: ends.0, upper: ends.1)
    }
    #expect(GapChange(own: estimate(own), shared: estimate(shared)) == change)
  }

  /// The study that stands beside the numbers is the study.
  @Test func theKeptStudyIsTheStudy() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try inputs(tiny)
    let study = try study(
      tiny, Self.sections + "\n  - {name: more, metric: a/points/states/end/norm, op: '>', threshold: 0}")
    let again = try Study.parse(study.configuration().text, path: "again.json")
    #expect(again.points.walks == study.points.walks && again.lenses == study.lenses)
    #expect(again.points.relations == study.points.relations)
    #expect(
      Set(again.points.groups.entries.map(\.name)) == Set(study.points.groups.entries.map(\.name)))
    for entry in study.points.groups.entries {
      #expect(again.points.groups.entries.first { $0.name == entry.name } == entry)
    }
  }

  /// Maps are fitted for what is carried; nothing is compared.
  @Test func modelsNeedNotBeCompared() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try inputs(tiny)
    let path = tiny.folder.appending(path: "t.yaml").path
    func study(_ models: String, _ rest: String) throws -> Study {
      try write(
        """
        name: t
        models: {\(models)}
        tokens: {letters_only: false, minimum_norm_quantile: 0}
        align: {methods: [ridge]}
        \(rest)
        """, to: "t.yaml", tiny)
      return try Study.load(path)
    }
    let (a, b) = ("a: \(Self.golden)/llama.gguf", "b: \(Self.golden)/qwen2.gguf")
    let points = "points: {read: {file: points.txt}, held_out: 19, neighbours: 5"
    let both = try study("\(a), \(b)", "compare: {spaces: []}\n\(points)}")
    let results = try runner(both, tiny).run()
    #expect(results.pairs.isEmpty && results.maps.map(\.name) == ["a--b"])
    #expect(results.metrics["a--b/ridge"]?["r_squared"] != nil)
    #expect(results.points.map(\.task) == ["a/points/file", "b/points/file"])
    #expect(try runner(both, tiny).planned().allSatisfy { $0.fate == .kept })
    let names = try runner(study("\(a), \(b)", "compare: {spaces: []}\n\(points), elsewhere: false}"), tiny)
      .planned().map(\.name)
    #expect(
      names == ["import/a", "import/b"]
        + ["a", "b"].flatMap { ["points/\($0)/file/five", "points/\($0)/file/2"] })
    let lenses = try runner(
      study("\(a), \(b)", "compare: {spaces: []}\nlenses: {sets: [items.json], random: false}"), tiny
    ).planned().map(\.name)
    #expect(lenses == ["import/a", "import/b", "lens/a/logit/items", "lens/b/logit/items"])
    let one = try runner(study(a, "\(points)}"), tiny).run()
    #expect(one.pairs.isEmpty && one.maps.isEmpty && one.points.count == 1)
  }

  @Test(arguments: [
    ("models: [a]", "models"), ("models: [a]\nsteer: {behaviours: [tense]}", "models"),
    ("models: [a, b]\ncompare: {spaces: []}", "compare.spaces"),
    ("models: [a, b]\nlenses: {sets: [s.json]}\ncompare: {spaces: [], also: [gauges]}", "compare.spaces"),
    (
      "models: [a, b]\npoints: {relations: [r.json]}\ncompare: {spaces: []}\nalign: {learning_curve: [ridge]}",
      "compare.spaces"
    ),
  ])
  func whatNeedsAPairSaysSo(text: String, place: String) throws {
    let error = #expect(throws: (any Error).self) { try Study.parse("name: s\n\(text)\n", path: "s.yaml") }
    #expect("\(try #require(error))".contains(place), "\(String(describing: error))")
  }

  /// Everything that is wrong is told at once, with the place.
  @Test func faultsAreToldAtOnce() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try write("token:#5\n", to: "points.txt", tiny)
    try write("token:#5\nb\ttoken:#\n", to: "bad.txt", tiny)
    let study = try study(
      tiny,
      """
      points:
        read:
          wrong: ['token:"no such token"', {layer: 'state:"the cat"@99[-1]'}, 'token:#99999']
          lines: bad.txt
          gone: missing.txt
          vectors: ['vector:gone.safetensors']
        lenses: [tuned]
        paths: {w: {from: 'token:#5', to: 'state:"the cat"@1[-1]'}}
        relations: [missing.json]
      lenses: {sets: [missing.json], kinds: [jacobian]}
      hypotheses:
        - {name: h, metric: a/points/wrong/layer/alarm_p, op: "<", threshold: 0.0001}
        - {name: g, metric: a/points/wrong/layer/nothing, op: "<", threshold: 0.5}
      """)
    let error = #expect(throws: StudyError.self) { try runner(study, tiny).planned() }
    let words = "\(try #require(error))"
    for part in [
      "points.read.wrong[0] (line 8)", "no such token", "block 99 lies beyond the model", "99999",
      "bad.txt: line 2", "missing.txt", "gone.safetensors", "sextant lens fit a --kind tuned",
      "sextant lens fit b --kind jacobian", "points.relations[0]", "lenses.sets[0]", "points.paths.w.from",
      "the smallest p of so few draws", "\"nothing\"",
    ] { #expect(words.contains(part), "\(part) is not in \(words)") }
    let left = try FileManager.default.contentsOfDirectory(atPath: tiny.folder.path).sorted()
    #expect(left == ["bad.txt", "points.txt", "s.yaml"])
  }

  @Test(arguments: [
    ("points: {read: {g: []}}", "points.read.g"), ("points: {read: {a/b: [x]}}", "points.read.a/b"),
    ("points: {read: {g: [{x: 'token:#1'}, {X: 'token:#2'}]}}", "points.read.g[1]"),
    ("points: {read: {g: {models: [a]}}}", "points.read.g"), ("points: {read: [a]}", "points.read"),
    ("points: {models: [z]}", "points.models[0]"),
    ("points: {read: {g: {points: ['token:#1'], models: [z]}}}", "points.read.g.models[0]"),
    ("points: {lenses: [lens]}", "points.lenses[0]"), ("points: {held_out: 3}", "points.held_out"),
    ("points: {paths: {w: {from: x}}}", "points.paths.w"),
    ("points: {paths: {w: {from: x, to: y, along: z}}}", "points.paths.w"),
    ("points: {paths: {w: {from: x, to: y, doses: [1, 2]}}}", "points.paths.w.doses"),
    ("points: {paths: {w: {from: x, along: y, steps: 3}}}", "points.paths.w.steps"),
    ("points: {paths: {w: {from: x, to: y, steps: 1}}}", "points.paths.w.steps"),
    ("lenses: {compare: [b--a]}", "lenses.compare[0]"), ("lenses: {kinds: []}", "lenses.kinds"),
    ("lenses: {sets: [x/s.json, y/s.json]}", "lenses.sets[1]"),
    ("lenses: {positions: first}", "lenses.positions"),
  ])
  func badOptionsNameTheirPlace(text: String, place: String) throws {
    let error = #expect(throws: (any Error).self) {
      try Study.parse("name: s\nmodels: [a, b]\n\(text)\n", path: "s.yaml")
    }
    #expect("\(try #require(error))".contains(place), "\(String(describing: error))")
  }
}
