import Foundation
import Testing

/// From a checkpoint to stores, views and vectors, on models of a few hundred kilobytes.
struct WorkflowTests {
  private func json(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

  @Test func modelsAreListed() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let catalog = fixture("../models/catalog.yaml")
    let table = try tool.run("models", "list", "--catalog", catalog)
    #expect(table.code == 0)
    #expect(table.out.contains("smollm2-135m"))
    let list = try #require(
      try json(try tool.run("models", "list", "--catalog", catalog, "--json").out) as? [[String: Any]])
    #expect(list.contains { $0["id"] as? String == "gemma-3-270m" && $0["present"] as? Bool == false })
    let verified = try tool.run("models", "verify", "--catalog", catalog)
    #expect(verified.code == 0)
    #expect(verified.out.contains("smollm2-135m: not fetched"))
  }

  @Test func damagedModelFailsTheCheck() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data("nothing".utf8).write(to: URL(filePath: tool.path("SmolLM2-135M-Instruct.Q4_1.gguf")))
    let result = try tool.run(
      "models", "verify", "--folder", ".", "--catalog", fixture("../models/catalog.yaml"))
    #expect(result.code == 1)
    #expect(result.out.contains("smollm2-135m: DAMAGED"))
  }

  @Test func termsMustBeAccepted() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(
      "models", "fetch", "gemma-3-270m", "--catalog", fixture("../models/catalog.yaml"))
    #expect(result.code == 2)
    #expect(result.err.contains("--accept-licence"))
  }

  @Test func importInspectVerify() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let imported = try tool.run("import", tinyLlama, "--as", "tiny")
    #expect(imported.code == 0, "\(imported.err)")
    #expect(imported.out == "models/tiny.h5\n")
    #expect(imported.err.isEmpty)
    let tree = try tool.run("inspect", "models/tiny.h5")
    #expect(tree.code == 0)
    #expect(tree.out.contains("sextant-embeddings"))
    #expect(tree.out.contains("@architecture = llama"))
    let object = try #require(
      try json(try tool.run("inspect", "models/tiny.h5", "--json").out) as? [String: Any])
    #expect(object["kind"] as? String == "store")
    #expect(try tool.run("verify", "models/tiny.h5").code == 0)

    var bytes = try Data(contentsOf: URL(filePath: tool.path("models/tiny.h5")))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: tool.path("models/bad.h5")))
    let damaged = try tool.run("verify", "models/bad.h5")
    #expect(damaged.code == 3)
    #expect(damaged.err.hasPrefix("sextant: models/bad.h5: "))
  }

  @Test func checkpointIsShown() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let tree = try tool.run("inspect", tinyLlama)
    #expect(tree.code == 0)
    #expect(tree.out.contains("general.architecture = llama"))
    #expect(tree.out.contains("token_embd.weight"))
  }

  @Test func pairsAreMatchedAndTokensViewed() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
    let match = try tool.run("match", "a", "b", "-o", "match.csv")
    #expect(match.code == 0, "\(match.err)")
    let csv = try String(contentsOf: URL(filePath: tool.path("match.csv")), encoding: .utf8)
    let lines = csv.split(whereSeparator: \.isNewline)
    #expect(lines.count > 10)

    let result = try tool.run("neighbours", "a", "a", "a", "-k", "3", "--no-letters-only", "--json")
    #expect(result.code == 0, "\(result.err)")
    let view = try #require(try json(result.out) as? [String: Any])
    let models = try #require(view["models"] as? [[String: Any]])
    #expect(models.count == 2)
    for model in models {
      let near = try #require(model["neighbours"] as? [[String: Any]])
      #expect(near.count == 3)
      // The same model twice shares all neighbours.
      #expect(near.allSatisfy { $0["isShared"] as? Bool == true })
      let cosines = near.compactMap { $0["cosine"] as? Double }
      #expect(cosines == cosines.sorted(by: >))
      #expect(abs(near.compactMap { $0["weight"] as? Double }.reduce(0, +) - 1) < 1e-4)
    }
    #expect(try tool.run("neighbours", "no such token", "a").code == 2)
    #expect(try tool.run("match", "a", "missing").code == 2)
  }

  @Test func graphsAreKeptBesideTheStoreTheyBelongTo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    let first = try tool.run("graph", "a", "-k", "3")
    #expect(first.code == 0, "\(first.err)")
    #expect(first.out.hasPrefix("models/a.knn3-"))
    let file = URL(filePath: tool.path(first.out.trimmingCharacters(in: .newlines)))
    let bytes = try Data(contentsOf: file)
    #expect(try tool.run("graph", "a", "-k", "3").out == first.out)
    #expect(try tool.run("verify", file.path).code == 0)
    #expect(try tool.run("graph", "a", "-k", "3", "--metric", "euclidean").out != first.out)
    // A damaged graph is an error, not another search.
    try bytes.prefix(bytes.count - 100).write(to: file)
    #expect(try tool.run("graph", "a", "-k", "3").code == 3)
    // Another store under the same name has graphs of its own.
    try FileManager.default.removeItem(at: URL(filePath: tool.path("models/a.h5")))
    #expect(try tool.run("import", tinyQwen, "--as", "a").code == 0)
    let other = try tool.run("graph", "a", "-k", "3")
    #expect(other.code == 0 && other.out != first.out)
    for k in ["100000", "9223372036854775807"] {
      #expect(try tool.run("graph", "a", "-k", k).code == 5, "\(k)")
    }
  }

  /// A kept graph is held against what is asked, whatever its name says.
  @Test func graphsOfSomethingElseAreRefused() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
    func graph(_ arguments: String...) throws -> String {
      let result = try tool.run(["graph"] + arguments)
      #expect(result.code == 0, "\(arguments): \(result.err)")
      return tool.path(result.out.trimmingCharacters(in: .newlines))
    }
    let asked = try graph("a", "-k", "3")
    let others = [
      ("neighbours of a row", try graph("a", "-k", "2")),
      ("metric", try graph("a", "-k", "3", "--metric", "euclidean")),
      ("normalisation", try graph("a", "-k", "3", "--normalisation", "centred")),
      ("store", try graph("b", "-k", "3")),
    ]
    for (what, other) in others {
      try FileManager.default.removeItem(atPath: asked)
      try FileManager.default.copyItem(atPath: other, toPath: asked)
      let refused = try tool.run("graph", "a", "-k", "3")
      #expect(
        refused.code == 4 && refused.err.contains("does not fit together: \(what): "),
        "\(what): \(refused.code) \(refused.err)")
    }
  }

  @Test func embeddingsGoThroughSeveralModelsAndBack() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for (name, model) in [
      ("a", tinyLlama), ("b", tinyQwen), ("c", fixture("TransformersTests/Golden/gemma3.gguf")),
    ] {
      #expect(try tool.run("import", model, "--as", name).code == 0)
    }
    let three = try tool.run("cycle", "a", "b", "c", "--no-letters-only", "-o", "cycle.md")
    #expect(three.code == 0 && three.out == "cycle.md\n", "\(three.err)")
    let text = try String(contentsOf: URL(filePath: tool.path("cycle.md")), encoding: .utf8)
    #expect(text.contains("| a → b → c → a |") && text.contains("| c → a → b |") && !text.contains("nan"))
    let two = try tool.run("cycle", "a", "a", "--no-letters-only", "--method", "least-squares", "--json")
    #expect(two.code == 0, "\(two.err)")
    let result = try #require(try json(two.out) as? [String: Any])
    let cycle = try #require((result["cycles"] as? [[String: Any]])?.first)
    let error = try #require((cycle["consistency"] as? [String: Any])?["error"] as? [String: Any])
    // A model is itself.
    #expect(try #require(error["value"] as? Double) < 1e-3)
    #expect((result["detours"] as? [Any])?.isEmpty == true && result["method"] as? String == "least-squares")

    #expect(try tool.run("cycle", "a").code == 2)
    let method = try tool.run("cycle", "a", "b", "--method", "logit-matching")
    #expect(
      method.code == 2 && method.err.hasPrefix("sextant: cycle: method: expected one of least-squares"),
      "\(method.err)")
    #expect(try tool.run("cycle", "a", "missing").code == 2)
    let few = try tool.run("cycle", "a", "b", "--minimum-norm-quantile", "0.5", "--whole-words")
    #expect(
      few.code == 5 && few.err.contains("a--b: ") && few.err.contains("at least 40 are needed"), "\(few.err)")
  }

  @Test func tooFewTokensAreNotEvaluable() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    let result = try tool.run("compare", "a", "a", "--neighbours", "200")
    #expect(result.code == 5)
    #expect(result.err.contains("are needed"))
  }

  @Test func doseZeroIsTheBaseline() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let vector = [
      "steer", "extract", tinyLlama, "--contrast", "sentiment", "--block", "1", "-o", "v.safetensors",
    ]
    let extracted = try tool.run(
      vector[0], vector[1], vector[2], vector[3], vector[4], vector[5], vector[6], vector[7], vector[8])
    #expect(extracted.code == 0, "\(extracted.err)")
    func score(_ dose: String?) throws -> String {
      let result =
        try dose.map {
          try tool.run(
            "score", tinyLlama, "ab", "c", "d", "--json", "--vector", "v.safetensors", "--dose", $0)
        } ?? tool.run("score", tinyLlama, "ab", "c", "d", "--json")
      #expect(result.code == 0, "\(result.err)")
      return result.out
    }
    #expect(try score("0") == score(nil))
    #expect(try score("1") != score(nil))
    #expect(try tool.run("inspect", "v.safetensors").out.contains("hook = residualPost"))
    #expect(try tool.run("steer", "export", "v.safetensors", "-o", "v.gguf").out == "v.gguf\n")
    #expect(try tool.run("inspect", "v.gguf").out.contains("direction.1"))
    #expect(
      try tool.run("steer", "extract", tinyLlama, "--contrast", "tense", "--block", "99", "-o", "x").code == 2
    )
  }

  @Test func vectorOfAnotherModelDoesNotFit() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let gemma = fixture("TransformersTests/Golden/gemma3.gguf")
    let extracted = try tool.run(
      "steer", "extract", gemma, "--contrast", "sentiment", "--block", "5", "-o", "v.safetensors")
    #expect(extracted.code == 0, "\(extracted.err)")
    let result = try tool.run("generate", tinyLlama, "a", "--vector", "v.safetensors")
    #expect(result.code == 4, "\(result.err)")
  }

  @Test func generationIsReproducible() throws {
    let tool = try Tool()
    defer { tool.remove() }
    func text(_ seed: String) throws -> String {
      let result = try tool.run(
        "generate", tinyLlama, "ab", "--max-tokens", "12", "--temperature", "1", "--seed", seed, "--json")
      #expect(result.code == 0, "\(result.err)")
      return result.out
    }
    #expect(try text("1") == text("1"))
    #expect(try text("1") != text("2"))
  }
}
