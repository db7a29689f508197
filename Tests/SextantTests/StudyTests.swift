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
          also: [neighbour-graphs, all-pair-ranks, linear-similarity, isotropy, gauges]}
      align: {methods: [ridge]}
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
    #expect(report.contains("| all but the top |"))
    #expect(report.contains("partition score"))
    #expect(report.contains("## llama and qwen2, output embeddings"))

    // The steps are reused from here on.
    let passed = try tool.run("check", "study.yaml", "--junit", "checks.xml")
    #expect(passed.code == 0, "\(passed.err)")
    #expect(passed.out.hasPrefix("1 of 1 expectations passed"))
    let xml = try String(contentsOf: URL(filePath: tool.path("checks.xml")), encoding: .utf8)
    #expect(xml.contains("failures=\"0\""))

    let impossible = "  - {name: no, metric: llama--qwen2/raw/orientation, op: \">\", threshold: 2}"
    try study(impossible).write(to: file)
    let failed = try tool.run("check", "study.yaml", "--json")
    #expect(failed.code == 1, "\(failed.err)")
    #expect(failed.out.contains("\"success\": false"))

    try study("  - {name: what, metric: bogus/metric, op: \">\", threshold: 2}").write(to: file)
    #expect(try tool.run("check", "study.yaml").code == 5)
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
