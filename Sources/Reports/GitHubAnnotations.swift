extension CheckSummary {
  /// Workflow commands of GitHub, one a check that has not passed, which show it at its line of the file:
  /// `::error file=study.yaml,line=12,title=…::…`, each with a line break behind it.
  ///
  /// - Parameter file: the path of ``file`` from the root of the repository.
  public func annotations(file: String) -> String {
    checks.compactMap { check -> String? in
      let words: String
      switch check.outcome {
      case .passed: return nil
      case .failed: words = "expected \(check.expectation), observed \(check.observed)"
      case .notEvaluable(let reason): words = "not evaluable: \(check.expectation): \(reason)"
      }
      let place = check.line.map { ",line=\($0)" } ?? ""
      return
        "::error file=\(Self.property(file))\(place),title=\(Self.property(check.group))::\(Self.message(words))\n"
    }.joined()
  }

  /// What GitHub shows as the summary of a step, in Markdown.
  public var stepSummary: String {
    var document = MarkdownDocument()
    document.heading(2, name)
    document.paragraph(markdown)
    return document.text + "\n"
  }

  private static func message(_ text: String) -> String { escaped(text, ["%", "\r", "\n"]) }

  private static func property(_ text: String) -> String { escaped(text, ["%", "\r", "\n", ":", ","]) }

  /// Scalars, not Characters: CR LF is one Character in Swift.
  private static func escaped(_ text: String, _ special: [Unicode.Scalar]) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if special.contains(scalar) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "%" + String(repeating: "0", count: 2 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
}
