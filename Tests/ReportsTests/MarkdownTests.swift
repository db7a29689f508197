import Reports
import Testing

@Suite struct MarkdownTests {
  @Test func aDocumentReadsAsWritten() {
    var document = MarkdownDocument()
    document.heading(1, "A & B_c")
    document.paragraph("Some **bold** words.\n")
    document.list(["one\ntwo", "three"], numbered: true)
    document.image("figures/a b(1).svg", alternativeText: "a [x]", caption: "n = 3")
    document.table(Table("", columns: [.init("a")], rows: [[.text("b")]]))
    #expect(
      document.text == """
        # A \\& B\\_c

        Some **bold** words.

        1. one
           two
        2. three

        ![a \\[x\\]](figures/a%20b%281%29.svg)

        *n = 3*

        | a |
        | :--- |
        | b |

        """)
  }

  @Test func whatAModelWroteStaysText() {
    var document = MarkdownDocument()
    document.quote(
      "# Heading\n- list <b>\n\n1. one | two\n![x](http://e.org) `c` @me\u{1B}[31m\u{202E}\r\nend",
      label: "dose +1")
    #expect(
      document.text == """
        > **dose +1**
        >
        > \\# Heading\\
        > \\- list \\<b\\>
        >
        > 1\\. one \\| two\\
        > \\!\\[x\\](http\\://e.org) \\`c\\` \\@me␛\\[31mU+202E\\
        > end

        """)
  }

  @Test func aFenceIsLongerThanWhatItHolds() {
    var document = MarkdownDocument()
    document.code("a\n```\n````b\u{1B}", language: "sw ift`")
    #expect(document.text == "`````swift\na\n```\n````b␛\n`````\n")
  }

  @Test func everyControlCharacterBecomesVisible() {
    for value in UInt32(0)...0x9F where value < 0x20 || value > 0x7E {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = MarkdownText.escaped("a\(Character(scalar))b")
      #expect(!text.unicodeScalars.contains(scalar), "U+\(String(value, radix: 16))")
    }
    #expect(MarkdownText.escaped("Ġthe ▁der 日本 😀") == "Ġthe ▁der 日本 😀")
  }

  @Test(arguments: [
    ("12) x", "12\\) x"), ("3.5 nats", "3.5 nats"), ("7.", "7\\."), ("- x", "\\- x"), ("   # x", "\\# x"),
    ("-0.5", "\\-0.5"), ("a\\", "a\\\\"), ("===", "\\==="), ("$x$", "\\$x\\$"),
  ])
  func lineStarts(text: String, escaped: String) { #expect(MarkdownText.escaped(text) == escaped) }
}
