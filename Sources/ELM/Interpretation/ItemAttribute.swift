internal import Domains
internal import Files
internal import Foundation
public import Stores
internal import Tensors

/// A number that some items of a domain have: what a direction is looked for.
///
/// | | |
/// | -- | -- |
/// | `FILE` | CSV or TSV of name and value |
/// | `FIELD=TEXT` | 1 for items that have the text in the field, 0 for those that have others |
/// | `FIELD` | the number that the field's first text begins with |
public struct ItemAttribute: Sendable, Equatable {
  /// As it was written.
  public let name: String
  /// Items, ascending, and their numbers.
  public let items: [Int]
  public let values: [Double]

  /// Whether the numbers are 0 and 1 alone.
  public var isBinary: Bool { values.allSatisfy { $0 == 0 || $0 == 1 } }

  package init(name: String, _ known: [Int: Double]) {
    self.name = name
    items = known.keys.sorted()
    values = items.map { known[$0] ?? 0 }
  }

  /// The same numbers under another name.
  package func renamed(_ name: String) -> ItemAttribute { ItemAttribute(name, self) }

  private init(_ name: String, _ attribute: ItemAttribute) {
    (self.name, items, values) = (name, attribute.items, attribute.values)
  }

  /// - Throws: ``ElmError/option(name:expected:actual:)`` for a field that the domain has not; `FileError` for a file;
  ///   ``ElmError/notEvaluable(what:reason:)`` where fewer than two items have a number, or all have one.
  public init(_ text: String, of domain: Domain) throws {
    let known: [Int: Double]
    if let equals = text.firstIndex(of: "="), let field = domain.field(String(text[..<equals])) {
      let wanted = text[text.index(after: equals)...].lowercased()
      known = Dictionary(
        uniqueKeysWithValues: (0..<domain.count).filter { !field[$0].isEmpty }.map { item in
          (item, field[item].contains { $0.lowercased() == wanted } ? 1 : 0)
        })
    } else if let field = domain.field(text) {
      known = Dictionary(
        uniqueKeysWithValues: (0..<domain.count).compactMap { item in
          field[item].first.flatMap(Self.number).map { (item, $0) }
        })
    } else if FileManager.default.fileExists(atPath: text) {
      known = try Self.read(text, of: domain)
    } else {
      let fields = domain.fields.map(\.name)
      let word = String(text.prefix { $0 != "=" })
      throw ElmError.option(
        name: "attribute",
        expected:
          "a file of name and value, FIELD=TEXT or FIELD, with one of \(fields.joined(separator: ", "))",
        actual: "\"\(text)\"" + suggestion(for: word, among: fields))
    }
    self.init(name: text, known)
    guard Set(values).count > 1 else {
      throw ElmError.notEvaluable(
        what: "the attribute \(text)",
        reason: items.count < 2
          ? "\(items.count) items of \(domain.name) have a number"
          : "all \(items.count) items that have a number have the same")
    }
  }

  private static func number(_ text: String) -> Double? {
    Double(text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }).flatMap {
      $0.isFinite ? $0 : nil
    }
  }

  /// Names that the domain does not have are passed over.
  private static func read(_ path: String, of domain: Domain) throws -> [Int: Double] {
    let read = try DelimitedText.vectors(path)
    guard read.vectors.columns == 1 else {
      throw FileError.entry(
        path: path, place: "file", expected: "rows of name and value",
        actual: "\(read.vectors.columns) numbers a row")
    }
    let rows = Dictionary(uniqueKeysWithValues: domain.names.enumerated().map { ($1, $0) })
    var known: [Int: Double] = [:]
    for (row, name) in (read.names ?? []).enumerated() {
      guard let item = rows[name] else { continue }
      let value = Double(read.vectors[row, 0])
      guard value.isFinite else {
        throw FileError.entry(
          path: path, place: "\"\(name)\"", expected: "a finite number", actual: "\(value)")
      }
      known[item] = value
    }
    return known
  }
}
