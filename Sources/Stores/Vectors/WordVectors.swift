internal import Files
internal import Foundation
internal import Tensors

/// Vectors of words as their makers' programs write them.
///
/// As text, a word and its numbers a line: GloVe (without header), word2vec and fastText (with `count width` first). Binary, word2vec's:
/// that header, then of each word its bytes, a space and `width` little-endian F32, with or without a line's end behind them.
enum WordVectors {
  /// Whether the first line is a word and numbers between spaces, or two whole numbers: tabs and commas are words of theirs too.
  static func fills(_ path: String) throws(FileError) -> Bool {
    var lines = try TextLines(path: path)
    let fields = fields(try lines.next() ?? "")
    return fields.count > 1 && fields.dropFirst().allSatisfy { Float($0) != nil }
  }

  /// A space may be the first half of a character, so lines are cut at bytes.
  private static func fields(_ line: String) -> [Substring] {
    line.utf8.split(separator: 0x20).map(Substring.init)
  }

  /// Words may hold spaces: a line's last `width` fields are its numbers.
  static func read(_ path: String) throws -> (names: [String]?, vectors: Matrix<Float>) {
    var lines = try TextLines(path: path)
    var names: [String] = []
    var elements: [Float] = []
    var width: Int?
    var announced: Int?
    while let line = try lines.next() {
      let fields = fields(line)
      if fields.isEmpty { continue }
      if lines.number == 1, fields.count == 2, let count = Int(fields[0]), let columns = Int(fields[1]) {
        (announced, width) = (count, columns)
        continue
      }
      let columns = width ?? fields.count - 1
      width = columns
      guard columns > 0, fields.count > columns else {
        throw FileError.entry(
          path: path, place: "line \(lines.number)", expected: "a word and \(columns) numbers",
          actual: "\(fields.count) fields")
      }
      for field in fields.suffix(columns) {
        guard let number = Float(field) else {
          throw FileError.entry(
            path: path, place: "line \(lines.number)", expected: "\(columns) numbers behind the word",
            actual: "\"\(field.prefix(40))\"")
        }
        elements.append(number)
      }
      names.append(fields.dropLast(columns).joined(separator: " "))
      if names.count % 10_000 == 0 { JobProgress.current.tell("\(names.count) words") }
    }
    if let announced, announced != names.count {
      throw FileError.entry(
        path: path, place: "line 1", expected: "\(announced) words, as it says", actual: "\(names.count)")
    }
    guard let width, !names.isEmpty else {
      throw FileError.entry(path: path, place: "file", expected: "a word and numbers a line", actual: "none")
    }
    return (names, Matrix(rows: names.count, columns: width, elements: elements))
  }

  /// The longest word that is read, in bytes.
  private static let longestWord = 2000

  /// Reads word2vec's binary form.
  /// - Throws: `FileError` with the byte where the file is not as its first line says.
  static func readBinary(_ path: String) throws -> (names: [String]?, vectors: Matrix<Float>) {
    let file = try MappedFile(path: path)
    func fault(_ offset: Int, _ what: String, _ expected: String, _ actual: String) -> FileError {
      .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
    }
    let head = file.bytes(at: 0, count: min(64, file.count)) ?? []
    guard let end = head.firstIndex(of: 0x0A),
      let fields = String(validating: head[..<end], as: UTF8.self)?.split(separator: " "), fields.count == 2,
      let count = Int(fields[0]), let width = Int(fields[1]), count > 0, width > 0
    else { throw fault(0, "first line", "how many words, and how many numbers each has", "other bytes") }
    // A word takes a byte, its space another.
    let (rowBytes, overflow) = width.multipliedReportingOverflow(by: 4)
    guard !overflow, rowBytes < file.count, count <= file.count / (rowBytes + 2) else {
      throw fault(
        0, "first line", "words and numbers that \(file.count) bytes can hold", "\(count) x \(width)")
    }
    var names: [String] = []
    var elements: [Float] = []
    names.reserveCapacity(count)
    elements.reserveCapacity(count * width)
    var place = end + 1
    for row in 0..<count {
      if file.uint8(at: place) == 0x0A { place += 1 }
      let word = file.bytes(at: place, count: max(0, min(longestWord, file.count - place))) ?? []
      guard let space = word.firstIndex(of: 0x20), space > 0 else {
        throw fault(place, "word \(row)", "a word of at most \(longestWord) bytes and a space", "none")
      }
      guard let name = String(validating: word[..<space], as: UTF8.self) else {
        throw fault(place, "word \(row)", "UTF-8 text", "other bytes")
      }
      place += space + 1
      guard let bytes = file.bytes(at: place, count: rowBytes) else {
        throw fault(place, "numbers of \"\(name)\"", "\(rowBytes) bytes", "\(file.count - place)")
      }
      elements += singles(bytes)
      names.append(name)
      place += rowBytes
      if names.count % 10_000 == 0 { JobProgress.current.tell(row, of: count, "words") }
    }
    if file.uint8(at: place) == 0x0A { place += 1 }
    guard place == file.count else {
      throw fault(
        place, "end", "the end of the file behind \(count) words", "\(file.count - place) more bytes")
    }
    return (names, Matrix(rows: count, columns: width, elements: elements))
  }
}
