package import Files
package import Tensors

/// Rows of text between commas or tabs (RFC 4180): fields may be quoted and then hold commas, line breaks and doubled quotes.
package struct DelimitedText {
  package struct Row {
    /// Where it begins in the file, from 1.
    package let line: Int
    package let fields: [String]
  }

  let path: String
  package let rows: [Row]
  private static let byteLimit = 1 << 30

  /// Tabs separate where the first line has one.
  package init(path: String) throws(FileError) {
    self.path = path
    let bytes = try TextInput.read(path, kind: "CSV or TSV", limit: Self.byteLimit)
    let separator: UInt8 = bytes.prefix(while: { $0 != 0x0A }).contains(0x09) ? 0x09 : 0x2C
    rows = try Self.rows(bytes, separator, path)
  }

  private static func rows(_ bytes: [UInt8], _ separator: UInt8, _ path: String) throws(FileError) -> [Row] {
    var rows: [Row] = []
    var (fields, field): ([String], [UInt8]) = ([], [])
    var (line, start, position) = (1, 1, 0)
    func text(_ bytes: [UInt8]) throws(FileError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .entry(path: path, place: "line \(line)", expected: "UTF-8 text", actual: "other bytes")
      }
      return text
    }
    func endRow() throws(FileError) {
      fields.append(try text(field))
      field = []
      if fields != [""] { rows.append(Row(line: start, fields: fields)) }
      fields = []
    }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == 0x22, field.isEmpty, separator == 0x2C {
        let opened = line
        while true {
          guard position < bytes.count else {
            throw .entry(
              path: path, place: "line \(opened)", expected: "a closing quote", actual: "the end of the file")
          }
          let inner = bytes[position]
          position += 1
          if inner == 0x0A { line += 1 }
          guard inner == 0x22 else {
            field.append(inner)
            continue
          }
          guard position < bytes.count, bytes[position] == 0x22 else { break }
          field.append(0x22)
          position += 1
        }
        continue
      }
      if byte == separator {
        fields.append(try text(field))
        field = []
      } else if byte == 0x0A {
        if field.last == 0x0D { field.removeLast() }
        try endRow()
        line += 1
        start = line
      } else {
        field.append(byte)
      }
    }
    if !field.isEmpty || !fields.isEmpty { try endRow() }
    return rows
  }

  /// A name and its numbers a row; a first row whose second field is no number is a header.
  package static func vectors(_ path: String) throws -> (names: [String]?, vectors: Matrix<Float>) {
    let all = try DelimitedText(path: path).rows
    let rows =
      all.first.map { $0.fields.count > 1 && Float($0.fields[1]) == nil } == true ? all.dropFirst() : all[...]
    guard let width = rows.first.map({ $0.fields.count - 1 }), width > 0 else {
      throw FileError.entry(
        path: path, place: "file", expected: "a name and numbers in each row, between commas, tabs or spaces",
        actual: all.isEmpty ? "no row" : "rows of one field")
    }
    var elements: [Float] = []
    for row in rows {
      guard row.fields.count == width + 1 else {
        throw FileError.entry(
          path: path, place: "line \(row.line)", expected: "\(width + 1) fields, as in the first row",
          actual: "\(row.fields.count)")
      }
      for field in row.fields.dropFirst() {
        guard let number = Float(field) else {
          throw FileError.entry(
            path: path, place: "line \(row.line)", expected: "a number",
            actual: "\"\(field.prefix(40))\"")
        }
        elements.append(number)
      }
    }
    return (
      rows.map { $0.fields[0] }, Matrix(rows: rows.count, columns: width, elements: elements)
    )
  }
}
