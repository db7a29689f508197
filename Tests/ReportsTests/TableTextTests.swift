import Files
import Reports
import Testing

@Suite struct TableTextTests {
  private let table = Table(
    "Slopes (n = 44)",
    columns: [
      .init("behaviour"), .init("pairs", .integer),
      .init("slope", unit: "nats/dose", .estimate(.decimals(2))), .init("why"),
    ],
    rows: [
      [.text("幸福 | *x*"), .integer(44), .estimate(0.428, lower: 0.4149, upper: 0.451), .text("a, b")],
      [.text("👩‍🚀 é"), .integer(0), .notEvaluable("no pairs"), .text("")],
    ])

  @Test func columnsLineUp() {
    #expect(
      table.text() == """
        Slopes (n = 44)

        behaviour   pairs  slope (nats/dose)  why
        ──────────  ─────  ─────────────────  ────
        幸福 | *x*     44  0.43 [0.41, 0.45]  a, b
        👩‍🚀 é            0            n/e (1)

        n/e: not evaluable, because (1) no pairs.

        """)
  }

  @Test(arguments: [30, 40, 60, 80])
  func wideTablesFit(width: Int) {
    var table = Table(
      "A caption of several words that is wider than most terminals are, and so goes into lines of its own",
      columns: [.init("model")] + (0..<6).map { .init("number \($0)", .estimate(.decimals(2))) }
        + [.init("words")])
    table.append(
      [.text("a-model-with-a-name-of-forty-characters-or-more")]
        + (0..<6).map { .estimate(Double($0), lower: -1, upper: 9) }
        + [.text("many words that say what was found, and why")])
    let text = table.text(width: width)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { #expect(TerminalText.width(String(line)) <= width, "\(line)") }
    for value in 0..<6 { #expect(text.contains("\(value).00")) }
    #expect(text.contains("[-1.00, 9.00]"))
  }

  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("幸福", 4), ("한", 2), ("👩‍🚀", 2), ("🇩🇪", 2), ("❤️", 2),
    ("✓…", 2), ("ﾊ", 1), ("ａ", 2), ("\u{200B}", 0), ("שלום", 4),
  ])
  func widths(text: String, columns: Int) {
    #expect(TerminalText.width(text) == columns)
  }

  @Test func textsAreCutAndWrapped() {
    #expect(TerminalText.cut("abcdef", to: 6) == "abcdef")
    #expect(TerminalText.cut("abcdefg", to: 6) == "abcde…")
    #expect(TerminalText.cut("幸福幸福", to: 6) == "幸福…")
    #expect(TerminalText.wrapped("one two three", to: 7) == ["one two", "three"])
    #expect(TerminalText.wrapped("gemma-3-270m", to: 8) == ["gemma-3-", "270m"])
    #expect(TerminalText.wrapped("abcdefghij", to: 4) == ["abcd", "efgh", "ij"])
    #expect(TerminalText.wrapped("", to: 4) == [""])
  }

  @Test func formatsHoldTheSame() {
    let two = [table, Table("B", columns: [.init("x", .integer)], rows: [[.integer(1)]])]
    #expect([table].formatted(.md, note: "a*b") == "a\\*b.\n\n" + table.markdown())
    #expect([table].formatted(.csv, note: "a") == table.csv())
    #expect(two.formatted(.csv) == "Slopes (n = 44)\r\n" + table.csv() + "\r\nB\r\nx\r\n1\r\n")
    #expect(two.formatted(.text, note: "a").hasPrefix("a.\n\nSlopes"))
    guard case .array(let rows) = table.json else {
      Issue.record("\(table.json.text)")
      return
    }
    #expect(rows.count == 2 && rows[0]["slope_nats_dose_upper"] == .number(0.451))
    #expect(rows[1]["slope_nats_dose"] == .null && rows[1]["slope_nats_dose_note"] == .string("no pairs"))
  }

  @Test func markdownHasWords() {
    let name = "a_b*c"
    let text: Markdown = "**transfers**: \(name), `x`."
    #expect(text.plain == "transfers: a_b*c, x.")
  }
}
