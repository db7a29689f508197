import Foundation

/// JSON with places, so that an error can say where it is.
struct ContrastSetReader {
  /// Larger files are refused before they are parsed.
  static let maximumBytes = 64 << 20
  let file: String

  indirect enum Node: Decodable {
    case string(String)
    case array([Node])
    case object([String: Node])
    case other(String)

    init(from decoder: any Decoder) throws {
      let box = try decoder.singleValueContainer()
      if let text = try? box.decode(String.self) {
        self = .string(text)
      } else if box.decodeNil() {
        self = .other("null")
      } else if let items = try? box.decode([Node].self) {
        self = .array(items)
      } else if let members = try? box.decode([String: Node].self) {
        self = .object(members)
      } else {
        self = .other("a number or a truth value")
      }
    }

    var words: String {
      switch self {
      case .string(let text): text.isEmpty ? "an empty text" : "a text"
      case .array(let items): "a list of \(items.count)"
      case .object(let members): "an object with \(members.keys.sorted().prefix(8).joined(separator: ", "))"
      case .other(let words): words
      }
    }
  }

  /// A node and where it stands.
  struct Element {
    let node: Node
    let file: String
    let place: String

    func child(_ node: Node, _ name: String) -> Element {
      Element(node: node, file: file, place: place == "top level" ? name : "\(place), \(name)")
    }

    func error(expected: String, actual: String, remedy: String) -> SteeringError {
      .contrastSet(file: file, place: place, expected: expected, actual: actual, remedy: remedy)
    }
  }

  func document(_ data: Data) throws(SteeringError) -> Element {
    guard data.count <= Self.maximumBytes else {
      throw .contrastSet(
        file: file, place: "size", expected: "at most \(Self.maximumBytes) bytes", actual: "more",
        remedy: "split the file")
    }
    do {
      return Element(node: try JSONDecoder().decode(Node.self, from: data), file: file, place: "top level")
    } catch {
      throw .contrastSet(
        file: file, place: "top level", expected: "JSON",
        actual: "text that is not JSON (\(data.count) bytes)",
        remedy: "check the file with `python3 -m json.tool`")
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
    guard case .object(let members) = node else {
      throw error(expected: "an object or a list", actual: node.words, remedy: Self.formats)
    }
    if let stranger = members.keys.sorted().first(where: { !names.contains($0) }) {
      throw error(
        expected: "only the members \(names.joined(separator: ", "))", actual: "\"\(stranger.prefix(40))\"",
        remedy: "rename or remove it")
    }
    return ContrastSetReader.Object(element: self, members: members)
  }

  /// The texts of an item, none empty; the last two must differ. Other members are passed over.
  func fields(_ names: [String]) throws(SteeringError) -> [String] {
    guard case .object(let members) = node else {
      throw error(
        expected: "an object with \(names.joined(separator: ", "))", actual: node.words, remedy: Self.formats)
    }
    var texts: [String] = []
    for name in names {
      guard let member = members[name] else {
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
    let members: [String: Node]

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

    private func member(_ name: String, required: Bool) throws(SteeringError) -> Node? {
      if required, members[name] == nil {
        throw element.error(expected: "a member \"\(name)\"", actual: element.node.words, remedy: "add it")
      }
      return members[name]
    }
  }
}
