import ArgumentParser
import Checkpoints
import Foundation
import Reports
import Studies
import StudyReports
import Workflow

/// The study of `reports/demo`, which is part of the program, from nothing to its report.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Fetch two small models and run a whole study on them.",
    discussion: """
      Says first what it takes, fetches the models (Gemma's terms must be accepted), shows what a cut of the tokens tells, and \
      then runs the whole study. Writes reports/demo, with the study's file, and prints the report's path. An interrupted \
      demo goes on where it was.

      Example:
        sextant demo --accept-licence
      """)

  @Flag(help: "Accept the models' terms, where they have any; they are printed first.") var acceptLicence =
    false
  @OptionGroup var options: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let study = try Demo.study()
    try study.figures.requireDrawing(console)
    let catalog = try options.model.loadCatalog()
    let models = try study.models.map { model in
      guard let entry = catalog[model.source] else {
        throw CheckpointError.unknownModel(name: model.source, known: catalog.entries.map(\.id))
      }
      return entry
    }
    let absent = models.filter {
      !FileManager.default.fileExists(atPath: "\(options.model.models)/\($0.file)")
    }
    let megabytes = absent.map(\.size).reduce(0, +) / 1_000_000
    console.note(
      (absent.isEmpty ? "the models are here" : "\(megabytes) MB are fetched first")
        + "; then, on two cores, a first result takes \(Demo.firstTime) and the whole study \(Demo.time). "
        + "Ctrl-C keeps what is done, and the same command goes on from there.")
    // Those that somebody must agree to first: a refusal costs no download.
    for entry in absent.sorted(by: { $0.terms != nil && $1.terms == nil }) {
      _ = try options.model.fetch(entry, acceptingLicence: acceptLicence, console)
    }

    let cut = Demo.cut(study)
    say(try options.runner(cut, console).run(), of: cut)

    console.note("now the whole study; it takes \(Demo.time) on two cores")
    let runner = try options.runner(study, console)
    let results = try runner.run()
    let report = try writeReport(results, of: study, in: runner.reportFolder, command: "sextant demo")
    let file = runner.reportFolder.appending(path: "study.yaml").relativePath
    if !FileManager.default.fileExists(atPath: file) { try TextOutput.write(Demo.text, to: file) }
    say(results, of: study)
    print(report.relativePath)
  }

  /// What became of the study's expectations, and on how many tokens.
  private func say(_ results: StudyResults, of study: Study) {
    let tokens = results.pairs.first.map { "\($0.match.used) of the \($0.match.matched)" } ?? "the"
    print("On \(tokens) shared tokens: \(results.check(study).markdown.text)")
  }
}
