/// Text as HTML.
enum HTML {
  /// Text in which nothing is markup; control characters become visible.
  static func escaped(_ text: String) -> String {
    MarkdownText.visible(text, keepingLineBreaks: true)
      // No characters, which XML forbids.
      .replacing("\u{FFFE}", with: "\u{FFFD}").replacing("\u{FFFF}", with: "\u{FFFD}")
      .replacing("&", with: "&amp;")
      .replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }

  /// Words of our own, with what is bold, slanted or code in them.
  ///
  /// Of Markdown this reads what ``Markdown`` writes: `**`, `*`, backticks, and backslashes before what is text.
  static func words(_ markdown: Markdown) -> String {
    var (html, open) = ("", [String]())
    func toggle(_ tag: String) {
      if open.last == tag {
        open.removeLast()
        html += "</\(tag)>"
      } else {
        open.append(tag)
        html += "<\(tag)>"
      }
    }
    var rest = Substring(markdown.text)
    while let character = rest.popFirst() {
      switch character {
      case "\\": if let next = rest.popFirst() { html += escaped(String(next)) }
      case "`":
        let code = rest.prefix { $0 != "`" }
        rest = rest.dropFirst(code.count + 1)
        html += "<code>\(escaped(String(code)))</code>"
      case "*" where rest.first == "*":
        rest.removeFirst()
        toggle("strong")
      case "*": toggle("em")
      default: html += escaped(String(character))
      }
    }
    return html + open.reversed().map { "</\($0)>" }.joined()
  }

  /// A drawing as a part of a page: without a prolog and namespaces, and with names that no other drawing has.
  static func drawing(_ svg: String, prefix: String) -> String {
    guard let start = svg.firstRange(of: "<svg") else { return "" }
    return String(svg[start.lowerBound...])
      .replacing(/\s+xmlns(:xlink)?=("[^"]*"|'[^']*')/, with: "")
      .replacing("xlink:href", with: "href")
      .replacing(/(\sid=["'])/) { $0.output.1 + prefix }
      .replacing(/(href=["']#|url\(['"]?#)/) { $0.output.1 + prefix }
  }
}

extension Table {
  /// The table with its caption and its reasons, in a frame of its own that scrolls where it is too wide.
  var html: String {
    var reasons: [String] = []
    let words = rows.map { row in zip(columns, row).map { $0.words($1, reasons: &reasons) } }
    let classes = columns.indices.map { column in
      columns[column].htmlClass(longest: words.map { $0[column].count }.max() ?? 0)
    }
    func line(_ tag: String, _ cells: [String]) -> String {
      "<tr>" + zip(classes, cells).map { "<\(tag)\($0)>\(HTML.escaped($1))</\(tag)>" }.joined() + "</tr>"
    }
    let head = line("th", columns.map(\.heading))
    let body = words.map { line("td", $0) }
    return
      ([
        "<figure class=\"table\">",
        caption.isEmpty ? "" : "<figcaption>\(HTML.escaped(caption))</figcaption>",
        "<div class=\"scroll\"><table><thead>\(head)</thead><tbody>",
      ] + body + [
        "</tbody></table></div>",
        Self.note(on: reasons.map(HTML.escaped)).map { "<p class=\"reasons\">\($0)</p>" } ?? "", "</figure>",
      ]).filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension Table.Column {
  /// - Parameter longest: characters of the column's longest cell; beyond a few words they go on in a next line.
  fileprivate func htmlClass(longest: Int) -> String {
    switch alignment {
    case .left: longest > 24 ? " class=\"long\"" : ""
    case .right: " class=\"right\""
    case .centre: " class=\"centre\""
    }
  }
}
