import Foundation
import Reports
import Studies
import Testing

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

  /// docs/studies.md names every key, with the value that it has when it is left out.
  @Test func thePageOfStudyFilesIsTrue() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/studies.md"), encoding: .utf8)
    let block = try #require(
      page.split(separator: "```yaml").dropFirst().first?.split(separator: "```").first)
    let text = String(block)
    var expected = try Study.parse("name: my-study\nmodels: [model-a, model-b]\n", path: "s.yaml")
    #expect(try Study.parse(text, path: "studies.md") == expected)
    // With layers, their options are read, and must be the defaults too.
    expected.compare.layers = LayerOptions()
    let withLayers = text.replacing("  layers: false", with: "  layers: true")
    #expect(try Study.parse(withLayers, path: "studies.md") == expected)
    for section in ["", "tokens", "compare", "align", "steer"] {
      let unknown = section.isEmpty ? "zzz: 1" : "\(section): {zzz: 1}"
      let error = #expect(throws: (any Error).self) { try Study.parse(minimal + unknown, path: "s.yaml") }
      let words = String(describing: try #require(error))
      let keys = try #require(words.split(separator: "one of ").last?.split(separator: ", found").first)
      for name in keys.split(separator: ", ") {
        let indent = section.isEmpty ? "\n" : "\n  "
        #expect(
          text.contains("\(indent)\(name):") || text.contains("\(indent)# \(name):"), "\(section) \(name)")
      }
    }
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
