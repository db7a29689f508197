internal import Files
import Foundation

/// JSON with places, so that an error can say where it is.
struct ContrastSetReader {
  /// Larger files are refused before they are parsed.
  static let maximumBytes = 64 << 20
  let file: String

  /// A node and where it stands.
  struct Element {
    let node: JSON
    let file: String
    let place: String

    func child(_ node: JSON, _ name: String) -> Element {
      Element(node: node, file: file, place: place == "top level" ? name : "\(place), \(name)")
    }

    func error(expected: String, actual: String, remedy: String) -> SteeringError {
      .contrastSet(file: file, place: place, expected: expected, actual: actual, remedy: remedy)
    }
  }

  /// The JSON of a file; objects on lines of their own (JSON Lines) are read as a list.
  func document(_ data: [UInt8]) throws(SteeringError) -> Element {
    guard data.count <= Self.maximumBytes else {
      throw .contrastSet(
        file: file, place: "size", expected: "at most \(Self.maximumBytes) bytes", actual: "more",
        remedy: "split the file")
    }
    return try contrastSetErrors(file) { () throws(FileError) in
      var reader = JSONReader(data, path: file)
      return Element(node: try reader.documentOrLines(), file: file, place: "top level")
    }
  }
}

/// Runs a read of a file and reports its failure as the contrast set's.
func contrastSetErrors<Result>(
  _ file: String, _ body: () throws(FileError) -> Result
) throws(SteeringError) -> Result {
  do throws(FileError) { return try body() } catch {
    switch error {
    case .malformed(_, let offset, let what, let expected, let actual):
      throw .contrastSet(
        file: file, place: "\(what) (byte \(offset))", expected: expected, actual: actual,
        remedy: "mend the text there")
    case .otherKind(_, _, let actual, let remedy):
      throw .contrastSet(
        file: file, place: "file", expected: "JSON or JSON Lines", actual: actual,
        remedy: remedy ?? "give the file of the contrast set")
    case .system(_, let operation, let reason):
      throw .file(path: file, operation: operation, reason: reason)
    case .entry(_, let place, let expected, let actual):
      throw .contrastSet(
        file: file, place: place, expected: expected, actual: actual, remedy: "mend the text there")
    }
  }
}

extension JSON {
  /// What stands there, in words.
  var words: String {
    switch self {
    case .string(let text): text.isEmpty ? "an empty text" : "a text"
    case .array(let items): "a list of \(items.count)"
    case .object([]): "an empty object"
    case .object(let members):
      "an object with \(members.prefix(8).map { $0.key.prefix(40) }.sorted().joined(separator: ", "))"
    case .null, .bool, .integer, .number: kind
    }
  }
}

extension ContrastSetReader.Element {
  private static let formats =
    "write {name, train: [{positive, negative}], test: [{prompt, positive, negative}], …}, "
    + "a list of {positive, negative}, or a list of "
    + "{question, answer_matching_behavior, answer_not_matching_behavior}"

  /// An object with no other members than these: a misspelt member is an error, not a silence.
  func object(allowing names: [String]) throws(SteeringError) -> ContrastSetReader.Object {
    guard let members = node.object else {
      throw error(expected: "an object or a list", actual: node.words, remedy: Self.formats)
    }
    if let stranger = members.map(\.key).first(where: { !names.contains($0) }) {
      throw error(
        expected: "only the members \(names.joined(separator: ", "))",
        actual: "\"\(stranger.prefix(40))\"" + suggestion(for: stranger, among: names),
        remedy: "rename or remove it")
    }
    return ContrastSetReader.Object(element: self)
  }

  /// The texts of an item, none empty; the last two must differ. Other members are passed over.
  func fields(_ names: [String]) throws(SteeringError) -> [String] {
    guard case .object = node else {
      throw error(
        expected: "an object with \(names.joined(separator: ", "))", actual: node.words, remedy: Self.formats)
    }
    var texts: [String] = []
    for name in names {
      guard let member = node[name] else {
        throw error(expected: "a member \"\(name)\"", actual: node.words, remedy: "add it")
      }
      texts.append(try child(member, name).text())
    }
    guard texts[names.count - 1] != texts[names.count - 2] else {
      throw error(
        expected: "different texts in \(names[names.count - 2]) and \(names[names.count - 1])",
        actual: "the same text twice", remedy: "change or remove the item")
    }
    return texts
  }

  /// A text with at least one visible character.
  func text() throws(SteeringError) -> String {
    guard case .string(let text) = node, text.contains(where: { !$0.isWhitespace }) else {
      throw error(
        expected: "a text that is not blank", actual: node.words, remedy: "write the text in quotes")
    }
    return text
  }
}

extension ContrastSetReader {
  /// An object whose members' names are known.
  struct Object {
    let element: Element

    func string(_ name: String, required: Bool = false) throws(SteeringError) -> String? {
      guard let node = try member(name, required: required) else { return nil }
      return try element.child(node, name).text()
    }

    func strings(_ name: String, required: Bool = false) throws(SteeringError) -> [String] {
      try items(name, required: required) { (item) throws(SteeringError) in try item.text() }
    }

    func items<Item>(
      _ name: String, required: Bool = false, _ read: (Element) throws(SteeringError) -> Item
    ) throws(SteeringError) -> [Item] {
      guard let node = try member(name, required: required) else { return [] }
      let list = element.child(node, name)
      guard case .array(let nodes) = node, !required || !nodes.isEmpty else {
        throw list.error(
          expected: required ? "a list with items" : "a list", actual: node.words, remedy: "write [{…}, {…}]")
      }
      var items: [Item] = []
      for (index, node) in nodes.enumerated() { items.append(try read(list.child(node, "item \(index)"))) }
      return items
    }

    private func member(_ name: String, required: Bool) throws(SteeringError) -> JSON? {
      let member = element.node[name]
      if required, member == nil {
        throw element.error(expected: "a member \"\(name)\"", actual: element.node.words, remedy: "add it")
      }
      return member
    }
  }
}
