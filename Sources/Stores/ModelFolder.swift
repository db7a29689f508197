internal import Checkpoints
internal import Files
internal import Foundation

/// The models that lie in a folder: checkpoints of every kind, vectors with names, stores.
///
/// The parts of a GGUF model are one entry, and so is a folder of Hugging Face, the listed one itself or one in it. What cannot be read as the model
/// that its name promises is listed with the reason.
public struct ModelFolder: Sendable {
  /// A model that a folder holds.
  public struct Entry: Sendable {
    /// What its store would be called, or is.
    public let name: String
    /// Of a model in parts, the first.
    public let path: String
    /// What it is, in words: `GGUF in 3 parts`, `folder`, `store`, ….
    public let kind: String
    /// As the file says it; empty where it does not, or cannot be read.
    public let architecture: String
    /// The element types; empty where they cannot be read.
    public let quantisation: String
    /// Of all its files.
    public let bytes: Int
    /// Why it cannot be opened; nil where it can.
    public let fault: String?
  }

  /// Sorted by name, then path.
  public let entries: [Entry]

  /// Names that several entries have, where case does not count: each needs `--as` to be imported beside the other.
  public var sharedNames: Set<String> {
    Set(
      Dictionary(grouping: entries.filter { $0.kind != Self.storeKind }) { ModelName.folded($0.name) }
        .filter { $0.value.count > 1 }.keys)
  }

  private static let storeKind = "store"

  /// Cost: the headers of all files are parsed; vectors are told from their names and first bytes, not read.
  /// - Throws: `FileError.system` where the folder cannot be listed.
  public init(_ folder: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw FileError.system(path: folder, operation: "list", reason: error.localizedDescription)
    }
    if Self.isModel(names) {
      entries = [Self.checkpoint(folder, kind: "folder", files: names.map { "\(folder)/\($0)" })]
      return
    }
    var found: [Entry] = []
    var stems: Set<String> = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if let inner = try? FileManager.default.contentsOfDirectory(atPath: path) {
        if Self.isModel(inner) {
          found.append(Self.checkpoint(path, kind: "folder", files: inner.map { "\(path)/\($0)" }))
        }
      } else if let part = GGUFPartName(name) {
        guard stems.insert("\(part.stem) of \(part.count)").inserted else { continue }
        let parts = (1...part.count).map { "\(folder)/\(part.path($0))" }
        found.append(Self.checkpoint(path, kind: "GGUF in \(part.count) parts", files: parts))
      } else if name.hasSuffix(".gguf") {
        found.append(Self.checkpoint(path, kind: "GGUF", files: [path]))
      } else if name.hasSuffix(".safetensors") {
        // A vector or hidden states in such a file are no model.
        if (try? FileKind(path: path)) == .safetensors {
          found.append(Self.checkpoint(path, kind: "safetensors", files: [path]))
        }
      } else if name.hasSuffix(".h5") {
        if let store = try? EmbeddingStore.open(path) { found.append(Self.store(store)) }
      } else if Checkpoint.holdsVectors(path) {
        found.append(
          Entry(
            name: ModelName.of(path), path: path, kind: NamedRows.architecture,
            architecture: NamedRows.architecture,
            quantisation: "", bytes: Self.bytes([path]), fault: nil))
      }
    }
    entries = found.sorted { ($0.name, $0.path) < ($1.name, $1.path) }
  }

  /// Whether a folder of these files is a model of Hugging Face.
  private static func isModel(_ names: [String]) -> Bool {
    let weights = names.contains {
      $0.hasSuffix(".safetensors") || $0.hasSuffix(".index.json") || $0 == "pytorch_model.bin"
    }
    return weights && names.contains("config.json") || names.contains("model.safetensors")
  }

  private static func checkpoint(_ path: String, kind: String, files: [String]) -> Entry {
    let name = ModelName.of(path)
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint.open(path)
      return Entry(
        name: name, path: path, kind: kind, architecture: checkpoint.architecture,
        quantisation: checkpoint.quantisation, bytes: bytes(files), fault: nil)
    } catch {
      return Entry(
        name: name, path: path, kind: kind, architecture: "", quantisation: "", bytes: bytes(files),
        fault: error.description)
    }
  }

  private static func store(_ store: EmbeddingStore) -> Entry {
    Entry(
      name: ModelName.of(store.path), path: store.path, kind: storeKind,
      architecture: store.provenance.architecture,
      quantisation: store.provenance.quantisation, bytes: bytes([store.path]), fault: nil)
  }

  private static func bytes(_ paths: [String]) -> Int {
    paths.reduce(0) { sum, path in
      let target = URL(filePath: path).resolvingSymlinksInPath().path
      let size = (try? FileManager.default.attributesOfItem(atPath: target)[.size] as? NSNumber)?.intValue
      return sum + (size ?? 0)
    }
  }
}
