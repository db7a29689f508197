import ArgumentParser
import ELM
import Foundation
import Stores
import Transformers

struct ElmExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write LoRA for llama.cpp (GGUF), or the adapter as safetensors.",
    discussion: """
      What LoRA has learned becomes an adapter that llama.cpp loads; the pseudo-tokens of a vector cannot be given to llama.cpp, so it \
      shows what the model itself has learned. The adapter's file has its parameters, the mean and, as metadata, the scale, with which \
      any program makes pseudo-tokens of vectors (docs/files.md).

      Example:
        sextant elm export smollm2-135m.wordnet-glove --adapter adapter.safetensors
      """)

  @Argument(help: "The embedding language model: its name in the models folder, or the path of its file.")
  var elm: String
  @Option(
    help: ArgumentHelp("The GGUF file of LoRA.", valueName: "file"), transform: WritableFile.init)
  var lora: WritableFile?
  @Option(
    help: ArgumentHelp("The safetensors file of the adapter.", valueName: "file"),
    transform: WritableFile.init)
  var adapter: WritableFile?
  @Option(
    help: ArgumentHelp(
      "The language model, where it is called otherwise now (default: the name that the file has).",
      valueName: "model"))
  var model: String?
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard lora != nil || adapter != nil else {
      throw ValidationError("say what to write: --lora FILE.gguf, --adapter FILE.safetensors, or both")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    let elm = try folders.elm(elm, on: model, console)
    if let lora {
      try elm.writeLoRA(to: lora.path)
      print(lora.path)
    }
    if let adapter {
      try elm.writeAdapter(to: adapter.path)
      print(adapter.path)
    }
  }
}

extension ModelOptions {
  /// An embedding language model by its name in the models folder, or by the path of its file.
  ///
  /// - Parameter model: what its language model is called; nil for the name that the file has.
  func elm(_ name: String, on model: String?, _ console: Console) throws -> EmbeddingLanguageModel {
    let store = try ElmStore.open(ElmFile.path(of: name, in: models))
    let loaded = try LensModel(model ?? store.record.model.name, self, console)
    try store.requireFit(model: loaded.identity)
    return try EmbeddingLanguageModel(store.record, on: loaded.model)
  }
}
