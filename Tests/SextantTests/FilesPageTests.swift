import Foundation
import Steering
import Testing

/// docs/files.md: its Python reads what a study leaves, its contrast set is one. Set SEXTANT_PYTHON to a Python that has the
/// packages; `python3` otherwise.
struct FilesPageTests {
  private static let python = ProcessInfo.processInfo.environment["SEXTANT_PYTHON"] ?? "python3"

  /// The packages that a program imports.
  private func packages(of program: String) -> Set<String> {
    Set(
      program.split(separator: "\n").flatMap { line -> [Substring] in
        if line.hasPrefix("import ") { return line.dropFirst("import ".count).split(separator: ",") }
        if line.hasPrefix("from ") {
          return Array(line.dropFirst("from ".count).split(separator: " ").prefix(1))
        }
        return []
      }.map { $0.trimmingCharacters(in: .whitespaces) })
  }

  @Test func theProgramsReadTheFiles() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    try releases.study("name: h, metric: old--new/centred/cka, op: \">\", threshold: 0")
    #expect(try releases.tool.run("run", "checks/release.yaml").code == 0)
    try releases.write("the sun is warm\na rain was cold and long\n", to: "prompts.txt")
    try releases.write("name,x,y\nred,1,2\nblue,3,4\n", to: "colours.csv")
    try releases.write("name,field,text\nred,gloss,warm\nred,gloss,loud\n", to: "texts.csv")
    try releases.write(
      "name,x,y\n" + (0..<80).map { "n\($0),\($0 * 7 % 11),\($0 % 13 + 1)\n" }.joined(), to: "words.csv")
    try releases.write(
      "name,field,text\n" + (0..<80).map { "n\($0),gloss,\($0)\n" }.joined(), to: "glosses.csv")
    try releases.write(
      "tasks:\n  - {name: gloss, prompt: \"{vector}?\", answer: \"{gloss}\"}\n", to: "tasks.yaml")
    for command in [
      ["elm", "domain", "colours.csv", "--texts", "texts.csv"],
      ["elm", "domain", "words.csv", "--texts", "glosses.csv"],
      [
        "elm", "fit", "models/old.gguf", "words", "--tasks", "tasks.yaml", "--steps", "2", "--looks", "2",
        "--name", "words",
      ],
      [
        "steer", "extract", "models/old.gguf", "--contrast", "tense", "--block", "1", "-o",
        "vector.safetensors",
      ],
      ["steer", "export", "vector.safetensors", "-o", "vector.gguf"],
      ["activations", "models/old.gguf", "--prompts", "prompts.txt", "-o", "states.h5"],
      [
        "activations", "models/old.gguf", "--prompts", "prompts.txt", "--positions", "last", "-o",
        "states.npy",
      ],
      [
        "activations", "models/old.gguf", "--prompts", "prompts.txt", "--dtype", "f16", "-o",
        "states.safetensors",
      ],
      ["lens", "fit", "models/old.gguf", "--kind", "tuned", "--count", "4", "--steps", "2"],
    ] {
      let result = try releases.tool.run(command)
      #expect(result.code == 0, "\(result.err)")
    }
    let programs = try Page("files.md").blocks("python")
    #expect(programs.count == 20)
    var missing: Set<String> = []
    var skipped = 0
    for program in programs {
      let needed = packages(of: program)
      #expect(!needed.isEmpty, "\(program)")
      let lacking = try needed.filter {
        try releases.tool.shell("\(Self.python) -c 'import \($0)'").code != 0
      }
      guard lacking.isEmpty else {
        (skipped, missing) = (skipped + 1, missing.union(lacking))
        continue
      }
      try releases.write(program, to: "program.py")
      let run = try releases.tool.shell("\(Self.python) program.py")
      #expect(run.code == 0, "\(program)\n\(run.err)")
    }
    if skipped > 0 {
      print(
        "SKIPPED: \(skipped) of \(programs.count) programs of docs/files.md: \(Self.python) has no "
          + missing.sorted().joined(separator: ", "))
    }
  }

  @Test func theTemplateIsAContrastSet() throws {
    let template = try #require(try Page("files.md").blocks("json").first)
    let set = try ContrastSet(parsing: Data(template.utf8), file: "template.json")
    #expect(set.name == "politeness" && set.train.count == 2 && set.test.count == 1 && set.choice.count == 1)
    #expect(set.generationPrompts.count == 1 && set.licence == "CC0-1.0")
  }
}
