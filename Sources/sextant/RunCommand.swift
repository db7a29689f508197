import ArgumentParser
import Foundation
import Studies
import StudyReports

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a study and write its report.",
    discussion: """
      Imports, compares, aligns, transfers and validates what the study file asks for. Steps that were done before \
      with the same inputs are reused, so an interrupted run goes on. Writes report.md, tables (CSV), figures (SVG) \
      and results.json to reports/NAME and prints the report's path. docs/studies.md lists the keys of a study file.

      Example:
        sextant run reports/demo/study.yaml
      """)

  @Argument(help: "The study file (YAML).") var study: String
  @Option(help: "A seed in place of the study's.") var seed: UInt64?
  @OptionGroup var options: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    var loaded = try Study.load(study)
    if let seed { loaded.seed = seed }
    let runner = try options.runner(loaded, console)
    let results = try runner.run()
    let report = try writeReport(
      results, of: loaded, in: runner.reportFolder,
      command: "sextant run \(study)" + (seed.map { " --seed \($0)" } ?? ""))
    print(report.relativePath)
  }
}
