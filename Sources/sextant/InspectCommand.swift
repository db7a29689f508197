import ArgumentParser
import Reports
import StudyReports
import Workflow

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a file: its tree, shapes and metadata.",
    discussion: """
      Reads stores and alignments (HDF5), steering vectors and checkpoints (safetensors), control vectors and \
      checkpoints (GGUF). Only headers are read; a damaged or hostile file is an error that says where.

      Example:
        sextant inspect smollm2-135m
        sextant inspect carried.gguf --json
      """)

  @Argument(help: .fileOrModel) var file: String
  @Flag(help: "JSON instead of a tree.") var json = false
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let view = try FileView(model.file(file, Console(verbosity)))
    if json { print(view.json.text, terminator: "") } else { print(view.text) }
  }
}
