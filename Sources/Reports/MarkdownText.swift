/// Text from outside (what a model wrote, a token, a path) made harmless for Markdown.
public enum MarkdownText {
  /// One line of text in which nothing is Markdown, HTML, a table border, a link or a terminal command.
  ///
  /// ASCII punctuation with a meaning is escaped by a backslash; line breaks and other control characters
  /// become their pictures (␊, ␛); invisible and direction-changing characters become `U+202E`.
  public static func escaped(_ text: String) -> String { escapedStart(escapedInside(text)) }

  /// The same for text that does not begin a line.
  static func escapedInside(_ text: String) -> String {
    var result = ""
    for scalar in visible(text, keepingLineBreaks: false).unicodeScalars {
      if special.contains(scalar) { result.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result.replacing("://", with: "\\://").replacing("www.", with: "www\\.")
  }

  /// `text` with control, invisible and direction-changing characters replaced by something one can see.
  public static func visible(_ text: String, keepingLineBreaks: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A where keepingLineBreaks: result.append(scalar)
      case 0x00...0x1F: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
      case 0x7F: result.append("\u{2421}")
      case 0x80...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xE0000...0xE007F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padding = String(repeating: "0", count: max(0, 4 - digits.count))
        result.append(contentsOf: "U+\(padding)\(digits)".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private static let special = Set("\\`*_[]<>|~&$!@".unicodeScalars)

  /// A heading, list, rule or number at the start of a line is text too.
  private static func escapedStart(_ line: String) -> String {
    let body = line.drop { $0 == " " }
    guard let first = body.first else { return line }
    if "#+-=".contains(first) { return "\\" + body }
    let digits = body.prefix { $0.isASCII && $0.isNumber }
    let rest = body.dropFirst(digits.count)
    if !digits.isEmpty, let mark = rest.first, ".)".contains(mark),
      rest.count == 1 || rest.dropFirst().first == " "
    {
      return digits + "\\" + rest
    }
    return String(body)
  }
}
