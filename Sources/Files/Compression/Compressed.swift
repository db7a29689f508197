/// Bytes that were compressed into a wrapper with a checksum: zlib (RFC 1950) and gzip (RFC 1952).
package enum Compressed {
  /// The most that is made of any stream: 1 GiB.
  package static let longest = 1 << 30

  /// The content of a zlib stream that fills `range`.
  /// - Parameters:
  ///   - path: the file's name in errors, whose offsets count from the start of `bytes`.
  ///   - count: bytes of content.
  package static func zlib(
    _ bytes: [UInt8], in range: Range<Int>, count: Int, path: String
  ) throws(FileError) -> [UInt8] {
    func fault(_ offset: Int, _ expected: String, _ actual: String) -> FileError {
      .malformed(path: path, offset: offset, what: "zlib stream", expected: expected, actual: actual)
    }
    let start = range.lowerBound
    guard range.count > 6, bytes[start] & 15 == 8, bytes[start + 1] & 0x20 == 0,
      (Int(bytes[start]) << 8 | Int(bytes[start + 1])) % 31 == 0
    else { throw fault(start, "the header of a zlib stream without dictionary", "other bytes") }
    let (content, end) = try inflate(bytes, start + 2..<range.upperBound - 4, limit: count, path)
    guard content.count == count else { throw fault(end, "\(count) bytes of content", "\(content.count)") }
    let stored = bytes[end..<end + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard stored == adler32(content) else {
      throw fault(end, "the checksum \(adler32(content))", "\(stored): the data are damaged")
    }
    return content
  }

  /// The content of a gzip file of one member.
  package static func gzip(_ bytes: [UInt8], path: String) throws(FileError) -> [UInt8] {
    func fault(_ offset: Int, _ expected: String, _ actual: String) -> FileError {
      .malformed(path: path, offset: offset, what: "gzip file", expected: expected, actual: actual)
    }
    guard bytes.count > 18, bytes.starts(with: [0x1F, 0x8B, 8]), bytes[3] & 0xE0 == 0 else {
      throw fault(0, "the header of a gzip file", "other bytes")
    }
    var position = 10
    if bytes[3] & 4 != 0 { position += 2 + Int(bytes[10]) + Int(bytes[11]) << 8 }
    for flag in [UInt8(8), 16] where bytes[3] & flag != 0 {
      while position < bytes.count, bytes[position] != 0 { position += 1 }
      position += 1
    }
    if bytes[3] & 2 != 0 { position += 2 }
    guard position <= bytes.count - 8 else { throw fault(10, "a header inside the file", "its end") }
    let (content, end) = try inflate(bytes, position..<bytes.count - 8, limit: longest, path)
    guard end == bytes.count - 8 else { throw fault(end, "one member", "more bytes behind it") }
    func stored(_ offset: Int) -> UInt32 {
      bytes[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    guard stored(end) == crc32(content), stored(end + 4) == UInt32(truncatingIfNeeded: content.count) else {
      throw fault(end, "the checksum and length of the content", "others: the data are damaged")
    }
    return content
  }

  /// What DEFLATE makes of a range, and where it ended.
  static func inflate(
    _ bytes: [UInt8], _ range: Range<Int>, limit: Int, _ path: String, base: Int = 0
  ) throws(FileError) -> (output: [UInt8], end: Int) {
    do throws(Inflate.Fault) { return try Inflate.bytes(bytes, in: range, limit: limit) } catch {
      throw .malformed(
        path: path, offset: base + error.offset, what: "compressed data", expected: error.expected,
        actual: error.actual)
    }
  }

  /// The checksum of ZIP and gzip (ISO 3309).
  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes { crc = crcTable[Int((crc ^ UInt32(byte)) & 255)] ^ (crc >> 8) }
    return ~crc
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
  }

  /// The checksum of zlib.
  static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }
}
