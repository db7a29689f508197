import Foundation
import SextantTool
import Testing

/// What is seen while a command runs.
@Suite struct ProgressTests {
  private let line = StepLine(
    number: 3, count: 8, name: "compare/a--b", share: 0.42, note: "cka/raw", seconds: 70)

  @Test func aLineSaysStepShareAndTime() {
    #expect(line.running(columns: 79) == "[3/8] compare a--b: cka/raw … 42 % 1:10, 1:37 left")
    #expect(line.ended(columns: 79) == "✓ [3/8] compare a--b 1:10")
    #expect(line.running(columns: 40) == "[3/8] compare a--b… 42 % 1:10, 1:37 left")
    let begun = StepLine(name: "hashing /x/y", seconds: 0.04)
    #expect(begun.running(columns: 79) == "hashing /x/y … 0.0 s")
  }

  @Test(arguments: [(0, "0.0 s"), (9.94, "9.9 s"), (59.7, "1:00"), (70, "1:10"), (3723, "1:02:03")])
  func clocks(seconds: Double, text: String) {
    #expect(StepLine.clock(seconds) == text)
  }

  private func study(in tool: Tool) throws {
    try Data(
      """
      name: s
      models: [\(tinyLlama), \(tinyQwen)]
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge]}
      """.utf8
    ).write(to: URL(filePath: tool.path("s.yaml")))
  }

  /// A terminal of 80 columns, as `script` of util-linux makes one.
  private func atTerminal(_ command: String, in tool: Tool) throws -> Tool.Output? {
    let result = try tool.shell(
      "which script >/dev/null || exit 99; env -u CI -u NO_COLOR TERM=xterm script -qec 'stty cols 80; \(command)' /dev/null"
    )
    guard result.code != 99 else {
      Swift.print("SKIPPED: there is no script, so no terminal is made")
      return nil
    }
    return result
  }

  @Test func aTerminalSeesOneLineThatRenewsItself() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try study(in: tool)
    guard let first = try atTerminal("sextant run s.yaml", in: tool) else { return }
    #expect(first.code == 0)
    #expect(first.out.contains("✓ [1/") && first.out.contains("] compare llama--qwen2 "), "\(first.out)")
    // What is left on the screen behind a carriage return was cleared first.
    for part in first.out.replacing("\r\n", with: "\n").split(separator: "\r").dropFirst() {
      #expect(part.contains("\u{1B}[K"), "\(part)")
    }
    let lines = first.out.replacing("\r\n", with: "\n").split(separator: "\n")
    #expect(lines.last == "reports/s/report.md")
    let again = try atTerminal("sextant run s.yaml", in: tool)
    #expect(again?.out.contains("steps done before, reused") == true)
    // A pipe sees nothing of it.
    let piped = try tool.run("run", "s.yaml")
    #expect(
      piped.code == 0 && !piped.err.contains("[1/") && piped.out == "reports/s/report.md\n", "\(piped.err)")
  }

  @Test func tablesLineUpAtATerminalAndAreMarkdownElsewhere() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    #expect(try tool.run("match", "a", "a").out.contains("| model | rows |"))
    let csv = try tool.run("match", "a", "a", "--format", "csv")
    #expect(csv.out.hasPrefix("model,rows,"))
    #expect(
      try tool.run("match", "a", "a", "--json").out == tool.run("match", "a", "a", "--format", "json").out)
    let text = try tool.run("match", "a", "a", "--format", "text").out
    #expect(text.contains("─") && !text.contains("|"))
    #expect(try tool.run("match", "a", "a", "--json", "--format", "csv").code == 2)
    guard let seen = try atTerminal("sextant match a a", in: tool) else { return }
    #expect(seen.out.contains("─") && !seen.out.contains("| model"))
  }

  @Test func aDryRunListsTheStepsAndWritesNothing() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try study(in: tool)
    let before = try tool.run("run", "s.yaml", "--dry-run", "--format", "csv")
    #expect(
      before.code == 0 && before.out.contains("\r\ncompare/llama--qwen2,0,"), "\(before.out) \(before.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
    #expect(try tool.run("run", "s.yaml").code == 0)
    let after = try tool.run("run", "s.yaml", "--dry-run", "--format", "csv")
    #expect(after.out.contains("\r\nalign/llama--qwen2/ridge,1,0,0.0,kept,"), "\(after.out)")
    #expect(try tool.run("run", "s.yaml", "--format", "csv").code == 2)
  }

  @Test func anInterruptSaysWhatIsKept() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data(
      """
      name: s
      models: [\(tinyLlama), \(tinyQwen)]
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, layers: true, layer_permutations: 10000}
      steer: {behaviours: [tense], random_vectors: 9999, generated_tokens: 0}
      """.utf8
    ).write(to: URL(filePath: tool.path("s.yaml")))
    // At other moments of the quick steps, in which files come and go.
    for delay in ["0", "0.01", "0.02", "0.04", "0.08", "0.16"] {
      let result = try tool.shell(
        """
        sextant run s.yaml >out 2>err & job=$!
        for turn in $(seq 6000); do [ -n "$(ls reports/s/.steps/match 2>/dev/null)" ] && break; sleep 0.01; done
        sleep \(delay); kill -INT $job; wait $job; echo $?; cat err
        """)
      // Between two steps none is named.
      #expect(result.out.contains(/^130\nsextant: interrupted( in step |: )/), "\(result.out)")
      #expect(
        result.out.contains(
          " steps are done and kept in reports/s/.steps; the same command goes on from there"))
      let left = try tool.shell("find . -name '*.partial' -o -name '.*.new'; rm -rf reports")
      #expect(left.out.isEmpty, "\(left.out)")
    }
  }

  /// An interrupt that comes while a line is written is told behind it.
  @Test func anInterruptWaitsForAWriter() async {
    let display = ProgressDisplay()
    let (begun, begin) = AsyncStream<Void>.makeStream()
    async let writer: Void = Task.detached {
      display.givingWay {
        begin.finish()
        Thread.sleep(forTimeInterval: 0.2)
      }
    }.value
    for await _ in begun {}
    #expect(display.interrupted() == "interrupted; no file is left half written")
    await writer
  }

  /// Of a study with many faults, each is told once, with its line.
  @Test func allFaultsAreToldAtOnce() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try Data(
      """
      name: s
      models: [\(tinyLlama), nothing.gguf]
      compare: {neighbours: 1, spaces: [middle]}
      align:
        held_out: 2
        metods: [ridge]
      steer: {behaviours: [missing.json]}
      """.utf8
    ).write(to: URL(filePath: tool.path("s.yaml")))
    let result = try tool.run("run", "s.yaml")
    #expect(result.code == 2 && result.err.hasPrefix("sextant: s.yaml: 6 faults:\n- "), "\(result.err)")
    for place in [
      "compare.neighbours (line 3)", "compare.spaces[0] (line 3)", "align.held_out (line 5)",
      "align (line 6)",
      "steer.behaviours[0] (line 7)", "models[1] (line 2)",
    ] {
      #expect(
        result.err.contains("- \(place): expected ") || result.err.contains("- \(place)"),
        "\(place): \(result.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
  }

  /// What no result can fulfil is told before anything is measured.
  @Test(arguments: [
    ("centred/orientation, op: \">\", threshold: 1", "orientation always lies in -1 … 1"),
    ("ridge/p_at_1, op: \"<\", threshold: 0", "p_at_1 always lies in 0 … 1"),
    ("ridge/r_squared, op: \">=\", threshold: 1.01", "r_squared always lies at 1 or below"),
    ("ridge/p_at_2, op: \">\", threshold: 0", "one of "),
  ])
  func claimsThatNothingFulfilsAreFaults(claim: String, words: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    try study(in: tool)
    let file = URL(filePath: tool.path("s.yaml"))
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data((text + "\nhypotheses:\n  - {name: h, metric: llama--qwen2/\(claim)}\n").utf8).write(to: file)
    let result = try tool.run("check", "s.yaml")
    #expect(
      result.code == 2 && result.err.contains(words) && result.err.contains("(line 7)"), "\(result.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
  }
}
