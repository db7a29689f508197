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
    var pictures = 0
    for block in blocks {
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

  private static let style = """
    body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff;
      font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; }
    h1, h2, h3 { line-height: 1.25; margin: 2rem 0 0.6rem; }
    h2 { border-bottom: 1px solid #ddd; padding-bottom: 0.2rem; }
    code, pre { font-family: Menlo, Consolas, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
    pre { background: #f6f6f6; padding: 0.8rem; overflow-x: auto; }
    blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid #ddd; white-space: pre-line; }
    figure { margin: 1.5rem 0; }
    figcaption, .reasons { color: #555; font-size: 0.85rem; }
    .table figcaption { margin-bottom: 0.4rem; }
    .scroll { overflow-x: auto; }
    .picture svg, .picture img { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #e4e4e4; text-align: left; white-space: nowrap; }
    td:not(.right):not(.centre) { white-space: normal; }
    th { border-bottom: 2px solid #bbb; vertical-align: bottom; white-space: normal; }
    .right { text-align: right; }
    .centre { text-align: center; }
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
