/// Reads whole text files: regular ones, of bounded size, in UTF-8, with or without a byte-order mark.
package enum TextInput {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The bytes of the text, without the byte-order mark that editors on Windows write.
  /// - Parameters:
  ///   - kind: what the file should be, with its article, for errors.
  ///   - limit: the most bytes that are read.
  package static func read(_ path: String, kind: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = try FileReader(path: path)
    // Before its size: weights of gigabytes are named for what they are.
    let found = FileKind(try file.bytes(at: 0, count: min(file.count, 4096)))
    guard found.isText || found == .unknown else { throw .otherKind(path: path, expected: kind, found) }
    guard file.count <= limit else {
      throw .malformed(
        path: path, offset: 0, what: "size of \(kind)", expected: "at most \(limit) bytes",
        actual: "\(file.count)")
    }
    return withoutMark(try file.bytes(at: 0, count: file.count))
  }

  /// The same as a `String`.
  package static func text(_ path: String, kind: String, limit: Int) throws(FileError) -> String {
    let bytes = try read(path, kind: kind, limit: limit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(
        path: path, offset: 0, what: kind, expected: "UTF-8 text", actual: "\(bytes.count) bytes that are not"
      )
    }
    return text
  }

  /// A text without its byte-order mark.
  package static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
    bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(byteOrderMark.count)) : bytes
  }
}
