import Tensors

/// A position in a GGUF file; every read moves it forward or says what is wrong there.
struct GGUFCursor {
  let file: MappedFile
  var offset = 0
  /// Elements that the arrays of the metadata may still have: they take more memory than bytes of the file. A text or an array counts
  /// as four numbers.
  var arrayElements = 1 << 22

  var remaining: Int { file.count - offset }

  func malformed(_ what: String, expected: String, actual: String, at place: Int? = nil) -> CheckpointError {
    .malformed(path: file.path, offset: place ?? offset, what: what, expected: expected, actual: actual)
  }

  private func truncated(_ what: String, _ size: Int) -> CheckpointError {
    malformed(what, expected: "\(size) bytes", actual: "\(remaining) bytes before the end of the file")
  }

  mutating func uint8(_ what: String) throws(CheckpointError) -> UInt8 {
    guard let value = file.uint8(at: offset) else { throw truncated(what, 1) }
    offset += 1
    return value
  }

  mutating func uint16(_ what: String) throws(CheckpointError) -> UInt16 {
    guard let value = file.uint16(at: offset) else { throw truncated(what, 2) }
    offset += 2
    return value
  }

  mutating func uint32(_ what: String) throws(CheckpointError) -> UInt32 {
    guard let value = file.uint32(at: offset) else { throw truncated(what, 4) }
    offset += 4
    return value
  }

  mutating func uint64(_ what: String) throws(CheckpointError) -> UInt64 {
    guard let value = file.uint64(at: offset) else { throw truncated(what, 8) }
    offset += 8
    return value
  }

  /// A number of items that each need at least `minimumBytes` more bytes of this file.
  mutating func count(_ what: String, minimumBytes: Int, limit: Int = 1 << 30) throws(CheckpointError) -> Int
  {
    let start = offset
    let value = try uint64(what)
    let most = min(limit, remaining / minimumBytes)
    guard value <= UInt64(most) else {
      throw malformed(
        what, expected: "at most \(most) in the \(remaining) bytes left", actual: "\(value)", at: start)
    }
    return Int(value)
  }

  /// A length and so many bytes of UTF-8.
  mutating func string(_ what: String) throws(CheckpointError) -> String {
    let length = try count("length of the \(what)", minimumBytes: 1)
    guard let text = file.text(at: offset, count: length) else { throw truncated(what, length) }
    guard let text else {
      throw malformed(what, expected: "UTF-8 text", actual: "\(length) bytes that are not")
    }
    offset += length
    return text
  }
}
