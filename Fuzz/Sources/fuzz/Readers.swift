import Checkpoints
import Foundation
import Steering
import Stores
import Studies
import Tokenizers

/// What is fuzzed: every reader of a file that may come from a stranger. `FUZZ_READER` chooses one.
enum Reader: String, CaseIterable {
  case gguf, safetensors, pytorch, vectors, tokenizer, store, study, contrast

  /// The name that the reader expects of its file.
  var fileName: String {
    switch self {
    case .gguf: "model.gguf"
    case .safetensors: "model.safetensors"
    case .pytorch: "model.bin"
    case .vectors: "vectors"
    case .tokenizer: "tokenizer.json"
    case .store: "store.h5"
    case .study: "study.yaml"
    case .contrast: "contrast.json"
    }
  }

  /// Reads the file as the tool's commands do. An error is a right answer; a trap, a leak or endless work is a find.
  func read(_ path: String) throws {
    switch self {
    case .gguf: try Self.checkpoint(path)
    case .safetensors, .pytorch: try Self.folder(of: path)
    case .vectors: try Self.vectors(path)
    case .tokenizer: try Self.tokenizer(beside: path)
    case .store: try Self.store(path)
    case .study: _ = try Study.load(path)
    case .contrast: _ = try ContrastSet.load(URL(filePath: path))
    }
  }

  private static func checkpoint(_ path: String) throws {
    let checkpoint = try Checkpoint.open(path)
    _ = try? checkpoint.configuration
    _ = try? checkpoint.inputEmbedding
    _ = try? checkpoint.unembedding
    for name in checkpoint.tensorNames {
      guard let tensor = try? checkpoint.tensor(name), tensor.rows > 0 else { continue }
      _ = tensor.selecting(rows: [0, tensor.rows - 1])
    }
    encode(with: try checkpoint.tokenizerDefinition())
  }

  /// Weights are read with the tokenizer beside them, whose vocabulary is padded to the rows of the embedding.
  private static func folder(of path: String) throws {
    let tokenizer = URL(filePath: path).deletingLastPathComponent().appending(path: "tokenizer.json")
    if !FileManager.default.fileExists(atPath: tokenizer.path) {
      let text =
        #"{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"#
      try Data(text.utf8).write(to: tokenizer)
    }
    try checkpoint(path)
  }

  /// HDF5 of other tools goes to its library, for trusted files alone.
  private static func vectors(_ path: String) throws {
    let head = try FileHandle(forReadingFrom: URL(filePath: path)).read(upToCount: 4) ?? Data()
    guard head != Data([0x89, 0x48, 0x44, 0x46]) else { return }
    _ = try NamedVectors.read(path)
  }

  /// `tokenizer.json` is read beside a model's weights.
  private static func tokenizer(beside path: String) throws {
    let weights = URL(filePath: path).deletingLastPathComponent().appending(path: "model.safetensors")
    if !FileManager.default.fileExists(atPath: weights.path) {
      try Data([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)).write(to: weights)
    }
    encode(with: try Checkpoint.open(weights.path).tokenizerDefinition())
  }

  private static func encode(with definition: TokenizerDefinition) {
    guard let tokenizer = try? Tokenizer(definition) else { return }
    _ = tokenizer.encode("Hello, wörld 123\n<|x|> a\u{301}", parsingSpecial: true)
  }

  private static func store(_ path: String) throws {
    let description = try StoreFile.verify(path)
    _ = description
    if let store = try? EmbeddingStore.open(path) {
      _ = try store.readTokens()
      _ = try store.readInput()
      _ = try store.readOutput()
    }
    _ = try? NeighbourStore.open(path).record
    _ = try? AlignmentStore.open(path).record
  }
}
