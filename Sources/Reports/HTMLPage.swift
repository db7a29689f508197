public import Foundation

/// A picture to be put into a page.
public enum HTMLPicture: Sendable {
  /// The text of a drawing.
  case svg(String)
  case png(Data)
}

extension MarkdownDocument {
  /// The document as one HTML page that needs nothing else: styles and drawings are in it, and nothing is loaded.
  ///
  /// The page is well-formed XML, too.
  /// - Parameters:
  ///   - title: of the window.
  ///   - picture: what an image is, by the path that the document has.
  public func html<Failure: Error>(
    title: String, picture: (String) throws(Failure) -> HTMLPicture
  ) throws(Failure) -> String {
    var body: [String] = []
    var (pictures, parts) = (0, 0)
    let contents = self.contents
    for (position, block) in blocks.enumerated() {
      if position == contents?.place, let contents { body.append(contents.html) }
      if case .heading(2, let title) = block, contents != nil {
        parts += 1
        body.append("<h2 id=\"part-\(parts)\">\(HTML.escaped(title))</h2>")
        continue
      }
      guard case .image(let path, let alternativeText, let caption) = block else {
        body.append(block.html)
        continue
      }
      pictures += 1
      let words = HTML.escaped(alternativeText)
      let drawn =
        switch try picture(path) {
        case .svg(let svg): HTML.drawing(svg, prefix: "p\(pictures)-")
        case .png(let bytes):
          "<img alt=\"\(words)\" src=\"data:image/png;base64,\(bytes.base64EncodedString())\"/>"
        }
      body.append(
        "<figure class=\"picture\" role=\"img\" aria-label=\"\(words)\">\n\(drawn)\n"
          + "<figcaption>\(HTML.escaped(caption))</figcaption></figure>")
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title>\(HTML.escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      \(body.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  /// Links to the page's parts, before the first of them; nil where there are too few to look for.
  private var contents: (place: Int, html: String)? {
    let parts = blocks.enumerated().compactMap { position, block -> (place: Int, title: String)? in
      if case .heading(2, let title) = block { (position, title) } else { nil }
    }
    guard parts.count > 3 else { return nil }
    let links = parts.enumerated().map { "<a href=\"#part-\($0 + 1)\">\(HTML.escaped($1.title))</a>" }
    return (parts[0].place, "<nav>\(links.joined(separator: " · "))</nav>")
  }

  /// Dark where the reader's system is; figures stay on their white paper.
  private static let style = """
    :root { color-scheme: light dark; --ink: #222; --soft: #555; --line: #ddd; --rule: #bbb; --paper: #fff; --code: #f6f6f6; --link: #0b5a9c; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #ddd; --soft: #a4a4a4; --line: #3a3a3a; --rule: #666; --paper: #181818; --code: #242424; --link: #7db8ec; }
      .picture svg, .picture img { border-radius: 6px; }
    }
    body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
      font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; }
    h1, h2, h3 { line-height: 1.25; margin: 2rem 0 0.6rem; }
    h2 { border-bottom: 1px solid var(--line); padding-bottom: 0.2rem; }
    a { color: var(--link); text-decoration: none; }
    a:hover { text-decoration: underline; }
    nav { color: var(--soft); font-size: 0.85rem; margin: 1rem 0; }
    code, pre { font-family: Menlo, Consolas, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
    pre { background: var(--code); padding: 0.8rem; overflow-x: auto; }
    blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); white-space: pre-line; }
    figure { margin: 1.5rem 0; }
    figcaption, .reasons { max-width: 60rem; color: var(--soft); font-size: 0.85rem; }
    .table { margin-right: min(0px, 50% - 50vw + 1.5rem); }
    .table figcaption { margin-bottom: 0.4rem; }
    .scroll { overflow-x: auto; }
    .picture svg, .picture img { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
    td.long { white-space: normal; min-width: min(18em, 60vw); overflow-wrap: anywhere; }
    th { border-bottom: 2px solid var(--rule); vertical-align: bottom; white-space: normal; }
    .right { text-align: right; }
    .centre { text-align: center; }
    @media print {
      nav { display: none; }
      .table { margin-right: 0; }
      .scroll { overflow: visible; }
      .picture, tr { break-inside: avoid; }
      h1, h2, h3 { break-after: avoid; }
    }
    """
}

extension MarkdownDocument.Block {
  /// All but a picture, which the page draws.
  fileprivate var html: String {
    switch self {
    case .heading(let level, let title): return "<h\(level)>\(HTML.escaped(title))</h\(level)>"
    case .paragraph(let markdown): return "<p>\(HTML.words(markdown))</p>"
    case .list(let items, let isNumbered):
      let tag = isNumbered ? "ol" : "ul"
      let lines = items.map { "<li>\(HTML.words($0))</li>" }
      return (["<\(tag)>"] + lines + ["</\(tag)>"]).joined(separator: "\n")
    case .table(let table): return table.html
    case .code(let text, _): return "<pre><code>\(HTML.escaped(text))</code></pre>"
    case .image: return ""
    case .quote(let text, let label):
      let heading = label.isEmpty ? "" : "<strong>\(HTML.escaped(label))</strong>\n"
      return "<blockquote>\(heading)\(HTML.escaped(text))</blockquote>"
    }
  }
}
