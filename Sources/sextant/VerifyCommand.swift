import ArgumentParser
import Workflow

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read a file whole and check that it is as it was written.",
    discussion: """
      Stores and alignments are compared with the SHA-256 of each dataset; of other files the structure is checked \
      and the SHA-256 printed. Exit code 3 when the file is damaged.

      Example:
        sextant verify smollm2-135m
        sextant verify carried.safetensors
      """)

  @Argument(help: .fileOrModel) var file: String
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    print("\(file): \(try FileView.verify(model.file(file, Console(verbosity))))")
  }
}
