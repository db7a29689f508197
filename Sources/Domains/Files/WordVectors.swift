internal import Files
internal import Tensors

/// Vectors as text, a word and its numbers a line, as GloVe (without header) and word2vec (with `count width`) write them.
enum WordVectors {
  /// Whether the first line is a word and numbers between spaces, or two whole numbers: tabs and commas are words of theirs too.
  static func fills(_ path: String) throws(FileError) -> Bool {
    var lines = try TextLines(path: path)
    let fields = try lines.next()?.split(separator: " ") ?? []
    return fields.count > 1 && fields.dropFirst().allSatisfy { Float($0) != nil }
  }

  /// Words may hold spaces: a line's last `width` fields are its numbers.
  static func read(_ path: String) throws -> (names: [String]?, vectors: Matrix<Float>) {
    var lines = try TextLines(path: path)
    var names: [String] = []
    var elements: [Float] = []
    var width: Int?
    var announced: Int?
    while let line = try lines.next() {
      let fields = line.split(separator: " ")
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
}
