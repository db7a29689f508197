internal import Files
internal import Yams

/// The values that a ``Parameter`` takes: how they are read, which are allowed, and how both are said.
struct ParameterKind<Value: Sendable & Equatable>: Sendable {
  /// Which values are allowed, in words; empty where all are.
  let range: String
  /// As a study file has it.
  let text: @Sendable (Value) -> String
  /// nil for a value that is allowed.
  let fault: @Sendable (Value) -> ParameterFault?
  /// Reads a value; few look at what the study has been given before.
  let read: @Sendable (StudyNode, Study) throws -> Value

  init(
    _ range: String = "", text: @escaping @Sendable (Value) -> String,
    fault: @escaping @Sendable (Value) -> ParameterFault? = { _ in nil },
    read: @escaping @Sendable (StudyNode, Study) throws -> Value
  ) {
    (self.range, self.text, self.fault, self.read) = (range, text, fault, read)
  }

  /// A kind whose range says all that a fault has to say.
  init(
    _ range: String, allowing isAllowed: @escaping @Sendable (Value) -> Bool,
    text: @escaping @Sendable (Value) -> String,
    read: @escaping @Sendable (StudyNode, Study) throws -> Value
  ) {
    self.init(
      range, text: text,
      fault: { isAllowed($0) ? nil : ParameterFault(expected: range, actual: text($0)) }, read: read)
  }
}

extension ParameterKind<Bool> {
  static var flag: Self {
    Self(
      text: { "\($0)" }, read: { file, _ in try file.reader.boolean(file.present, file.place) })
  }
}

extension ParameterKind<Int> {
  static func integer(_ range: ClosedRange<Int>) -> Self {
    Self(
      "\(range.lowerBound) to \(range.upperBound)", allowing: { range.contains($0) }, text: { "\($0)" },
      read: { file, _ in try file.reader.integer(file.node, file.place, in: range) })
  }
}

extension ParameterKind<Double> {
  static func number(_ range: ClosedRange<Double>) -> Self {
    Self(
      "\(decimal(range.lowerBound)) to \(decimal(range.upperBound))", allowing: { range.contains($0) },
      text: decimal, read: { file, _ in try file.reader.number(file.node, file.place, in: range) })
  }

  @Sendable private static func decimal(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension ParameterKind<UInt64> {
  /// Any seed; that of a file is small enough for every reader of numbers.
  static var seed: Self {
    Self(
      text: { "\($0)" },
      read: { file, _ in
        UInt64(try file.reader.integer(file.node, file.place, in: 0...Int(UInt32.max)))
      })
  }
}

extension ParameterKind<String> {
  static var text: Self {
    Self(
      text: { $0 }, read: { file, _ in try file.reader.text(file.node, file.place) })
  }

  /// A text that may be empty.
  static var anyText: Self {
    Self(
      text: { $0.isEmpty ? "\"\"" : $0 },
      read: { file, _ in
        file.node?.scalar?.string.isEmpty == true ? "" : try file.reader.text(file.node, file.place)
      })
  }

  /// The name of a folder.
  static var name: Self {
    Self(
      "letters, digits, - and _",
      allowing: { name in
        !name.isEmpty
          && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
      }, text: { $0 }, read: { file, _ in try file.reader.text(file.node, file.place) })
  }
}

extension ParameterKind<String?> {
  /// A file, or none.
  static var path: Self {
    Self(
      text: { $0 ?? "" }, read: { file, _ in try file.reader.text(file.node, file.place) })
  }
}

extension ParameterKind<[String]> {
  static var texts: Self {
    Self(text: { list($0) }, read: { file, _ in try file.texts() })
  }
}

extension ParameterKind where Value: RawRepresentable<String> {
  /// One of several words.
  static func choice(_ choices: [Value]) -> Self {
    let names = choices.map(\.rawValue)
    let words = names.dropLast().joined(separator: ", ") + " or \(names.last ?? "")"
    return Self(
      words, allowing: { choices.contains($0) }, text: \.rawValue,
      read: { file, _ in
        let text = try file.reader.text(file.node, file.place)
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
          throw file.reader.error(file.place, words, text + suggestion(for: text, among: names))
        }
        return choice
      })
  }
}

extension ParameterKind {
  /// Several of some words, each once.
  static func choices<Choice: RawRepresentable<String> & Sendable & Equatable>(
    _ choices: [Choice], atLeast fewest: Int = 0
  ) -> Self where Value == [Choice] {
    let names = choices.map(\.rawValue)
    let words = names.joined(separator: ", ")
    return Self(
      words, text: { list($0.map(\.rawValue)) },
      fault: { faultOfList($0.map(\.rawValue), atLeast: fewest) },
      read: { file, _ in
        try file.texts().enumerated().map { index, name in
          guard let choice = choices.first(where: { $0.rawValue == name }) else {
            throw file.reader.error(
              "\(file.place)[\(index)]", "one of \(words)", name + suggestion(for: name, among: names))
          }
          return choice
        }
      })
  }
}

/// A list as a study file has it.
@Sendable func list(_ texts: [String]) -> String { "[\(texts.joined(separator: ", "))]" }

/// What is wrong with a list of names that has to hold some, each once; nil for nothing.
func faultOfList(_ names: [String], atLeast fewest: Int) -> ParameterFault? {
  if names.count < fewest { return ParameterFault(expected: "one or more", actual: "none") }
  return names.indices.first { names.prefix($0).contains(names[$0]) }.map {
    ParameterFault(place: "[\($0)]", expected: "each once", actual: names[$0])
  }
}

extension StudyNode {
  /// The node, which is an error where there is none.
  var present: Node {
    get throws {
      guard let node else { throw reader.error(place, "a value", "nothing") }
      return node
    }
  }

  /// A list of sources, those with a name of their own as `{NAME: SOURCE}`.
  func named() throws -> [(name: String?, source: String)] {
    try reader.elements(node, place).enumerated().map { index, node in
      let place = "\(place)[\(index)]"
      guard node.mapping != nil else { return (nil, try reader.text(node, place)) }
      let entries = try reader.entries(node, place)
      guard entries.count == 1 else {
        throw reader.error(place, "one NAME: SOURCE", "\(entries.count) of them")
      }
      return (entries[0].name, try reader.text(entries[0].value, "\(place).\(entries[0].name)"))
    }
  }

  func texts() throws -> [String] {
    try reader.elements(node, place).enumerated().map { try reader.text($1, "\(place)[\($0)]") }
  }
}
