import Foundation
import Reports
import Testing

@Suite struct ResultsTests {
  static func file() -> ResultsFile {
    var file = ResultsFile()
    file.results["smol--gemma/sentiment"] = [
      "slope": .init(0.1, standardError: 0.02, lower: 0.06, upper: 0.14, count: 44), "ratio": .init(.nan),
    ]
    file.config = ["doses": [0, 0.5], "name": "demo \"x\"\n", "strict": true, "none": .null, "empty": [:]]
    file.seeds = ["split": .max, "study": 7]
    file.gitHash = "abc"
    return file
  }

  @Test func theFileIsSortedExactAndTheSameEveryTime() {
    #expect(
      Self.file().json.text == """
        {
          "config": {
            "doses": [
              0,
              0.5
            ],
            "empty": {},
            "name": "demo \\"x\\"\\n",
            "none": null,
            "strict": true
          },
          "git_hash": "abc",
          "hashes": {},
          "results": {
            "smol--gemma/sentiment": {
              "ratio": null,
              "ratio_note": "not evaluable: the value is not finite",
              "slope": 0.1,
              "slope_lower": 0.06,
              "slope_n": 44,
              "slope_stderr": 0.02,
              "slope_upper": 0.14
            }
          },
          "seconds": {},
          "seeds": {
            "split": "18446744073709551615",
            "study": 7
          },
          "versions": {}
        }

        """)
  }

  @Test func theTidyTableHasALineANumber() {
    #expect(
      Self.file().csv
        == [
          "task,metric,value,stderr,lower,upper,n,note",
          "smol--gemma/sentiment,ratio,,,,,,not evaluable: the value is not finite",
          "smol--gemma/sentiment,slope,0.1,0.02,0.06,0.14,44,",
        ].map { $0 + "\r\n" }.joined())
  }

  @Test func whatIsWrittenReadsBack() throws {
    let json = Self.file().json
    #expect(try JSONValue(parsing: Data(json.text.utf8), file: "f") == json)
    let metrics = try ResultsFile.metrics(parsing: Data(json.text.utf8), file: "f")
    #expect(metrics["smol--gemma/sentiment"]?["slope"] == .some(.some(0.1)))
    #expect(metrics["smol--gemma/sentiment"]?["ratio"] == .some(.none))
    #expect(metrics["smol--gemma/sentiment"]?["absent"] == nil)
  }

  @Test(arguments: [
    "", "{", "[]", "{\"results\": 3}", "{\"results\": {\"a\": 1}}", "\u{0}", "{\"results\": null}",
  ])
  func hostileFilesThrow(text: String) {
    #expect(throws: ReportError.self) { try ResultsFile.metrics(parsing: Data(text.utf8), file: "f") }
  }

  @Test func jsonIsReadStrictly() throws {
    func read(_ text: String) throws -> JSONValue { try JSONValue(parsing: Data(text.utf8), file: "f") }
    #expect(try read("[1, 2.0, 3e2, 0.5, -0.0, 1e300]") == [1, 2, 300, 0.5, 0, .number(1e300)])
    #expect(try read("{\"a\": null, \"b\": [true, \"ä\"]}") == ["a": .null, "b": [true, "ä"]])
    let error = #expect(throws: ReportError.self) { try read("{\"a\": 1,\n\"a\": 2}") }
    #expect(error?.description.contains("f: byte 9: JSON, line 2, column 1: expected a new key") == true)
    for text in ["[1,]", "[NaN]", "[01]", "[\"\u{1}\"]", "[1] 2"] {
      #expect(throws: ReportError.self, "\(text)") { try read(text) }
    }
  }

  @Test func whatIsEncodedIsJSON() throws {
    struct Options: Encodable { let count = 2, share = 0.5, whole = 3.0, names = ["a"] }
    #expect(
      try JSONValue(encoding: Options()) == ["count": 2, "share": 0.5, "whole": 3, "names": ["a"]])
  }

  @Test func deepNestingThrows() {
    let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(throws: ReportError.self) { try JSONValue(parsing: Data(text.utf8), file: "f") }
  }

  @Test func filesReplaceWholeAndFailuresLeaveTheOldOne() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "deep/a.txt")
    try TextFile.write("one", to: file)
    try TextFile.write("two", to: file)
    #expect(try String(contentsOf: file, encoding: .utf8) == "two")
    #expect(throws: ReportError.self) { try TextFile.write("x", to: file.appending(path: "below-a-file")) }
    #expect(throws: ReportError.self) { try TextFile.write("x", to: folder.appending(path: "deep")) }
    #expect(try String(contentsOf: file, encoding: .utf8) == "two")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path) == ["a.txt"])
  }
}

@Suite struct CheckTests {
  let summary = CheckSummary(
    name: "demo <1>",
    checks: [
      .init(group: "a", expectation: "r ≥ 0.5", observed: "0.6 [0.5, 0.7]", outcome: .passed, seconds: 0.25),
      .init(group: "a", expectation: "p < 0.05 & \"x\"", observed: "0.2\u{1}\n", outcome: .failed),
      .init(group: "b", expectation: "id > 1", observed: "nothing", outcome: .notEvaluable("too few tokens")),
    ])

  @Test func junitIsWellFormed() {
    #expect(
      summary.junitXML == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="3" failures="1" errors="1" time="0.250">
          <testsuite name="demo &lt;1&gt;" tests="3" failures="1" errors="1" time="0.250">
            <testcase classname="a" name="r ≥ 0.5" time="0.250">
              <system-out>0.6 [0.5, 0.7]</system-out>
            </testcase>
            <testcase classname="a" name="p &lt; 0.05 &amp; &quot;x&quot;" time="0.000">
              <failure message="0.2\u{FFFD}&#10;">expected p &lt; 0.05 &amp; &quot;x&quot;, observed 0.2\u{FFFD}&#10;</failure>
            </testcase>
            <testcase classname="b" name="id &gt; 1" time="0.000">
              <error message="not evaluable: too few tokens">nothing</error>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func countsAndSuccess() {
    #expect((summary.passed, summary.failed, summary.notEvaluable) == (1, 1, 1))
    #expect(!summary.success)
    #expect(CheckSummary(name: "", checks: Array(summary.checks.prefix(1))).success)
    #expect(!CheckSummary(name: "", checks: []).success)
    #expect(summary.json["success"] == false)
    #expect(summary.json["statistics"]?["evaluated"] == 3)
    let text = summary.markdown.text
    #expect(text.hasPrefix("1 of 3 expectations passed, 1 failed, 1 not evaluable.\n\n| outcome"))
    #expect(text.contains("| not evaluable: too few tokens | b | id \\> 1 | nothing |"))
  }
}
