internal import Files

/// The lines of a file of words, and their fields.
struct WordFile {
  let path: String
  let bytes: [UInt8]
  /// The most that is read: WordNet's largest file is 16 MB.
  private static let byteLimit = 256 << 20

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// - Throws: `VocabularyError.file`.
  init(path: String) throws(VocabularyError) {
    self.path = path
    do {
      bytes = try TextInput.read(path, kind: "a file of words", limit: Self.byteLimit)
    } catch {
      throw .file(path: path, reason: String(error.description.trimmingPrefix("\(path): ")))
    }
  }

  /// Calls `body` with each line, without its newline.
  ///
  /// - Throws: `VocabularyError.malformedLine` where the last line has no newline: the file was cut short.
  func forEachLine(_ body: (inout LineCursor) throws(VocabularyError) -> Void) throws(VocabularyError) {
    var start = 0
    var number = 0
    while start < bytes.count {
      number += 1
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      let isWindows = end > start && bytes[end - 1] == 0x0D
      var cursor = LineCursor(file: self, number: number, start: start, end: isWindows ? end - 1 : end)
      guard end < bytes.count else { throw cursor.malformed("a newline at the end", "the end of the file") }
      try body(&cursor)
      start = end + 1
    }
  }
}

/// A line, read field by field.
struct LineCursor {
  let file: WordFile
  /// From 1.
  let number: Int
  /// The line's first byte in the file.
  let start: Int
  /// Where its newline is.
  let end: Int
  private var position: Int

  init(file: WordFile, number: Int, start: Int, end: Int) {
    self.file = file
    self.number = number
    self.start = start
    self.end = end
    position = start
  }

  var isIndented: Bool { end - start >= 2 && file.bytes[start] == 0x20 && file.bytes[start + 1] == 0x20 }

  var isAtEnd: Bool { position >= end }

  /// The bytes up to the next separator, which is passed over.
  mutating func field(separator: UInt8 = 0x20) -> ArraySlice<UInt8> {
    let from = position
    while position < end, file.bytes[position] != separator { position += 1 }
    defer { position = min(position + 1, end) }
    return file.bytes[from..<position]
  }

  /// The next field, as text.
  ///
  /// - Throws: `VocabularyError.malformedLine` for an empty field and for bytes that are no UTF-8.
  mutating func text(_ expected: String, separator: UInt8 = 0x20) throws(VocabularyError) -> String {
    let field = field(separator: separator)
    guard !field.isEmpty, let text = String(validating: field, as: UTF8.self) else {
      throw malformed(expected, field)
    }
    return text
  }

  /// All that is left of the line, without white space around it.
  ///
  /// - Throws: `VocabularyError.malformedLine` where nothing is left, and for bytes that are no UTF-8.
  mutating func rest(_ expected: String) throws(VocabularyError) -> String {
    let bytes = file.bytes[position..<end]
    position = end
    let trimmed = bytes.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
    guard !trimmed.isEmpty, let text = String(validating: Array(trimmed), as: UTF8.self) else {
      throw malformed(expected, bytes)
    }
    return text
  }

  /// The next field, as a number of so many digits at most.
  mutating func number(
    _ expected: String, digits: Int, radix: Int = 10
  ) throws(VocabularyError) -> Int {
    let field = field()
    guard (1...digits).contains(field.count), !field.contains(0x2B), !field.contains(0x2D),
      let value = Int(String(decoding: field, as: UTF8.self), radix: radix)
    else { throw malformed(expected, field) }
    return value
  }

  /// - Throws: `VocabularyError.malformedLine` where the line goes on.
  mutating func finish() throws(VocabularyError) {
    while position < end {
      let field = field()
      if !field.isEmpty { throw malformed("the end of the line", field) }
    }
  }

  func malformed(_ expected: String, _ actual: ArraySlice<UInt8>) -> VocabularyError {
    malformed(
      expected,
      actual.isEmpty ? "nothing" : "\"\(String(decoding: actual.prefix(40), as: UTF8.self))\"")
  }

  func malformed(_ expected: String, _ actual: String) -> VocabularyError {
    .malformedLine(path: file.path, line: number, expected: expected, actual: actual)
  }
}
