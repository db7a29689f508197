import Foundation
import Testing

/// Which model is which: nothing made on one model is used on another without a word.
struct IdentityTests {
  private let gemma = fixture("TransformersTests/Golden/gemma3.gguf")

  private func copy(_ file: String, to name: String, in tool: Tool) throws {
    let target = URL(filePath: tool.path(name))
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: URL(filePath: file), to: target)
  }

  /// The model with one byte of its last tensor changed: a sibling that differs in its hash alone.
  private func sibling(of file: String, to name: String, in tool: Tool) throws {
    var bytes = try Data(contentsOf: URL(filePath: file))
    bytes[bytes.count - 40] ^= 1
    try bytes.write(to: URL(filePath: tool.path(name)))
  }

  private func write(_ text: String, to name: String, in tool: Tool) throws {
    let target = URL(filePath: tool.path(name))
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: target)
  }

  private func extract(_ model: String, _ block: String, _ output: String, _ tool: Tool) throws {
    let result = try tool.run(
      "steer", "extract", model, "--contrast", "tense", "--block", block, "-o", output)
    #expect(result.code == 0, "\(result.err)")
  }

  @Test func storesOfOtherModelsAreNotWrittenOver() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyLlama, to: "old/Model-0.5", in: tool)
    try copy(tinyQwen, to: "new/Model-0.5", in: tool)
    #expect(try tool.run("import", "old/Model-0.5").out == "models/Model-0.5.h5\n")
    let store = URL(filePath: tool.path("models/Model-0.5.h5"))
    let bytes = try Data(contentsOf: store)
    let refused = try tool.run("import", "new/Model-0.5")
    #expect(
      refused.code == 4 && refused.err.contains("--as NAME") && refused.err.contains("--replace"),
      "\(refused.err)")
    #expect(try Data(contentsOf: store) == bytes)
    // The same model again, another name, and on purpose.
    #expect(try tool.run("import", "old/Model-0.5").code == 0)
    #expect(try tool.run("import", "new/Model-0.5", "--as", "new").code == 0)
    // A store that moves aside takes no other store's place, not even where a file has its name.
    let named = try Data(contentsOf: URL(filePath: tool.path("models/new.h5")))
    func aside() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: tool.path("models"))
        .filter { $0.hasPrefix("new.") && $0 != "new.h5" }.sorted()
    }
    #expect(try tool.run("import", "old/Model-0.5", "--as", "new").code == 0)
    let first = try aside()
    #expect(first.count == 1)
    #expect(try Data(contentsOf: URL(filePath: tool.path("models/\(first[0])"))) == named)
    try write("mine", to: "models/\(first[0])", in: tool)
    #expect(try tool.run("import", "new/Model-0.5", "--as", "new", "--replace").code == 0)
    #expect(try tool.run("import", "old/Model-0.5", "--as", "new").code == 0)
    #expect(try aside().count == 2)
    #expect(try String(contentsOf: URL(filePath: tool.path("models/\(first[0])")), encoding: .utf8) == "mine")
    #expect(try tool.run("import", "new/Model-0.5", "--replace").code == 0)
    #expect(try Data(contentsOf: store) != bytes)
    // What is no store at all is somebody's file.
    try write("mine", to: "models/mine.h5", in: tool)
    #expect(try tool.run("import", "old/Model-0.5", "--as", "mine").code == 4)
    #expect(try tool.run("import", "old/Model-0.5", "--as", "a:b").code == 2)
  }

  @Test func aStudyRefusesOneNameForTwoModelsAndTwoNamesForOne() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyLlama, to: "old/m.gguf", in: tool)
    try copy(tinyQwen, to: "new/m.gguf", in: tool)
    try copy(tinyLlama, to: "new/copy.gguf", in: tool)
    func run(_ models: String) throws -> Tool.Output {
      try write("name: s\nmodels: \(models)\n", to: "s.yaml", in: tool)
      return try tool.run("run", "s.yaml")
    }
    let clash = try run("[old/m.gguf, new/m.gguf]")
    #expect(
      clash.code == 2 && clash.err.contains("models: {FIRST: old/m.gguf, SECOND: new/m.gguf}"), "\(clash.err)"
    )
    let twice = try run("[old/m.gguf, new/copy.gguf]")
    #expect(twice.code == 4 && twice.err.contains("are one model"), "\(twice.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
    #expect(!FileManager.default.fileExists(atPath: tool.path("reports")))
    // A store of that name from another model stays.
    #expect(try tool.run("import", "new/m.gguf", "--as", "one").code == 0)
    let foreign = try run("{one: old/m.gguf, two: new/m.gguf}")
    #expect(foreign.code == 4 && foreign.err.contains("models/one.h5"), "\(foreign.err)")
  }

  /// The names of numbers outlive a release.
  @Test func aRoleIsGivenOnTheCommandLine() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyLlama, to: "v1.gguf", in: tool)
    try copy(tinyQwen, to: "v2.gguf", in: tool)
    try copy(gemma, to: "v3.gguf", in: tool)
    try write(
      """
      name: s
      models: {old: v1.gguf, new: v2.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge]}
      hypotheses: [{name: h, metric: old--new/raw/orientation, op: "<", threshold: 1}]
      """, to: "s.yaml", in: tool)
    let first = try tool.run("check", "s.yaml")
    #expect(first.code == 0, "\(first.err)")
    let next = try tool.run("check", "s.yaml", "--model", "new=v3.gguf")
    #expect(next.code == 0 && next.err.contains("models/new.h5 was another model's"), "\(next.err)")
    let stores = try FileManager.default.contentsOfDirectory(atPath: tool.path("models"))
    #expect(
      stores.count { $0.hasPrefix("new.") && $0.hasSuffix(".h5") && !$0.contains(".knn") } == 2, "\(stores)")
    for argument in ["next=v3.gguf", "new=", "v3.gguf", "=v3.gguf"] {
      #expect(try tool.run("check", "s.yaml", "--model", argument).code == 2, "\(argument)")
    }
    let wrong = try tool.run("run", "s.yaml", "--model", "nwe=v3.gguf")
    #expect(wrong.err.contains("did you mean \"new\"?"), "\(wrong.err)")
  }

  @Test func aMappingNamesModelsAndPathsStartAtTheStudy() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyLlama, to: "lab/old/m.gguf", in: tool)
    try copy(tinyQwen, to: "lab/new/m.gguf", in: tool)
    try write(
      """
      name: s
      models: {old: old/m.gguf, new: new/m.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge]}
      """, to: "lab/s.yaml", in: tool)
    let run = try tool.run("run", "lab/s.yaml")
    #expect(run.code == 0, "\(run.err)")
    let text = try String(contentsOf: URL(filePath: tool.path("reports/s/results.json")), encoding: .utf8)
    #expect(
      text.contains("old--new/centred") && text.contains("\"old\": \"lab/old/m.gguf\"")
        && text.contains("\"new\": \"lab/new/m.gguf\""))
    #expect(!run.err.contains("another study"), "\(run.err)")
    // Another study of this name.
    try write(
      try String(contentsOf: URL(filePath: tool.path("lab/s.yaml")), encoding: .utf8)
        .replacing("{old: old/m.gguf, new: new/m.gguf}", with: "{new: new/m.gguf, old: old/m.gguf}"),
      to: "lab/t.yaml", in: tool)
    let other = try tool.run("run", "lab/t.yaml")
    #expect(other.code == 0 && other.err.contains("the report of another study called s"), "\(other.err)")
    // A file of the same path from the current folder is another one, and is not meant.
    try copy(gemma, to: "old/m.gguf", in: tool)
    let same = try tool.run("run", "lab/s.yaml")
    #expect(same.code == 0, "\(same.err)")
    try FileManager.default.removeItem(atPath: tool.path("lab/old/m.gguf"))
    let elsewhere = try tool.run("run", "lab/s.yaml")
    #expect(
      elsewhere.code == 2 && elsewhere.err.contains("expected a path from lab/ (the study's folder)"),
      "\(elsewhere.err)")
    try write("name: s\nmodels: [gone.gguf, new/m.gguf]\n", to: "lab/s.yaml", in: tool)
    let missing = try tool.run("run", "lab/s.yaml")
    #expect(missing.code == 2 && missing.err.contains("lab/ (the study's folder)"), "\(missing.err)")
  }

  @Test(arguments: [
    ("steer: {behaviours: [sentimnt]}\nalign: {methods: [ridge]}", "did you mean \"sentiment\"?"),
    ("steer: {behaviours: [gone.json]}", "gone.json"),
    ("steer: {behaviours: [x/set.json, y/set.json]}", "behaviours: {FIRST: x/set.json, SECOND: y/set.json}"),
    ("steer: {behaviours: [tense, x/tense.json]}", "both called tense"),
    ("steer: {behaviours: [x/path.json]}", "../../up"),
    (
      "hypotheses: [{name: h, metric: a--b/centred/orientaton, op: '>', threshold: 0}]",
      "did you mean \"orientation\"?"
    ),
    (
      "hypotheses: [{name: h, metric: a--b/centered/orientation, op: '>', threshold: 0}]",
      "did you mean \"a--b/centred\"?"
    ),
    ("compare: {layers: true, layer_pairs: [a--c]}", "did you mean \"a--b\"?"),
    ("sed: 2", "did you mean \"seed\"?"), ("compare: {neighbors: 5}", "did you mean \"neighbours\"?"),
    ("compare: {also: [gagues]}", "did you mean \"gauges\"?"),
    ("align: {space: imput}", "did you mean \"input\"?"),
    ("align: {methods: [rigde]}", "did you mean \"ridge\"?"),
    ("steer: {extraction: mean-diference}", "did you mean \"mean-difference\"?"),
    (
      "compare: {layers: true, layer_permutations: 19}\nhypotheses: [{name: h, metric: a--b/layers/tokens/centred/cka_max_p, op: '<', threshold: 0.05}]",
      "smallest p"
    ),
  ])
  func aStudyIsCheckedBeforeAnythingIsDone(part: String, words: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    for folder in ["x", "y"] {
      try write(
        "[{\"positive\": \"yes\", \"negative\": \"no\"}, {\"positive\": \"on\", \"negative\": \"off\"}]",
        to: "\(folder)/set.json", in: tool)
    }
    try copy(tool.path("x/set.json"), to: "x/tense.json", in: tool)
    try write(
      "{\"name\": \"../../up\", \"train\": [{\"positive\": \"a\", \"negative\": \"b\"}, {\"positive\": \"c\", \"negative\": \"d\"}]}",
      to: "x/path.json", in: tool)
    try write("name: s\nmodels: {a: \(tinyLlama), b: \(tinyQwen)}\n\(part)\n", to: "s.yaml", in: tool)
    let result = try tool.run("run", "s.yaml", "-v")
    #expect(result.code == 2 && result.err.contains(words), "\(result.err)")
    #expect(!result.err.contains("compare/") && !FileManager.default.fileExists(atPath: tool.path("models")))
  }

  @Test func vectorsOfOtherModelsAreRefused() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try sibling(of: tinyLlama, to: "twin.gguf", in: tool)
    try extract(tinyLlama, "1", "v.safetensors", tool)
    for command in [["generate", "twin.gguf", "ab"], ["score", "twin.gguf", "ab", "c"]] {
      let arguments = command + ["--vector", "v.safetensors"]
      let refused = try tool.run(arguments)
      #expect(refused.code == 4 && refused.err.contains("--force-mismatch"), "\(refused.err)")
      #expect(refused.err.contains("though their tokens are the same"))
      #expect(try tool.run(arguments + ["--force-mismatch"]).code == 0)
    }
    try extract("twin.gguf", "0", "w.safetensors", tool)
    try extract("twin.gguf", "1", "x.safetensors", tool)
    let mixed = try tool.run("steer", "export", "v.safetensors", "w.safetensors", "-o", "c.gguf")
    #expect(mixed.code == 4 && mixed.err.contains("write one file a model"), "\(mixed.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("c.gguf")))
  }

  /// Stores called one and two, and a map between them.
  private func mapFromOneToTwo(_ tool: Tool) throws {
    #expect(try tool.run("import", tinyLlama, "--as", "one").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "two").code == 0)
    #expect(try tool.run("align", "one", "two", "--no-letters-only").code == 0)
  }

  @Test func mapsLeadOneWayBetweenTwoModels() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try mapFromOneToTwo(tool)
    try sibling(of: tinyLlama, to: "twin.gguf", in: tool)
    try extract(tinyLlama, "1", "v.safetensors", tool)
    try extract(tinyQwen, "1", "w.safetensors", tool)
    try extract("twin.gguf", "1", "t.safetensors", tool)
    func transfer(_ vector: String, _ model: String, _ more: [String] = []) throws -> Tool.Output {
      try tool.run(
        [
          "steer", "transfer", vector, model, "--map", "alignments/one--two.ridge.h5", "--no-calibrate", "-o",
          "c.safetensors",
        ]
          + more)
    }
    let back = try transfer("w.safetensors", tinyLlama)
    #expect(back.code == 4 && back.err.contains("sextant align two one"), "\(back.err)")
    let twin = try transfer("t.safetensors", tinyQwen)
    #expect(twin.code == 4 && twin.err.contains("the source side"), "\(twin.err)")
    let elsewhere = try transfer("v.safetensors", gemma)
    #expect(elsewhere.code == 4 && elsewhere.err.contains("the target side"), "\(elsewhere.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("c.safetensors")))
    #expect(try transfer("t.safetensors", tinyQwen, ["--force-mismatch"]).code == 0)
    // The vector says how deep its model is: no block needs to be named.
    let carried = try transfer("v.safetensors", tinyQwen)
    #expect(carried.code == 0, "\(carried.err)")
    let tree = try tool.run("inspect", "c.safetensors").out
    for key in [
      "source_model = llama", "source_sha256 = ", "alignment_sha256 = ", "blocks = ", "tokenizer_sha256 = ",
    ] {
      #expect(tree.contains(key), "\(key)")
    }
    #expect(!tree.contains("dose_one_norm"))
    #expect(
      try tool.run(
        "steer", "transfer", "v.safetensors", tinyQwen, "--map", "alignments/one--two.ridge.h5", "-o",
        "d.safetensors"
      ).code == 0)
    #expect(try tool.run("inspect", "d.safetensors").out.contains("dose_one_divergence = "))
  }

  /// The width is checked before a block is looked for, and no flag makes it fit.
  @Test func aMapCarriesNoVectorOfAnotherWidth() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try mapFromOneToTwo(tool)
    let header = """
      {"__metadata__":{"format":"sextant-steering-vector/1","hook":"residualPost","model":"m","model_sha256":"",\
      "architecture":"llama","behaviour":"tense","method":"m","token_position":"last","pairs":"2","blocks":"3",\
      "transferred_by":""},"direction.1":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}
      """
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
    let numbers = [[UInt8]](repeating: [0, 0, 0x80, 0x3F], count: 4).flatMap { $0 }
    try Data(length + Array(header.utf8) + numbers).write(to: URL(filePath: tool.path("w4.safetensors")))
    #expect(try tool.run("verify", "w4.safetensors").code == 0)
    for more in [[], ["--layer", "best-separation"], ["--force-mismatch"], ["--block", "1"]] {
      let refused = try tool.run(
        [
          "steer", "transfer", "w4.safetensors", tinyQwen, "--map", "alignments/one--two.ridge.h5",
          "--no-calibrate", "-o", "c.safetensors",
        ] + more)
      #expect(
        refused.code == 4 && refused.err.contains("widths do not fit"),
        "\(more): \(refused.code) \(refused.err)")
      #expect(!FileManager.default.fileExists(atPath: tool.path("c.safetensors")))
    }
  }

  @Test func controlVectorsAreVectors() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try extract(tinyLlama, "1", "v.safetensors", tool)
    #expect(try tool.run("steer", "export", "v.safetensors", "-o", "v.gguf").code == 0)
    func score(_ vector: String) throws -> Tool.Output {
      try tool.run("score", tinyLlama, "ab", "c", "--json", "--vector", vector)
    }
    let (ours, exported) = (try score("v.safetensors"), try score("v.gguf"))
    #expect(exported.code == 0 && ours.out == exported.out, "\(exported.err)")
    #expect(try tool.run("generate", gemma, "a", "--vector", "v.gguf").code == 4)
    // What else a file may be is said.
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    try write("{\"name\": \"x\"}", to: "set.json", in: tool)
    for (file, words) in [(tinyLlama, "a model"), ("models/a.h5", "HDF5"), ("set.json", "JSON")] {
      let other = try score(file)
      #expect(other.code == 3 && other.err.contains(words), "\(other.err)")
    }
  }

  /// A file of ours whose keys have other names is what another tool writes.
  @Test func controlVectorsOfOtherToolsAreReadAsTheyAreSaidToCount() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try extract(tinyLlama, "1", "v.safetensors", tool)
    #expect(try tool.run("steer", "export", "v.safetensors", "-o", "ours.gguf").code == 0)
    for (name, direction) in [("repeng.gguf", "direction.1"), ("cvector.gguf", "direction.2")] {
      var bytes = try Data(contentsOf: URL(filePath: tool.path("ours.gguf")))
      for (old, new) in [("sextant.", "another."), ("direction.1", direction)] where old != new {
        while let place = bytes.range(of: Data(old.utf8)) {
          bytes.replaceSubrange(place, with: Data(new.utf8))
        }
      }
      try bytes.write(to: URL(filePath: tool.path(name)))
    }
    func score(_ arguments: String...) throws -> Tool.Output {
      try tool.run(["score", tinyLlama, "ab", "c", "--json"] + arguments)
    }
    let ours = try score("--vector", "v.safetensors")
    let assumed = try score("--vector", "repeng.gguf")
    #expect(assumed.code == 0 && assumed.out == ours.out, "\(assumed.err)")
    #expect(assumed.err.split(separator: "\n").filter { $0.contains("--convention") }.count == 1)
    let said = try score("--vector", "repeng.gguf", "--convention", "repeng")
    #expect(said.code == 0 && said.out == ours.out && !said.err.contains("--convention"), "\(said.err)")
    let generator = ["--convention", "cvector-generator"]
    let moved = try tool.run(
      ["score", tinyLlama, "ab", "c", "--json", "--vector", "cvector.gguf"] + generator)
    #expect(moved.code == 0 && moved.out == ours.out, "\(moved.err)")
    let late = try score("--vector", "cvector.gguf")
    #expect(late.code == 0 && late.out != ours.out, "\(late.err)")
    // What says its block itself, no vector at all, no convention.
    for vector in [["--vector", "v.safetensors"], ["--vector", "ours.gguf"], []] {
      let refused = try tool.run(["score", tinyLlama, "ab", "c", "--convention", "repeng"] + vector)
      #expect(refused.code == 2 && refused.err.contains("--convention"), "\(refused.err)")
    }
    #expect(try score("--vector", "repeng.gguf", "--convention", "none").code == 2)
    // Written anew it stands where it was read, except at block 0.
    func export(_ files: String..., to output: String) throws -> Tool.Output {
      try tool.run(["steer", "export"] + files + generator + ["-o", output])
    }
    #expect(try export("cvector.gguf", to: "again.gguf").code == 0)
    #expect(try score("--vector", "again.gguf").out == ours.out)
    #expect(
      try tool.run("inspect", "again.gguf").out.contains("control_vector_convention = cvector-generator"))
    let both = try export("repeng.gguf", "cvector.gguf", to: "both.gguf")
    #expect(both.code == 0 && both.err.contains("left out"), "\(both.err)")
    #expect(
      try Data(contentsOf: URL(filePath: tool.path("both.gguf")))
        == Data(contentsOf: URL(filePath: tool.path("again.gguf"))))
    let first = try export("repeng.gguf", to: "first.gguf")
    #expect(first.code == 3 && first.err.contains("direction.0"), "\(first.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("first.gguf")))
    // Carried it says from where.
    try mapFromOneToTwo(tool)
    let carried = try tool.run(
      [
        "steer", "transfer", "cvector.gguf", tinyQwen, "--map", "alignments/one--two.ridge.h5", "--block",
        "2", "--no-calibrate", "-o", "c.safetensors",
      ] + generator)
    #expect(carried.code == 0, "\(carried.err)")
    let tree = try tool.run("inspect", "c.safetensors").out
    #expect(tree.contains("control_vector_convention = cvector-generator"))
    #expect(tree.contains("block 1 residualPost") && tree.contains("direction.2"), "\(tree)")
  }

  @Test func oneModelTwiceIsSaid() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyLlama, "--as", "b").code == 0)
    let match = try tool.run("match", "a", "b")
    #expect(
      match.code == 0 && match.out.hasPrefix("a and b are one model") && match.err.contains("one model"))
    #expect(
      try tool.run("neighbours", "a", "a", "a", "--no-letters-only").out.contains("a and a are one model"))
    // Two stores of one name cannot be told apart.
    try FileManager.default.createDirectory(
      at: URL(filePath: tool.path("other")), withIntermediateDirectories: true)
    #expect(try tool.run("import", tinyQwen, "--as", "a", "--models", "other").code == 0)
    let clash = try tool.run("match", "a", "other/a.h5")
    #expect(clash.code == 2 && clash.err.contains("would both be called a"), "\(clash.err)")
  }

  @Test func aStoresNameGoesBeforeAFolderOfThatName() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
    try FileManager.default.createDirectory(
      at: URL(filePath: tool.path("a")), withIntermediateDirectories: true)
    let match = try tool.run("match", "a", "b")
    #expect(match.code == 0 && match.err.contains("write ./a for that one"), "\(match.err)")
    let folder = try tool.run("match", "./a", "b")
    #expect(folder.code == 3 && folder.err.contains("model.safetensors is missing"), "\(folder.err)")
    #expect(try tool.run("match", "models/a.h5", "b").code == 0)
    let misspelt = try tool.run("match", "a", "bb")
    #expect(misspelt.code == 2 && misspelt.err.contains("did you mean \"b\"?"), "\(misspelt.err)")
  }
}
