import Foundation
import Studies
import Testing

/// What is found before a study does anything.
@Suite struct StudyInputsTests {
  private func models(_ yaml: String) throws -> [Study.Model] {
    try Study.parse("name: s\nmodels: \(yaml)\n", path: "s.yaml").models
  }

  @Test func modelsAreAListOrAMapping() throws {
    #expect(try models("[a, x/b.1]") == [.init("a", name: "a"), .init("x/b.1", name: "b.1")])
    #expect(
      try models("{old: a/model, new: b/model}") == [
        .init("a/model", name: "old"), .init("b/model", name: "new"),
      ])
  }

  @Test(arguments: [
    "[old/model, new/model]", "[a/m.gguf, b/m.safetensors]", "[x/Llama, y/llama]", "{a: x, A: y}",
    "[a/m, b/m/]", "[a, ./a]", "{a: x}", "{a/b: x, c: y}", "{.a: x, c: y}", "{a: x, a: y}",
    "[a, b--c, a--b, c]",
    "[a, b, b.output]", "{a: [x], b: y}",
  ])
  func namesThatClashAreRefused(yaml: String) {
    let error = #expect(throws: (any Error).self) { try models(yaml) }
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("s.yaml: models"))
  }

  @Test func theMendIsInTheMessage() {
    let error = #expect(throws: (any Error).self) { try models("[old/model, new/model]") }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("models: {FIRST: old/model, SECOND: new/model}"), "\(words)")
  }

  @Test func behavioursHaveNamesToo() throws {
    func behaviours(_ yaml: String) throws -> [Study.Behaviour] {
      try Study.parse("name: s\nmodels: [a, b]\nsteer: {behaviours: \(yaml)}\n", path: "s.yaml").steer
        .behaviours
    }
    #expect(try behaviours("[sentiment, x.json]") == ["sentiment", "x.json"])
    #expect(
      try behaviours("{mine: x.json, tense: tense}") == [
        .init("x.json", name: "mine"), .init("tense", name: "tense"),
      ])
    #expect(throws: (any Error).self) { try behaviours("{mood: sentiment}") }
  }

  private let whole = """
    name: s
    models: [a, b]
    compare: {spaces: [input, output], also: [linear-similarity, token-profiles], layers: true}
    align: {methods: [ridge], by_class: true, learning_curve: true}
    steer: {behaviours: [sentiment], both_directions: true}

    """

  @Test(arguments: [
    ("a--b/centred", "orientation"), ("a--b.output/raw", "cka"), ("a--b/linear_similarity", "gulp_0.01"),
    ("a--b/linear_similarity", "shape_angle_1.0"), ("a--b/intrinsic_dimension/a", "two_nn"),
    ("a--b/coherence/b", "mean"), ("b--a/ridge", "p_at_1_csls"), ("a--b/ridge/wordStart", "r_squared"),
    ("a--b/ridge/7126-anchors", "cosine"), ("b--a/sentiment", "p_value"),
    ("a--b/layers/tokens/centred", "orientation_max_p"), ("models", "related_pairs_cka"),
  ])
  func metricsAreKnownBeforeTheRun(task: String, metric: String) throws {
    let known = KnownMetrics(try Study.parse(whole, path: "s.yaml"), behaviours: ["sentiment"])
    #expect(known.contains(task: task, metric: metric))
  }

  /// Every study of the repository claims numbers that it gives.
  @Test(arguments: [
    "reports/demo/study.yaml", "reports/four-models/study.yaml", "Tests/StudiesTests/Golden/reduced.yaml",
  ])
  func ourOwnStudiesAreKnown(path: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let study = try Study.load(root.appending(path: path).path)
    let known = KnownMetrics(study, behaviours: study.steer.behaviours.map(\.source))
    for hypothesis in study.hypotheses {
      let parts = hypothesis.metric.split(separator: "/")
      #expect(
        known.contains(task: parts.dropLast().joined(separator: "/"), metric: String(parts.last ?? "")),
        "\(hypothesis.metric)")
    }
  }

  @Test(arguments: [
    ("a--b/centred", "orientations"), ("b--a/centred", "orientation"), ("a--c/centred", "orientation"),
    ("a--b/ridge/x-anchors", "cosine"), ("a--b/procrustes", "r_squared"), ("a--b/tense", "p_value"),
    ("", "orientation"), ("a--b/raw", "jaccard"),
  ])
  func otherMetricsAreNot(task: String, metric: String) throws {
    let known = KnownMetrics(try Study.parse(whole, path: "s.yaml"), behaviours: ["sentiment"])
    #expect(!known.contains(task: task, metric: metric))
  }
}
