/// A text with placeholders in braces; `{{` and `}}` are braces that are meant.
///
/// | placeholder | where | stands for |
/// | -- | -- | -- |
/// | `{vector}` | prompt | the vector of an item |
/// | `{first}`, `{second}` | prompt | the vectors of two items |
/// | `{between}`, `{between:0.25}` | prompt | a point on the line between two items, at the middle or at that share |
/// | `{gloss}`, `{synonyms:3}` | answer | the item's texts in a field, joined by commas; so many at most |
/// | `{first.gloss}`, `{second.gloss}` | answer | those of one of two items |
/// | `{shared.kind:1}` | answer | those that both have, in the order of the first |
///
/// `name` is a field that every item has.
public struct TaskTemplate: Sendable, Equatable {
  /// What a vector is made of.
  public enum Vector: Sendable, Equatable {
    case item, first, second
    /// `(1 - t) first + t second`.
    case between(Double)

    /// As a prompt spells it.
    var words: String {
      switch self {
      case .item: "{vector}"
      case .first: "{first}"
      case .second: "{second}"
      case .between: "{between}"
      }
    }
  }

  /// Whose texts an answer takes.
  public enum Owner: String, Sendable, Equatable {
    case item, first, second, shared
  }

  /// A part of a template.
  public enum Piece: Sendable, Equatable {
    case text(String)
    case vector(Vector)
    /// At most so many texts of a field; nil takes all.
    case field(Owner, String, most: Int?)
  }

  /// The field that every item has.
  public static let nameField = "name"

  /// As it was written.
  public let source: String
  public let pieces: [Piece]

  /// Why a template cannot be read.
  package struct Fault: Error {
    package let expected: String
    package let actual: String
  }

  package init(_ source: String) throws(Fault) {
    var pieces: [Piece] = []
    var text = ""
    var rest = source[...]
    while let character = rest.popFirst() {
      guard character == "{" || character == "}" else {
        text.append(character)
        continue
      }
      if rest.first == character {
        text.append(character)
        rest.removeFirst()
        continue
      }
      guard character == "{", let end = rest.firstIndex(of: "}") else {
        throw Fault(expected: "a brace and its partner, or it doubled", actual: "a \(character) alone")
      }
      if !text.isEmpty { pieces.append(.text(text)) }
      text = ""
      pieces.append(try Self.placeholder(String(rest[..<end])))
      rest = rest[rest.index(after: end)...]
    }
    if !text.isEmpty { pieces.append(.text(text)) }
    (self.source, self.pieces) = (source, pieces)
  }

  private static func placeholder(_ word: String) throws(Fault) -> Piece {
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (name, option) = (parts[0], parts.count > 1 ? parts[1] : nil)
    switch (name, option) {
    case ("vector", nil): return .vector(.item)
    case ("first", nil): return .vector(.first)
    case ("second", nil): return .vector(.second)
    case ("between", nil): return .vector(.between(0.5))
    case ("between", let option?):
      guard let share = Double(option), (0...1).contains(share) else {
        throw Fault(expected: "a share from 0 to 1 in {between:SHARE}", actual: option)
      }
      return .vector(.between(share))
    default: break
    }
    let most = option.flatMap { Int($0) }
    guard option == nil || (most ?? 0) > 0 else {
      throw Fault(expected: "a number of texts, 1 or more, in {\(name):COUNT}", actual: option ?? "")
    }
    let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard words.count <= 2, let field = words.last, field.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]*/) != nil,
      let owner = words.count == 1 ? Owner.item : Owner(rawValue: words[0]),
      words.count == 1 || owner != .item
    else {
      throw Fault(
        expected:
          "{vector}, {first}, {second}, {between}, {FIELD}, {first.FIELD}, {second.FIELD} or {shared.FIELD}",
        actual: "{\(word)}")
    }
    return .field(owner, field, most: most)
  }

  var vectors: [Vector] {
    pieces.compactMap { if case .vector(let vector) = $0 { vector } else { nil } }
  }

  /// Whose texts of which fields it takes.
  var fields: [(owner: Owner, name: String)] {
    pieces.compactMap { if case .field(let owner, let name, _) = $0 { (owner, name) } else { nil } }
  }
}
