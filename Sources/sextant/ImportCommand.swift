import ArgumentParser
import Checkpoints
import Foundation
import Stores
import Studies

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read a checkpoint's embeddings and tokens into a store.",
    discussion: """
      SOURCE is a catalog id, a GGUF or safetensors file, a Hugging Face folder, or org/name in the Hugging Face \
      cache. Only the embedding tensors and the vocabulary are read, so a model that cannot be run on text here can \
      be imported too. The store is an HDF5 file that other tools can open; it carries the source's SHA-256. Prints \
      its path; warns of what was taken for the embedding where its name does not tell.

      Example:
        sextant import smollm2-135m
        sextant import ./my-model.gguf --as mine
      """)

  @Argument(help: "The checkpoint.") var source: String
  @Option(name: .customLong("as"), help: "The store's name (default: the id, or the file's name).") var name:
    String?
  @Option(
    help: ArgumentHelp(
      "The tensor that is the input embedding, where names do not tell.", valueName: "tensor"))
  var embedding: String?
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let name, name.isEmpty || name.hasPrefix(".") || name.contains("/") {
      throw ValidationError("--as takes a plain name, not \"\(name)\"")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    var checkpoint = try model.checkpoint(source)
    if let embedding { checkpoint = try checkpoint.taking(embedding: embedding) }
    let isKnown = try model.loadCatalog()[source] != nil
    let fileName = URL(filePath: checkpoint.path).deletingPathExtension().lastPathComponent
    let name = self.name ?? (isKnown ? source : fileName)
    try model.makeFolder()
    console.progress("\(name): hashing \(checkpoint.path)")
    let hash = checkpoint.sha256()
    let path = "\(model.models)/\(name).h5"
    console.progress("\(name): writing \(path)")
    for remark in try importCheckpoint(checkpoint, name: name, hash: hash, to: path) {
      console.warning(remark)
    }
    print(path)
  }
}
