import Checkpoints
import Foundation
import Tensors

/// The content of a GGUF file that can be changed and written again.
struct GGUFDraft {
  struct Part {
    var name: String
    var dimensions: [Int]
    var type: UInt32
    var bytes: [UInt8]

    /// Numbers of a tensor in f32, in the order of the file.
    var floats: [Float] {
      get {
        stride(from: 0, to: bytes.count, by: 4).map { start in
          Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        }
      }
      set { bytes = newValue.flatMap { little($0.bitPattern) } }
    }

    init(_ name: String, _ dimensions: [Int], _ floats: [Float]) {
      (self.name, self.dimensions, type) = (name, dimensions, 0)
      bytes = floats.flatMap { little($0.bitPattern) }
    }
  }

  var metadata: [String: MetadataValue]
  var tensors: [Part]

  init(_ path: String) throws {
    let file = try GGUFFile(path: path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    metadata = file.metadata
    tensors = file.tensors.map { info in
      var part = Part(info.name, info.dimensions, [])
      part.type = info.typeNumber
      part.bytes = Array(data[info.offset..<info.offset + info.byteCount])
      return part
    }
  }

  /// Keys of the architecture, without its name.
  var decoderKeys: [String] {
    let prefix = (metadata["general.architecture"]?.string ?? "") + "."
    return metadata.keys.filter { $0.hasPrefix(prefix) }.sorted()
  }

  func index(_ name: String) -> Int? { tensors.firstIndex { $0.name == name } }

  /// Writes the draft to a file of its own, opens it, and takes the file away.
  func checkpoint() throws -> Checkpoint {
    let path = FileManager.default.temporaryDirectory.path + "/draft-" + UUID().uuidString + ".gguf"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Checkpoint.open(path)
  }

  private var bytes: [UInt8] {
    var out = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(tensors.count))
    out += little(UInt64(metadata.count))
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { out += sized(key) + encoded(value) }
    var running = 0
    for tensor in tensors {
      out += sized(tensor.name) + little(UInt32(tensor.dimensions.count))
      out += tensor.dimensions.flatMap { little(UInt64($0)) } + little(tensor.type) + little(UInt64(running))
      running += (tensor.bytes.count + 31) / 32 * 32
    }
    for tensor in tensors { out += padding(out.count) + tensor.bytes }
    return out + padding(out.count)
  }

  private func padding(_ count: Int) -> [UInt8] { Array(repeating: 0, count: (32 - count % 32) % 32) }

  private func encoded(_ value: MetadataValue) -> [UInt8] {
    func list(_ type: UInt32, _ count: Int, _ bytes: [UInt8]) -> [UInt8] {
      little(UInt32(9)) + little(type) + little(UInt64(count)) + bytes
    }
    return switch value {
    case .unsigned(let value): little(UInt32(4)) + little(UInt32(value))
    case .signed(let value): little(UInt32(5)) + little(Int32(value))
    case .float(let value): little(UInt32(6)) + little(Float(value).bitPattern)
    case .bool(let value): little(UInt32(7)) + [value ? 1 : 0]
    case .string(let value): little(UInt32(8)) + sized(value)
    case .unsignedArray(let values): list(4, values.count, values.flatMap { little(UInt32($0)) })
    case .signedArray(let values): list(5, values.count, values.flatMap { little(Int32($0)) })
    case .floatArray(let values): list(6, values.count, values.flatMap { little(Float($0).bitPattern) })
    case .boolArray(let values): list(7, values.count, values.map { $0 ? 1 : 0 })
    case .stringArray(let values): list(8, values.count, values.flatMap(sized))
    case .nestedArray: []
    }
  }
}

private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
}

private func sized(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
