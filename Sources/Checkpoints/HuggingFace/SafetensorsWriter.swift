package import Files
internal import Foundation

/// A safetensors file of F32 tensors with metadata in text, as a whole.
///
/// The data start at a multiple of 8, as the format wants it; trailing spaces are part of the header.
/// - Returns: nil where the metadata are no text that JSON can hold.
/// - Precondition: as many numbers as each shape says.
package func safetensorsFile(
  metadata: [String: String], _ tensors: [(name: String, shape: [Int], values: [Float])]
) -> ByteWriter? {
  var header: [String: Any] = ["__metadata__": metadata]
  var offset = 0
  for tensor in tensors {
    precondition(
      tensor.shape.reduce(1, *) == tensor.values.count, "\(tensor.values.count) numbers for \(tensor.shape)")
    let end = offset + 4 * tensor.values.count
    header[tensor.name] =
      ["dtype": "F32", "shape": tensor.shape, "data_offsets": [offset, end]] as [String: Any]
    offset = end
  }
  guard var text = try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys]) else {
    return nil
  }
  while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
  var writer = ByteWriter()
  writer.append(UInt64(text.count))
  writer.append(raw: text)
  for tensor in tensors { writer.append(tensor.values) }
  return writer
}
