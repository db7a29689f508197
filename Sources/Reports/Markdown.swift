/// Markdown as we write it, in which text from outside is nothing but text: what is interpolated is escaped.
///
/// ```swift
/// let sentence: Markdown = "**\(model.name)** has \(count) rows."
/// ```
/// A `Markdown` that is interpolated goes in as it is. A `String` can become one only this way, so nothing from outside
/// reaches a report unescaped.
public struct Markdown: Sendable, Equatable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The Markdown source.
  public let text: String

  public init(stringLiteral value: String) { text = value }

  public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  public var description: String { text }

  /// The words without their marks: emphasis and code, and the backslashes before what is meant literally.
  public var plain: String {
    var words = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\\": if let next = rest.popFirst() { words.append(next) }
      case "*", "`": break
      default: words.append(character)
      }
    }
    return words
  }

  /// One text after the other.
  public static func + (_ first: Markdown, _ second: Markdown) -> Markdown { "\(first)\(second)" }

  /// Collects literals as they are and values escaped.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

    /// Our own words.
    public mutating func appendLiteral(_ literal: String) { text += literal }

    /// Text from anywhere, escaped.
    public mutating func appendInterpolation(_ words: String) {
      text += text.isEmpty ? MarkdownText.escaped(words) : MarkdownText.escapedInside(words)
    }

    /// Text from anywhere, escaped.
    public mutating func appendInterpolation(_ words: Substring) { appendInterpolation(String(words)) }

    /// A whole number.
    public mutating func appendInterpolation(_ number: some BinaryInteger) { text += "\(number)" }

    /// What is Markdown already.
    public mutating func appendInterpolation(_ markdown: Markdown) { text += markdown.text }

    /// A table, which escapes its words itself.
    public mutating func appendInterpolation(_ table: Table) { text += table.markdown() }

    /// A file's name or a hash, between backticks, which cannot stand in it.
    public mutating func appendInterpolation(code: String) {
      text += "`" + MarkdownText.visible(code.replacing("`", with: "'"), keepingLineBreaks: false) + "`"
    }
  }
}

extension [Markdown] {
  /// The texts with `separator` between them.
  public func joined(separator: Markdown) -> Markdown {
    guard let first else { return "" }
    return dropFirst().reduce(first) { "\($0)\(separator)\($1)" }
  }
}
