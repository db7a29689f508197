import Files
import Foundation
public import Tensors

/// A folder of safetensors files (or of archives of `torch.save`) with `config.json` and `tokenizer.json`, as Hugging Face stores models.
///
/// Tensors go by GGUF's names (`blk.0.attn_q.weight`); one that no table knows keeps its own. Where no table knows
/// the embedding, it is looked for (`EmbeddingSearch`), and `remarks` say what was taken.
public struct HuggingFaceFolder: Sendable {
  public let path: String
  let files: [any WeightFile]
  let config: JSON?
  public let architecture: String
  /// GGUF name → (file, name in it), in the order of the files.
  private var places: [String: (file: Int, name: String)]
  public let tensorNames: [String]
  /// What was taken for the embedding, where its name does not tell.
  private(set) var remarks: [String] = []

  /// Opens a folder, or one safetensors file with the companions that lie beside it.
  public init(path: String) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    self.path = exists && isFolder.boolValue ? path : (path as NSString).deletingLastPathComponent
    files =
      exists && isFolder.boolValue ? try Self.openWeights(in: path) : [try Checkpoints.openWeights(path)]
    let configPath = Self.join(self.path, "config.json")
    if FileManager.default.fileExists(atPath: configPath) {
      let root = try JSONReader.checkpoint(configPath)
      config = root
      // Embeddings can be read of a model of no known type; `configuration` throws for it.
      architecture =
        (try? HuggingFaceConfigurationReader(root, path: configPath).family.name) ?? "unknown"
    } else {
      config = nil
      architecture = "unknown"
    }
    (places, tensorNames) = try Self.index(files, names: TensorNames(.named(architecture)))
    findEmbeddings()
  }

  func hasFile(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: Self.join(path, name))
  }

  private static let embedding = "token_embd.weight"
  private static let unembedding = "output.weight"

  private var search: EmbeddingSearch {
    EmbeddingSearch(files: files, isTied: tiesEmbeddings == true, vocabularySize: vocabularySize)
  }

  /// Takes what is unambiguous where the tables of names know no embedding.
  private mutating func findEmbeddings() {
    guard places[Self.embedding] == nil else { return }
    let search = search
    guard let input = search.input() else { return }
    places[Self.embedding] = input.place
    remarks.append(input.remark)
    findHead()
  }

  /// The unembedding of the embedding that was taken; one that is another embedding's is none, as where a translator has a
  /// vocabulary for each language.
  private mutating func findHead() {
    guard let taken = places[Self.embedding], let shape = info(Self.embedding)?.shape else { return }
    if let head = info(Self.unembedding) {
      guard head.shape != shape, head.shape.count == 2,
        let other = search.other(than: taken, shape: head.shape)
      else { return }
      places[Self.unembedding] = nil
      let words = NamedShape(name: head.name, rows: head.shape[0], columns: head.shape[1]).words
      remarks.append("left out \(words), which is the unembedding of \(other)")
    } else if let output = search.output(shape: shape), output.place != taken {
      places[Self.unembedding] = output.place
      remarks.append(output.remark)
    }
  }

  /// The same folder with the tensor of this name in its files as the input embedding.
  func taking(embedding name: String) throws(CheckpointError) -> HuggingFaceFolder {
    guard let file = files.firstIndex(where: { $0.info(name) != nil }) else {
      throw .missing(path: path, what: "tensor \(name)", hint: search.candidates)
    }
    var folder = self
    // The head of the embedding that was taken first may not be this one's.
    folder.places = try Self.index(files, names: TensorNames(.named(architecture))).places
    folder.places[Self.embedding] = (file, name)
    folder.remarks = []
    folder.findHead()
    return folder
  }

  /// How many tokens there are: what `config.json` says, or else the entries of the tokenizer.
  private var vocabularySize: Int? {
    if let size = (config?["vocab_size"] ?? config?["text_config"]?["vocab_size"])?.integer { return size }
    let tokenizer = HuggingFaceTokenizerReader(folder: self)
    guard let model = try? JSONReader.checkpoint(tokenizer.path)["model"] else { return nil }
    return try? tokenizer.members(of: model).count
  }

  /// Rows of the embedding; 0 where there is none, or one without numbers, or one of more rows than bytes: the shape of a
  /// type that this version does not know is tied to nothing else.
  var embeddingRows: Int {
    guard let info = info(Self.embedding) else { return 0 }
    var rows = 1
    for dimension in info.shape.dropLast() {
      let (product, overflow) = rows.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return 0 }
      rows = product
    }
    return rows <= info.byteCount ? rows : 0
  }

  /// The tokens and their ids, where a file of its own has them: a decoder's own embedding may have its own.
  var vocabularyFile: String {
    let target = "target_vocab.json"
    let isDecoders = info(Self.embedding)?.name.contains("decoder.") == true
    return isDecoders && hasFile(target) ? target : "vocab.json"
  }

  /// The path of a file in a folder. A link of Hugging Face's cache that somebody copied as its text, as git and archives do
  /// where there are no links, is followed.
  static func join(_ folder: String, _ name: String) -> String {
    let path = folder.isEmpty ? name : folder + "/" + name
    let blobs = "../../blobs/"
    guard let link = try? TextInput.text(path, kind: "a link", limit: 100), link.hasPrefix(blobs),
      link.dropFirst(blobs.count).allSatisfy({ $0.isASCII && $0.isHexDigit })
    else { return path }
    let blob = folder + "/" + link
    return FileManager.default.fileExists(atPath: blob) ? blob : path
  }

  /// `model.safetensors`, or the shards of `model.safetensors.index.json`, or the only safetensors file.
  private static func openWeights(in folder: String) throws(CheckpointError) -> [any WeightFile] {
    let single = join(folder, "model.safetensors")
    if FileManager.default.fileExists(atPath: single) { return [try SafetensorsFile(path: single)] }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    if let index = names.filter({ $0.hasSuffix(".safetensors.index.json") }).only {
      return try openShards(join(folder, index), in: folder)
    }
    if names.contains("adapter_config.json") {
      throw .unsupported(
        path: folder, what: "a folder with", actual: "an adapter (LoRA) alone",
        supported: "whole models: merge it into its base with merge_and_unload() and save_pretrained()")
    }
    let others = names.filter { $0.hasSuffix(".safetensors") }
    if others.count == 1 { return [try SafetensorsFile(path: join(folder, others[0]))] }
    // Only where nothing else holds the weights.
    if others.isEmpty, let index = names.filter({ $0.hasSuffix(".bin.index.json") }).only {
      return try openShards(join(folder, index), in: folder, ending: ".bin")
    }
    let pickled = join(folder, "pytorch_model.bin")
    if others.isEmpty, names.contains("pytorch_model.bin"), try FileKind(path: pickled) == .zippedPickle {
      return [try PyTorchFile(path: pickled)]
    }
    try refuseOtherFiles(names, weights: others, in: folder)
    throw .missing(
      path: folder, what: "model.safetensors", hint: "nor is there an index of shards or a single other one")
  }

  /// Throws for a folder that holds weights in another form, saying which.
  private static func refuseOtherFiles(
    _ names: [String], weights: [String], in folder: String
  ) throws(CheckpointError) {
    func list(_ files: [String]) -> String {
      files.prefix(8).joined(separator: ", ") + (files.count > 8 ? ", …" : "")
    }
    if weights.count > 1 {
      throw .missing(
        path: folder, what: "model.safetensors.index.json",
        hint: "it says which of \(list(weights)) holds which tensor; give one of them, or the index")
    }
    let gguf = names.filter { $0.hasSuffix(".gguf") }
    if !gguf.isEmpty {
      throw .missing(
        path: folder, what: "model.safetensors",
        hint: "the folder holds GGUF: give \(list(gguf.map { join(folder, $0) }))")
    }
    if let pickle = names.first(where: FileKind.isPickle(named:)) {
      throw .otherKind(path: join(folder, pickle), expected: FileKind.models, .pickle)
    }
    let models = names.filter { name in
      ["config.json", "model.safetensors"].contains {
        FileManager.default.fileExists(atPath: join(join(folder, name), $0))
      }
    }
    if !models.isEmpty {
      throw .missing(
        path: folder, what: "model.safetensors",
        hint: "the folder holds folders of models: give \(list(models.map { join(folder, $0) }))")
    }
  }

  /// Which tensors an index of shards says that each file holds; the files lie beside it.
  static func shards(
    of index: String, ending: String = ".safetensors"
  ) throws(CheckpointError) -> [String: [String]] {
    guard let map = try JSONReader.checkpoint(index)["weight_map"]?.object, !map.isEmpty else {
      throw .missing(path: index, what: "\"weight_map\"", hint: "it says which file holds which tensor")
    }
    var wanted: [String: [String]] = [:]
    for member in map {
      guard let file = member.value.string, isPlainFileName(file), file.hasSuffix(ending) else {
        throw .malformed(
          path: index, offset: 0, what: "weight_map \(member.key)",
          expected: "the name of a file of \(ending) in the same folder",
          actual: member.value.string?.debugDescription ?? member.value.kind)
      }
      wanted[file, default: []].append(member.key)
    }
    return wanted
  }

  private static func openShards(
    _ index: String, in folder: String, ending: String = ".safetensors"
  ) throws(CheckpointError) -> [any WeightFile] {
    var files: [any WeightFile] = []
    for (name, tensors) in try shards(of: index, ending: ending).sorted(by: { $0.key < $1.key }) {
      let file = try Checkpoints.openWeights(join(folder, name))
      for tensor in tensors where file.info(tensor) == nil {
        throw .missing(path: join(folder, name), what: "tensor \(tensor)", hint: "\(index) says it is here")
      }
      files.append(file)
    }
    return files
  }

  private static func index(
    _ files: [any WeightFile], names: TensorNames
  ) throws(CheckpointError) -> (places: [String: (file: Int, name: String)], names: [String]) {
    var places: [String: (file: Int, name: String)] = [:]
    var ordered: [String] = []
    for (number, file) in files.enumerated() {
      for info in file.tensors {
        let name = names.gguf(info.name) ?? info.name
        guard places.updateValue((number, info.name), forKey: name) == nil else {
          throw .malformed(
            path: file.file.path, offset: 8, what: "tensor \(info.name)", expected: "one tensor for \(name)",
            actual: "a second one")
        }
        ordered.append(name)
      }
    }
    return (places, ordered)
  }

  func info(_ name: String) -> SafetensorsInfo? {
    guard let place = places[name] else { return nil }
    return files[place.file].info(place.name)
  }

  /// A tensor by its GGUF name.
  public func tensor(_ name: String) throws(CheckpointError) -> PackedMatrix {
    guard let place = places[name] else {
      throw .missing(
        path: path, what: name == Self.embedding ? "the embedding" : "tensor \(name)",
        hint: name == Self.embedding
          ? search.candidates + "; say which with `sextant import --tensor NAME`"
          : "the folder has \(tensorNames.count) others")
    }
    return try files[place.file].mappedTensor(place.name)
  }

  /// Whether `config.json` says that the unembedding is the input embedding; `nil` where it does not say.
  var tiesEmbeddings: Bool? {
    (config?["tie_word_embeddings"] ?? config?["text_config"]?["tie_word_embeddings"])?.bool
  }

  /// Whether the model was made with an unembedding: `LlamaModel`, say, is a `LlamaForCausalLM` without.
  var isHeadless: Bool {
    let names = (config?["architectures"]?.array ?? []).compactMap(\.string)
    return !names.isEmpty
      && !names.contains { $0.hasSuffix("LM") || $0.hasSuffix("Generation") || $0.hasSuffix("LMHeadModel") }
  }

  public var configuration: ModelConfiguration {
    get throws(CheckpointError) {
      let configPath = Self.join(path, "config.json")
      guard let config else {
        throw .missing(path: configPath, what: "the file", hint: "it describes the decoder")
      }
      let reader = try HuggingFaceConfigurationReader(config, path: configPath)
      let configuration = try reader.configuration(tensorCount: tensorNames.count)
      try reader.checkBiases { info($0) != nil }
      if let embedding = info("token_embd.weight"),
        embedding.shape != [configuration.vocabularySize, configuration.width]
      {
        throw .malformed(
          path: configPath, offset: 0, what: "vocab_size and hidden_size",
          expected: "\(embedding.shape), the shape of the embedding",
          actual: "[\(configuration.vocabularySize), \(configuration.width)]")
      }
      return configuration
    }
  }

  /// The scalars and strings of `config.json`, and the weights' own metadata as `safetensors.KEY`.
  public var metadata: [String: MetadataValue] {
    var metadata: [String: MetadataValue] = [:]
    for member in config?.object ?? [] {
      switch member.value {
      case .bool(let value): metadata[member.key] = .bool(value)
      case .integer(let value): metadata[member.key] = .signed(Int64(value))
      case .number(let value): metadata[member.key] = .float(value)
      case .string(let value): metadata[member.key] = .string(value)
      case .null, .array, .object: break
      }
    }
    for file in files {
      for (key, value) in file.metadata { metadata["safetensors." + key] = .string(value) }
    }
    return metadata
  }

  /// SHA-256 of the weights: of the file, or of the `sha256sum` listing of the shards.
  public func sha256() -> String { sha256OfFiles(files.map(\.file)) }
}

extension Collection {
  /// The element of a collection of one.
  var only: Element? { count == 1 ? first : nil }
}

/// Whether `name` can only be a file in the folder that it is used in.
func isPlainFileName(_ name: String) -> Bool {
  !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".")
    && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 || $0 == 0x7F }
}
