public import Checkpoints
internal import Files
public import Reports
internal import Steering
public import Stores
internal import Tensors

/// What is in a file of any kind that Sextant reads: told from its first bytes, never from its name.
public enum FileView: Sendable {
  case store(FileDescription)
  case gguf(GGUFFile)
  case safetensors(SafetensorsFile)

  /// Opens the file and checks its structure; no tensor is read.
  /// - Throws: `FileError`, `StoreError` or `CheckpointError` with the first thing that is wrong.
  public init(_ path: String) throws {
    let kind = FileKind(try Self.beginning(of: path))
    switch kind {
    case .hdf5: self = .store(try StoreFile.inspect(path))
    case .gguf, .controlVector: self = .gguf(try GGUFFile(path: path))
    case .safetensors, .steeringVector: self = .safetensors(try SafetensorsFile(path: path))
    case .unknown, .empty:
      if path.hasSuffix(".gguf") {
        self = .gguf(try GGUFFile(path: path))
      } else if path.hasSuffix(".h5") {
        self = .store(try StoreFile.inspect(path))
      } else {
        self = .safetensors(try SafetensorsFile(path: path))
      }
    default:
      throw FileError.otherKind(path: path, expected: "a store, a GGUF or a safetensors file", kind)
    }
  }

  private static func beginning(of path: String) throws -> [UInt8] {
    let file = try FileReader(path: path)
    return try file.bytes(at: 0, count: min(4096, file.count))
  }

  /// Reads everything and checks what can be checked: digests of stores, the vector of a vector file, and that
  /// every tensor of a checkpoint lies inside the file.
  /// - Returns: what was checked, in words.
  public static func verify(_ path: String) throws -> String {
    switch try FileView(path) {
    case .store:
      try StoreFile.verify(path)
      return "store intact: every dataset has the SHA-256 that was written with it"
    case .gguf(let file):
      if file.metadata["general.architecture"]?.string == "controlvector" {
        let vectors = try VectorFile.readAll(path)
        return "control vector intact: \(vectors.count) directions; SHA-256 \(file.file.sha256())"
      }
      return
        "GGUF intact: \(file.tensors.count) tensors lie where the header says; SHA-256 \(file.file.sha256())"
    case .safetensors(let file):
      if file.metadata["format"]?.hasPrefix("sextant-steering-vector") == true {
        let vector = try VectorFile.read(path)
        return
          "steering vector intact: \(vector.direction.count) finite numbers; SHA-256 \(file.file.sha256())"
      }
      return "safetensors intact: \(file.tensors.count) tensors fill the file; SHA-256 \(file.file.sha256())"
    }
  }

  /// A tree in text: metadata, then tensors.
  public var text: String {
    switch self {
    case .store(let description): return description.description
    case .gguf(let file):
      let tensors = file.tensors.map { tensor in
        "  \(TerminalText.line(tensor.name))  \(tensor.typeName)  \(shape(tensor.dimensions.reversed()))"
      }
      return
        (["\(file.file.path)  GGUF \(file.version), \(file.file.count) bytes", "metadata"]
        + pairs(file.metadata.mapValues(\.summary)) + ["tensors"] + tensors).joined(separator: "\n")
    case .safetensors(let file):
      let tensors = file.tensors.map { "  \(TerminalText.line($0.name))  \($0.typeName)  \(shape($0.shape))" }
      return
        (["\(file.file.path)  safetensors, \(file.file.count) bytes", "metadata"] + pairs(file.metadata)
        + ["tensors"] + tensors).joined(separator: "\n")
    }
  }

  /// The same for programs.
  public var json: JSONValue {
    switch self {
    case .store(let description):
      let elements = description.elements.map { element -> JSONValue in
        [
          "path": .string(element.path), "type": element.type.map { .string($0) } ?? .null,
          "shape": .array(element.shape.map { .integer($0) }),
          "attributes": .object(element.attributes.mapValues { .string("\($0)") }),
        ]
      }
      return ["kind": "store", "bytes": .integer(description.byteCount), "elements": .array(elements)]
    case .gguf(let file):
      return [
        "kind": "gguf", "bytes": .integer(file.file.count),
        "metadata": .object(file.metadata.mapValues { .string($0.summary) }),
        "tensors": .array(file.tensors.map { tensor($0.name, $0.typeName, $0.dimensions.reversed()) }),
      ]
    case .safetensors(let file):
      return [
        "kind": "safetensors", "bytes": .integer(file.file.count),
        "metadata": .object(file.metadata.mapValues { .string($0) }),
        "tensors": .array(file.tensors.map { tensor($0.name, $0.typeName, $0.shape) }),
      ]
    }
  }

  private func tensor(_ name: String, _ type: String, _ shape: [Int]) -> JSONValue {
    ["name": .string(name), "type": .string(type), "shape": .array(shape.map { .integer($0) })]
  }

  private func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }

  /// Strings of files are untrusted: made visible, cut to one line.
  private func pairs(_ metadata: [String: String]) -> [String] {
    metadata.sorted { $0.key < $1.key }.map { key, value in
      let line = MarkdownText.visible(value, keepingLineBreaks: false)
      return "  \(TerminalText.line(key)) = \(line.count > 200 ? line.prefix(200) + "…" : line)"
    }
  }
}
