internal import Files
internal import Foundation

/// Appends little-endian numbers and strings to a buffer, as GGUF and safetensors want them.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func append(_ values: [Float]) {
    for value in values { append(value.bitPattern) }
  }

  mutating func append(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

  /// A GGUF string: length as u64, then UTF-8.
  mutating func append(string: String) {
    append(UInt64(string.utf8.count))
    append(raw: string.utf8)
  }

  mutating func pad(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }

  /// Writes the buffer to a file of its own: `STEM` and the ending, or `STEM.HASH` and the ending where something else stands
  /// there. A file that holds these bytes already is left as it is.
  func keep(stem: String, ending: String) throws(SteeringError) -> String {
    let hash = sha256Hex(of: bytes).prefix(8)
    for path in [stem + ending, "\(stem).\(hash)\(ending)"] {
      guard FileManager.default.fileExists(atPath: path) else {
        try write(to: path)
        return path
      }
      if (try? FileReader.kept(path)) == bytes { return path }
    }
    throw .file(path: "\(stem).\(hash)\(ending)", operation: "write", reason: "another file stands there")
  }

  /// Writes the buffer through a temporary file and a rename: the old file stays whole until the new one is.
  func write(to path: String) throws(SteeringError) {
    do throws(OutputError) { try OutputFile.write(bytes, to: path) } catch { throw .output(error) }
  }
}
