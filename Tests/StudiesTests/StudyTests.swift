import Foundation
import Geometry
import Reports
import Steering
import Studies
import Testing
import Transformers
import Workflow

@Suite struct StudyTests {
  let minimal = "name: s\nmodels: [a, b]\n"

  @Test func defaultsAreFilledIn() throws {
    let study = try Study.parse(minimal, path: "s.yaml")
    #expect(study.models.map(\.name) == ["a", "b"])
    #expect(study.steer.behaviours.isEmpty)
    #expect(study.align.methods.contains(study.steer.method))
  }

  @Test func theDemoIsAValidStudy() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let study = try Study.load(root.appending(path: "reports/demo/study.yaml").path)
    #expect(study.name == "demo")
    #expect(study.hypotheses.count >= 3)
  }

  @Test(arguments: [
    "", "[]", "name: s", "name: s\nmodels: [a]", "name: s\nmodels: [a, a]", "name: ../s\nmodels: [a, b]",
    "name: s\nmodels: [a, b]\nsed: 1", "name: s\nmodels: [a, b]\nseed: -1",
    "name: s\nmodels: [a, b]\nseed: x",
    "name: s\nmodels: [a, b]\nseed: 1\nseed: 2", "name: s\nmodels: [a, b]\ntokens: {words: true}",
    "name: s\nmodels: [a, b]\ntokens: {minimum_norm_quantile: .nan}",
    "name: s\nmodels: [a, b]\ncompare: {neighbours: 1}", "name: s\nmodels: [a, b]\nalign: {space: middle}",
    "name: s\nmodels: [a, b]\nalign: {held_out: 2}",
    "name: s\nmodels: [a, b]\nalign: {methods: [procrustes]}\nsteer: {behaviours: [sentiment]}",
    "name: s\nmodels: [a, b]\nalign: {methods: [local]}\nsteer: {behaviours: [sentiment], method: local}",
    "name: s\nmodels: [a, b]\nsteer: {depth: 1.5}", "name: s\nmodels: [a, b]\nsteer: {random_vectors: 0}",
    "name: s\nmodels: [a, b]\nsteer: {permuted_labels: 0}", "name: s\nmodels: [a, b]\nsteer: {margin: 1.1}",
    "name: s\nmodels: [a, b]\nsteer: {extraction: median}",
    "name: s\nmodels: [a, b]\nhypotheses: [{name: h, metric: m, op: '=', threshold: 1}]",
    "name: s\nmodels: [a, b]\nhypotheses: [{name: h, metric: m, op: '>'}]", "name: &x s\nmodels: [*x, b]",
  ])
  func badStudiesThrow(text: String) {
    #expect(throws: (any Error).self) { try Study.parse(text, path: "s.yaml") }
  }

  /// Spellings that YAML takes for numbers which are allowed, and the numbers.
  @Test(arguments: [
    ("seed: 1:0:0:0:0:0:0:0:0:0:0:0:0:0", "seed: 60"), ("seed: 010", "seed: 8"), ("seed: 0x10", "seed: 16"),
    ("seed: 1_000", "seed: 1000"), ("align: {held_out: 0:0.3}", "align: {held_out: 0.3}"),
    ("steer: {depth: 0_.5}", "steer: {depth: 0.5}"),
    ("tokens: {minimum_norm_quantile: 0x0}", "tokens: {minimum_norm_quantile: 0}"),
  ])
  func numbersAreDecimal(spelling: String, number: String) throws {
    _ = try Study.parse(minimal + number, path: "s.yaml")
    #expect(throws: (any Error).self) { try Study.parse(minimal + spelling, path: "s.yaml") }
  }

  @Test func aMapIsChosenOnlyToCarryVectors() throws {
    let study = try Study.parse(minimal + "align: {methods: [procrustes]}\n", path: "s.yaml")
    #expect(study.align.methods == ["procrustes"])
  }

  /// Both spellings of an estimator are one, so that neither has a step done again.
  @Test(arguments: ["principal-component", "principalComponent"])
  func anEstimatorHasOneName(spelling: String) throws {
    let study = try Study.parse(minimal + "steer: {extraction: \(spelling)}\n", path: "s.yaml")
    #expect(study.steer.extraction == "principal-component")
  }

  @Test func aStudyCanBeBuiltInSwift() throws {
    var study = Study(name: "s", models: ["a", "b"])
    let read = try Study.parse(minimal, path: "s.yaml")
    #expect(study == read)
    (study.align.heldOut, study.compare.also) = (0.3, [.gauges])
    study.hypotheses = [.init(name: "h", metric: "a--b/raw/cka", comparison: .less, threshold: 1)]
    #expect(try study.validated() == study)
  }

  /// What a file may not say, by the place that the error names.
  private static let faults: [(place: String, change: @Sendable (inout Study) -> Void)] = [
    ("name", { $0.name = "../s" }), ("name", { $0.name = "" }), ("models", { $0.models = ["a"] }),
    ("models[1]", { $0.models = ["x/a", "y/a"] }), ("models", { $0.models = ["a", "b--c", "a--b", "c"] }),
    ("tokens.minimum_norm_quantile", { $0.tokens.minimumNormQuantile = .nan }),
    ("compare.neighbours", { $0.compare.neighbours = 1 }), ("compare.spaces", { $0.compare.spaces = [] }),
    ("compare.also[1]", { $0.compare.also = [.gauges, .gauges] }),
    ("compare.relations", { $0.compare.relations = "words.tsv" }),
    ("compare.layer_pairs", { $0.compare.layerPairs = ["b--a"] }),
    ("compare.layer_tokens", { $0.compare.layers = layers(tokens: 10) }),
    ("align.methods[0]", { $0.align.methods = ["bogus"] }), ("align.methods", { $0.align.methods = [] }),
    ("align.held_out", { $0.align.heldOut = .infinity }),
    ("align.learning_curve[0]", { $0.align.learningCurve = ["unsupervised"] }),
    ("steer.behaviours.mood", { $0.steer.behaviours = [.init("sentiment", name: "mood")] }),
    ("steer.method", { ($0.steer.behaviours, $0.steer.method) = (["tense"], "local") }),
    ("steer.layer", { ($0.steer.map, $0.steer.layer) = (.layer, .bestSeparation) }),
    ("steer.position", { $0.steer.position = .all }), ("steer.margin", { $0.steer.margin = 1.5 }),
    (
      "hypotheses[0].threshold",
      { $0.hypotheses = [.init(name: "h", metric: "m", comparison: .less, threshold: .nan)] }
    ),
  ]

  private static func layers(tokens: Int) -> LayerOptions {
    var options = LayerOptions()
    options.tokens = tokens
    return options
  }

  @Test func whatIsBuiltIsCheckedLikeAFile() throws {
    for (place, change) in Self.faults {
      var study = Study(name: "s", models: ["a", "b"])
      change(&study)
      let error = #expect(throws: StudyError.self, "\(place)") { try study.validated() }
      guard case .study(_, let found, _, _) = error else { continue }
      #expect(found == place)
    }
  }

  @Test func layersHaveAsManyNeighboursAsGraphs() throws {
    func neighbours(_ options: String) throws -> Int? {
      try Study.parse(minimal + "compare: {layers: true, \(options)}", path: "s.yaml").compare.layers?
        .neighbours
    }
    #expect(try neighbours("neighbours: 7") == 7)
    #expect(try neighbours("neighbours: 100") == 40)
    #expect(try neighbours("neighbours: 100, layer_neighbours: 5") == 5)
    #expect(throws: (any Error).self) { try neighbours("layer_neighbours: 41") }
  }

  @Test func byteFlipsNeverTrap() throws {
    let text = Array((minimal + "steer: {behaviours: [sentiment], depth: 0.5}\n").utf8)
    for index in text.indices {
      for mask: UInt8 in [1, 0x10, 0x80] {
        var bad = text
        bad[index] ^= mask
        _ = try? Study.parse(String(decoding: bad, as: UTF8.self), path: "s.yaml")
      }
    }
  }

  @Test(arguments: [("<", 1.0, false), ("<=", 2, true), (">", 1, true), (">=", 3, false)])
  func comparisons(symbol: String, threshold: Double, expected: Bool) throws {
    let comparison = try #require(Study.Comparison(rawValue: symbol))
    #expect(comparison.holds(2, threshold) == expected)
  }

  @Test func anUnknownMetricIsNotEvaluable() throws {
    var study = try Study.parse(minimal, path: "s.yaml")
    study.hypotheses = [.init(name: "h", metric: "a--b/none", comparison: .greater, threshold: 0)]
    let summary = StudyResults().check(study)
    #expect(summary.notEvaluable == 1)
    #expect(!summary.success)
  }
}
