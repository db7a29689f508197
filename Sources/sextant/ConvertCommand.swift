import ArgumentParser
import Stores

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a store, map or neighbour graph anew in the present format.",
    discussion: """
      For files of an older version, whose text lies in the file without checksums, and for files that another program has \
      opened for writing and so robbed of their seal. Every number and every string is held against the digest that was \
      written with it; the content's hash stays the same, so maps and graphs of a converted store still fit. \
      The digests and what the file says of its origin are trusted, and anyone can write those: convert files from people that \
      you know. An element that the format does not have is an error, since it would be lost. Without \
      --output the file itself is replaced, whole or not at all. Prints the path.

      Example:
        sextant convert models/old.h5 -o models/new.h5
      """)

  @Argument(help: "The file.") var file: String
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write to this file; the old one stays.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let path = output?.path ?? file
    try StoreFile.convert(file, to: path)
    print(path)
  }
}
