/// A document, built block by block, that writes itself as Markdown, blocks separated by one empty line, and as HTML (``html(title:picture:)``).
///
/// Paragraphs and lists take ``Markdown``, which escapes what is interpolated; everything else takes plain text and
/// escapes it.
public struct MarkdownDocument: Sendable, Equatable {
  /// One block of a document, as it was given.
  enum Block: Sendable, Equatable {
    case heading(Int, String)
    case paragraph(Markdown)
    case list([Markdown], isNumbered: Bool)
    case table(Table)
    case code(String, language: String)
    case image(path: String, alternativeText: String, caption: String)
    case quote(String, label: String)
  }

  private(set) var blocks: [Block] = []

  public init() {}

  /// The document's text, with one line break at the end.
  public var text: String { blocks.map(\.markdown).joined(separator: "\n\n") + "\n" }

  public var isEmpty: Bool { blocks.isEmpty }

  /// Another document's blocks.
  public mutating func append(_ other: MarkdownDocument) { blocks += other.blocks }

  /// The same without headings that nothing stands under.
  public var withoutEmptySections: MarkdownDocument {
    var kept: [Block] = []
    // From behind: the level of the heading that comes next, 0 where something else does.
    var next = 1
    for block in blocks.reversed() {
      guard case .heading(let level, _) = block else {
        kept.append(block)
        next = 0
        continue
      }
      guard next == 0 || next > level else { continue }
      kept.append(block)
      next = level
    }
    var document = MarkdownDocument()
    document.blocks = kept.reversed()
    return document
  }

  /// A heading of plain text.
  /// - Parameter level: 1 (title) … 6.
  public mutating func heading(_ level: Int, _ title: String) {
    precondition((1...6).contains(level), "heading level must be 1 … 6, is \(level)")
    blocks.append(.heading(level, title))
  }

  /// A paragraph.
  public mutating func paragraph(_ markdown: Markdown) { blocks.append(.paragraph(markdown)) }

  /// A list.
  public mutating func list(_ items: [Markdown], numbered: Bool = false) {
    blocks.append(.list(items, isNumbered: numbered))
  }

  /// A table, its caption above and its reasons below.
  public mutating func table(_ table: Table) { blocks.append(.table(table)) }

  /// A block of code or plain output; its fence is longer than any run of backticks inside.
  public mutating func code(_ text: String, language: String = "") {
    blocks.append(.code(text, language: language))
  }

  /// An image with words for those who cannot see it, and a caption below.
  /// - Parameter path: relative to the document; written percent-encoded.
  public mutating func image(_ path: String, alternativeText: String, caption: String = "") {
    blocks.append(.image(path: path, alternativeText: alternativeText, caption: caption))
  }

  /// Untrusted text, for example what a model wrote, as a quotation: line by line, nothing in it is Markdown.
  /// - Parameter label: plain text in bold above the quotation, for example the dose.
  public mutating func quote(_ text: String, label: String = "") {
    blocks.append(.quote(text, label: label))
  }
}

extension MarkdownDocument.Block {
  var markdown: String {
    switch self {
    case .heading(let level, let title):
      String(repeating: "#", count: level) + " " + MarkdownText.escaped(title)
    case .paragraph(let markdown): Self.trimmed(markdown.text)
    case .list(let items, let isNumbered): Self.list(items, isNumbered)
    case .table(let table): Self.trimmed(table.markdown())
    case .code(let text, let language): Self.code(text, language)
    case .image(let path, let alternativeText, let caption):
      "![\(MarkdownText.escaped(alternativeText))](\(Self.encoded(path)))"
        + (caption.isEmpty ? "" : "\n\n*\(MarkdownText.escaped(caption))*")
    case .quote(let text, let label): Self.quote(text, label)
    }
  }

  private static func list(_ items: [Markdown], _ isNumbered: Bool) -> String {
    let lines = items.enumerated().map { index, item in
      let mark = isNumbered ? "\(index + 1). " : "- "
      let indent = "\n" + String(repeating: " ", count: mark.count)
      return mark + item.text.replacing("\n", with: indent)
    }
    return trimmed(lines.joined(separator: "\n"))
  }

  private static func code(_ text: String, _ language: String) -> String {
    let body = MarkdownText.visible(text, keepingLineBreaks: true)
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: body) + 1))
    let end = body.hasSuffix("\n") || body.isEmpty ? "" : "\n"
    let name = language.filter { $0.isLetter || $0.isNumber }
    return "\(fence)\(name)\n\(body)\(end)\(fence)"
  }

  private static func quote(_ text: String, _ label: String) -> String {
    let visible = MarkdownText.visible(text.replacing("\r\n", with: "\n"), keepingLineBreaks: true)
    let source = visible.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = source.enumerated().map { index, line in
      let escaped = MarkdownText.escaped(String(line))
      // A backslash at the end of a line keeps the break.
      return index < source.count - 1 && !escaped.isEmpty && !source[index + 1].isEmpty
        ? escaped + "\\" : escaped
    }
    let heading = label.isEmpty ? [] : ["**\(MarkdownText.escaped(label))**", ""]
    return (heading + lines).map { $0.isEmpty ? ">" : "> " + $0 }.joined(separator: "\n")
  }

  private static func trimmed(_ block: String) -> String {
    var trimmed = Substring(block)
    while let last = trimmed.last, last.isNewline { trimmed = trimmed.dropLast() }
    return String(trimmed)
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
