internal import Foundation
internal import Transformers

/// Writes steering vectors as a llama.cpp control vector: GGUF version 3, one tensor `direction.N` a block.
///
/// llama.cpp adds `direction.N` at the output of its 0-based block N, so a vector read at the output of block
/// `b` is written as `direction.b`. Block 0 cannot be reached there and is refused.
/// - Parameters:
///   - vectors: of one model, at `residualPost`, one a block.
///   - norm: the norm to write, usually the calibrated dose 1; `nil` keeps each vector's own.
/// - Throws: `SteeringError.vectorFile` for vectors that the format cannot hold; `SteeringError.file`.
/// - Note: llama.cpp says nothing about a vector of the wrong width: check the file with `sextant inspect`.
public func writeControlVector(_ vectors: [SteeringVector], norm: Double? = nil, to path: String)
  throws(SteeringError)
{
  func refuse(_ place: String, _ expected: String, _ actual: String) -> SteeringError {
    .vectorFile(path: path, place: place, expected: expected, actual: actual)
  }
  guard let first = vectors.first else { throw refuse("vectors", "at least one", "none") }
  guard Set(vectors.map(\.point.block)).count == vectors.count else {
    throw refuse("blocks", "one vector a block", "\(vectors.map(\.point.block))")
  }
  for vector in vectors {
    guard vector.point.site == .residualPost, vector.point.block >= 1 else {
      throw refuse(
        "direction.\(vector.point.block)", "residualPost of a block from 1",
        "\(vector.point.site.rawValue) of block \(vector.point.block)")
    }
    guard vector.direction.count == first.direction.count, vector.direction.allSatisfy(\.isFinite) else {
      throw refuse(
        "direction.\(vector.point.block)", "\(first.direction.count) finite numbers",
        "\(vector.direction.count) numbers")
    }
  }
  var metadata: [(String, GGUFValue)] = [
    ("general.architecture", .string("controlvector")),
    ("controlvector.model_hint", .string(first.provenance.architecture)),
    ("controlvector.layer_count", .unsigned(UInt32(vectors.count))),
  ]
  metadata += first.provenance.fields.map { ("sextant." + $0.key, .string($0.value)) }
  var writer = ByteWriter()
  writer.append(raw: "GGUF".utf8)
  writer.append(UInt32(3))
  writer.append(UInt64(vectors.count))
  writer.append(UInt64(metadata.count))
  for (key, value) in metadata { value.append(key: key, to: &writer) }
  var offset: UInt64 = 0
  for vector in vectors {
    writer.append(string: "direction.\(vector.point.block)")
    writer.append(UInt32(1))
    writer.append(UInt64(vector.direction.count))
    writer.append(UInt32(0))
    writer.append(offset)
    offset += UInt64((vector.direction.count * 4 + 31) / 32 * 32)
  }
  for vector in vectors {
    writer.pad(to: 32)
    writer.append((norm.map { vector.scaled(toNorm: $0) } ?? vector).direction)
  }
  writer.pad(to: 32)
  try writer.write(to: path)
}

private enum GGUFValue {
  case string(String)
  case unsigned(UInt32)

  func append(key: String, to writer: inout ByteWriter) {
    writer.append(string: key)
    switch self {
    case .string(let value):
      writer.append(UInt32(8))
      writer.append(string: value)
    case .unsigned(let value):
      writer.append(UInt32(4))
      writer.append(value)
    }
  }
}
