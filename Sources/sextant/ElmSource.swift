import ArgumentParser
import ELM
import Stores

extension ArgumentHelp {
  /// What commands say of an embedding language model.
  static let elm: ArgumentHelp =
    "The embedding language model: its name in the models folder, or the path of its file."
}

/// What an embedding language model is made of, where it is called otherwise now.
struct ElmSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The language model, where it is called otherwise now (default: the name that the file has).",
      valueName: "model"))
  var model: String?
  @Option(
    help: ArgumentHelp(
      "The domain, where it is called otherwise now (default: the name that the file has).",
      valueName: "domain"))
  var domain: String?

  /// - Throws: as `ElmFile.open`; `StoreError.misfit` for another language model.
  func open(_ name: String, _ folders: ModelOptions, _ console: Console) throws -> OpenedElm {
    console.progress("loading \(name)")
    let file = try ElmFile.open(name, in: folders.models, domain: domain)
    let loaded = try LensModel(model ?? file.record.model.name, folders, console)
    return OpenedElm(file: file, model: try file.loaded(on: loaded.model, loaded.identity))
  }
}

/// An embedding language model in memory, with what it was trained on.
struct OpenedElm {
  let file: ElmFile
  let model: EmbeddingLanguageModel
}
