import Foundation
import Testing

/// `steer validate`: the transfer step of a study, for one vector and a kept map.
struct ValidateTests {
  /// A study on two tiny models; every p of its verdict could be small enough.
  private func study(_ map: String) -> Data {
    Data(
      """
      name: tiny
      models: [\(tinyLlama), \(tinyQwen)]
      seed: 3
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge, procrustes]}
      steer: {behaviours: [tense], map: \(map), extraction: principal-component, position: mean, items: 12, random_vectors: 19,
        permuted_labels: 19, shuffled_maps: 19, generated_tokens: 2}
      """.utf8)
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The same numbers have the same text.
  private func canonical(_ value: Any?) throws -> Data {
    try JSONSerialization.data(withJSONObject: #require(value), options: [.sortedKeys])
  }

  /// The result of the study's transfer step, as it is kept.
  private func step(_ tool: Tool) throws -> [String: Any] {
    let file = tool.path("reports/tiny/.steps/transfer/llama--qwen2/tense.json")
    let lines = try String(contentsOf: URL(filePath: file), encoding: .utf8).split(separator: "\n")
    let body = try #require(lines.last)
    return try #require(try object(body)["result"] as? [String: Any])
  }

  private func extract(_ block: Int, _ tool: Tool) throws {
    let vector = try tool.run(
      "steer", "extract", tinyLlama, "--contrast", "tense", "--block", "\(block)", "--method",
      "principal-component", "--position", "mean", "-o", "v.safetensors")
    #expect(vector.code == 0, "\(vector.err)")
  }

  private let options = [
    "--source", tinyLlama, "--items", "12", "--random-vectors", "19", "--permuted-labels", "19",
    "--shuffled-maps",
    "19", "--generated-tokens", "2", "--seed", "3",
  ]

  /// From a vector and a map in files, the numbers of the study to the last digit, along maps of either kind.
  @Test(arguments: ["embedding", "layer"])
  func theNumbersAreThoseOfTheStudy(kind: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    try study(kind).write(to: URL(filePath: tool.path("study.yaml")))
    let run = try tool.run("run", "study.yaml")
    try #require(run.code == 0, "\(run.err)")
    let expected = try step(tool)
    let block = try #require(expected["sourceBlock"] as? Int)
    try extract(block, tool)
    var map = "alignments/llama--qwen2.ridge.h5"
    if kind == "layer" {
      let layers = try tool.run(
        "layers", tinyLlama, tinyQwen, "--tokens", "50", "--permutations", "19", "--no-maps", "--keep-map",
        "\(block + 1)", "--without", "tense", "--seed", "3")
      #expect(layers.code == 0, "\(layers.err)")
      map = try #require(layers.out.split(whereSeparator: \.isNewline).last.map(String.init))
    }
    let command = ["steer", "validate", "v.safetensors", tinyQwen, "--map", map] + options
    let found = try tool.run(command + ["--json", "-o", "c.safetensors"])
    #expect([0, 5].contains(found.code), "\(found.err)")
    let result = try object(found.out)
    for key in ["validation", "judgement"] {
      #expect(try canonical(result[key]) == canonical(expected[key]), "\(kind): \(key)")
    }
    for key in ["source", "target", "method", "extraction"] {
      #expect(result[key] as? String == expected[key] as? String, "\(key)")
    }
    #expect(result["vectorPath"] as? String == "c.safetensors")
    // The same vector is written, too, but for how the map is called.
    let kept = try #require(expected["vectorPath"] as? String)
    for line in ["tested_on = ", "dose_one_norm = ", "method = principalComponent"] {
      let (ours, theirs) = (try tool.run("inspect", "c.safetensors").out, try tool.run("inspect", kept).out)
      func said(_ text: String) -> Substring? {
        text.split(separator: "\n").first { $0.contains(line) }
      }
      #expect(said(ours) != nil && said(ours) == said(theirs), "\(line)")
    }
    // For people: the verdict first, and what its p-values do not allow for.
    let text = try tool.run(command)
    #expect(text.code == found.code && text.out.hasPrefix("**"), "\(text.out.prefix(80))")
    #expect(text.out.contains("in another way (principal-component)"))
    #expect(text.out.contains("| residual noise |") && text.out.contains("dose 1"))
  }

  private func mapFromOneToTwo(_ tool: Tool) throws {
    #expect(try tool.run("import", tinyLlama, "--as", "one").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "two").code == 0)
    #expect(try tool.run("align", "one", "two", "--no-letters-only").code == 0)
  }

  @Test func whatCannotBeTestedIsSaid() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try mapFromOneToTwo(tool)
    try extract(1, tool)
    func validate(_ vector: String, _ model: String, _ more: [String]) throws -> Tool.Output {
      try tool.run(
        [
          "steer", "validate", vector, model, "--map", "alignments/one--two.ridge.h5", "--generated-tokens",
          "0",
        ]
          + more)
    }
    func refused(_ code: Int32, _ words: String, _ more: [String], vector: String = "v.safetensors") throws {
      let output = try validate(vector, tinyQwen, more)
      #expect(output.code == code && output.err.contains(words), "\(output.code) \(output.err)")
      #expect(output.out.isEmpty)
    }
    // The vector calls its model llama, which no catalog has here.
    try refused(2, "--source", [])
    try refused(4, "name its own model with --source", ["--source", tinyQwen])
    try refused(2, "no contrast set is called", ["--source", tinyLlama, "--contrast", "tens"])
    for (option, value) in [
      ("--items", "-1"), ("--random-vectors", "0"), ("--permuted-labels", "10000"), ("--shuffled-maps", "0"),
      ("--margin", "1.5"), ("--divergence", "0"), ("--generated-tokens", "1001"),
    ] {
      try refused(2, option, ["--source", tinyLlama, "\(option)=\(value)"])
    }
    try refused(2, "--block must be", ["--source", tinyLlama, "--block", "99"])
    let other = try validate(
      "v.safetensors", fixture("TransformersTests/Golden/gemma3.gguf"), ["--source", tinyLlama])
    #expect(other.code == 4 && other.err.contains("the target side"), "\(other.err)")
    let carried = try tool.run(
      "steer", "transfer", "v.safetensors", tinyQwen, "--map", "alignments/one--two.ridge.h5",
      "--no-calibrate", "-o",
      "c.safetensors")
    #expect(carried.code == 0, "\(carried.err)")
    try refused(2, "was carried already", ["--source", tinyLlama], vector: "c.safetensors")
    // Four items are too few for a verdict; the numbers are printed all the same, and the vector says so.
    let few = try validate(
      "v.safetensors", tinyQwen,
      [
        "--source", tinyLlama, "--items", "4", "--random-vectors", "3", "--permuted-labels", "3",
        "--shuffled-maps", "3",
        "-o", "d.safetensors",
      ])
    #expect(
      few.code == 5 && few.err.isEmpty && few.out.hasPrefix("**not evaluable**: 4 held-out items"),
      "\(few.err)")
    #expect(few.out.hasSuffix("d.safetensors\n"))
    #expect(try tool.run("inspect", "d.safetensors").out.contains("tested_on = tense alone: not evaluable"))
    // The stores of the map must be those that it was fitted on.
    #expect(try tool.run("import", tinyLlama, "--as", "two", "--replace").code == 0)
    try refused(4, "store B", ["--source", tinyLlama])
    try FileManager.default.removeItem(atPath: tool.path("models/one.h5"))
    try refused(3, "models/one.h5", ["--source", tinyLlama])
  }

  /// A map between layers that has seen the texts of the vector's set is no map to test it with.
  @Test func aMapThatHasSeenTheTextsIsRefused() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let layers = try tool.run(
      "layers", tinyLlama, tinyQwen, "--tokens", "50", "--permutations", "19", "--no-maps", "--keep-map", "2")
    #expect(layers.code == 0, "\(layers.err)")
    let map = try #require(layers.out.split(whereSeparator: \.isNewline).last.map(String.init))
    try extract(1, tool)
    let seen = try tool.run(
      "steer", "validate", "v.safetensors", tinyQwen, "--map", map, "--source", tinyLlama,
      "--generated-tokens", "0")
    #expect(seen.code == 4 && seen.err.contains("--without tense"), "\(seen.err)")
  }
}
