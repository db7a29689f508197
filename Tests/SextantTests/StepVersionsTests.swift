import Foundation
import Testing

/// A kept result is taken where its step's version is the same: what a step comes to may change with its version only.
struct StepVersionsTests {
  /// What every step came to when its version was last raised.
  private struct Ledger: Codable, Equatable {
    /// By kind of step.
    var versions: [String: Int] = [:]
    /// By task and metric, as in `results.json`.
    var values: [String: Double] = [:]
  }

  private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden/steps.json")

  @Test func resultsChangeWithTheVersionOnly() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data("sun\tmoon\n".utf8).write(to: URL(filePath: tool.path("words.tsv")))
    try Data(
      """
      name: tiny
      models: [\(tinyLlama), \(tinyQwen)]
      seed: 3
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare:
        {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, relations: words.tsv,
          also: [neighbour-graphs, all-pair-ranks, representational-similarity, linear-similarity, isotropy, gauges, token-profiles],
          layers: true, layer_tokens: 60, layer_permutations: 19}
      align: {methods: all, by_class: true, learning_curve: [ridge]}
      steer: {behaviours: [tense], items: 4, random_vectors: 3, permuted_labels: 3, shuffled_maps: 3, generated_tokens: 2}
      """.utf8
    ).write(to: URL(filePath: tool.path("study.yaml")))
    let run = try tool.run("run", "study.yaml")
    try #require(run.code == 0, "\(run.err)")
    let found = try ledger(tool)
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try encoder.encode(found).write(to: Self.golden)
    }
    let kept = try JSONDecoder().decode(Ledger.self, from: Data(contentsOf: Self.golden))
    #expect(
      found.versions == kept.versions, "versions have changed: write Golden/steps.json anew with `make docs`")
    let changed = Set(found.values.keys).union(kept.values.keys).sorted().filter {
      guard let new = found.values[$0], let old = kept.values[$0] else { return true }
      return abs(new - old) > 2e-3 * max(1, abs(old))
    }
    #expect(
      changed.isEmpty,
      "these numbers have changed: raise the version of their steps in StepFingerprints.swift, or of their measures, then `make docs`: \(changed.prefix(20))"
    )
  }

  /// p-values of few draws, and maps that find their anchors themselves, hang on the last digit.
  private static func isSteady(_ task: String, _ metric: String) -> Bool {
    !task.contains("unsupervised") && !metric.hasPrefix("p_value") && !metric.hasSuffix("_p")
  }

  private func ledger(_ tool: Tool) throws -> Ledger {
    struct Results: Decodable { let results: [String: [String: Value]] }
    struct Header: Decodable {
      struct Fingerprint: Decodable { let step: String, version: Int }
      let fingerprint: Fingerprint
    }
    /// A number, or something else.
    struct Value: Decodable {
      let number: Double?
      init(from decoder: any Decoder) throws {
        number = try? decoder.singleValueContainer().decode(Double.self)
      }
    }
    var ledger = Ledger()
    let results = try JSONDecoder().decode(
      Results.self, from: Data(contentsOf: URL(filePath: tool.path("reports/tiny/results.json"))))
    for (task, metrics) in results.results {
      for (metric, value) in metrics where Self.isSteady(task, metric) {
        ledger.values["\(task)/\(metric)"] = value.number
      }
    }
    let folder = tool.path("reports/tiny/.steps")
    for file in FileManager.default.subpaths(atPath: folder) ?? [] where file.hasSuffix(".json") {
      let text = try Data(contentsOf: URL(filePath: folder + "/" + file))
      let header = try JSONDecoder().decode(Header.self, from: text.prefix { $0 != UInt8(ascii: "\n") })
      let parts = header.fingerprint.step.split(separator: "/")
      // Each measure has a version of its own.
      let kind = parts[0] == "compare" ? "compare/\(parts[2])" : String(parts[0])
      ledger.versions[kind] = header.fingerprint.version
    }
    return ledger
  }
}
