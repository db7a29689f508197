import Foundation
import Testing

/// A whole study on two tiny models, and its hypotheses.
struct StudyWorkflowTests {
  private func study(_ hypothesis: String) -> Data {
    Data(
      """
      name: tiny
      models: [\(tinyLlama), \(tinyQwen)]
      seed: 3
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare:
        {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, spaces: [input, output],
          also: [neighbour-graphs, all-pair-ranks, representational-similarity, linear-similarity, isotropy, gauges, token-profiles],
          layers: true, layer_tokens: 60, layer_permutations: 19}
      align: {methods: [ridge, local, unsupervised], by_class: true, learning_curve: true}
      steer: {method: ridge}
      hypotheses:
        - {name: models of random weights share nothing, metric: llama--qwen2/raw/orientation, op: "<", threshold: 0.5}
      \(hypothesis)
      """.utf8)
  }

  @Test func runWritesTheReportAndCheckJudgesIt() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let file = URL(filePath: tool.path("study.yaml"))
    try study("").write(to: file)
    let run = try tool.run("run", "study.yaml")
    #expect(run.code == 0, "\(run.err)")
    #expect(run.out == "reports/tiny/report.md\n")
    let report = try String(contentsOf: URL(filePath: tool.path("reports/tiny/report.md")), encoding: .utf8)
    #expect(report.contains("llama--qwen2"))
    #expect(report.contains("| SVCCA |"))
    #expect(report.contains("| CKNNA |"))
    #expect(report.contains("| RSA of row correlations, Pearson |"))
    #expect(report.contains("| all but the top |"))
    #expect(report.contains("partition score"))
    #expect(report.contains("(GRIDE)"))
    #expect(report.contains("## llama and qwen2, output embeddings"))
    #expect(report.contains("## llama and qwen2, layer by layer"))
    #expect(report.contains("llama--qwen2.learning-curve.svg") && report.contains("| unsupervised |"))
    #expect(report.contains("by class of token"))
    #expect(report.contains("llama--qwen2.layers.tokens.centred.cka.svg") && !report.contains("nan"))

    // The steps are reused from here on.
    let passed = try tool.run("check", "study.yaml", "--junit", "checks.xml")
    #expect(passed.code == 0, "\(passed.err)")
    #expect(passed.out.hasPrefix("passed    models of random weights share nothing: "))
    #expect(passed.out.hasSuffix("0 not evaluable.\nreports/tiny/report.md\n"))
    let xml = try String(contentsOf: URL(filePath: tool.path("checks.xml")), encoding: .utf8)
    #expect(xml.contains("failures=\"0\""))

    let impossible = "  - {name: no, metric: llama--qwen2/raw/orientation, op: \">\", threshold: 0.99}"
    try study(impossible).write(to: file)
    let failed = try tool.run("check", "study.yaml", "--json")
    #expect(failed.code == 1, "\(failed.err)")
    #expect(failed.out.contains("\"success\": false"))

    // A number that the study never gives is a slip of the pen.
    try study("  - {name: what, metric: bogus/metric, op: \">\", threshold: 2}").write(to: file)
    #expect(try tool.run("check", "study.yaml").code == 2)
  }

  @Test func relationsComeFromAFile() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let words = URL(filePath: tool.path("words.tsv"))
    func run() throws -> Tool.Output { try tool.run("run", "study.yaml", "--verbose") }
    try Data(
      """
      name: words
      models: [\(tinyLlama), \(tinyQwen)]
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, also: [token-profiles], relations: words.tsv}
      """.utf8
    ).write(to: URL(filePath: tool.path("study.yaml")))
    // Nothing is imported for a file that is not there.
    let missing = try run()
    #expect(
      missing.code == 3 && missing.err.hasSuffix("expected a readable file of words\n"), "\(missing.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
    try Data("sun\tmoon\n".utf8).write(to: words)
    let first = try run()
    #expect(first.code == 0 && first.err.contains("compare llama--qwen2 …"), "\(first.err)")
    #expect(try run().err.contains("compare llama--qwen2: done before, reused"))
    let report = try String(contentsOf: URL(filePath: tool.path("reports/words/report.md")), encoding: .utf8)
    #expect(report.contains("| the relation file words.tsv |"))
    try Data("sun\tmoon\nsun\tstar\n".utf8).write(to: words)
    #expect(try run().err.contains("compare llama--qwen2 …"))

    try Data("sun moon\n".utf8).write(to: words)
    let malformed = try tool.run(
      "compare", "llama", "qwen2", "--also", "token-profiles", "--relations", "words.tsv")
    #expect(
      malformed.code == 3 && malformed.err.hasPrefix("sextant: words.tsv, line 1: "), "\(malformed.err)")
    let alone = try tool.run("compare", "llama", "qwen2", "--relations", "words.tsv")
    #expect(alone.code == 2 && alone.err.contains("--also token-profiles"), "\(alone.err)")
  }

  @Test func aMapBetweenLayersCarriesVectorsOfItsBlock() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let run = try tool.run(
      "layers", tinyLlama, tinyQwen, "--tokens", "50", "--permutations", "19", "--no-maps", "--keep-map", "1",
      "--without", "tense", "-o", "out")
    #expect(run.code == 0, "\(run.err)")
    #expect(run.out.contains("max-T") && run.out.contains("out/llama--qwen2.layers.texts.centred.depth.svg"))
    let map = try #require(run.out.split(whereSeparator: \.isNewline).last.map(String.init))
    #expect(map.hasPrefix("alignments/llama--qwen2.ridge.layer-1-"))
    for block in ["0", "1"] {
      let vector = try tool.run(
        "steer", "extract", tinyLlama, "--contrast", "tense", "--block", block, "-o", "v\(block).safetensors")
      #expect(vector.code == 0, "\(vector.err)")
    }
    let carried = try tool.run(
      "steer", "transfer", "v0.safetensors", tinyQwen, "--map", map, "--no-calibrate", "-o", "c.safetensors")
    #expect(carried.code == 0, "\(carried.err)")
    // A vector of another block, or another target block than the map's, does not fit.
    let wrong = try tool.run(
      "steer", "transfer", "v1.safetensors", tinyQwen, "--map", map, "--no-calibrate", "-o", "d.safetensors")
    #expect(wrong.code == 4 && wrong.err.contains("residualPost 0"), "\(wrong.err)")
    let elsewhere = try tool.run(
      "steer", "transfer", "v0.safetensors", tinyQwen, "--map", map, "--block", "9", "-o", "d.safetensors")
    #expect(elsewhere.code == 2, "\(elsewhere.err)")
    #expect(try tool.run("layers", tinyLlama, tinyQwen, "--tokens", "3").code == 2)
  }

  @Test func mapsCarryVectorsAndAreNeverOverwritten() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
    let aligned = try tool.run("align", "a", "b", "--no-letters-only")
    #expect(aligned.code == 0, "\(aligned.err)")
    #expect(aligned.out.hasSuffix("alignments/a--b.ridge.h5\n"))
    // The same map is found again; another one goes beside it.
    let map = URL(filePath: tool.path("alignments/a--b.ridge.h5"))
    let bytes = try Data(contentsOf: map)
    #expect(try tool.run("align", "a", "b", "--no-letters-only").out == aligned.out)
    let other = try tool.run("align", "a", "b", "--no-letters-only", "--seed", "2")
    #expect(other.code == 0, "\(other.err)")
    #expect(other.out.contains("alignments/a--b.ridge.") && !other.out.hasSuffix("a--b.ridge.h5\n"))
    #expect(try Data(contentsOf: map) == bytes)
    #expect(try tool.run("align", "a", "b", "--method", "bogus").code == 2)
    #expect(
      try tool.run(
        "steer", "extract", tinyLlama, "--contrast", "tense", "--block", "1", "-o", "v.safetensors"
      ).code == 0)
    let carried = try tool.run(
      "steer", "transfer", "v.safetensors", tinyQwen, "--block", "1", "--map", "alignments/a--b.ridge.h5",
      "-o",
      "c.safetensors")
    #expect(carried.code == 0, "\(carried.err)")
    let chosen = try tool.run(
      "steer", "transfer", "v.safetensors", tinyQwen, "--layer", "best-separation", "--map",
      "alignments/a--b.ridge.h5", "-o", "d.safetensors")
    #expect(chosen.code == 0, "\(chosen.err)")
    let tree = try tool.run("inspect", "c.safetensors")
    #expect(tree.out.contains("transferred_by = ridge map a--b"))
    #expect(tree.out.contains("architecture = qwen2"))
  }
}
