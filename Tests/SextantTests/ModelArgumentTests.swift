import Foundation
import Testing

/// A model is named in the same ways wherever one is wanted.
@Suite struct ModelArgumentTests {
  private func copy(_ file: String, to name: String, in tool: Tool) throws {
    let target = URL(filePath: tool.path(name))
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: URL(filePath: file), to: target)
  }

  /// A catalog whose `small` is the tiny Llama, fetched.
  private func fetch(_ tool: Tool) throws {
    try copy(tinyLlama, to: "models/small.gguf", in: tool)
    try Data(try catalogText([("small", "models/small.gguf")], in: tool).utf8).write(
      to: URL(filePath: tool.path("models/catalog.yaml")))
  }

  @Test func everyKindOfNameIsImportedOnceAndSaid() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try fetch(tool)
    try copy(tinyQwen, to: "lab/q.gguf", in: tool)
    let first = try tool.run("match", "small", "lab/q.gguf")
    #expect(first.code == 0, "\(first.err)")
    #expect(
      first.err
        == "sextant: imported small into models/small.h5\nsextant: imported lab/q.gguf into models/q.h5\n")
    for names in [["small", "q"], ["models/small.h5", "lab/q.gguf"], ["models/small.gguf", "models/q.h5"]] {
      let again = try tool.run(["match"] + names)
      #expect(again.code == 0 && again.err.isEmpty && again.out == first.out, "\(names): \(again.err)")
    }
    #expect(try tool.run("neighbors", "a", "small", "q").code == 0)
    let quiet = try tool.run("match", "models/q.h5", tinyLlama, "--quiet")
    #expect(quiet.code == 0 && quiet.err.isEmpty)
    #expect(FileManager.default.fileExists(atPath: tool.path("models/llama.h5")))
    // Another model of a store's name takes nobody's place.
    try copy(tinyLlama, to: "other/q.gguf", in: tool)
    let taken = try tool.run("match", "small", "other/q.gguf")
    #expect(taken.code == 4 && taken.err.contains("models/q.h5"), "\(taken.err)")
  }

  @Test func modelsThatRunAreNamedByTheirStoresToo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try fetch(tool)
    try copy(tinyLlama, to: "mine.gguf", in: tool)
    #expect(try tool.run("import", "mine.gguf", "--as", "mine").code == 0)
    #expect(try tool.run("import", "small", "--as", "little").code == 0)
    func text(_ model: String) throws -> String {
      let run = try tool.run("generate", model, "ab", "--max-tokens", "5")
      #expect(run.code == 0 && run.err.isEmpty, "\(model): \(run.err)")
      return run.out
    }
    let expected = try text(tinyLlama)
    for model in ["small", "mine", "models/mine.h5", "little", "models/little.h5"] {
      #expect(try text(model) == expected, "\(model)")
    }
    for command in [
      ["score", "mine", "ab", "c"],
      ["steer", "extract", "mine", "--contrast", "tense", "--block", "1", "-o", "v.safetensors"],
    ] {
      let run = try tool.run(command)
      #expect(run.code == 0, "\(command): \(run.err)")
    }
    // Without its checkpoint a store has nothing to run; another model does not stand for it.
    try FileManager.default.removeItem(atPath: tool.path("mine.gguf"))
    try copy(tinyQwen, to: "mine.gguf", in: tool)
    try FileManager.default.removeItem(atPath: tool.path("models/small.gguf"))
    let gone = try tool.run("generate", "mine", "ab")
    #expect(gone.code == 3 && gone.out.isEmpty, "\(gone.err)")
    #expect(
      gone.err.contains("mine.gguf (SHA-256 ") && gone.err.contains("path of the checkpoint"), "\(gone.err)")
  }

  /// Vectors with names stand where an embedding is wanted, and say what they lack where a model is run.
  @Test func vectorsAreEmbeddings() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let words = "bcdfghjk".flatMap { first in "aeiou".map { "\(first)\($0)" } }.enumerated().map {
      row, word in
      ([word] + (0..<5).map { "\((31 * row + 17 * $0 * $0 + 7 * row * $0) % 101 + 1)" }).joined(
        separator: " ")
    }
    try Data((words.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: tool.path("glove.5d.txt")))
    let imported = try tool.run("import", "glove.5d.txt")
    #expect(imported.code == 0 && imported.out == "models/glove.5d.h5\n", "\(imported.err)")
    #expect(imported.err.contains("whole words"), "\(imported.err)")
    let matched = try tool.run("match", "glove.5d", "./glove.5d.txt", "--format", "csv")
    #expect(matched.code == 0 && matched.out.contains("40"), "\(matched.err)")
    let near = try tool.run("neighbours", " ba", "glove.5d", "-k", "2")
    #expect(near.code == 0 && near.out.contains("▁ba in glove.5d"), "\(near.err)")
    for command in [
      ["generate", "glove.5d", "ba"], ["generate", "./glove.5d.txt", "ba"],
      ["score", "glove.5d", "ba", "be"],
    ] {
      let run = try tool.run(command)
      #expect(run.code == 3 && run.err.contains("a decoder is missing"), "\(command): \(run.code) \(run.err)")
    }
    let array = fixture("StoresTests/Golden/fortran.npy")
    let nameless = try tool.run("import", array, "--as", "array")
    #expect(nameless.code == 4 && nameless.err.contains("--names"), "\(nameless.err)")
    let names = fixture("StoresTests/Golden/names.npy")
    #expect(try tool.run("import", array, "--names", names, "--as", "array").code == 0)
    #expect(
      try tool.run("import", fixture("StoresTests/Golden/stored.npz") + ":vectors").out
        == "models/stored.h5\n")
  }

  @Test func aFolderListsItsModels() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyLlama, to: "lab/a.gguf", in: tool)
    try copy(tinyQwen, to: "lab/A.gguf", in: tool)
    let listed = try tool.run("models", "list", "lab", "--format", "csv")
    #expect(listed.code == 0 && listed.err.isEmpty, "\(listed.err)")
    #expect(listed.out.contains("lab/a.gguf") && listed.out.contains("qwen2"), "\(listed.out)")
    #expect(listed.out.contains("another is called"), "\(listed.out)")
    #expect(try tool.run("models", "list", "nowhere").code == 3)
  }

  @Test func repositoriesOfTheCacheAreModels() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let commit = String(repeating: "0a", count: 20)
    let snapshot = "hub/models--org--bag/snapshots/\(commit)"
    let header =
      #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[60,4],"data_offsets":[0,960]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
    let numbers = (0..<240).flatMap { index in
      let bits = Float(1 + (index * index) % 97).bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
    }
    for name in ["\(snapshot)/x", "hub/models--org--bag/refs/x"] {
      try FileManager.default.createDirectory(
        at: URL(filePath: tool.path(name)).deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try Data(length + Array(header.utf8) + numbers).write(
      to: URL(filePath: tool.path("\(snapshot)/model.safetensors")))
    try Data((0..<60).map { "w\($0)\n" }.joined().utf8).write(
      to: URL(filePath: tool.path("\(snapshot)/vocab.txt")))
    try Data(commit.utf8).write(to: URL(filePath: tool.path("hub/models--org--bag/refs/main")))
    let graph = try tool.shell("HF_HUB_CACHE=hub sextant graph org/bag -k 3")
    #expect(graph.code == 0 && graph.out.hasPrefix("models/bag.knn3-"), "\(graph.err)")
    #expect(graph.err.contains("imported org/bag into models/bag.h5"), "\(graph.err)")
    // What looks into one file looks into the checkpoint's only one.
    let weights = try tool.shell("HF_HUB_CACHE=hub sextant inspect org/bag")
    #expect(weights.code == 0 && weights.out.contains("model.embed_tokens.weight"), "\(weights.err)")
    // A folder of that name here goes before the cache.
    try FileManager.default.createDirectory(
      at: URL(filePath: tool.path("org")), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: tool.path(snapshot), toPath: tool.path("org/bag"))
    let both = try tool.shell("HF_HUB_CACHE=hub sextant graph org/bag -k 3")
    #expect(both.code == 0 && both.err.contains("there is hub/models--org--bag/"), "\(both.err)")
  }

  /// `inspect` and `verify` know models as all others do, and every other file by its path.
  @Test(arguments: [("inspect", "sextant-embeddings"), ("verify", "store intact")])
  func filesAreNamedLikeModels(command: String, store: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    try fetch(tool)
    func words(_ name: String) throws -> String {
      let run = try tool.run(command, name)
      #expect(run.code == 0 && run.err.isEmpty, "\(name): \(run.err)")
      return run.out
    }
    #expect(try words("small").contains("GGUF"))
    #expect(try tool.run("import", "small").code == 0)
    // Now the store has the name.
    #expect(try words("small").contains(store))
    #expect(try words("models/small.gguf").contains("GGUF"))
    try FileManager.default.moveItem(atPath: tool.path("models"), toPath: tool.path("lab"))
    #expect(try tool.run(command, "small", "--models", "lab").code == 0)
    let absent = try tool.run(command, "smal", "--models", "lab")
    #expect(absent.code == 2 && absent.err.contains("did you mean \"small\"?"), "\(absent.err)")
    #expect(try tool.run(command, "models/small").code == 3)
  }

  @Test func whatElseANameCouldMeanIsSaid() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try fetch(tool)
    #expect(try tool.run("import", tinyQwen, "--as", "small").code == 0)
    let match = try tool.run("match", "small", tinyLlama)
    #expect(match.code == 0, "\(match.err)")
    #expect(match.err.contains("small is models/small.h5; there is models/small.gguf too"), "\(match.err)")
    // A study does not take one model for another.
    try Data("name: s\nmodels: [small, \(tinyQwen)]\n".utf8).write(to: URL(filePath: tool.path("s.yaml")))
    let study = try tool.run("run", "s.yaml")
    #expect(study.code == 4 && study.err.contains("the store called small"), "\(study.err)")
  }

  @Test func aStudyTakesStores() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try copy(tinyQwen, to: "q.gguf", in: tool)
    #expect(try tool.run("import", tinyLlama, "--as", "one").code == 0)
    #expect(try tool.run("import", "q.gguf", "--as", "two", "--models", "stores").code == 0)
    func run(_ more: String) throws -> Tool.Output {
      try Data(
        """
        name: s
        models: {one: one, b: stores/two.h5}
        tokens: {letters_only: false, minimum_norm_quantile: 0}
        compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
        align: {methods: [ridge]}
        \(more)
        """.utf8
      ).write(to: URL(filePath: tool.path("s.yaml")))
      return try tool.run("run", "s.yaml")
    }
    let stores = try run("")
    #expect(stores.code == 0, "\(stores.err)")
    let results = try String(
      contentsOf: URL(filePath: tool.path("reports/s/results.json")), encoding: .utf8)
    #expect(results.contains("one--b/centred"))
    #expect(!FileManager.default.fileExists(atPath: tool.path("models/b.h5")))
    // To run them their checkpoints must be here: the one of `two` is.
    let layers = try run("steer: {behaviours: [tense]}")
    #expect(
      layers.code == 3 && layers.err.contains("models/one.h5: the checkpoint of this store"), "\(layers.err)")
    let unknown = try tool.run("compare", "oen", "b")
    #expect(unknown.code == 2 && unknown.err.contains("did you mean \"one\"?"), "\(unknown.err)")
  }

  @Test func aRowThatIsNoNumberIsThatOfTheGivenFile() throws {
    let tool = try Tool()
    defer { tool.remove() }
    var bytes = try Data(contentsOf: URL(filePath: tinyLlama))
    // Behind the header the embedding comes first or later; the last 12 kB are the unembedding, 96 rows of 32 numbers.
    let place = bytes.count - 96 * 32 * 4 + 5 * 32 * 4
    bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0xC0, 0x7F])
    try bytes.write(to: URL(filePath: tool.path("broken.gguf")))
    try Data("name: s\nmodels: [broken.gguf, \(tinyQwen)]\n".utf8).write(
      to: URL(filePath: tool.path("s.yaml")))
    for command in [["import", "broken.gguf"], ["match", "broken.gguf", tinyQwen], ["run", "s.yaml"]] {
      let result = try tool.run(command)
      #expect(
        result.code == 3
          && result.err.hasPrefix("sextant: broken.gguf: byte \(place): row 5 of output.weight"),
        "\(command): \(result.err)")
      #expect(!FileManager.default.fileExists(atPath: tool.path("models/broken.h5")))
    }
  }

  @Test func architecturesThatAreNotRunAreNamed() throws {
    let tool = try Tool()
    defer { tool.remove() }
    // Of the same length, so that the lengths in the file stay right; GPT-2 files lack keys of llama's.
    var bytes = try Data(contentsOf: URL(filePath: tinyLlama))
    for (old, new) in [("llama.", "gpt2x."), ("llama", "gpt2x"), ("rms_epsilon", "xxx_epsilon")] {
      var from = bytes.startIndex
      while let range = bytes.range(of: Data(old.utf8), in: from..<bytes.endIndex) {
        bytes.replaceSubrange(range, with: Data(new.utf8))
        from = range.upperBound
      }
    }
    try bytes.write(to: URL(filePath: tool.path("g.gguf")))
    try FileManager.default.createDirectory(
      at: URL(filePath: tool.path("hf")), withIntermediateDirectories: true)
    let header = #"{"wte.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
    try Data(length + Array(header.utf8) + [UInt8](repeating: 0, count: 16)).write(
      to: URL(filePath: tool.path("hf/model.safetensors")))
    try Data(#"{"model_type": "codegen", "n_embd": 2, "n_head": 1}"#.utf8).write(
      to: URL(filePath: tool.path("hf/config.json")))
    for (model, name) in [("g.gguf", "gpt2x"), ("hf", "codegen")] {
      let result = try tool.run("generate", model, "a")
      #expect(result.code == 3, "\(result.err)")
      #expect(
        result.err.contains("\(name) is not supported; supported: bloom, falcon, gemma, gemma2, gemma3"),
        "\(result.err)")
    }
  }

  @Test func filesOfOtherKindsAreNamed() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for (name, text) in [
      ("page.gguf", "<!DOCTYPE html><html></html>"), ("page.json", "<html>"), ("page.yaml", "<html>"),
      ("page.tsv", "<html>"), ("page.safetensors", "<html>"),
      ("pointer.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: tool.path(name)))
    }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
    #expect(try tool.run("align", "a", "b", "--no-letters-only").code == 0)
    let extracted = try tool.run(
      "steer", "extract", tinyLlama, "--contrast", "tense", "--block", "1", "-o", "v.safetensors")
    #expect(extracted.code == 0, "\(extracted.err)")
    let map = "alignments/a--b.ridge.h5"
    func refused(_ words: String, _ command: String...) throws {
      let result = try tool.run(command)
      #expect([2, 3, 4].contains(result.code) && result.err.contains(words), "\(command): \(result.err)")
    }
    let page = "a web page (HTML)"
    try refused(page, "match", "page.gguf", "b")
    try refused(page, "generate", "page.gguf", "x")
    try refused("Git LFS pointer", "match", "pointer.gguf", "b")
    try refused(page, "run", "page.yaml")
    try refused(page, "models", "list", "--catalog", "page.yaml")
    try refused(page, "compare", "a", "b", "--also", "token-profiles", "--relations", "page.tsv")
    try refused(page, "steer", "extract", tinyLlama, "--contrast", "page.json", "-o", "w.safetensors")
    try refused(page, "generate", tinyLlama, "x", "--vector", "page.safetensors")
    for (file, words) in [
      ("models/a.h5", "an HDF5 file, as stores and maps are"), (tinyLlama, "a GGUF file"),
      ("v.safetensors", "a steering vector"),
    ] {
      try refused(words, "run", file)
      try refused(words, "models", "list", "--catalog", file)
      try refused(words, "compare", "a", "b", "--also", "token-profiles", "--relations", file)
      try refused(words, "steer", "extract", tinyLlama, "--contrast", file, "-o", "w.safetensors")
    }
    try refused("a steering vector", "match", "v.safetensors", "b")
    try refused("a steering vector", "generate", "v.safetensors", "x")
    try refused("found a map", "match", map, "b")
    try refused(
      "found a store", "steer", "transfer", "v.safetensors", tinyQwen, "--map", "models/a.h5", "-o",
      "w.safetensors")
  }

  @Test func noMessageEndsInAnEmptyList() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for (name, text) in [
      ("s.yaml", "name: s\nmodels: []\n"), ("set.json", "[{}]"), ("catalog.yaml", "format: 1\nmodels: []\n"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: tool.path(name)))
    }
    for (command, words) in [
      (["run", "s.yaml"], "found none"),
      (["steer", "extract", tinyLlama, "--contrast", "set.json", "-o", "v"], "found an empty object"),
      (["match", "a", "b", "--catalog", "catalog.yaml"], "give the path of a checkpoint"),
      (["generate", "a", "b", "--catalog", "catalog.yaml"], "give the path of a checkpoint"),
      (["models", "fetch", "a", "--catalog", "catalog.yaml"], "--catalog"),
    ] {
      let result = try tool.run(command)
      let message = result.err.split(separator: "\n").first ?? ""
      #expect([2, 3].contains(result.code) && message.contains(words), "\(command): \(result.err)")
      #expect(message.firstMatch(of: /(: *[.;,]|, *[;.]|: *)$/) == nil, "\(message)")
    }
  }
}
