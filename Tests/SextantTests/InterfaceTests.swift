import Foundation
import Tensors
import Testing

/// Help, versions, exit codes: what scripts rely on.
struct InterfaceTests {
  @Test func helpIsTheGoldenText() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run("--help")
    let golden = try #require(
      Bundle.module.url(forResource: "help", withExtension: "txt", subdirectory: "Golden"))
    #expect(result.code == 0)
    #expect(result.err.isEmpty)
    #expect(result.out == (try String(contentsOf: golden, encoding: .utf8)))
  }

  @Test func theVersionIsThatOfTheChangelog() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let changelog = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../CHANGELOG.md")
    let newest = try String(contentsOf: changelog, encoding: .utf8).firstMatch(of: /(?m)^## (\d+\.\d+\.\d+)/)
    let version = try #require(newest).1
    #expect(try tool.run("--version").out.hasPrefix("sextant \(version)\n"))
  }

  @Test(arguments: [
    ["models"], ["models", "list"], ["models", "fetch"], ["models", "verify"], ["import"], ["inspect"],
    ["verify"],
    ["match"], ["read"], ["path"], ["neighbours"], ["graph"], ["compare"], ["layers"], ["align"], ["cycle"],
    ["generate"],
    ["score"],
    ["steer"],
    ["steer", "behaviours"], ["steer", "extract"],
    ["steer", "transfer"], ["steer", "validate"], ["steer", "export"], ["run"], ["check"], ["demo"],
    ["clean"], ["lens", "fit"], ["lens", "show"], ["lens", "compare"], ["lens", "evaluate"],
    ["activations"], ["encode"], ["relations"], ["elm", "domain"], ["elm", "tasks"],
    ["elm", "ask"], ["elm", "judge"],
  ])
  func everyCommandHasAnExample(command: [String]) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result =
      command.count == 1
      ? try tool.run(command[0], "--help") : try tool.run(command[0], command[1], "--help")
    #expect(result.code == 0)
    #expect(result.out.contains("OVERVIEW: "))
    #expect(result.out.contains("Example:\n"))
    #expect(result.out.contains("sextant \(command.joined(separator: " "))"))
  }

  @Test func theVersionSaysWhatNumbersComeFrom() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run("--version")
    #expect(result.code == 0)
    let names = result.out.split(separator: "\n").dropFirst().map { $0.prefix { $0 != ":" } }
    #expect(names == ["commit", "Swift", "BLAS", "HDF5", "kernels"])
    #expect(result.out.contains(/BLAS: OpenBLAS \d+\.\d+\.\d+, kernels for \S.*, \d+ threads?\n/))
    #expect(result.out.contains(/HDF5: 1\.\d+\.\d+\n/))
    #expect(result.out.contains("kernels: \(vectorInstructions)\n"))
  }

  @Test(arguments: ["--bogus", "bogus"])
  func wrongUsageIsTwo(argument: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(argument)
    #expect(result.code == 2)
    #expect(result.out.isEmpty)
    #expect(result.err.hasPrefix("sextant: "))
  }

  @Test(arguments: [
    (["compair", "a", "b"], "compare"), (["neighbour", "x", "a"], "neighbours"),
    (["steer", "extrat"], "extract"),
    (["models", "fech", "x"], "fetch"), (["help", "algin"], "align"),
  ])
  func misspeltCommandsAreRecognised(arguments: [String], meant: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(arguments)
    #expect(result.code == 2 && result.err.hasPrefix("sextant: sextant"), "\(result.err)")
    #expect(result.err.contains("did you mean \"\(meant)\"?"), "\(result.err)")
  }

  @Test(arguments: [
    (["graph", "a", "--normalisation", "centered"], "centred"),
    (["graph", "a", "--metric", "cosin"], "cosine"),
    (["compare", "a", "b", "--also", "neighbor-graphs"], "neighbour-graphs"),
    (["compare", "a", "b", "--untrained=kep"], "keep"), (["match", "a", "b", "--format", "MD"], "md"),
    (["align", "a", "b", "--candidates", "matchd"], "matched"),
    (
      ["steer", "extract", "a", "--contrast", "tense", "-o", "v", "--method", "mean-diference"],
      "mean-difference"
    ),
    (["steer", "export", "v", "-o", "w", "--convention", "repengg"], "repeng"),
  ])
  func misspeltValuesAreRecognised(arguments: [String], meant: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(arguments)
    #expect(
      result.code == 2 && result.err.contains("; did you mean \"\(meant)\"? Please provide one of"),
      "\(result.err)")
    // What is like none of the words is not guessed at.
    let other = try tool.run(arguments.dropLast() + ["xyzzyxyzzyxyzzy"])
    #expect(other.code == 2 && !other.err.contains("did you mean"), "\(other.err)")
  }

  /// Before any model is looked for: there is none of these names.
  @Test(arguments: [
    (["align", "a", "b", "--method", "rige"], "did you mean \"ridge\"?"),
    (["align", "a", "b", "--method", "ridge", "--method", "procrustse"], "did you mean \"procrustes\"?"),
    (["cycle", "a", "b", "--method", "rige"], "did you mean \"ridge\"?"),
    (
      ["steer", "transfer", "v", "a", "--map", "m", "--contrast", "sentimnt", "-o", "w"],
      "did you mean \"sentiment\"?"
    ),
    (["layers", "a", "b", "--without", "sentimnt"], "did you mean \"sentiment\"?"),
    (["read", "a", "tokne:\"x\""], "did you mean \"token\"?"),
    (["path", "a", "token:\"x\"", "sttae:\"x\"@1"], "did you mean \"state\"?"),
    (["path", "a", "token:\"x\"", "--along", "vektor:v"], "did you mean \"vector\"?"),
    (["lens", "show", "a", "x", "--lens", "jacobain"], "did you mean \"jacobian\"?"),
    (["lens", "show", "a", "--vector", "absent.safetensors"], "absent.safetensors"),
    (["generate", "a", "x", "--top-p", "3"], "topP"),
    (["generate", "a", "x", "--arithmetic", "f16"], "rounded"),
    (["generate", "a", "x", "--cache", "f61"], "bf16"),
    (["generate", "a", "x", "--vector", "absent.safetensors"], "absent.safetensors"),
    (["score", "a", "x", "y", "--vector", "absent.safetensors"], "absent.safetensors"),
  ])
  func optionsAreCheckedBeforeModelsAreOpened(arguments: [String], words: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(arguments)
    #expect((2...3).contains(result.code) && result.out.isEmpty, "\(result.code)")
    #expect(result.err.contains(words), "\(result.err)")
  }

  @Test func misspeltModelsAreRecognised() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let catalog = fixture("../models/catalog.yaml")
    for command in [["models", "fetch"], ["import"], ["graph"], ["inspect"], ["verify"]] {
      let result = try tool.run(command + ["smollm2-153m", "--catalog", catalog])
      #expect(
        result.code == 2 && result.err.contains("did you mean \"smollm2-135m\"?"), "\(command): \(result.err)"
      )
    }
  }

  /// Behind an option that takes a number, `-2` is one.
  @Test(arguments: ["-2", "-0.5", "-1e-3"]) func negativeDosesAreRead(dose: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let vector = try tool.run(
      "steer", "extract", tinyLlama, "--contrast", "tense", "--block", "1", "-o", "v.safetensors")
    #expect(vector.code == 0, "\(vector.err)")
    for command in [["generate", tinyLlama, "ab", "--json"], ["score", tinyLlama, "ab", "c", "--json"]] {
      let apart = try tool.run(command + ["--vector", "v.safetensors", "--dose", dose])
      #expect(apart.code == 0, "\(apart.err)")
      #expect(try tool.run(command + ["--vector", "v.safetensors", "--dose=\(dose)"]).out == apart.out)
    }
  }

  /// Those that are not allowed are refused as such, and not as options that are missing.
  @Test(arguments: [
    ["compare", "a", "b", "--neighbours"], ["compare", "a", "b", "--minimum-norm-quantile"],
    ["align", "a", "b", "--held-out"], ["layers", "a", "b", "--permutations"],
    ["steer", "validate", "v", "m", "--map", "x", "--margin"],
    ["steer", "transfer", "v", "m", "--map", "x", "-o", "y", "--divergence"],
  ])
  func negativeNumbersAreNoOptions(arguments: [String]) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(arguments + ["-1"])
    #expect(result.code == 2 && result.err.contains("it must be"), "\(result.err)")
  }

  @Test func optionOutOfRangeIsTwo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("compare", "a", "b", "--neighbours", "1").code == 2)
    #expect(try tool.run("steer", "extract", "m", "--contrast", "bogus", "-o", "x").code == 2)
    #expect(try tool.run("inspect", "x", "-q", "-v").code == 2)
  }

  @Test func unknownModelIsTwo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run("import", "nothing")
    #expect(result.code == 2)
    #expect(result.err.hasPrefix("sextant: nothing: no such file or folder"))
  }

  @Test(arguments: ["inspect", "verify"])
  func missingFileIsThree(command: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run(command, "nothing.h5")
    #expect(result.code == 3)
    #expect(result.out.isEmpty)
    #expect(result.err.hasPrefix("sextant: nothing.h5: "))
  }

  @Test func corruptFilesAreThree() throws {
    let tool = try Tool()
    defer { tool.remove() }
    var bytes = try Data(contentsOf: URL(filePath: tinyLlama))
    bytes[4] = 77
    try bytes.write(to: URL(filePath: tool.path("version.gguf")))
    try bytes.prefix(100).write(to: URL(filePath: tool.path("cut.gguf")))
    try Data("GGUF".utf8).write(to: URL(filePath: tool.path("head.gguf")))
    try Data().write(to: URL(filePath: tool.path("empty.h5")))
    try Data(repeating: 0xFF, count: 64).write(to: URL(filePath: tool.path("noise.safetensors")))
    for name in ["version.gguf", "cut.gguf", "head.gguf", "empty.h5", "noise.safetensors"] {
      for command in ["inspect", "verify"] {
        let result = try tool.run(command, name)
        #expect(result.code == 3, "\(command) \(name)")
        #expect(result.err.hasPrefix("sextant: \(name): "), "\(command) \(name): \(result.err)")
      }
    }
    #expect(try tool.run("generate", "version.gguf", "x").code == 3)
  }

  @Test func brokenStudyIsTwo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data("name: x\nmodels: [a, b]\nbogus: 1\n".utf8).write(to: URL(filePath: tool.path("study.yaml")))
    for command in ["run", "check"] {
      let result = try tool.run(command, "study.yaml")
      #expect(result.code == 2)
      #expect(result.err.hasPrefix("sextant: study.yaml: "))
    }
  }

  @Test func linesOnStandardErrorNameTheTool() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let run = try tool.run("import", tinyLlama, "--as", "a", "--verbose")
    #expect(run.code == 0 && run.err.contains("sextant: import models/a.h5 …"))
    #expect(run.err.split(whereSeparator: \.isNewline).allSatisfy { $0.hasPrefix("sextant: ") }, "\(run.err)")
  }
}
