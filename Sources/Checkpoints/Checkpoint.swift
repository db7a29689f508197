import Files
import Foundation
public import Tensors
public import Tokenizers

/// A model's files, opened for reading: tensors by GGUF's names, metadata, configuration, tokenizer.
///
/// Nothing is read before it is asked for; tensors stay mapped in their file's element type.
public struct Checkpoint: Sendable {
  enum Source: Sendable {
    case gguf(GGUFFile)
    case folder(HuggingFaceFolder)
    case vectors(NamedRows)
  }

  let source: Source
  /// The file or folder that was opened.
  public let path: String
  /// Of a GGUF file, the tensor that somebody has named as the input embedding.
  private var embeddingName: String?

  init(source: Source, path: String) { (self.source, self.path) = (source, path) }

  /// Opens a GGUF file or any part of one, a safetensors file, an archive of `torch.save`, or a Hugging Face folder.
  ///
  /// The kind is told from the content: a folder, the magic `GGUF`, or the header of a safetensors file.
  /// - Throws: `CheckpointError` naming the first thing that is wrong and where, or what the file is instead.
  public static func open(_ path: String) throws(CheckpointError) -> Checkpoint {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists && isFolder.boolValue {
      return Checkpoint(source: .folder(try HuggingFaceFolder(path: path)), path: path)
    }
    var kind = try FileKind(path: path)
    if kind == .zippedPickle {
      return Checkpoint(source: .folder(try HuggingFaceFolder(path: path)), path: path)
    }
    if FileKind.isPickle(named: path), [.unknown, .zip, .empty].contains(kind) { kind = .pickle }
    if kind == .safetensors || kind == .unknown && path.hasSuffix(".safetensors") {
      return Checkpoint(source: .folder(try HuggingFaceFolder(path: path)), path: path)
    }
    guard [.gguf, .unknown].contains(kind) else {
      throw .otherKind(path: path, expected: FileKind.models, kind)
    }
    let file = try GGUFFile.open(path)
    return Checkpoint(source: .gguf(file), path: file.parts.count > 1 ? file.file.path : path)
  }

  /// What the model calls itself, or the name of its file.
  public var name: String { metadata["general.name"]?.string ?? fileName }

  /// The last component of the path; of a snapshot in the Hugging Face cache, the repository.
  private var fileName: String {
    let components = path.split(separator: "/")
    if let repository = components.last(where: { $0.hasPrefix("models--") }) {
      return String(repository.dropFirst("models--".count)).replacing("--", with: "/")
    }
    return components.last.map(String.init) ?? path
  }

  /// `llama`, `qwen2`, `gemma3`, …, or "unknown".
  public var architecture: String {
    switch source {
    case .gguf(let file): file.metadata["general.architecture"]?.string ?? "unknown"
    case .folder(let folder): folder.architecture
    case .vectors: NamedRows.architecture
    }
  }

  /// What is known of the architecture.
  public var family: ModelFamily { .named(architecture) }

  /// The file's element types: its own name for the mixture and the types that occur, as `Q4_K_M (F32 Q4_K Q6_K)`.
  public var quantisation: String {
    switch source {
    case .gguf(let file):
      let types = Set(file.tensors.map(\.typeName)).sorted().joined(separator: " ")
      guard let number = file.metadata["general.file_type"]?.integer, let name = GGMLType.fileTypeName(number)
      else { return types }
      return "\(name) (\(types))"
    case .folder(let folder):
      return Set(folder.files.flatMap { $0.tensors.map(\.typeName) }).sorted().joined(separator: " ")
    case .vectors(let vectors): return vectors.rows.type.name
    }
  }

  /// Whether the tokenizer lies in a file of its own, which `sha256` does not cover.
  public var hasCompanionTokenizer: Bool { if case .folder = source { true } else { false } }

  public var metadata: [String: MetadataValue] {
    switch source {
    case .gguf(let file): file.metadata
    case .folder(let folder): folder.metadata
    case .vectors: [:]
    }
  }

  /// In the order of the file.
  public var tensorNames: [String] {
    switch source {
    case .gguf(let file): file.tensors.map(\.name)
    case .folder(let folder): folder.tensorNames
    case .vectors(let vectors): [vectors.rows.name]
    }
  }

  /// Whether `tensor(name)` would find something.
  public func contains(_ name: String) -> Bool {
    switch source {
    case .gguf(let file): file.info(name) != nil
    case .folder(let folder): folder.info(name) != nil
    case .vectors(let vectors): name == vectors.rows.name
    }
  }

  /// A tensor by its GGUF name, such as `token_embd.weight` or `blk.0.attn_q.weight`.
  /// - Throws: when it is missing or its element type is not read by this version.
  public func tensor(_ name: String) throws(CheckpointError) -> PackedMatrix {
    switch source {
    case .gguf(let file): try file.tensor(name)
    case .folder(let folder): try folder.tensor(name)
    case .vectors(let vectors):
      if name == vectors.rows.name { vectors.rows } else { throw NamedRows.noDecoder(path) }
    }
  }

  /// What was taken for the embedding where names do not tell, a sentence each; empty for most.
  public var remarks: [String] {
    switch source {
    case .gguf: []
    case .folder(let folder): folder.remarks
    case .vectors(let vectors): vectors.remarks
    }
  }

  /// The same checkpoint with another tensor as its input embedding, by its name in the file.
  /// - Throws: with those that it could be, when there is no such tensor.
  public func taking(embedding name: String) throws(CheckpointError) -> Checkpoint {
    switch source {
    case .gguf(let file):
      guard file.info(name) != nil else {
        throw .missing(path: path, what: "tensor \(name)", hint: file.embeddingCandidates)
      }
      var checkpoint = self
      checkpoint.embeddingName = name
      return checkpoint
    case .folder(let folder):
      return Checkpoint(source: .folder(try folder.taking(embedding: name)), path: path)
    case .vectors:
      throw .unsupported(
        path: path, what: "another embedding in vectors with names", actual: name,
        supported: "FILE:NAME, which names the array")
    }
  }

  /// The input embedding E, [vocabulary x d_model].
  public var inputEmbedding: PackedMatrix {
    get throws(CheckpointError) {
      let name = embeddingName ?? "token_embd.weight"
      if case .gguf(let file) = source, file.info(name) == nil {
        throw .missing(
          path: path, what: "the embedding",
          hint: file.embeddingCandidates + "; say which with `sextant import --tensor NAME`")
      }
      return try tensor(name)
    }
  }

  /// The unembedding U, [vocabulary x d_model]; `nil` when it is tied to the input embedding, or when the model was
  /// saved without one.
  /// - Throws: when a language model has one of its own that is not here.
  public var unembedding: PackedMatrix? {
    get throws(CheckpointError) {
      if case .folder(let folder) = source {
        if folder.tiesEmbeddings == true { return nil }
        if isUntiedWithoutHead, !folder.isHeadless { throw missingUnembedding }
      }
      return contains("output.weight") ? try tensor("output.weight") : nil
    }
  }

  /// Whether `config.json` says that the unembedding is a matrix of its own, which is not here.
  private var isUntiedWithoutHead: Bool {
    guard case .folder(let folder) = source else { return false }
    return folder.tiesEmbeddings == false && !contains("output.weight")
  }

  private var missingUnembedding: CheckpointError {
    .missing(
      path: path, what: "lm_head.weight",
      hint: "config.json says that it is not the input embedding (tie_word_embeddings is false)")
  }

  /// The matrix that gives logits, `nil` when it is the input embedding.
  /// - Throws: when the checkpoint says that it is neither the input embedding nor here.
  public var logitMatrix: PackedMatrix? {
    get throws(CheckpointError) {
      if isUntiedWithoutHead { throw missingUnembedding }
      return try unembedding
    }
  }

  /// Shape and constants of the decoder.
  /// - Throws: for a file that does not say them (an embedding table alone, say), or that is of an architecture which says
  ///   them in another way than those that inference runs.
  public var configuration: ModelConfiguration {
    get throws(CheckpointError) {
      switch source {
      case .gguf(let file):
        try GGUFConfigurationReader(file: file, family: family).configuration()
      case .folder(let folder): try folder.configuration
      case .vectors: throw NamedRows.noDecoder(path)
      }
    }
  }

  /// - Throws: where inference does not run models of this architecture, or the files name none.
  public func requireRunnable() throws(CheckpointError) {
    guard !family.isRun || family.isEncoder else { return }
    if isVectorsAlone { throw NamedRows.noDecoder(path) }
    // Files that name no architecture say what they lack.
    if architecture == "unknown" { _ = try configuration }
    throw .unsupportedArchitecture(architecture, path: path)
  }

  /// - Throws: where it is no encoder of sentences in a folder.
  public func requireEncoder() throws(CheckpointError) {
    guard family.isEncoder, case .folder = source else {
      let names = ModelFamily.known.filter(\.isEncoder).map(\.name).sorted()
      throw .unsupported(
        path: path, what: "an encoder of the architecture",
        actual: family.isEncoder ? "\(architecture) as GGUF" : architecture,
        supported: names.joined(separator: ", ") + ", as Hugging Face folders")
    }
  }

  /// How an encoder makes one vector of a text, as sentence-transformers' files beside the model say.
  /// - Throws: where they say nothing, or what is not computed.
  public func sentencePooling() throws(CheckpointError) -> SentencePooling {
    if case .folder(let folder) = source,
      let pooling = try SentencePoolingReader(folder: folder).pooling()
    {
      return pooling
    }
    throw .missing(
      path: path, what: "modules.json",
      hint: "it says how tokens become one vector; say it with `sextant encode --pooling mean`")
  }

  /// The tokenizer that the checkpoint carries.
  /// - Throws: when there is none, or one whose rules are not known.
  public func tokenizerDefinition() throws(CheckpointError) -> TokenizerDefinition {
    switch source {
    case .gguf(let file): try GGUFTokenizerReader(file: file).definition()
    case .folder(let folder): try HuggingFaceTokenizerReader(folder: folder).definition()
    case .vectors: throw NamedRows.noDecoder(path)
    }
  }

  /// SHA-256 of the file; of a sharded checkpoint, of the `sha256sum` listing of its shards.
  /// Cost: reads all of it.
  public func sha256() -> String {
    switch source {
    case .gguf(let file): sha256OfFiles(file.parts)
    case .folder(let folder): folder.sha256()
    case .vectors(let vectors): vectors.sha256()
    }
  }
}
