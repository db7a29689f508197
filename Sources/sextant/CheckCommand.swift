import ArgumentParser
import Files
import Foundation
import Reports
import Studies
import StudyReports

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Evaluate a study's hypotheses; exit code 1 when one fails.",
    discussion: """
      Runs the study (steps that were done before are reused), writes its report as `run` does, compares its metrics \
      with the hypotheses in the study file, and prints a line for each. Exit code 0 when all hold, 1 when one fails, 5 \
      when none fails but one could not be evaluated. docs/ci.md has workflows for build servers.

      Example:
        sextant check reports/demo/study.yaml --junit checks.xml
        sextant check release.yaml --model new=runs/42/model.gguf
      """)

  @Argument(help: "The study file (YAML).") var study: String
  @Option(
    help: ArgumentHelp("Also write JUnit XML for build servers.", valueName: "file"),
    transform: WritableFile.init)
  var junit: WritableFile?
  @Flag(
    help: ArgumentHelp(
      """
      In a workflow of GitHub: also mark hypotheses that do not hold at their lines of the study file (on standard error), and \
      add a table to the summary of the step (GITHUB_STEP_SUMMARY).
      """))
  var github = false
  @OptionGroup var format: FormatOptions
  @Option(help: "A seed in place of the study's.") var seed: UInt64?
  @OptionGroup var options: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    var loaded = try Study.draft(study)
    if let seed { loaded.seed = seed }
    try options.assignments.apply(to: &loaded)
    guard !loaded.hypotheses.isEmpty else {
      throw StudyError.study(path: study, place: "hypotheses", expected: "at least one", actual: "none")
    }
    try loaded.figures.requireDrawing(console)
    let runner = try options.runner(loaded, console)
    let results = try runner.run()
    let report = try writeReport(
      results, of: loaded, in: runner.reportFolder,
      command: "sextant check \(study)" + (seed.map { " --seed \($0)" } ?? "") + options.assignments.words)
    let summary = results.check(loaded)
    if let junit { try TextOutput.write(summary.junitXML, to: junit.path) }
    if github { try tellGitHub(summary, console) }
    if let asked = format.asked, asked != .text {
      try format.emit([summary.table], note: String(summary.counts.text.dropLast())) { summary.json.text }
    } else {
      print(summary.lines + report.relativePath + "\n", terminator: "")
    }
    if summary.failed > 0 { throw ExitStatus.checkFailed }
    if summary.notEvaluable > 0 { throw ExitStatus.notEvaluable }
  }

  private func tellGitHub(_ summary: CheckSummary, _ console: Console) throws {
    let environment = ProcessInfo.processInfo.environment
    let whole = URL(filePath: study).standardizedFileURL.path
    let root = (environment["GITHUB_WORKSPACE"] ?? "") + "/"
    let isInside = root.count > 1 && whole.hasPrefix(root)
    Output.message(
      TerminalText.safe(summary.annotations(file: isInside ? String(whole.dropFirst(root.count)) : study)))
    guard let file = environment["GITHUB_STEP_SUMMARY"], !file.isEmpty else {
      console.warning("GITHUB_STEP_SUMMARY is not set, so there is no summary of the step")
      return
    }
    try OutputFile.append(summary.stepSummary, to: file)
  }
}
