import Checkpoints
import Foundation
import Steering
import Studies
import TestSupport
import Testing
import Workflow

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
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("s.yaml: "))
  }

  @Test func theMendIsInTheMessage() {
    let error = #expect(throws: (any Error).self) { try models("[old/model, new/model]") }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("models: {FIRST: old/model, SECOND: new/model}"), "\(words)")
  }

  @Test func behavioursHaveNamesToo() throws {
    func behaviours(_ yaml: String) throws -> [Behaviour] {
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
    ("b--a/sentiment", "p_value_permuted_labels_equal_norm"), ("a--b/sentiment", "effect"),
    ("a--b/layers/tokens/centred", "orientation_max_p"), ("models", "related_pairs_cka"),
  ])
  func metricsAreKnownBeforeTheRun(task: String, metric: String) throws {
    let known = KnownMetrics(try Study.parse(whole, path: "s.yaml"), behaviours: ["sentiment"])
    #expect(known.contains(task: task, metric: metric))
  }

  /// What a run finds could have been named by a hypothesis: a new number must be added to `KnownMetrics`.
  @Test func everyNumberOfARunIsKnown() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let golden = tinyCheckpoints
    let study = try Study.parse(
      """
      name: s
      models: {a: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare:
        {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, spaces: [input, output],
          also: [neighbour-graphs, all-pair-ranks, representational-similarity, linear-similarity, isotropy, gauges, token-profiles],
          layers: true, layer_tokens: 50, layer_permutations: 19}
      align: {methods: [ridge, unsupervised], by_class: true, learning_curve: [ridge]}
      steer: {behaviours: [tense], items: 10, random_vectors: 3, permuted_labels: 3, shuffled_maps: 3, generated_tokens: 0}
      """, path: "s.yaml")
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let known = KnownMetrics(study, behaviours: ["tense"])
    for (task, metrics) in results.metrics {
      for metric in metrics.keys { #expect(known.contains(task: task, metric: metric), "\(task)/\(metric)") }
    }
    #expect(results.metrics.count > 20)
    let vector = try VectorFile.read(#require(results.transfers[0].vectorPath))
    #expect(vector.provenance.testedOn?.hasPrefix("tense alone: ") == true)
    #expect(vector.provenance.calibration != nil && vector.provenance.alignmentHash != nil)
    #expect(vector.provenance.source?.name == "a" && vector.provenance.model == "b")
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
