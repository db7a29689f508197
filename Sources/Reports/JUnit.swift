extension CheckSummary {
  /// The checks as JUnit XML: one suite with its properties, one test case a check; what is not evaluable is an `error`.
  ///
  /// Characters that XML 1.0 does not allow are replaced by U+FFFD.
  public var junitXML: String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    let counts = "tests=\"\(checks.count)\" failures=\"\(failed)\" errors=\"\(notEvaluable)\""
    let time = Self.time(seconds)
    lines.append("<testsuites \(counts) time=\"\(time)\">")
    lines.append("  <testsuite name=\"\(Self.xml(name))\" \(counts) time=\"\(time)\">")
    if !properties.isEmpty {
      lines.append("    <properties>")
      for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
        lines.append("      <property name=\"\(Self.xml(name))\" value=\"\(Self.xml(value))\"/>")
      }
      lines.append("    </properties>")
    }
    for check in checks { lines += testCase(check) }
    return (lines + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
  }

  private func testCase(_ check: Check) -> [String] {
    let (xml, time) = (Self.xml, Self.time)
    let place = check.line.map { " file=\"\(xml(file))\" line=\"\($0)\"" } ?? ""
    let head =
      "    <testcase classname=\"\(xml(check.group))\" name=\"\(xml(check.expectation))\"\(place) "
      + "time=\"\(time(check.seconds))\""
    let observed = xml(check.observed)
    switch check.outcome {
    case .passed:
      return [head + ">", "      <system-out>\(observed)</system-out>", "    </testcase>"]
    case .failed:
      let message =
        "      <failure message=\"\(observed)\">expected \(xml(check.expectation)), observed \(observed)</failure>"
      return [head + ">", message, "    </testcase>"]
    case .notEvaluable(let reason):
      let message = "      <error message=\"not evaluable: \(xml(reason))\">\(observed)</error>"
      return [head + ">", message, "    </testcase>"]
    }
  }

  private static func time(_ seconds: Double) -> String {
    NumberFormat.decimals(3).text(max(0, seconds)) ?? "0.000"
  }

  private static func xml(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
