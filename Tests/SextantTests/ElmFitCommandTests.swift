import Foundation
import Testing

/// `sextant elm fit` and `export` as a user runs them, on a tiny model and 120 words.
@Suite struct ElmFitCommandTests {
  private static let fit = [
    "elm", "fit", "a.gguf", "words", "--tasks", "tasks.yaml", "--steps", "4", "--every", "2", "--looks", "3",
    "--tokens", "2", "--rank", "2",
  ]

  /// A model, vectors with names and texts, and a task.
  private func furnished() throws -> Tool {
    let tool = try Tool()
    try FileManager.default.copyItem(atPath: tinyLlama, toPath: tool.path("a.gguf"))
    try FileManager.default.copyItem(atPath: tinyQwen, toPath: tool.path("b.gguf"))
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: URL(filePath: tool.path(name)))
    }
    let items = 0..<120
    try write("name,x,y\n" + items.map { "n\($0),\($0 * 7 % 11),\($0 % 13 + 1)\n" }.joined(), "words.csv")
    try write("name,field,text\n" + items.map { "n\($0),gloss,\($0)\n" }.joined(), "glosses.csv")
    try write("tasks:\n  - {name: gloss, prompt: \"{vector}?\", answer: \"{gloss}\"}\n", "tasks.yaml")
    let domain = try tool.run("elm", "domain", "words.csv", "--texts", "glosses.csv")
    try #require(domain.code == 0, "\(domain.err)")
    return tool
  }

  @Test func aModelIsTrainedKeptAndExported() throws {
    let tool = try furnished()
    defer { tool.remove() }
    let fitted = try tool.run(Self.fit + ["--stages", "adapter,lora", "--start", "random", "--name", "m"])
    let file = "models/m.elm.h5"
    #expect(fitted.code == 0 && fitted.out.contains(file), "\(fitted.err)")
    #expect(fitted.err.contains("lora, step 4: held-out loss") && fitted.err.contains("told from"))
    #expect(!FileManager.default.fileExists(atPath: tool.path("models/.blocks")))
    let curve = try String(contentsOfFile: tool.path("models/m.elm.curve.csv"), encoding: .utf8)
    // The head, step 0 and eight steps of both stages.
    #expect(curve.split(separator: "\r\n").count == 10)
    #expect(try tool.run("verify", file).code == 0)
    #expect(try tool.run("inspect", file).out.contains("@encoding-type = sextant-elm"))
    #expect(try !tool.run("models", "list").out.contains("elm"))
    // Nothing is written over.
    #expect(try tool.run(Self.fit + ["--name", "m"]).code == 2)
    let exported = try tool.run(
      "elm", "export", "m", "--model", "a.gguf", "--lora", "l.gguf", "--adapter", "a.safetensors")
    #expect(exported.code == 0 && exported.out == "l.gguf\na.safetensors\n", "\(exported.err)")
    #expect(try tool.run("inspect", "l.gguf").out.contains("lora_a"))
    #expect(try tool.run("elm", "export", "m", "--model", "b.gguf", "--adapter", "b.safetensors").code == 4)
    #expect(try tool.run("elm", "export", "none", "--adapter", "b.safetensors").code == 3)
  }

  /// A file that may not grow fails as on a full disk; then the same command trains to the end.
  @Test func aFullDiskLosesNothing() throws {
    let tool = try furnished()
    defer { tool.remove() }
    let command = "sextant " + Self.fit.joined(separator: " ") + " --name m"
    let full = try tool.shell("ulimit -f 4; \(command) >/dev/null")
    #expect(full.code == 74, "\(full.code): \(full.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models/m.elm.h5")))
    let again = try tool.shell(command)
    #expect(
      again.code == 0 && again.err.contains("the adapter starts at the map to the tokens of"),
      "\(again.err)")
  }

  @Test(arguments: [
    (["--tokens", "0"], 2, "tokens"), (["--learning-rate", "0"], 2, "learningRate"),
    (["--layers", "mlp", "--hidden", "0"], 2, "hidden"), (["--tasks", "none"], 2, "none"),
    (["--tasks", "none.yaml"], 3, "none.yaml"), (["--chat"], 2, "chat"),
    (["--start", "emb2emb"], 5, "one token"),
    (["--validation", "0"], 2, "validation"), (["--name", "a/b"], 2, "--name"),
  ])
  func badInputHasItsCode(_ arguments: [String], _ code: Int, _ word: String) throws {
    let tool = try furnished()
    defer { tool.remove() }
    // An option that is given twice is the last one.
    let result = try tool.run(Self.fit + arguments)
    #expect(
      result.code == code && result.out.isEmpty && result.err.contains(word),
      "\(arguments): \(result.code) \(result.err)")
  }
}
