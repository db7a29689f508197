import Foundation
package import Yams

/// Strict reading of small YAML files: every key must be known, every value of its type, and errors say
/// the file, the place and the line.
///
/// Refused before parsing: files above 1 MiB, and anchors and aliases (they let a small file expand
/// without bound, and none of our files needs them).
package struct YAMLReader: Sendable {
  package let path: String

  private static let longest = 1 << 20

  package init(path: String) { self.path = path }

  package func error(_ place: String, _ expected: String, _ actual: String) -> CheckpointError {
    .catalog(path: path, place: place, expected: expected, actual: actual)
  }

  /// The document of the file.
  package func document() throws(CheckpointError) -> Node {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .missing(path: path, what: "the file", hint: "it cannot be read")
    }
    guard data.count <= Self.longest else {
      throw error("file", "at most \(Self.longest) bytes", "\(data.count)")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw error("file", "UTF-8 text", "\(data.count) bytes that are not")
    }
    return try document(text)
  }

  package func document(_ text: String) throws(CheckpointError) -> Node {
    try refuseAnchors(text)
    do {
      guard let node = try Yams.compose(yaml: text) else { throw error("file", "a mapping", "nothing") }
      return node
    } catch let failure as CheckpointError {
      throw failure
    } catch let failure {
      throw error("file", "YAML", "\(failure)")
    }
  }

  private func refuseAnchors(_ text: String) throws(CheckpointError) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var previous: UInt8 = UInt8(ascii: " ")
      let bytes = Array(line.utf8)
      for (index, byte) in bytes.enumerated() {
        if previous == UInt8(ascii: " "), byte == UInt8(ascii: "#") { break }
        let starts = " \t[{,:?-".utf8.contains(previous)
        let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
        if starts, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), !" \t\"'".utf8.contains(next) {
          throw error(
            "line \(number + 1)", "no anchors and aliases", String(decoding: bytes[index...], as: UTF8.self))
        }
        previous = byte
      }
    }
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
  package func members(_ node: Node, _ place: String, known: [String]) throws(CheckpointError) -> [String:
    Node]
  {
    guard case .mapping(let mapping) = node else {
      throw error(place + line(node), "a mapping of \(known.joined(separator: ", "))", kind(node))
    }
    var members: [String: Node] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, known.contains(scalar.string) else {
        throw error(place + line(key), "one of \(known.joined(separator: ", "))", kind(key))
      }
      guard members.updateValue(value, forKey: scalar.string) == nil else {
        throw error(place + line(key), "each key once", scalar.string)
      }
    }
    return members
  }

  /// The members of a mapping whose keys are names that the user chose, in the order of the file.
  package func entries(_ node: Node, _ place: String) throws(CheckpointError) -> [(name: String, value: Node)]
  {
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

  package func elements(_ node: Node?, _ place: String) throws(CheckpointError) -> [Node] {
    guard let node else { throw error(place, "a sequence", "nothing") }
    guard case .sequence(let sequence) = node else {
      throw error(place + line(node), "a sequence", kind(node))
    }
    return Array(sequence)
  }

  /// A non-empty text without control characters.
  package func text(_ node: Node?, _ place: String) throws(CheckpointError) -> String {
    guard let node else { throw error(place, "a text", "nothing") }
    guard case .scalar(let scalar) = node, node.null == nil, !scalar.string.isEmpty,
      !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F })
    else { throw error(place + line(node), "a text", kind(node)) }
    return scalar.string
  }

  package func integer(_ node: Node?, _ place: String, in range: ClosedRange<Int>) throws(CheckpointError)
    -> Int
  {
    guard let node else { throw error(place, "an integer", "nothing") }
    guard case .scalar = node, let value = node.int, range.contains(value) else {
      throw error(
        place + line(node), "an integer in \(range.lowerBound) ... \(range.upperBound)", kind(node))
    }
    return value
  }

  /// A finite number in a range.
  package func number(_ node: Node?, _ place: String, in range: ClosedRange<Double>) throws(CheckpointError)
    -> Double
  {
    guard let node else { throw error(place, "a number", "nothing") }
    guard case .scalar = node, let value = node.float, range.contains(value) else {
      throw error(
        place + line(node), "a number in \(range.lowerBound) ... \(range.upperBound)", kind(node))
    }
    return value
  }

  package func boolean(_ node: Node, _ place: String) throws(CheckpointError) -> Bool {
    guard case .scalar = node, let value = node.bool else {
      throw error(place + line(node), "true or false", kind(node))
    }
    return value
  }
}
