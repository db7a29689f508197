import Foundation
import Studies
import Testing

/// What a hypothesis may say, and what it comes to.
@Suite struct HypothesisTests {
  private func hypotheses(_ text: String) throws -> [Study.Hypothesis] {
    try Study.parse(
      "name: s\nmodels: [a, b]\nhypotheses:\n  - {name: h, metric: t/m, \(text)}\n", path: "s.yaml"
    )
    .hypotheses
  }

  @Test func everyKindIsRead() throws {
    func expected(
      _ comparison: Study.Comparison, _ reference: Study.Reference, _ bound: Study.Bound? = nil,
      _ tolerance: Study.Tolerance? = nil
    ) -> [Study.Hypothesis] {
      let hypothesis = Study.Hypothesis(
        name: "h", metric: "t/m", bound: bound, comparison: comparison, reference: reference,
        tolerance: tolerance)
      return [hypothesis]
    }
    #expect(try hypotheses("op: '>', threshold: 0.2") == expected(.greater, .threshold(0.2)))
    #expect(try hypotheses("op: '>', threshold: 0.2")[0].line == 4)
    #expect(
      try hypotheses("bound: lower, op: '>', threshold: 0.2") == expected(.greater, .threshold(0.2), .lower))
    #expect(
      try hypotheses("op: '>=', baseline: last/results.json, tolerance: 0.02")
        == expected(.atLeast, .baseline("last/results.json"), nil, .absolute(0.02)))
    #expect(
      try hypotheses("bound: both, op: within, threshold: 1, tolerance: 2 %")
        == expected(.within, .threshold(1), .both, .relative(0.02)))
    #expect(
      try hypotheses("op: within, baseline: r.json, tolerance: 7%")
        == expected(.within, .baseline("r.json"), nil, .relative(0.07)))
  }

  @Test(arguments: [
    ("op: '>'", "expected a threshold, or a baseline, found neither"),
    (
      "op: '>', threshold: 1, baseline: r.json",
      "expected a threshold or a baseline, found both"
    ),
    ("op: within, threshold: 1", "hypotheses[0].tolerance"),
    ("op: '>', baseline: r.json", "hypotheses[0].tolerance"),
    ("op: '>', threshold: 1, tolerance: 1", "hypotheses[0].tolerance"),
    ("op: within, threshold: 1, tolerance: -1", "hypotheses[0].tolerance"),
    ("op: within, threshold: 1, tolerance: x %", "hypotheses[0].tolerance"),
    ("op: within, threshold: 1, tolerance: '%'", "hypotheses[0].tolerance"),
    ("bound: lowre, op: '>', threshold: 1", "did you mean \"lower\"?"),
    ("op: withn, threshold: 1, tolerance: 1", "did you mean \"within\"?"),
    ("op: '>', treshold: 1", "one of name, metric, bound"),
  ])
  func whatItMayNotSayIsNamed(text: String, words: String) {
    let error = #expect(throws: (any Error).self) { try hypotheses(text) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
  }

  /// What is kept in results.json can be read as a study file again.
  @Test(arguments: [
    "op: '<', threshold: 0.2", "bound: upper, op: '<=', threshold: -3",
    "bound: both, op: within, threshold: 1, tolerance: 0.07", "op: within, baseline: r.json, tolerance: 7 %",
  ])
  func itIsWrittenAsItIsRead(text: String) throws {
    let read = try hypotheses(text)
    let json = String(decoding: try JSONEncoder().encode(read), as: UTF8.self)
    let again = try Study.parse("{name: s, models: [a, b], hypotheses: \(json)}", path: "s.json").hypotheses
    #expect(again == read)
  }

  @Test func withinIsOnBothSides() {
    let within = Study.Comparison.within
    #expect(within.holds(1.05, 1, tolerance: 0.1) && within.holds(0.95, 1, tolerance: 0.1))
    #expect(!within.holds(1.2, 1, tolerance: 0.1) && !within.holds(0.8, 1, tolerance: 0.1))
    #expect(
      Study.Comparison.atLeast.holds(0.9, 1, tolerance: 0.1)
        && !Study.Comparison.atLeast.holds(0.8, 1, tolerance: 0.1))
    #expect(
      Study.Comparison.less.holds(1.05, 1, tolerance: 0.1)
        && !Study.Comparison.less.holds(1.1, 1, tolerance: 0.1))
    #expect(
      Study.Tolerance.relative(0.02).reach(of: -50) == 1 && Study.Tolerance.absolute(3).reach(of: -50) == 3)
  }
}
