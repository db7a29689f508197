import Files
public import Tensors

/// Where a tensor lies in a GGUF file, before anything of it is read.
public struct GGUFTensorInfo: Sendable, Equatable {
  public let name: String
  /// As in the file: `dimensions[0]` is the length of a row.
  public let dimensions: [Int]
  /// The ggml type number and its name.
  public let typeNumber: UInt32
  public let typeName: String
  /// From the start of the file.
  public let offset: Int
  public internal(set) var byteCount: Int
  /// Of a model in parts, which of them holds it, from 0.
  public internal(set) var part = 0
}

/// A GGUF file (version 2 or 3, little-endian), mapped and checked as a whole when it is opened.
///
/// Checked: every length against the bytes that remain, every product for overflow, names for
/// duplicates, tensor offsets against the running padded sum of sizes. After that nothing can be out of place.
/// A tensor of a type that this version does not know reaches to where the next one begins.
/// At most 2^16 keys, 2^22 elements of arrays and 2^19 tensors: several times the largest that are known.
///
/// Source: the GGUF specification in ggml's `docs/gguf.md`. Unlike ggml, strings must be UTF-8.
public struct GGUFFile: Sendable {
  /// The first part, where the model is in several.
  public var file: MappedFile { parts[0] }
  /// All files of the model, one for most.
  public let parts: [MappedFile]
  public let version: Int
  /// Of the first part.
  public let metadata: [String: MetadataValue]
  /// Of all parts, in their order.
  public let tensors: [GGUFTensorInfo]
  private let positions: [ExactName: Int]

  /// Cost: the header is parsed (about 30 ms for 150,000 tokens); no tensor is read.
  /// - Throws: `CheckpointError` with the byte offset of the first thing that is wrong.
  public init(path: String) throws(CheckpointError) {
    let file = try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) }
    let kind = FileKind(file)
    guard [.gguf, .controlVector, .unknown, .empty].contains(kind) else {
      throw .otherKind(path: path, expected: "a GGUF file", kind)
    }
    var cursor = GGUFCursor(file: file)
    version = try cursor.header()
    let tensorCount = try cursor.count("tensor count", minimumBytes: 25, limit: 1 << 19)
    let keyCount = try cursor.count("metadata key count", minimumBytes: 14, limit: 1 << 16)
    metadata = try cursor.metadata(count: keyCount)
    let alignment = try cursor.alignment(in: metadata)
    tensors = try cursor.tensors(count: tensorCount, alignment: alignment)
    positions = Self.positions(of: tensors)
    parts = [file]
  }

  /// One file of what lies in several.
  init(joining parts: [GGUFFile]) {
    (self.parts, version, metadata) = (parts.map(\.file), parts[0].version, parts[0].metadata)
    tensors = parts.enumerated().flatMap { number, file in
      file.tensors.map { info in
        var info = info
        info.part = number
        return info
      }
    }
    positions = Self.positions(of: tensors)
  }

  /// - Precondition: names that differ.
  private static func positions(of tensors: [GGUFTensorInfo]) -> [ExactName: Int] {
    Dictionary(uniqueKeysWithValues: tensors.indices.map { (ExactName(tensors[$0].name), $0) })
  }

  /// The tensor of this name; nil when there is none.
  public func info(_ name: String) -> GGUFTensorInfo? { positions[ExactName(name)].map { tensors[$0] } }

  /// The matrices that could be the embedding, for an error.
  var embeddingCandidates: String {
    NamedShape.candidates(
      tensors.filter { $0.dimensions.count == 2 && $0.byteCount > 0 }.map {
        NamedShape(name: $0.name, rows: $0.dimensions[1], columns: $0.dimensions[0])
      }, vocabularySize: metadata["tokenizer.ggml.tokens"]?.strings?.count)
  }

  /// The tensor as a mapped matrix: dimensions after the first are flattened into rows, a vector has one row.
  /// - Throws: when there is no such tensor, or its type is not one of `ElementType`.
  public func tensor(_ name: String) throws(CheckpointError) -> PackedMatrix {
    guard let info = info(name) else {
      throw .missing(path: file.path, what: "tensor \(name)", hint: "the file has \(tensors.count) others")
    }
    guard let type = ElementType(rawValue: info.typeNumber) else {
      throw .unsupported(
        path: file.path, what: "type of tensor \(name)", actual: info.typeName,
        supported: ElementType.allCases.map(\.name).joined(separator: " "))
    }
    guard info.byteCount > 0 else {
      throw .malformed(
        path: file.path, offset: info.offset, what: "tensor \(name)", expected: "rows and columns",
        actual: "the dimensions \(info.dimensions), which hold no numbers")
    }
    return try checkpointErrors { () throws(TensorError) in
      try PackedMatrix(
        name: name, rows: info.dimensions.dropFirst().reduce(1, *), columns: info.dimensions.first ?? 1,
        type: type, file: parts[info.part], offset: info.offset)
    }
  }
}
