import Foundation
import Testing

/// What a page has its reader do, in order.
enum PageStep: Equatable {
  /// A file to be written, named by a comment in its first line.
  case file(name: String, text: String)
  /// A command behind `$`, and what stands below it.
  case command(String, printed: String)

  /// The steps of a page: of its console blocks and of its blocks that are files.
  static func all(of page: Page) -> [PageStep] {
    page.text.matches(of: /(?s)\n```(\w+)\n(.*?)```/).flatMap { block -> [PageStep] in
      let (language, body) = (block.1, String(block.2))
      guard language == "console" else {
        return body.firstMatch(of: /^# (\S+\.\w+)\n/).map { [.file(name: String($0.1), text: body)] } ?? []
      }
      return ("\n" + body).components(separatedBy: "\n$ ").dropFirst().map { part in
        var lines = part.components(separatedBy: "\n")[...]
        var command = lines.removeFirst()
        while command.hasSuffix("\\"), let next = lines.popFirst() { command += "\n" + next }
        return .command(command, printed: lines.joined(separator: "\n"))
      }
    }
  }
}

/// docs/tutorial.md: the walks of new users, step by step as they stand there.
struct TutorialTests {
  private let steps: [PageStep]

  init() throws { steps = PageStep.all(of: try Page("tutorial.md")) }

  /// Of two releases of a tiny model, which stand for the page's models and know none of its words.
  private static let changes = [
    ("token:\" bank\"", "token:\"a\""), ("\" bank\"", "a"), ("\" Paris\"", "a"),
    ("align: {methods", "\(TwoReleases.options)align: {methods"),
    ("threshold: 0.9", "threshold: 0.5"),
    (
      "steer validate",
      "steer validate --random-vectors 19 --permuted-labels 19 --shuffled-maps 19 --generated-tokens 0"
    ),
  ]

  @Test func theWalksLeadToTheirFiles() throws {
    let releases = try TwoReleases()
    let tool = releases.tool
    defer { tool.remove() }
    let models = [("smollm2-135m", "models/old.gguf"), ("gemma-3-270m", "models/new.gguf")]
    try releases.write(try catalogText(models, in: tool), to: "models/catalog.yaml")
    var commands = 0
    for step in steps {
      switch step {
      case .file(let name, let text):
        try releases.write(Self.changes.reduce(text) { $0.replacing($1.0, with: $1.1) }, to: name)
      case .command(let text, printed: _):
        let command = Self.changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
        let run = try tool.shell("set -o pipefail\n" + command)
        #expect(run.code == 0, "\(command): \(run.code) \(run.err)")
        commands += 1
      }
    }
    #expect(commands > 15)
    let hand = try Page("tutorial.md").text.matches(of: /In hand: ([^\n]*(?:\n[^\n]+)*)/).map { String($0.1) }
    #expect(hand.count == 3)
    for sentence in hand {
      let files = sentence.matches(of: /`([\w.\/-]+\.(?:pdf|html|xml|gguf|csv|md))`/).map { String($0.1) }
      #expect(!files.isEmpty)
      for file in files { #expect(releases.exists(file), "\(file)") }
    }
  }

  /// On the real models the quick ones print what the page shows, but for the last digit.
  @Test func thePageShowsWhatIsPrinted() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let files = ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"]
    let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"] ?? ""
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: "\(folder)/\($0)") }) else {
      return print("SKIPPED, NOT TESTED: outputs of docs/tutorial.md: SEXTANT_MODELS has not \(files)")
    }
    try FileManager.default.createDirectory(atPath: tool.path("models"), withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.createSymbolicLink(
        atPath: tool.path("models/\(file)"), withDestinationPath: "\(folder)/\(file)")
    }
    func words(_ text: String) -> [Substring] {
      text.split { $0.isWhitespace || $0 == "─" }.filter { !$0.hasPrefix("sextant:") }
    }
    var compared = 0
    for case .command(let command, let printed) in steps
    where command.hasPrefix("sextant neighbours") && !printed.isEmpty {
      let run = try tool.shell(command + " --format text")
      let (ours, shown) = (words(run.out), words(printed))
      #expect(ours.count == shown.count, "\(command): \(run.out) \(run.err)")
      for (a, b) in zip(ours, shown) where a != b {
        guard let x = Double(a), let y = Double(b), abs(x - y) < 0.0021 else {
          Issue.record("\(command): \(a) for \(b)")
          continue
        }
      }
      compared += 1
    }
    #expect(compared > 1)
  }
}
