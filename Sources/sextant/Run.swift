import ArgumentParser
import Checkpoints
import Foundation
import Studies

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a study from checkpoints to the finished report.",
    discussion: """
      Imports the models, compares every pair, fits and scores the maps, carries the steering vectors over and \
      validates them. Finished steps are kept beside the report and reused; a killed run goes on where it was.

      Example: sextant run reports/demo/study.yaml
      """)

  @Argument(help: "The study file (YAML).")
  var study: String

  @OptionGroup var folders: FolderOptions

  func run() throws {
    let study = try Study.load(self.study)
    let runner = StudyRunner(study, folders: folders.studyFolders, catalog: try folders.loadCatalog()) {
      line in
      FileHandle.standardError.write(Data("sextant: \(line)\n".utf8))
    }
    let results = try runner.run()
    print(try writeReport(results, of: study, in: runner.reportFolder).path)
  }
}

/// Where models, alignments and reports live.
struct FolderOptions: ParsableArguments {
  @Option(help: "Folder of checkpoints and imported stores.")
  var models = "models"
  @Option(help: "Folder of alignments and carried vectors.")
  var alignments = "alignments"
  @Option(help: "Folder of reports.")
  var reports = "reports"
  @Option(help: "Catalog of models.")
  var catalog = "models/catalog.yaml"

  var studyFolders: StudyFolders {
    var folders = StudyFolders()
    folders.models = models
    folders.alignments = alignments
    folders.reports = reports
    return folders
  }

  func loadCatalog() throws -> Catalog { try Catalog.load(path: catalog) }
}
