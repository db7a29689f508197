import Foundation

/// Which files of a repository make the model.
///
/// Configuration, tokenizer and safetensors, in one file or in shards; or else one GGUF file, with all its parts; or else, where there is
/// nothing safer, `pytorch_model.bin`, of which nothing is run here (`TensorPickle`). Other pickles are not taken.
struct HubSelection: Sendable, Equatable {
  /// What is fetched before the weights; an index of shards is the last of them.
  var companions: [HubFile]
  var weights: [HubFile]
  /// The file that names the shards.
  var index: HubFile?
  /// The file that is the whole model: a GGUF, or any other that was asked for by name.
  var whole: HubFile?

  /// Beside safetensors, where they are there.
  static let companionNames = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model",
    "spiece.model", "vocab.json", "merges.txt", "vocab.txt", "added_tokens.json", "special_tokens_map.json",
    "chat_template.jinja", "chat_template.json", "modules.json", "1_Pooling/config.json",
    "sentence_bert_config.json", "config_sentence_transformers.json", "target_vocab.json", "source.spm",
    "target.spm",
  ]

  /// What transformers called weights before safetensors, and the index of its shards.
  private static let pickle = "pytorch_model.bin"
  private static let pickleIndex = pickle + ".index.json"

  private static let pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl"]

  /// - Parameter file: the file of weights that is wanted, by its name in the repository.
  init(_ listing: HubListing, file: String?, reference: HubReference) throws(HubError) {
    let names = listing.files.map(\.name)
    guard let file else {
      try self.init(model: listing, reference: reference)
      return
    }
    guard let wanted = listing[file] else {
      throw .noFile(reference: "\(reference)", name: file, files: Self.weights(in: names))
    }
    if file.hasSuffix(".safetensors") || file == Self.pickle {
      self.init(companions: Self.companions(of: listing), weights: [wanted])
    } else {
      try self.init(whole: wanted, listing, reference: reference)
    }
  }

  private init(companions: [HubFile], weights: [HubFile], index: HubFile? = nil, whole: HubFile? = nil) {
    (self.companions, self.weights, self.index, self.whole) = (companions, weights, index, whole)
  }

  private init(model listing: HubListing, reference: HubReference) throws(HubError) {
    let top = listing.files.filter { !$0.name.contains("/") }
    let companions = Self.companions(of: listing)
    if listing["adapter_config.json"] != nil, listing["config.json"] == nil {
      throw .noWeights(
        reference: "\(reference)", found: "an adapter (LoRA) alone",
        hint: "fetch the model that it is of, or one that it was merged into")
    }
    if let single = listing["model.safetensors"] {
      self.init(companions: companions, weights: [single])
      return
    }
    let indices = top.filter { $0.name.hasSuffix(".safetensors.index.json") }
    if let index = listing["model.safetensors.index.json"] ?? (indices.count == 1 ? indices[0] : nil) {
      self.init(companions: companions + [index], weights: [], index: index)
      return
    }
    let tensors = top.filter { $0.name.hasSuffix(".safetensors") }
    if tensors.count == 1 {
      self.init(companions: companions, weights: tensors)
      return
    }
    let models = listing.files.filter {
      $0.name.hasSuffix(".gguf") && (GGUFPartName($0.name)?.number ?? 1) == 1
    }
    if tensors.isEmpty, models.count == 1 {
      try self.init(whole: models[0], listing, reference: reference)
      return
    }
    if tensors.isEmpty, models.isEmpty, let pickle = listing[Self.pickle] {
      self.init(companions: companions, weights: [pickle])
      return
    }
    if tensors.isEmpty, models.isEmpty, let index = listing[Self.pickleIndex] {
      self.init(companions: companions + [index], weights: [], index: index)
      return
    }
    throw Self.fault(listing, tensors + models, reference)
  }

  /// The pickle that is fetched for want of anything safer, or the index of several.
  var pickle: HubFile? { (weights + companions).first { [Self.pickle, Self.pickleIndex].contains($0.name) } }

  /// What the names of shards end with.
  var shardEnding: String { index?.name == Self.pickleIndex ? ".bin" : ".safetensors" }

  /// Why there is no one file to take.
  private static func fault(_ listing: HubListing, _ several: [HubFile], _ reference: HubReference)
    -> HubError
  {
    guard several.isEmpty else {
      return .severalFiles(
        reference: "\(reference)",
        files: several.map { file in
          file.name + (file.size.map { " (\($0 / 1_000_000) MB)" } ?? "")
        })
    }
    let pickled = listing.files.map(\.name).filter { name in pickles.contains(where: name.hasSuffix) }
    return .noWeights(
      reference: "\(reference)",
      found: pickled.isEmpty
        ? "neither safetensors nor GGUF among its \(listing.files.count) files"
        : "weights as pickles only: \(pickled.prefix(4).joined(separator: ", "))",
      hint: "name another revision or repository of the model, or one of its files with --file")
  }

  private static func companions(of listing: HubListing) -> [HubFile] {
    companionNames.compactMap { listing[$0] }
  }

  /// What could be named with `--file`.
  private static func weights(in names: [String]) -> [String] {
    let weights = names.filter { $0.hasSuffix(".gguf") || $0.hasSuffix(".safetensors") }
    return weights.isEmpty ? names : weights
  }

  // MARK: - Parts

  /// One file that is the whole model, and the other parts of a split GGUF.
  private init(whole: HubFile, _ listing: HubListing, reference: HubReference) throws(HubError) {
    guard let part = GGUFPartName(whole.name) else {
      self.init(companions: [], weights: [whole], whole: whole)
      return
    }
    var parts: [HubFile] = []
    for number in 1...part.count {
      let name = part.path(number)
      guard let file = listing[name] else {
        throw .noFile(reference: "\(reference)", name: name, files: [])
      }
      parts.append(file)
    }
    self.init(companions: [], weights: parts, whole: parts[0])
  }
}
