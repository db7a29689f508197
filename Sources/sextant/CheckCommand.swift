import ArgumentParser
import Reports
import Studies

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Evaluate a study's hypotheses; exit code 1 when one fails.",
    discussion: """
      Runs the study (steps that were done before are reused) and compares its metrics with the hypotheses in the \
      study file. Exit code 0 when all hold, 1 when one fails, 5 when none fails but one could not be evaluated.

      Example:
        sextant check reports/demo/study.yaml --junit checks.xml
      """)

  @Argument(help: "The study file (YAML).") var study: String
  @Option(
    help: ArgumentHelp("Also write JUnit XML for build servers.", valueName: "file"),
    transform: WritableFile.init)
  var junit: WritableFile?
  @OptionGroup var format: FormatOptions
  @Option(help: "A seed in place of the study's.") var seed: UInt64?
  @OptionGroup var options: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    var loaded = try Study.draft(study)
    if let seed { loaded.seed = seed }
    guard !loaded.hypotheses.isEmpty else {
      throw StudyError.study(path: study, place: "hypotheses", expected: "at least one", actual: "none")
    }
    let summary = try options.runner(loaded, console).run().check(loaded)
    if let junit { try TextOutput.write(summary.junitXML, to: junit.path) }
    try format.emit([summary.table], note: summary.sentence) { summary.json.text }
    if summary.failed > 0 { throw ExitStatus.checkFailed }
    if summary.notEvaluable > 0 { throw ExitStatus.notEvaluable }
  }
}
