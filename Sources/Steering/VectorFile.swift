internal import Checkpoints
internal import Foundation
internal import Tensors
internal import Transformers

/// Our own vector file: safetensors with `direction.<block>` F32 [d_model] and string metadata.
///
/// The metadata say model, model file hash, hook, method, token position, pair count, scale and, for a
/// transferred vector, the alignment.
public enum VectorFile {
  static let format = "sextant-steering-vector/1"

  /// Writes one vector; the file appears whole or not at all.
  public static func write(_ vector: SteeringVector, to path: String) throws(SteeringError) {
    var metadata = Dictionary(uniqueKeysWithValues: vector.provenance.fields.map { ($0.key, $0.value) })
    metadata["format"] = format
    metadata["hook"] = vector.point.site.rawValue
    metadata["scale"] = "raw"
    let name = "direction.\(vector.point.block)"
    let header: [String: Any] = [
      "__metadata__": metadata,
      name: [
        "dtype": "F32", "shape": [vector.direction.count], "data_offsets": [0, vector.direction.count * 4],
      ],
    ]
    guard var text = try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys]) else {
      throw .vectorFile(path: path, place: "header", expected: "text metadata", actual: "\(metadata)")
    }
    // The format wants the data to start at a multiple of 8; trailing spaces are part of the header.
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var writer = ByteWriter()
    writer.append(UInt64(text.count))
    writer.append(raw: text)
    writer.append(vector.direction)
    try writer.write(to: path)
  }

  /// Reads a vector that `write` wrote.
  ///
  /// - Throws: `SteeringError.vectorFile` with the place; what `SafetensorsFile` throws for a broken file.
  public static func read(_ path: String) throws -> SteeringVector {
    let file = try SafetensorsFile(path: path)
    func fail(_ place: String, _ expected: String, _ actual: String) -> SteeringError {
      .vectorFile(path: path, place: place, expected: expected, actual: actual)
    }
    guard file.metadata["format"] == format else {
      throw fail("metadata format", format, file.metadata["format"] ?? "nothing")
    }
    guard let name = file.tensors.first?.name, file.tensors.count == 1, name.hasPrefix("direction."),
      let block = Int(name.dropFirst("direction.".count)), block >= 0
    else {
      throw fail("tensors", "one tensor direction.<block>", file.tensors.map(\.name).joined(separator: ", "))
    }
    guard let hook = file.metadata["hook"], let site = Site(rawValue: hook) else {
      throw fail(
        "metadata hook", Site.allCases.map(\.rawValue).joined(separator: " | "),
        file.metadata["hook"] ?? "nothing")
    }
    let tensor = try file.tensor(name)
    guard tensor.type == .f32, tensor.rows == 1 else {
      throw fail(name, "F32 [d_model]", "\(tensor.type.name) with \(tensor.rows) rows")
    }
    let direction = tensor.dequantised().elements
    guard direction.allSatisfy(\.isFinite) else { throw fail(name, "finite numbers", "NaN or infinity") }
    return SteeringVector(
      direction: direction, point: ActivationPoint(block: block, site: site),
      provenance: try VectorProvenance(fields: file.metadata, fail: { fail("metadata \($0)", $1, $2) }))
  }
}

extension VectorProvenance {
  /// The fields as text, in the order of the docs.
  var fields: KeyValuePairs<String, String> {
    [
      "model": model, "model_sha256": modelHash, "architecture": architecture, "behaviour": behaviour,
      "method": method, "token_position": tokenPosition, "pairs": String(pairCount),
      "transferred_by": transferredBy ?? "",
    ]
  }

  init(
    fields: [String: String], fail: (_ key: String, _ expected: String, _ actual: String) -> SteeringError
  ) throws(SteeringError) {
    func text(_ key: String) throws(SteeringError) -> String {
      guard let value = fields[key] else { throw fail(key, "text", "nothing") }
      return value
    }
    guard let pairs = Int(try text("pairs")) else { throw fail("pairs", "a number", try text("pairs")) }
    let transferredBy = try text("transferred_by")
    self.init(
      model: try text("model"), modelHash: try text("model_sha256"), architecture: try text("architecture"),
      behaviour: try text("behaviour"), method: try text("method"), tokenPosition: try text("token_position"),
      pairCount: pairs, transferredBy: transferredBy.isEmpty ? nil : transferredBy)
  }
}
