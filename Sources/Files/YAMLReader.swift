import Foundation
package import Yams

/// Strict reading of small YAML files: every key must be known, every value of its type, and errors say
/// the file, the place and the line.
///
/// Refused: files above 1 MiB, and anchors and aliases (they let a small file expand without bound, and none of
/// our files needs them). Whether a `&` or `*` is one says the parser, so prose may hold them.
package struct YAMLReader: Sendable {
  package let path: String

  private static let longest = 1 << 20

  package init(path: String) { self.path = path }

  package func error(_ place: String, _ expected: String, _ actual: String) -> FileError {
    .entry(path: path, place: place, expected: expected, actual: actual)
  }

  /// The document of the file.
  package func document() throws(FileError) -> Node {
    try document(try TextInput.text(path, kind: "YAML text", limit: Self.longest))
  }

  package func document(_ text: String) throws(FileError) -> Node {
    let text = String(text.trimmingPrefix("\u{FEFF}"))
    // Without `*` there are no aliases, so this tree is as large as its text, whatever the text says.
    let defused = try compose(text.replacing("*", with: Self.star)) { (root) throws(FileError) in
      try refuseAnchors(root)
      return root
    }
    return text.contains("*") ? try compose(text) { $0 } : defused
  }

  /// Stands for `*` while aliases are looked for: a private character, which opens nothing.
  private static let star = "\u{E000}"

  /// Hands the tree on while its parser lives, which owns the names of the anchors.
  private func compose(
    _ text: String, _ body: (Node) throws(FileError) -> Node
  ) throws(FileError) -> Node {
    let parser: Parser
    let root: Node?
    do {
      parser = try Parser(yaml: text)
      root = try parser.singleRoot()
    } catch {
      throw self.error("file", "YAML", "\(error)".replacing(Self.star, with: "*"))
    }
    guard let root else { throw error("file", "a mapping", "nothing") }
    defer { withExtendedLifetime(parser) {} }
    return try body(root)
  }

  private func refuseAnchors(_ node: Node) throws(FileError) {
    if let anchor = node.anchor { throw anchored(node, "&\(anchor.rawValue)") }
    switch node {
    case .scalar(let scalar):
      if scalar.style == .plain, scalar.string.hasPrefix(Self.star) {
        throw anchored(node, scalar.string.replacing(Self.star, with: "*"))
      }
    case .mapping(let mapping):
      for (key, value) in mapping {
        try refuseAnchors(key)
        try refuseAnchors(value)
      }
    case .sequence(let sequence):
      for element in sequence { try refuseAnchors(element) }
    case .alias(let alias):
      throw anchored(node, "*\(alias.anchor.rawValue)")
    }
  }

  private func anchored(_ node: Node, _ actual: String) -> FileError {
    error(
      "file" + line(node), "no anchors and aliases (a text that begins with & or * needs quotes)", actual)
  }

  private func line(_ node: Node) -> String { node.mark.map { " (line \($0.line))" } ?? "" }

  private func kind(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.debugDescription
    case .mapping: "a mapping"
    case .sequence: "a sequence"
    case .alias: "an alias"
    }
  }

  /// The members of a mapping whose keys are all among `known`.
  package func members(_ node: Node, _ place: String, known: [String]) throws(FileError) -> [String:
    Node]
  {
    guard case .mapping(let mapping) = node else {
      throw error(place + line(node), "a mapping of \(known.joined(separator: ", "))", kind(node))
    }
    var members: [String: Node] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, known.contains(scalar.string) else {
        throw error(
          place + line(key), "one of \(known.joined(separator: ", "))",
          kind(key) + suggestion(for: key.scalar?.string ?? "", among: known))
      }
      guard members.updateValue(value, forKey: scalar.string) == nil else {
        throw error(place + line(key), "each key once", scalar.string)
      }
    }
    return members
  }

  /// The members of a mapping whose keys are names that the user chose, in the order of the file.
  package func entries(_ node: Node, _ place: String) throws(FileError) -> [(name: String, value: Node)] {
    guard case .mapping(let mapping) = node else { throw error(place + line(node), "a mapping", kind(node)) }
    var entries: [(name: String, value: Node)] = []
    for (key, value) in mapping {
      let name = try text(key, place)
      guard !entries.contains(where: { $0.name == name }) else {
        throw error(place + line(key), "each key once", name)
      }
      entries.append((name, value))
    }
    return entries
  }

  package func elements(_ node: Node?, _ place: String) throws(FileError) -> [Node] {
    guard let node else { throw error(place, "a sequence", "nothing") }
    guard case .sequence(let sequence) = node else {
      throw error(place + line(node), "a sequence", kind(node))
    }
    return Array(sequence)
  }

  /// A non-empty text without control characters.
  package func text(_ node: Node?, _ place: String) throws(FileError) -> String {
    guard let node else { throw error(place, "a text", "nothing") }
    guard case .scalar(let scalar) = node, node.null == nil, !scalar.string.isEmpty,
      !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F })
    else { throw error(place + line(node), "a text", kind(node)) }
    return scalar.string
  }

  /// An integer in decimal digits: YAML's other spellings (`1:30` for 90, `010` for 8, `1_000`) are as often
  /// meant otherwise.
  package func integer(_ node: Node?, _ place: String, in range: ClosedRange<Int>) throws(FileError)
    -> Int
  {
    guard let node else { throw error(place, "an integer", "nothing") }
    guard case .scalar(let scalar) = node, scalar.string.wholeMatch(of: /-?(0|[1-9][0-9]*)/) != nil,
      let value = Int(scalar.string), range.contains(value)
    else {
      throw error(
        place + line(node),
        "an integer in \(range.lowerBound) ... \(range.upperBound), in decimal digits without a leading zero",
        kind(node))
    }
    return value
  }

  /// A finite decimal number in a range.
  package func number(_ node: Node?, _ place: String, in range: ClosedRange<Double>) throws(FileError)
    -> Double
  {
    guard let node else { throw error(place, "a number", "nothing") }
    let decimal = /-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?/
    guard case .scalar(let scalar) = node, scalar.string.wholeMatch(of: decimal) != nil,
      let value = Double(scalar.string), range.contains(value)
    else {
      throw error(
        place + line(node), "a number in \(range.lowerBound) ... \(range.upperBound)", kind(node))
    }
    return value
  }

  package func boolean(_ node: Node, _ place: String) throws(FileError) -> Bool {
    guard case .scalar = node, let value = node.bool else {
      throw error(place + line(node), "true or false", kind(node))
    }
    return value
  }
}
