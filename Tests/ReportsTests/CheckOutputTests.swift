import Reports
import Testing

/// What build servers and people see of a check.
@Suite struct CheckOutputTests {
  private var summary: CheckSummary {
    var summary = CheckSummary(
      name: "s",
      checks: [
        .init(group: "good", expectation: "x > 1", observed: "2", outcome: .passed, seconds: 1, line: 3),
        .init(
          group: "a: 100 %, or\r\nmore", expectation: "y > 1", observed: "0.5\n50 %", outcome: .failed,
          seconds: 1,
          line: 4),
        .init(group: "none", expectation: "z > 1", observed: "nothing", outcome: .notEvaluable("too few")),
      ])
    summary.file = "a/b & c.yaml"
    summary.properties = ["seed": "1", "model \"x\"": "m<1>"]
    summary.seconds = 5
    return summary
  }

  @Test func gitHubGetsCommandsOfOneLine() {
    #expect(
      summary.annotations(file: "a,b:c.yaml") == """
        ::error file=a%2Cb%3Ac.yaml,line=4,title=a%3A 100 %25%2C or%0D%0Amore::expected y > 1, observed 0.5%0A50 %25
        ::error file=a%2Cb%3Ac.yaml,title=none::not evaluable: z > 1: too few

        """)
    #expect(CheckSummary(name: "s", checks: [summary.checks[0]]).annotations(file: "f") == "")
  }

  @Test func theSummaryOfAStepIsMarkdown() {
    #expect(
      summary.stepSummary.hasPrefix(
        "## s\n\n1 of 3 expectations passed, 1 failed, 1 not evaluable.\n\n| outcome"))
    #expect(summary.stepSummary.hasSuffix("\n\n"))
  }

  @Test func everyCheckIsALine() {
    #expect(
      summary.lines == """
        passed    good: x > 1: observed 2
        FAILED    a: 100 %, or␍␊more: y > 1: observed 0.5␊50 %
        no answer none: z > 1: too few
        1 of 3 expectations passed, 1 failed, 1 not evaluable.

        """)
  }

  @Test func junitHasPropertiesPlacesAndTheTimeOfTheWhole() {
    let lines = summary.junitXML.split(separator: "\n").map(String.init)
    #expect(lines[1] == "<testsuites tests=\"3\" failures=\"1\" errors=\"1\" time=\"5.000\">")
    #expect(
      lines[3...6] == [
        "    <properties>", "      <property name=\"model &quot;x&quot;\" value=\"m&lt;1&gt;\"/>",
        "      <property name=\"seed\" value=\"1\"/>", "    </properties>",
      ])
    #expect(
      lines[7]
        == "    <testcase classname=\"good\" name=\"x &gt; 1\" file=\"a/b &amp; c.yaml\" line=\"3\" time=\"1.000\">"
    )
    #expect(lines.contains("    <testcase classname=\"none\" name=\"z &gt; 1\" time=\"0.000\">"))
  }
}
