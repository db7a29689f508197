import Files
import Foundation

/// The layout of one safetensors file: tensors `residualPost.12`, `tokens.id`, `tokens.offset`, `prompts.data` and
/// `prompts.offset`; record and digests stand in `__metadata__`.
struct SafetensorsLayout {
  private let record: ActivationRecord
  private let digests: ArrayDigests

  init(_ record: ActivationRecord, _ digests: ArrayDigests) {
    (self.record, self.digests) = (record, digests)
  }

  static func tensor(_ array: String) -> String { array.replacing("/", with: ".") }

  func layout(_ path: String) throws(StoreError) -> ArrayLayout {
    // Numbers of eight bytes first, so that all lie at multiples of their size.
    let names = ActivationFormat.Part.all.prefix(2) + record.points + ActivationFormat.Part.all.suffix(2)
    var tensors: [String: Tensor] = [:]
    var places: [String: Int] = [:]
    var position = 0
    for name in names {
      let (type, byteCount, shape) = record.array(name)
      let end = position + shape.reduce(byteCount, *)
      tensors[Self.tensor(name)] = Tensor(dtype: type, shape: shape, data_offsets: [position, end])
      places[name] = position
      position = end
    }
    let header = try bytes(tensors, path: path)
    return ArrayLayout(
      files: [.init(path: path, frame: [(0, header)], byteCount: header.count + position)],
      places: places.mapValues { .init(file: 0, offset: header.count + $0) })
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Tensor: Encodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  private struct Header: Encodable {
    let metadata: [String: String]
    let tensors: [String: Tensor]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      try container.encode(metadata, forKey: Name("__metadata__"))
      for (name, tensor) in tensors { try container.encode(tensor, forKey: Name(name)) }
    }

    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }
  }

  private var metadata: [String: String] {
    var metadata = ["format": SafetensorsActivations.format, StoreBuilder.writerKey: record.toolVersion]
    for (name, value) in record.attributes { metadata[name] = value.description }
    metadata["prompts-sha256"] = record.promptsSHA256
    for name in record.points + ActivationFormat.Part.all {
      metadata[SafetensorsActivations.digestKey(Self.tensor(name))] = digests.digest(of: name)
    }
    return metadata
  }

  /// The length and the header, filled up with spaces to a multiple of eight.
  private func bytes(_ tensors: [String: Tensor], path: String) throws(StoreError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(Header(metadata: metadata, tensors: tensors)) else {
      throw .output(.failed(path: path, operation: "write the header", reason: "a name is no text"))
    }
    let padded = Array(text) + [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: padded.count >> ($0 * 8)) } + padded
  }
}
