import ArgumentParser
import Checkpoints
import Files
import Foundation
import Reports
import Stores

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List, fetch and verify the models of the catalog.",
    discussion: """
      The catalog names each model's sources, size and SHA-256. A fetched file is checked against both, whichever \
      source it came from. The program has a catalog of its own; catalog.yaml in the folder of models takes its place.

      Example:
        sextant models fetch smollm2-135m
      """,
    subcommands: [List.self, Fetch.self, Verify.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the known models and whether their files are there, or the models of a folder.",
      discussion: """
        Of the catalog's models the files are not read; `sextant models verify` does that. With FOLDER, what lies in it: \
        GGUF, one entry for all parts of a model, safetensors, folders of Hugging Face, vectors with names, stores; what \
        cannot be opened with the reason, and names that two of them share.

        Example:
          sextant models list
          sextant models list models
        """)

    @Argument(help: "A folder with models.") var contents: String?
    @OptionGroup var model: ModelOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var verbosity: VerbosityOptions

    func run() throws {
      if let contents {
        let found = ModelsFolderTable(folder: contents, models: try ModelFolder(contents))
        return try format.emit([found.table]) { found.json.text }
      }
      let catalog = try model.loadCatalog()
      func isPresent(_ entry: CatalogEntry) -> Bool {
        FileManager.default.fileExists(atPath: "\(model.models)/\(entry.file)")
      }
      let table = Table(
        "Models of \(catalog.source); files in \(model.models).",
        columns: [
          .init("id"), .init("family"), .init("size", unit: "MB", .integer), .init("licence"), .init("here"),
          .init("what"),
        ],
        rows: catalog.entries.map {
          [
            .text($0.id), .text($0.family), .integer($0.size / 1_000_000), .text($0.licence),
            .text(isPresent($0) ? "yes" : "no"), .text($0.what),
          ]
        })
      try format.emit([table]) {
        JSONValue.array(
          catalog.entries.map { entry in
            [
              "id": .string(entry.id), "family": .string(entry.family), "what": .string(entry.what),
              "licence": .string(entry.licence), "file": .string(entry.file), "bytes": .integer(entry.size),
              "sha256": .string(entry.sha256), "present": .boolean(isPresent(entry)),
            ]
          }
        ).text
      }
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch a model of the catalog or of the Hugging Face hub, and check it.",
      discussion: """
        A model of the catalog lands in the folder of models. One of the hub lands in the cache of Hugging Face's tools: its \
        configuration, tokenizer and safetensors, or its one GGUF file, or, where there is neither, pytorch_model.bin, of \
        which nothing is run here; org/name stands for it from then on. What comes is compared with the size and the hash that the hub lists. An interrupted fetch goes on where it was. Prints the path.

        HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, HF_HUB_CACHE and HF_HOME count as for Hugging Face's own tools. The \
        downloads are curl's, so https_proxy and SSL_CERT_FILE count as well.

        Example:
          sextant models fetch gemma-3-270m --accept-licence
          sextant models fetch HuggingFaceTB/SmolLM2-135M
          sextant models fetch Qwen/Qwen2.5-0.5B-Instruct-GGUF --file qwen2.5-0.5b-instruct-q4_k_m.gguf
        """)

    @Argument(
      help: "The model's id in the catalog, or org/name of the hub, with @revision for another than main.")
    var id: String
    @Option(
      help: ArgumentHelp(
        "The file of weights that is wanted, where a repository of the hub has several.", valueName: "name"))
    var file: String?
    @Flag(help: "Accept the model's terms, where it has any; they are printed first.") var acceptLicence =
      false
    @OptionGroup var model: ModelOptions
    @OptionGroup var verbosity: VerbosityOptions

    func run() throws {
      let console = Console(verbosity)
      let catalog = try model.loadCatalog()
      if let entry = catalog[id] {
        guard file == nil else {
          throw ValidationError(
            "--file chooses among the files of a repository; \(id) is a model of the catalog")
        }
        print(try model.fetch(entry, acceptingLicence: acceptLicence, console))
      } else if id.contains("/") {
        print(try fetchFromHub(console))
      } else {
        throw ValidationError(unknownModel(id, among: catalog.entries.map(\.id)))
      }
    }

    private func fetchFromHub(_ console: Console) throws -> String {
      let reference = try HubReference(id)
      let fetcher = try HubFetcher()
      ProgressDisplay.shared.keeps(in: fetcher.workFolder(of: reference))
      return try fetcher.fetch(
        reference, file: file, acceptingLicence: acceptLicence, progress: console.show)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the files of fetched models against their hashes.",
      discussion: """
        Without MODEL, size and SHA-256 of every model of the catalog that was fetched; those that were not are no failure. Of \
        org/name in the Hugging Face cache, each file of the snapshot is held against the hash that its blob is called by: \
        SHA-256 of large files, git's SHA-1 of small ones. Nothing is asked of the hub. Exit code 1 when a file is not what \
        its hash says; the file to delete is named.

        Example:
          sextant models verify
          sextant models verify HuggingFaceTB/SmolLM2-135M
        """)

    @Argument(
      help: ArgumentHelp(
        "A model's id in the catalog, or org/name in the Hugging Face cache, with @revision for another than main.",
        valueName: "model"))
    var id: String?
    @OptionGroup var model: ModelOptions
    @OptionGroup var verbosity: VerbosityOptions

    func run() throws {
      let catalog = try model.loadCatalog()
      if let id, catalog[id] == nil {
        guard id.contains("/") else {
          throw ValidationError(unknownModel(id, among: catalog.entries.map(\.id)))
        }
        return try verify(try HubReference(id))
      }
      var failed = false
      for (entry, result) in try catalog.verify(folder: model.models)
      where id == nil || entry.id == id {
        let remedy = "delete it and fetch it again"
        switch result {
        case .absent: print("\(entry.id): not fetched")
        case .intact: print("\(entry.id): intact")
        case .wrongSize(let expected, let actual):
          print("\(entry.id): DAMAGED: \(entry.file) has \(actual) bytes, expected \(expected); \(remedy)")
          failed = true
        case .wrongHash(let expected, let actual):
          print("\(entry.id): DAMAGED: \(entry.file) has SHA-256 \(actual), expected \(expected); \(remedy)")
          failed = true
        }
      }
      if failed { throw ExitStatus.checkFailed }
    }

    /// One file a line.
    private func verify(_ reference: HubReference) throws {
      let check = try SnapshotCheck(reference, in: HuggingFaceCache())
      var failed = false
      for file in check.files {
        switch file.state {
        case .intact(let hash): print("\(file.name): intact (\(hash))")
        case .unnamed: print("\(file.name): not compared: it is no link to a blob, and nothing says its hash")
        case .unreadable(let reason):
          print("\(file.name): MISSING: \(reason); `sextant models fetch \(reference)` fetches it again")
          failed = true
        case .damaged(let path, let hash, let expected, let actual):
          print(
            "\(file.name): DAMAGED: \(path) has \(hash) \(actual), expected \(expected); delete it, and "
              + "`sextant models fetch \(reference)` fetches it again")
          failed = true
        }
      }
      if failed { throw ExitStatus.checkFailed }
    }
  }
}

/// What is said of a name that neither the catalog has nor a repository of the hub can have.
private func unknownModel(_ id: String, among ids: [String]) -> String {
  ids.isEmpty
    ? "there is no catalog here: name the file with --catalog, or the folder of catalog.yaml with --models"
    : "the catalog has no \(id), but \(ids.joined(separator: ", ")); models of the Hugging Face hub are called org/name"
      + suggestion(for: id, among: ids)
}

extension ModelOptions {
  /// Fetches a model into the folder of models, with progress, and returns the path of its file.
  func fetch(_ entry: CatalogEntry, acceptingLicence: Bool, _ console: Console) throws -> String {
    sayFolder(console)
    ProgressDisplay.shared.keeps(in: "\(models)/.fetch-\(entry.id)")
    return try ModelFetcher().fetch(
      entry, into: models, acceptingLicence: acceptingLicence, progress: console.show)
  }
}

extension Console {
  /// Shows what a fetch is doing.
  func show(_ progress: FetchProgress) {
    switch progress {
    case .note(let text): Console.error(text)
    case .downloading(let what, let part, let parts):
      self.progress("fetch/\(what)" + (parts > 1 ? " (\(part) of \(parts))" : ""))
    case .joining(let part, let parts): self.progress("join/part \(part) of \(parts)")
    case .checking: self.progress("check/SHA-256")
    }
  }
}
