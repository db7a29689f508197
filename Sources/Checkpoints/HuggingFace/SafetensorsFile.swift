import Files
public import Tensors

/// Where a tensor lies in a safetensors file.
public struct SafetensorsInfo: Sendable, Equatable {
  public let name: String
  /// The file's word for the element type, such as `BF16`.
  public let typeName: String
  /// Row-major, the last one fastest.
  public let shape: [Int]
  /// From the start of the file.
  public let offset: Int
  public let byteCount: Int
}

/// One safetensors file, mapped and checked as a whole when it is opened.
///
/// Checked: header at most 100,000,000 bytes and an object of at most 2^19 tensors, no key twice, shape x type =
/// bytes (for the element types that this version knows), and the tensors cover the buffer exactly, without gap or
/// overlap.
///
/// Source: the safetensors format description of Hugging Face.
public struct SafetensorsFile: Sendable {
  public let file: MappedFile
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// In the order of their data.
  public let tensors: [SafetensorsInfo]
  private let positions: [ExactName: Int]

  /// - Throws: `CheckpointError` with the byte offset of the first thing that is wrong.
  public init(path: String) throws(CheckpointError) {
    let file = try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) }
    let kind = FileKind(file)
    guard [.safetensors, .steeringVector, .unknown, .empty].contains(kind) else {
      throw .otherKind(path: path, expected: "a safetensors file", kind)
    }
    guard let stored = file.uint64(at: 0) else {
      throw .malformed(
        path: path, offset: 0, what: "header length", expected: "8 bytes", actual: "\(file.count) bytes")
    }
    let most = min(FileKind.longestSafetensorsHeader, file.count - 8)
    guard stored >= 2, stored <= UInt64(most), let header = file.bytes(at: 8, count: Int(stored)) else {
      throw .malformed(
        path: path, offset: 0, what: "header length", expected: "2 ... \(most)", actual: "\(stored)")
    }
    guard header.first == UInt8(ascii: "{") else {
      throw .malformed(
        path: path, offset: 8, what: "header", expected: "\"{\"", actual: "byte \(header.first ?? 0)")
    }
    let parser = SafetensorsHeader(path: path, dataStart: 8 + header.count, fileCount: file.count)
    (metadata, tensors) = try fileErrors { () throws(FileError) in
      try parser.parse(JSONReader(header, path: path, base: 8, mostValues: 3 << 19))
    }
    positions = Dictionary(
      tensors.indices.map { [tensors] in (ExactName(tensors[$0].name), $0) },
      uniquingKeysWith: { first, _ in first })
    self.file = file
  }

  /// In the order of their data.
  public var tensorNames: [String] { tensors.map(\.name) }

  /// The tensor of this name; nil when there is none.
  public func info(_ name: String) -> SafetensorsInfo? { positions[ExactName(name)].map { tensors[$0] } }

  /// The tensor as a mapped matrix: all dimensions but the last are flattened into rows, a vector has one row.
  /// - Throws: when there is no such tensor, or its type is not F32, F16 or BF16.
  public func tensor(_ name: String) throws(CheckpointError) -> PackedMatrix { try mappedTensor(name) }

  /// Bytes of an element of this type; nil for one that this version does not know.
  static func elementBytes(_ type: String) -> Int? { SafetensorsHeader.bits[type].map { $0 / 8 } }
}

extension SafetensorsInfo {
  /// The tensor as a mapped matrix: all dimensions but the last are flattened into rows, a vector has one row.
  /// - Throws: when its type is not F32, F16 or BF16.
  func matrix(in file: MappedFile) throws(CheckpointError) -> PackedMatrix {
    let readable: [String: ElementType] = ["F32": .f32, "F16": .f16, "BF16": .bf16]
    guard let type = readable[typeName] else {
      throw .unsupported(
        path: file.path, what: "type of tensor \(name)", actual: typeName, supported: "F32 F16 BF16")
    }
    guard byteCount > 0 else {
      throw .malformed(
        path: file.path, offset: offset, what: "tensor \(name)", expected: "rows and columns",
        actual: "the shape \(shape), which holds no numbers")
    }
    return try checkpointErrors { () throws(TensorError) in
      try PackedMatrix(
        name: name, rows: shape.dropLast().reduce(1, *), columns: shape.last ?? 1, type: type,
        file: file, offset: offset)
    }
  }
}

/// Checks a parsed header against the file.
private struct SafetensorsHeader {
  let path: String
  let dataStart: Int
  let fileCount: Int

  fileprivate static let bits: [String: Int] = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16,
    "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64,
  ]

  private func malformed(
    _ what: String, expected: String, actual: String, at offset: Int = 8
  ) -> FileError {
    .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
  }

  /// As PyTorch has it.
  private static let mostDimensions = 64

  func parse(_ header: JSONReader) throws(FileError) -> (
    metadata: [String: String], tensors: [SafetensorsInfo]
  ) {
    var reader = header
    var metadata: [String: String] = [:]
    var tensors: [SafetensorsInfo] = []
    try reader.members { (key, value) throws(FileError) in
      if key == "__metadata__" {
        metadata = try strings(value)
      } else {
        tensors.append(try tensor(key, value))
      }
    }
    tensors.sort { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
    var end = dataStart
    for tensor in tensors {
      guard tensor.offset == end else {
        throw malformed(
          "data of tensor \(tensor.name)", expected: "a start at byte \(end), after the tensor before",
          actual: "\(tensor.offset)", at: tensor.offset)
      }
      end += tensor.byteCount
    }
    guard end == fileCount else {
      throw malformed(
        "end of the data", expected: "\(fileCount), the end of the file", actual: "\(end)", at: end)
    }
    return (metadata, tensors)
  }

  private func strings(_ value: JSON) throws(FileError) -> [String: String] {
    guard let members = value.object else {
      throw malformed("__metadata__", expected: "an object of strings", actual: value.kind)
    }
    var strings: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw malformed("__metadata__ \(member.key)", expected: "a string", actual: member.value.kind)
      }
      strings[member.key] = text
    }
    return strings
  }

  private func integers(_ value: JSON?, _ what: String) throws(FileError) -> [Int] {
    guard let elements = value?.array else {
      throw malformed(what, expected: "an array of integers", actual: value?.kind ?? "nothing")
    }
    var integers: [Int] = []
    for element in elements {
      guard let integer = element.integer, integer >= 0 else {
        throw malformed(what, expected: "integers from 0 to 2^63 - 1", actual: element.kind)
      }
      integers.append(integer)
    }
    return integers
  }

  private func tensor(_ name: String, _ value: JSON) throws(FileError) -> SafetensorsInfo {
    for member in value.object ?? [] where !["dtype", "shape", "data_offsets"].contains(member.key) {
      throw malformed(
        "tensor \(name)", expected: "dtype, shape, data_offsets", actual: member.key.debugDescription)
    }
    guard let type = value["dtype"]?.string else {
      throw malformed("dtype of \(name)", expected: "a text", actual: value["dtype"]?.kind ?? "nothing")
    }
    let shape = try integers(value["shape"], "shape of \(name)")
    guard shape.count <= Self.mostDimensions else {
      throw malformed(
        "shape of \(name)", expected: "at most \(Self.mostDimensions) dimensions", actual: "\(shape.count)")
    }
    let size = try Self.bits[type].map { (bits) throws(FileError) in
      try byteCount(of: shape, bits: bits, name)
    }
    let offsets = try integers(value["data_offsets"], "data_offsets of \(name)")
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= fileCount - dataStart else {
      throw malformed(
        "data_offsets of \(name)", expected: "begin and end within \(fileCount - dataStart) bytes",
        actual: "\(offsets)")
    }
    let stored = offsets[1] - offsets[0]
    guard stored == size ?? stored else {
      throw malformed(
        "data_offsets of \(name)", expected: "\(size ?? 0) bytes for \(type) \(shape)", actual: "\(stored)")
    }
    return SafetensorsInfo(
      name: name, typeName: type, shape: shape, offset: dataStart + offsets[0], byteCount: stored)
  }

  private func byteCount(of shape: [Int], bits: Int, _ name: String) throws(FileError) -> Int {
    var size = bits / 8
    for dimension in shape {
      let (next, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw malformed("shape of \(name)", expected: "less than 2^63 bytes", actual: "\(shape)")
      }
      size = next
    }
    return size
  }
}
