/// A Markdown document, built block by block; blocks are separated by one empty line.
///
/// Paragraphs and lists take ``Markdown``, which escapes what is interpolated; everything else takes plain text and
/// escapes it.
public struct MarkdownDocument: Sendable, Equatable {
  private var blocks: [String] = []

  public init() {}

  /// The document's text, with one line break at the end.
  public var text: String { blocks.joined(separator: "\n\n") + "\n" }

  /// A heading of plain text.
  /// - Parameter level: 1 (title) … 6.
  public mutating func heading(_ level: Int, _ title: String) {
    precondition((1...6).contains(level), "heading level must be 1 … 6, is \(level)")
    blocks.append(String(repeating: "#", count: level) + " " + MarkdownText.escaped(title))
  }

  /// A paragraph.
  public mutating func paragraph(_ markdown: Markdown) { add(markdown.text) }

  /// A list.
  public mutating func list(_ items: [Markdown], numbered: Bool = false) {
    let lines = items.enumerated().map { index, item in
      let mark = numbered ? "\(index + 1). " : "- "
      let indent = "\n" + String(repeating: " ", count: mark.count)
      return mark + item.text.replacing("\n", with: indent)
    }
    add(lines.joined(separator: "\n"))
  }

  /// A table, its caption above and its reasons below.
  public mutating func table(_ table: Table) { add(table.markdown()) }

  /// A block of code or plain output; its fence is longer than any run of backticks inside.
  public mutating func code(_ text: String, language: String = "") {
    let body = MarkdownText.visible(text, keepingLineBreaks: true)
    let fence = String(repeating: "`", count: max(3, Self.longestRun(of: "`", in: body) + 1))
    let end = body.hasSuffix("\n") || body.isEmpty ? "" : "\n"
    let name = language.filter { $0.isLetter || $0.isNumber }
    blocks.append("\(fence)\(name)\n\(body)\(end)\(fence)")
  }

  /// An image with words for those who cannot see it, and a caption below.
  /// - Parameter path: relative to the document; written percent-encoded.
  public mutating func image(_ path: String, alternativeText: String, caption: String = "") {
    var block = "![\(MarkdownText.escaped(alternativeText))](\(Self.encoded(path)))"
    if !caption.isEmpty { block += "\n\n*\(MarkdownText.escaped(caption))*" }
    blocks.append(block)
  }

  /// Untrusted text, for example what a model wrote, as a quotation: line by line, nothing in it is Markdown.
  /// - Parameter label: plain text in bold above the quotation, for example the dose.
  public mutating func quote(_ text: String, label: String = "") {
    let visible = MarkdownText.visible(text.replacing("\r\n", with: "\n"), keepingLineBreaks: true)
    let source = visible.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = source.enumerated().map { index, line in
      let escaped = MarkdownText.escaped(String(line))
      // A backslash at the end of a line keeps the break.
      return index < source.count - 1 && !escaped.isEmpty && !source[index + 1].isEmpty
        ? escaped + "\\" : escaped
    }
    let heading = label.isEmpty ? [] : ["**\(MarkdownText.escaped(label))**", ""]
    blocks.append((heading + lines).map { $0.isEmpty ? ">" : "> " + $0 }.joined(separator: "\n"))
  }

  private mutating func add(_ block: String) {
    var trimmed = Substring(block)
    while let last = trimmed.last, last.isNewline { trimmed = trimmed.dropLast() }
    blocks.append(String(trimmed))
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var longest = 0
    var run = 0
    for other in text {
      run = other == character ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  private static func encoded(_ path: String) -> String {
    path.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let plain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if plain || "/._-~".unicodeScalars.contains(scalar) { return String(scalar) }
      return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
