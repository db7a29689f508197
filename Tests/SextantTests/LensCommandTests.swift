import Foundation
import Testing

/// `sextant lens` as a user runs it, on tiny models.
@Suite struct LensCommandTests {
  @Test func lensesAreFittedShownJudgedAndRefused() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let (model, file) = ("a.gguf", "models/a.jacobian.lens.h5")
    try FileManager.default.copyItem(atPath: tinyLlama, toPath: tool.path(model))
    try FileManager.default.copyItem(atPath: tinyQwen, toPath: tool.path("b.gguf"))
    let missing = try tool.run("lens", "show", model, "one", "--lens", "jacobian")
    #expect(
      missing.code == 3 && missing.out.isEmpty && missing.err.contains("sextant lens fit a --kind jacobian"))
    let fitted = try tool.run("lens", "fit", model, "--kind", "jacobian", "--count", "2", "--tokens", "30")
    #expect(fitted.code == 0 && fitted.out.contains(file), "\(fitted.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models/.blocks")))
    #expect(try tool.run("lens", "fit", model, "--kind", "jacobian", "--count", "2").code == 2)
    #expect(try tool.run("verify", file).code == 0)
    #expect(try tool.run("inspect", file).out.contains("@encoding-type = sextant-lens"))
    let list = try tool.run("models", "list")
    #expect(list.code == 0 && !list.out.contains("lens"))
    let shown = try tool.run("lens", "show", model, "one", "--lens", "jacobian", "--json")
    #expect(shown.code == 0 && shown.out.contains("\"lens\" : \"jacobian\""), "\(shown.err)")
    #expect(try tool.run("lens", "show", "b.gguf", "one", "--lens", file).code == 4)
    #expect(try tool.run("neighbours", "a", file).code == 4)
    try
      #"{"items": [{"prompt": "one", "intermediates": ["a"]}, {"prompt": "two", "intermediates": ["b", "nothing"]}]}"#
      .write(toFile: tool.path("set.json"), atomically: true, encoding: .utf8)
    let judged = try tool.run("lens", "evaluate", model, "set.json", "--format", "csv")
    #expect(
      judged.code == 0 && judged.out.contains("set,logit,2,0,96,1,")
        && judged.out.contains("set,jacobian,2,0,96,10,"))
  }

  @Test(arguments: [
    (["lens", "show", "a.gguf", "one", "--layers", "3"], 2, "layers"),
    (["lens", "show", "a.gguf", "one", "--layers", "first"], 2, "first"),
    (["lens", "show", "a.gguf", "one", "--positions", "7"], 2, "position"),
    (["lens", "show", "a.gguf"], 2, "prompt"),
    (["lens", "fit", "a.gguf", "--kind", "logit"], 2, "nothing to fit"),
    (["lens", "fit", "a.gguf", "--kind", "jacobian", "--tokens", "18"], 2, "19"),
    (["lens", "fit", "a.gguf", "--kind", "jacobian", "--tokens", "513", "--prompts", "long.txt"], 4, "512"),
    (["lens", "fit", "a.gguf", "--kind", "tuned", "--count", "33"], 2, "33"),
    (["lens", "fit", "a.gguf", "--kind", "tuned", "--prompts", "none.txt"], 3, "none.txt"),
    (["lens", "evaluate", "a.gguf", "none.json"], 3, "none.json"),
  ])
  func badInputHasItsCode(_ arguments: [String], _ code: Int, _ word: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    try FileManager.default.copyItem(atPath: tinyLlama, toPath: tool.path("a.gguf"))
    try String(repeating: "x", count: 600).write(
      toFile: tool.path("long.txt"), atomically: true, encoding: .utf8)
    let result = try tool.run(arguments)
    #expect(
      result.code == code && result.out.isEmpty && result.err.contains(word),
      "\(arguments): \(result.code) \(result.err)")
    #expect((try? FileManager.default.contentsOfDirectory(atPath: tool.path("models")))?.isEmpty ?? true)
  }
}
