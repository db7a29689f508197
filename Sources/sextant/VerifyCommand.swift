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
        sextant verify models/smollm2-135m.h5
      """)

  @Argument(help: "The file.") var file: String
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws { print("\(file): \(try FileView.verify(DataFolder.current.found(file)))") }
}
