import Reports
import Testing

@Suite struct MarkdownInterpolationTests {
  @Test func whatIsInterpolatedIsText() {
    let name = "<img onerror=x> **b** [a](b)"
    let text: Markdown = "**\(name)** has \(3) rows"
    #expect(text.text == "**\\<img onerror=x\\> \\*\\*b\\*\\* \\[a\\](b)** has 3 rows")
    let start: Markdown = "\("# no heading")"
    #expect(start.text == "\\# no heading")
    let nested: Markdown = "see \(text) in \(code: "a`b.csv")"
    #expect(nested.text == "see \(text.text) in `a'b.csv`")
    #expect(["a" as Markdown, "\("*")"].joined(separator: "; ").text == "a; \\*")
    #expect(([] as [Markdown]).joined(separator: ", ").text.isEmpty)
  }

  @Test func namesInParagraphsAndListsAreText() {
    var document = MarkdownDocument()
    let name = "<script>"
    document.paragraph("about \(name)")
    document.list(["\(name)"])
    #expect(document.text == "about \\<script\\>\n\n- \\<script\\>\n")
  }
}
