import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct HTMLTests {
  private let drawing = """
    <?xml version="1.0" encoding="utf-8"  standalone="no"?>
    <svg
     width="5" height="5" viewBox="0 0 5 5" xmlns="http://www.w3.org/2000/svg"
     xmlns:xlink="http://www.w3.org/1999/xlink">
    <title>a &amp; b</title>
    <defs><circle id='gpDot' r='0.5'/><clipPath id="c"/></defs>
    <use xlink:href='#gpDot'/><rect clip-path="url(#c)"/>
    </svg>
    """

  private var document: MarkdownDocument {
    var document = MarkdownDocument()
    document.heading(1, "A <b> & \"c\"")
    document.paragraph("**\("x*y")** is *not* \(code: "a<b"), \("<script>alert(1)</script>") & [0.1, 0.2]")
    document.list(["one", "**two**"], numbered: true)
    document.image("a.svg", alternativeText: "a \"<\"", caption: "n < 3")
    document.image("b.svg", alternativeText: "b")
    document.table(
      Table(
        "cap <i>", columns: [.init("t"), .init("v", .estimate(.decimals(1)))],
        rows: [[.text("<td>|"), .estimate(0.24, lower: 0, upper: 1)], [.text(""), .notEvaluable("no <x>")]]))
    document.code("x < y && z")
    document.quote("<i>\u{FFFF}\nline", label: "dose & 1")
    return document
  }

  private func isWellFormed(_ page: String) -> Bool { XMLParser(data: Data(page.utf8)).parse() }

  @Test func aPageIsWellFormedAndNeedsNothingElse() throws {
    var asked: [String] = []
    let page = document.html(title: "t & u") { path in
      asked.append(path)
      return .svg(drawing)
    }
    #expect(asked == ["a.svg", "b.svg"])
    #expect(isWellFormed(page), "\(page)")
    #expect(!page.contains("http") && !page.contains("src=") && !page.contains("<script"))
    #expect(page.contains("<h1>A &lt;b&gt; &amp; &quot;c&quot;</h1>"))
    #expect(
      page.contains(
        "<p><strong>x*y</strong> is <em>not</em> <code>a&lt;b</code>, &lt;script&gt;alert(1)&lt;/script&gt; &amp; [0.1, 0.2]</p>"
      ))
    #expect(page.contains("<td>&lt;td&gt;|</td><td class=\"right\">0.2 [0.0, 1.0]</td>"))
    #expect(page.contains("n/e: not evaluable, because (1) no &lt;x&gt;."))
    #expect(page.contains("<ol>\n<li>one</li>\n<li><strong>two</strong></li>\n</ol>"))
    #expect(page.contains("<pre><code>x &lt; y &amp;&amp; z</code></pre>"))
  }

  /// Names stay in one line, sentences do not.
  @Test func longWordsTakeSeveralLines() {
    var document = MarkdownDocument()
    let sentence = "words that would make a table wider than its page"
    document.table(Table("", columns: [.init("a"), .init("b")], rows: [[.text("a-name"), .text(sentence)]]))
    let page = document.html(title: "t") { _ in .svg(drawing) }
    #expect(page.contains("<th>a</th><th class=\"long\">b</th>"))
    #expect(page.contains("<td>a-name</td><td class=\"long\">\(sentence)</td>"))
  }

  /// A page of some length says first what is where.
  @Test func partsAreListed() {
    func page(parts: Int) -> String {
      var document = MarkdownDocument()
      document.heading(1, "page")
      for part in 1...parts { document.heading(2, "<\(part)>") }
      return document.html(title: "t") { _ in .svg(drawing) }
    }
    #expect(!page(parts: 3).contains("<nav>"))
    let long = page(parts: 4)
    #expect(isWellFormed(long))
    #expect(long.contains("<h1>page</h1>\n<nav><a href=\"#part-1\">&lt;1&gt;</a> · "))
    for part in 1...4 { #expect(long.contains("<h2 id=\"part-\(part)\">&lt;\(part)&gt;</h2>")) }
  }

  /// Two drawings of one page share no name.
  @Test func namesInDrawingsAreTheirOwn() {
    let page = document.html(title: "t") { _ in .svg(drawing) }
    for name in ["p1-gpDot", "p2-gpDot"] {
      #expect(page.split(separator: "id='\(name)'").count == 2 && page.contains("href='#\(name)'"))
    }
    #expect(page.contains("id=\"p2-c\"") && page.contains("url(#p2-c)") && !page.contains("'#gpDot'"))
  }

  @Test func aPictureThatIsMissingIsAnError() {
    struct Missing: Error {}
    #expect(throws: Missing.self) {
      try document.html(title: "t") { (_: String) throws(Missing) -> HTMLPicture in throw Missing() }
    }
  }

  @Test func headingsWithNothingUnderThemGo() {
    var document = MarkdownDocument()
    for (level, text) in [(1, ""), (2, ""), (3, "kept"), (2, ""), (3, ""), (2, "kept"), (3, "")] {
      document.heading(level, "h\(level)")
      if !text.isEmpty { document.paragraph("\(text)") }
    }
    #expect(document.withoutEmptySections.text == "# h1\n\n## h2\n\n### h3\n\nkept\n\n## h2\n\nkept\n")
  }

  @Test func tablesOfOneShapeBecomeOne() {
    func part(_ value: Double) -> Table {
      var table = Table("own", columns: [.init("x", .estimate(.decimals(1)), metric: "x")])
      table.append([.number(value)], task: "t\(value)")
      return table
    }
    let other = Table("other", columns: [.init("y")], rows: [[.text("z")]])
    let tables = Table.joined([("a", part(1)), ("b", other), ("c", part(2))], by: "of", caption: "all")
    #expect(tables.map(\.caption) == ["all", "other"])
    #expect(tables[0].rows.map { $0[0] } == [.text("a"), .text("c")])
    #expect(tables[0].name(row: 1, column: 1) == "t2.0/x" && tables[0].name(row: 1, column: 0) == nil)
    #expect(tables[1].columns.map(\.name) == ["of", "y"])
  }
}
