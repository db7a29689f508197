import Foundation
import Reports
import Testing

/// What the command line says of figures.
@Suite struct FigureOptionTests {
  @Test(arguments: [
    ["--figures", "gif"], ["--figures", "svg,svg"], ["--figures", ""], ["--figure-width", "85"],
    ["--figure-width", "10mm"], ["--figure-font-size", "1"], ["--figure-label", "llama"],
    ["--figure-label", "lama=Llama"], ["--figure-label", "llama="],
  ])
  func whatCannotBeDrawnIsAUsageError(_ options: [String]) throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data("name: s\nmodels: [\(tinyLlama), \(tinyQwen)]\n".utf8)
      .write(to: URL(filePath: tool.path("study.yaml")))
    let run = try tool.run(["run", "study.yaml"] + options)
    #expect(run.code == 2, "\(run.err)")
    #expect(run.err.contains(options[0].dropFirst(2)), "\(run.err)")
  }

  @Test func layersAreDrawnAsTheCommandSays() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let run = try tool.run(
      "layers", tinyLlama, tinyQwen, "--tokens", "50", "--permutations", "19", "--no-maps", "-o", "out",
      "--figures", "png,pdf", "--figure-width", "85mm", "--no-figure-titles", "--figure-label",
      "llama={40}", "--figure-font", "No Such Family")
    #expect(run.code == 0, "\(run.err)")
    #expect(
      run.err.contains("no font called No Such Family: letters in PNG and PDF are those of")
        || MachineFonts.here == nil, "\(run.err)")
    let stem = "out/llama--qwen2.layers.tokens.centred.cka"
    #expect(run.out.contains("\(stem).png\n\(stem).pdf\n") && !run.out.contains(".svg"))
    let script = try String(contentsOf: URL(filePath: tool.path("\(stem).gp")), encoding: .utf8)
    #expect(script.contains("layer of \\17340\\175") && script.contains("size 1003,"))
    #expect(FileManager.default.fileExists(atPath: tool.path("\(stem).dat")))
  }
}
