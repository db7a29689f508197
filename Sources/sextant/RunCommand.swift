import ArgumentParser
import Foundation
import Reports
import Studies
import StudyReports

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a study and write its report.",
    discussion: """
      Imports, compares, aligns, transfers and validates what the study file asks for. Steps that were done before \
      with the same inputs are reused, so an interrupted run goes on. Writes report.md and report.html, tables (CSV), \
      results.json, results.csv and figures, each with its data and its gnuplot script, to reports/NAME and prints the \
      report's path. docs/studies.md lists the keys of a study file. All that is wrong with the study and its files is told \
      at once, before anything is done. With --dry-run no more is done: the steps are listed, which are kept, and what the \
      others will take, seconds and memory estimated.

      Example:
        sextant run reports/demo/study.yaml
        sextant run reports/demo/study.yaml --dry-run
        sextant run reports/demo/study.yaml --figures pdf,svg --figure-width 85mm \\
          --no-figure-titles
        sextant run release.yaml --model new=runs/42/model.gguf
      """)

  @Argument(help: "The study file (YAML).") var study: String
  @Option(help: "A seed in place of the study's.") var seed: UInt64?
  @Flag(help: "Only list the steps: which are kept, and about how long the others will take.")
  var dryRun = false
  @OptionGroup var format: FormatOptions
  @OptionGroup(title: "Figures") var figures: FigureSettings
  @OptionGroup var options: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard dryRun || format.asked == nil else {
      throw ValidationError("--format is for the table of --dry-run; a run writes its tables to the report")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    var loaded = try Study.draft(study)
    if let seed { loaded.seed = seed }
    try options.assignments.apply(to: &loaded)
    loaded.figures = try figures.applied(to: loaded.figures, models: loaded.models.map(\.name), console)
    let runner = try options.runner(loaded, console)
    if dryRun {
      let steps = try runner.planned()
      return try format.emit([steps.table(of: loaded)])
    }
    let results = try runner.run()
    let report = try writeReport(
      results, of: loaded, in: runner.reportFolder,
      command: "sextant run \(study)" + (seed.map { " --seed \($0)" } ?? "") + options.assignments.words)
    print(report.relativePath)
  }
}
