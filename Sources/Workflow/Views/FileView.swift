public import Checkpoints
internal import Files
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
      if file.metadata["format"] == SafetensorsActivations.format {
        try SafetensorsActivations.verify(file)
        return "activations intact: every tensor has the SHA-256 that was written with it"
      }
      return "safetensors intact: \(file.tensors.count) tensors fill the file; SHA-256 \(file.file.sha256())"
    }
  }
}
