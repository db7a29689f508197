internal import Checkpoints
internal import Files
internal import Stores

/// Texts about named things: `name, field, text`, as rows of CSV or TSV with that header, or as objects of JSON Lines.
///
/// A name may have several texts in one field, each a record of its own; they keep their order. What this calls a field may be called
/// `task` in the file.
public struct TextRecords: Sendable {
  /// Texts by field and name, fields in the order of the file.
  private var texts: [(field: String, byName: [ExactName: [String]])] = []
  public let path: String

  /// - Throws: `FileError` naming the line that is no record.
  public init(path: String) throws {
    self.path = path
    if try FileKind(path: path) == .json {
      var lines = try TextLines(path: path)
      while let line = try lines.next() {
        if line.allSatisfy(\.isWhitespace) { continue }
        try add(json: line, at: "line \(lines.number)")
      }
    } else {
      try add(rows: try DelimitedText(path: path).rows)
    }
    guard !texts.isEmpty else { throw entry("file", "records of name, field and text", "none") }
  }

  private func entry(_ place: String, _ expected: String, _ actual: String) -> FileError {
    .entry(path: path, place: place, expected: expected, actual: actual)
  }

  private mutating func add(json line: String, at place: String) throws(FileError) {
    var reader = JSONReader(Array(line.utf8), path: "\(path), \(place)")
    let record = try reader.document()
    func text(_ keys: String...) throws(FileError) -> String {
      guard let text = keys.lazy.compactMap({ record[$0]?.string }).first else {
        throw entry(place, "an object with name, field and text", record.kind + " without \"\(keys[0])\"")
      }
      return text
    }
    try add(name: try text("name"), field: try text("field", "task"), try text("text"), at: place)
  }

  private mutating func add(rows: [DelimitedText.Row]) throws(FileError) {
    guard let header = rows.first?.fields.map({ $0.lowercased() }), let name = header.firstIndex(of: "name"),
      let field = header.firstIndex(of: "field") ?? header.firstIndex(of: "task"),
      let text = header.firstIndex(of: "text")
    else {
      throw entry(
        "line 1", "a header with name, field and text",
        rows.first?.fields.joined(separator: ", ") ?? "nothing")
    }
    for row in rows.dropFirst() {
      guard row.fields.count == header.count else {
        throw entry(
          "line \(row.line)", "\(header.count) fields, as in the header", "\(row.fields.count)")
      }
      try add(name: row.fields[name], field: row.fields[field], row.fields[text], at: "line \(row.line)")
    }
  }

  private mutating func add(name: String, field: String, _ text: String, at place: String) throws(FileError) {
    guard field.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]*/) != nil, field != TaskTemplate.nameField else {
      throw entry(
        place, "a field of letters, digits and hyphens, other than \"name\"", "\"\(field.prefix(40))\"")
    }
    guard text.contains(where: { !$0.isWhitespace }), !text.unicodeScalars.contains(where: { $0.value == 0 })
    else { throw entry(place, "a text", text.isEmpty ? "nothing" : "blanks or U+0000") }
    let index =
      texts.firstIndex { $0.field == field }
      ?? {
        texts.append((field, [:]))
        return texts.count - 1
      }()
    texts[index].byName[ExactName(name), default: []].append(text)
  }

  /// The fields of these names, and how many names of the file are not among them.
  func fields(of names: [String]) -> (fields: [Domain.Field], strangers: Int) {
    let keys = names.map(ExactName.init)
    let known = Set(keys)
    let all = texts.reduce(into: Set<ExactName>()) { $0.formUnion($1.byName.keys) }
    return (
      texts.map { field in Domain.Field(field.field, keys.map { field.byName[$0] ?? [] }) },
      all.count { !known.contains($0) }
    )
  }
}
