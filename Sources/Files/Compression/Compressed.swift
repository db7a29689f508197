internal import CZlib

/// Bytes that were made by DEFLATE (RFC 1951), bare or in a wrapper with a checksum: zlib (RFC 1950), gzip (RFC 1952). The system's
/// zlib takes them apart.
package enum Compressed {
  /// The most that is read or made of any stream: 1 GiB.
  package static let longest = 1 << 30

  /// What is around the compressed data, as zlib counts it: its window bits.
  enum Wrapper: Int32 {
    case none = -15
    case zlib = 15
    case gzip = 31
  }

  /// The content of a zlib stream that fills `range`.
  /// - Parameters:
  ///   - path: the file's name in errors, whose offsets count from the start of `bytes`.
  ///   - count: bytes of content.
  package static func zlib(
    _ bytes: [UInt8], in range: Range<Int>, count: Int, path: String
  ) throws(FileError) -> [UInt8] {
    let content = try inflate(Array(bytes[range]), .zlib, limit: count, path, base: range.lowerBound)
    guard content.count == count else {
      throw .malformed(
        path: path, offset: range.upperBound, what: "zlib stream", expected: "\(count) bytes of content",
        actual: "\(content.count)")
    }
    return content
  }

  /// The content of a gzip file of one member.
  package static func gzip(_ bytes: [UInt8], path: String) throws(FileError) -> [UInt8] {
    try inflate(bytes, .gzip, limit: longest, path)
  }

  /// What all of some bytes hold.
  /// - Parameters:
  ///   - limit: the most bytes of content.
  ///   - base: where in the file the bytes begin.
  static func inflate(
    _ bytes: [UInt8], _ wrapper: Wrapper, limit: Int, _ path: String, base: Int = 0
  ) throws(FileError) -> [UInt8] {
    var stream = unsafe z_stream()
    func fault(_ expected: String, _ actual: String) -> FileError {
      unsafe .malformed(
        path: path, offset: base + Int(stream.total_in), what: "compressed data", expected: expected,
        actual: actual)
    }
    guard bytes.count <= longest else { throw fault("at most \(longest) bytes", "\(bytes.count)") }
    guard
      unsafe inflateInit2_(
        &stream, wrapper.rawValue, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw fault("memory for zlib", "none") }
    defer { unsafe _ = inflateEnd(&stream) }

    // One byte more than is allowed shows that there is more.
    var content = [UInt8](repeating: 0, count: min(limit + 1, max(4096, 4 * bytes.count)))
    var status = Z_OK
    while status == Z_OK {
      let made = unsafe Int(stream.total_out)
      if made == content.count {
        content += Array(repeating: 0, count: min(limit + 1, 2 * made) - made)
      }
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe content.withUnsafeMutableBufferPointer { output in
          let read = unsafe Int(stream.total_in)
          unsafe stream.next_in = unsafe input.baseAddress.map {
            unsafe UnsafeMutablePointer(mutating: $0 + read)
          }
          unsafe stream.avail_in = UInt32(input.count - read)
          unsafe stream.next_out = unsafe output.baseAddress.map { unsafe $0 + made }
          unsafe stream.avail_out = UInt32(output.count - made)
          status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        }
      }
      guard unsafe Int(stream.total_out) <= limit else {
        throw fault("at most \(limit) bytes of content", "more")
      }
    }
    guard status == Z_STREAM_END else {
      let message = unsafe stream.msg.map { unsafe String(cString: $0) }
      throw fault("a whole stream", message ?? "the end of the data")
    }
    guard unsafe Int(stream.total_in) == bytes.count else {
      throw fault("one stream", "more bytes behind it")
    }
    return unsafe Array(content[..<Int(stream.total_out)])
  }

  /// The checksum of ZIP and gzip (ISO 3309).
  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: unsafe CZlib.crc32(0, bytes, UInt32(bytes.count)))
  }
}
