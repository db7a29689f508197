import Reports
import Testing

@Suite struct TableTests {
  let table = Table(
    "Transfer (n = 44; 95 % bootstrap)",
    columns: [
      .init("behaviour"), .init("pairs", .integer),
      .init("slope", unit: "nats/dose", .estimate(.decimals(2))),
      .init("coverage", unit: "%", .number(.decimals(1)), alignment: .centre),
    ],
    rows: [
      [
        .text("senti|ment"), .integer(44), .estimate(0.428, lower: 0.4149, upper: 0.451), .number(12.3456789),
      ],
      [.text("tense"), .integer(0), .notEvaluable("no pairs"), .number(.nan)],
      [.text("a\r\n\"b\", c"), .integer(3), .number(-0.001), .notEvaluable("no pairs")],
    ])

  @Test func markdownRoundsAndExplains() {
    #expect(
      table.markdown() == """
        **Transfer (n = 44; 95 % bootstrap)**

        | behaviour | pairs | slope (nats/dose) | coverage (%) |
        | :--- | ---: | ---: | :---: |
        | senti\\|ment | 44 | 0.43 [0.41, 0.45] | 12.3 |
        | tense | 0 | n/e (1) | n/e (2) |
        | a␍␊"b", c | 3 | 0.00 | n/e (1) |

        n/e: not evaluable, because (1) no pairs; (2) the value is not finite.

        """)
  }

  @Test func csvIsExactAndQuoted() {
    let lines = [
      "behaviour,pairs,slope_nats_dose,slope_nats_dose_lower,slope_nats_dose_upper,slope_nats_dose_note,"
        + "coverage_percent,coverage_percent_note",
      "senti|ment,44,0.428,0.4149,0.451,,12.3456789,",
      "tense,0,,,,no pairs,,the value is not finite",
      "\"a\r\n\"\"b\"\", c\",3,-0.001,,,,,no pairs",
    ]
    #expect(table.csv() == lines.map { $0 + "\r\n" }.joined())
  }

  @Test func notANumberIsNeverShown() {
    let bad: [Double] = [.nan, .infinity, -.infinity]
    var table = Table(
      "t", columns: [.init("x", .number(.significant(3))), .init("y", .estimate(.decimals(1)))])
    for value in bad {
      table.append([.number(value), .estimate(1, lower: value, upper: value)])
      table.append([.number(1), .estimate(value, lower: 0, upper: 1)])
    }
    for text in [table.markdown(), table.csv()] {
      #expect(!text.lowercased().contains("nan") && !text.lowercased().contains("inf"))
    }
  }

  @Test func aTableWithoutRowsSaysSo() {
    #expect(Table("", columns: [.init("a"), .init("b")]).markdown().contains("*no rows*"))
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (1234.5, "1234"), (0.012345, "0.0123"), (9.996, "10.0"), (-9.996, "-10.0"),
    (0.00001234, "1.23e-05"), (123_456_789, "1.23e+08"), (99.96, "100"),
  ])
  func significantDigits(value: Double, text: String) {
    #expect(NumberFormat.significant(3).text(value) == text)
  }
}
