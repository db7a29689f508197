import Foundation

/// Reads a text file of any length line by line, in memory that grows with the longest line alone.
package struct TextLines {
  /// The longest line that is read, in bytes.
  package static let longest = 16 << 20

  package let path: String
  /// The number of the line that ``next()`` gave last, from 1.
  package private(set) var number = 0
  private let file: FileReader
  private var position = 0
  private var buffer: [UInt8] = []
  private var start = 0

  /// Opens a regular file.
  package init(path: String) throws(FileError) {
    file = try FileReader(path: path)
    self.path = path
    let kind = FileKind(try file.bytes(at: 0, count: min(file.count, 4096)))
    guard kind.isText || kind == .unknown else {
      throw .otherKind(path: path, expected: "a text file", kind)
    }
  }

  /// The next line without its end (LF or CR LF); nil behind the last.
  /// - Throws: for a line that is no UTF-8, or too long.
  package mutating func next() throws(FileError) -> String? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) { return try line(upTo: end, next: end + 1) }
      searched = buffer.count
      guard position < file.count else {
        return start < buffer.count ? try line(upTo: buffer.count, next: buffer.count) : nil
      }
      guard buffer.count - start <= Self.longest else {
        throw .entry(
          path: path, place: "line \(number + 1)", expected: "at most \(Self.longest) bytes", actual: "more")
      }
      buffer.removeFirst(start)
      (searched, start) = (searched - start, 0)
      let block = try file.bytes(at: position, count: min(1 << 20, file.count - position))
      buffer += position == 0 ? TextInput.withoutMark(block) : block
      position += block.count
    }
  }

  private mutating func line(upTo end: Int, next: Int) throws(FileError) -> String {
    number += 1
    var bytes = buffer[start..<end]
    if bytes.last == 0x0D { bytes = bytes.dropLast() }
    start = next
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .entry(path: path, place: "line \(number)", expected: "UTF-8 text", actual: "other bytes")
    }
    return text
  }
}
