import Foundation
import SextantTool
import Stores
import Tensors
import TestSupport
import Testing

/// The commands that a reader may copy from help, README and docs.
struct DocumentedCommand: CustomTestStringConvertible {
  let place: String
  let text: String

  var testDescription: String { "\(place): \(text)" }

  private static let root = URL(filePath: fixture("..")).standardizedFileURL

  /// Those of the examples in `--help` of every command.
  static let ofHelp = Subcommands.helpPages.flatMap { page in
    commands(page.split(separator: "\n"), at: "--help").filter { $0.text.hasPrefix("sextant ") }
  }

  /// Those of the code blocks of README and docs; in blocks of a console those behind `$`, as the rest is what they print.
  static let ofPages = pages.flatMap { page -> [DocumentedCommand] in
    var language: Substring?
    var goesOn = false
    let lines = page.text.split(separator: "\n").filter { line in
      if line.hasPrefix("```") { language = language == nil ? line.dropFirst(3) : nil }
      let isCommand = language != "console" || line.hasPrefix("$ ") || goesOn
      goesOn = isCommand && line.hasSuffix("\\")
      return isCommand && ["", "sh", "console"].contains(language)
    }
    return commands(lines, at: page.name)
  }

  /// What stands in the text of README and docs, between backticks.
  static let inText = pages.flatMap { page in
    page.text.matches(of: /`(sextant [^`]*)`/).map { match in
      DocumentedCommand(place: page.name, text: String(match.1))
    }
  }

  private static let pages: [(name: String, text: String)] = {
    let docs = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)) ?? []
    let names =
      [
        "README.md", "CONTRIBUTING.md", "models/README.md", "alignments/README.md", "reports/README.md",
        "reports/demo/report.md", "reports/four-models/report.md",
      ] + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    return names.map { name in
      (name, (try? String(contentsOf: root.appending(path: name), encoding: .utf8)) ?? "")
    }
  }()

  /// A line that ends with `\` goes on in the next.
  private static func commands(_ lines: [Substring], at place: String) -> [DocumentedCommand] {
    lines.joined(separator: "\n").replacing("\\\n", with: " ").split(separator: "\n").compactMap { line in
      let text = line.trimmingPrefix(/\s*(\$ )?/)
      return text.firstMatch(of: #/^([^#"]*[ /])?sextant\s/#) == nil
        ? nil : DocumentedCommand(place: place, text: String(text))
    }
  }

  /// What a shell makes of it: the words behind `sextant`.
  func arguments(_ tool: Tool) throws -> [String] {
    let own = try #require(text.firstMatch(of: /sextant .*$/), "\(self)").0
    let shell = try tool.shell("sextant() { printf '%s\\n' \"$@\" >&2; }\n\(own)")
    #expect(shell.code == 0, "\(self)")
    return shell.err.split(separator: "\n").map(String.init)
  }
}

/// Every example is read by the parser of the tool, and those of help and README run on tiny models.
@Suite struct DocumentedCommandsTests {
  @Test func thereAreExamples() {
    #expect(DocumentedCommand.ofHelp.count > 20)
    #expect(DocumentedCommand.ofPages.contains { $0.place == "docs/distributed.md" })
    #expect(DocumentedCommand.ofPages.count { $0.place == "docs/tutorial.md" } > 10)
    #expect(DocumentedCommand.inText.contains { $0.place == "README.md" })
  }

  @Test(arguments: DocumentedCommand.ofHelp + DocumentedCommand.ofPages)
  func examplesAreCommands(example: DocumentedCommand) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let fault = Subcommands.fault(try example.arguments(tool))
    #expect(fault == nil, "\(example): \(fault ?? "")")
  }

  /// Words in capitals and a `…` at the end stand for a reader's own; a command's name alone only mentions it.
  @Test(arguments: DocumentedCommand.inText)
  func mentionedCommandsAreCommands(mention: DocumentedCommand) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let arguments = try mention.arguments(tool).filter { $0 != "…" }
    let isNameAlone = Subcommands.fault(arguments + ["--help"]) == nil && arguments.count <= 2
    let fault = Subcommands.fault(arguments)
    #expect(isNameAlone || fault == nil, "\(mention): \(fault ?? "")")
  }

  /// A command that downloads what is not there, or looks at what was.
  private static let fetching = [
    "demo", "models fetch HuggingFaceTB/", "models fetch Qwen/", "models verify Hugging",
  ]
  /// What fits a model of many blocks and words does not fit a tiny one, which has three blocks and knows no word; and what
  /// takes long of a large model is tried with less.
  private static let changes = [
    ("--kind tuned", "--kind tuned --count 2 --steps 1 -o another.lens.h5"),
    ("--lens tuned", "--lens fitted.lens.h5"),
    ("--count 16", "--count 1"), ("lens compare smollm2-135m", "lens compare --tokens 50 smollm2-135m"),
    ("--block 14", "--block 1"), ("--block 8", "--block 2"), ("token:\" happy\"", "token:\"a\""),
    ("token:\" sad\"", "token:\"b\""), ("\" happy\"", "a"), ("\" bank\"", "a"), ("@14[", "@1["),
    ("head:5.3", "head:1.1"), ("sextant read", "sextant read -k 5"), ("sextant path", "sextant path -k 5"),
    ("\" good\"", "a"), ("\" bad\"", "t"),
    ("--space semantic", "--dslabs dslabs --least-ratings 1 --factors 2"),
    (
      "elm domain wordnet-glove",
      "elm domain wordnet-glove --glove glove.txt --wordnet wordnet -o new.domain.h5"
    ),
    ("elm domain encoder:", "elm domain --wordnet wordnet encoder:"),
    ("elm fit", "elm fit --steps 2 --every 1 --looks 2"),
    ("elm ask smollm2-135m.wordnet-glove", "elm ask words --max-tokens 4"),
    ("elm judge smollm2-135m.wordnet-glove", "elm judge words --max-tokens 4 --items 4 --texts 5"),
    ("elm export smollm2-135m.wordnet-glove", "elm export words"), ("item:dog", "'item:\"word 3\"'"),
    ("item:king", "'item:\"word 1\"'"), ("item:queen", "'item:\"word 2\"'"),
    ("item:dog", "'item:\"word 3\"'"),
    ("token-profiles", "token-profiles --dimension-neighbours 10 --dimension-tokens 20"),
    ("layers smollm2-135m", "layers --tokens 50 --permutations 19 --no-maps smollm2-135m"),
    (
      "steer validate",
      "steer validate --random-vectors 19 --permuted-labels 19 --shuffled-maps 19 --generated-tokens 0"
    ),
  ]

  private func write(_ text: String, to name: String, in tool: Tool) throws {
    let target = URL(filePath: tool.path(name))
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: target)
  }

  /// What the examples speak of: fetched models, a checkpoint, studies, related words, files that other examples leave.
  private func furnish(_ tool: Tool) throws {
    let models = [
      ("smollm2-135m", tinyLlama), ("gemma-3-270m", fixture("TransformersTests/Golden/gemma3.gguf")),
      ("qwen2.5-coder-0.5b", tinyQwen),
    ]
    try write("", to: "models/.keep", in: tool)
    for (id, file) in models {
      try FileManager.default.copyItem(atPath: file, toPath: tool.path("models/\(id).gguf"))
    }
    try FileManager.default.copyItem(atPath: tinyLlama, toPath: tool.path("my-model.gguf"))
    try FileManager.default.copyItem(
      atPath: fixture("TransformersTests/Golden/encoders/bert"), toPath: tool.path("models/all-MiniLM-L6-v2"))
    let catalog = try catalogText(models.map { ($0.0, "models/\($0.0).gguf") }, in: tool)
    try write(catalog, to: "models/catalog.yaml", in: tool)
    try write("sun\tmoon\n", to: "words.tsv", in: tool)
    try write(
      #"{"items": [{"prompt": "one", "intermediates": ["a"]}, {"prompt": "two", "intermediates": ["b"]}]}"#,
      to: "intermediates.json", in: tool)
    try write("the sea\n", to: "poem.txt", in: tool)
    for name in ["capitals.json", "past-tense.json"] {
      try write("[[\"France\", \"Paris\"], [\"Italy\", \"Rome\"]]", to: name, in: tool)
    }
    try write("the sun is warm\na rain was cold and long\n", to: "prompts.txt", in: tool)
    try furnishDomains(tool)
    try write("", to: "runs/42/.keep", in: tool)
    try FileManager.default.copyItem(atPath: tinyQwen, toPath: tool.path("runs/42/model.gguf"))
    for (name, second) in [
      ("study.yaml", "gemma-3-270m"), ("reports/demo/study.yaml", "gemma-3-270m"), ("release.yaml", "new"),
    ] {
      let root = name.contains("/") ? "../../" : ""
      try write(
        """
        name: tiny
        models: {smollm2-135m: \(root)models/smollm2-135m.gguf, \(second): \(root)models/gemma-3-270m.gguf}
        tokens: {letters_only: false, minimum_norm_quantile: 0}
        compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
        align: {methods: [ridge]}
        hypotheses: [{name: cosines are no larger than 1, metric: smollm2-135m--\(second)/raw/orientation, op: "<=", threshold: 1}]
        """, to: name, in: tool)
    }
    let map = "alignments/smollm2-135m--gemma-3-270m.ridge.h5"
    for command in [
      "import smollm2-135m", "import my-model.gguf --as old", "align smollm2-135m gemma-3-270m",
      "steer extract smollm2-135m --contrast sentiment --block 1 -o sentiment.safetensors",
      "steer transfer sentiment.safetensors gemma-3-270m --block 2 --no-calibrate --map \(map) -o carried.safetensors",
      "steer export carried.safetensors -o carried.gguf",
      "lens fit smollm2-135m --kind tuned --count 2 --steps 1 -o fitted.lens.h5",
      "elm fit smollm2-135m wordnet-glove --tasks mine.yaml --steps 2 --every 1 --looks 2 --name words",
    ] {
      let run = try tool.run(command.split(separator: " ").map(String.init))
      try #require(run.code == 0, "\(command): \(run.err)")
    }
  }

  /// A domain of words, and what domains are made of.
  private func furnishDomains(_ tool: Tool) throws {
    let count = 200
    let fields = ["gloss", "kind", "synonyms", "part-of-speech", "example"].map { field in
      Domain.Field(
        field, (0..<count).map { [field == "kind" ? ["thing", "person"][$0 % 2] : "\(field) \($0)"] })
    }
    let words = Domain(
      name: "wordnet-glove", recipe: "test", sources: [], names: (0..<count).map { "word \($0)" },
      vectors: Matrix(rows: count, columns: 2, elements: (0..<2 * count).map { Float($0 + 1) }),
      fields: fields,
      toolVersion: "test", date: "2026-01-01T00:00:00Z")
    try words.write(to: tool.path("models/wordnet-glove" + Domain.ending))
    try write("dog 1 2 3 4\nentity 2 3 4 6\n", to: "glove.txt", in: tool)
    for (name, text) in WordNetFixture.files(WordNetFixture.animals + WordNetFixture.ofTinyEncoders) {
      try write(text, to: "wordnet/\(name)", in: tool)
    }
    for (file, name) in [
      ("StoresTests/Golden/fortran.npy", "mine.npy"), ("DomainsTests/Golden/dslabs", "dslabs"),
    ] {
      try FileManager.default.copyItem(atPath: fixture(file), toPath: tool.path(name))
    }
    try write("red\ngreen\nblue\nwhite\n", to: "mine.txt", in: tool)
    try write("name,field,text\nred,gloss,warm\n", to: "mine.csv", in: tool)
    try write(
      "tasks:\n  - {name: definition, prompt: \"{vector}?\", answer: \"{gloss}\"}\n", to: "mine.yaml",
      in: tool)
  }

  @Test func examplesRun() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try furnish(tool)
    let examples =
      DocumentedCommand.ofHelp
      + DocumentedCommand.ofPages.filter {
        ["README.md", "docs/points.md"].contains($0.place)
      }
    for text in Set(examples.map(\.text)).sorted() {
      let isFetching = Self.fetching.contains { text.hasPrefix("sextant \($0)") }
      guard text.hasPrefix("sextant "), !isFetching else { continue }
      let command = Self.changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
      let run = try tool.shell(command)
      #expect(run.code == 0, "\(command): \(run.code) \(run.err)")
    }
  }
}
