/// Appends little-endian numbers and strings to a buffer, as GGUF and safetensors want them.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  package mutating func append(_ values: [Float]) {
    bytes.reserveCapacity(bytes.count + 4 * values.count)
    for value in values { append(value.bitPattern) }
  }

  package mutating func append(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

  /// A GGUF string: length as u64, then UTF-8.
  package mutating func append(string: String) {
    append(UInt64(string.utf8.count))
    append(raw: string.utf8)
  }

  package mutating func pad(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }
}
