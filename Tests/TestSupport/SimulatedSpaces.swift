package import Foundation
package import Statistics
package import Tensors

/// Pairs of spaces whose intervals and p-values are known to be right or wrong, because they can be drawn again.
package enum SimulatedSpaces: String, CaseIterable, Sendable {
  /// Rows of one Gaussian cloud, with noise in the second model.
  case gaussian = "Gaussian"
  /// The same of Student's t with 5 degrees of freedom.
  case heavyTailed = "heavy-tailed (t₅)"
  /// Two clouds with nothing in common.
  case independent = "independent"
  /// Two forms a word, which share their place and what the models disagree on.
  case clustered = "clustered"

  package static let width = 16

  package func draw(tokens: Int, seed: UInt64) -> (a: Matrix<Float>, b: Matrix<Float>, groups: TokenGroups?) {
    var random = SeededRandom(seed: seed &* 0x9E37_79B9 &+ 77)
    func number() -> Double {
      guard self == .heavyTailed else { return random.normal() }
      let normal = random.normal()
      let squares = (0..<5).reduce(0.0) { sum, _ in
        let x = random.normal()
        return sum + x * x
      }
      return normal / (squares / 5).squareRoot()
    }
    func cloud(_ rows: Int) -> [Double] { (0..<rows * Self.width).map { _ in number() } }
    func matrix(_ values: [Double]) -> Matrix<Float> {
      Matrix(rows: tokens, columns: Self.width, elements: values.map { Float($0) })
    }
    func twice(_ values: [Double]) -> [Double] {
      (0..<tokens * Self.width).map { values[$0 / Self.width / 2 * Self.width + $0 % Self.width] }
    }
    switch self {
    case .gaussian, .heavyTailed:
      let common = cloud(tokens)
      let noise = cloud(tokens)
      return (matrix(common), matrix(zip(common, noise).map { $0 + 0.7 * $1 }), nil)
    case .independent:
      return (matrix(cloud(tokens)), matrix(cloud(tokens)), nil)
    case .clustered:
      let (common, noise) = (twice(cloud((tokens + 1) / 2)), twice(cloud((tokens + 1) / 2)))
      let (own, other) = (cloud(tokens), cloud(tokens))
      return (
        matrix(zip(common, own).map { $0 + 0.35 * $1 }),
        matrix(zip(zip(common, noise), other).map { $0.0 + 0.7 * $0.1 + 0.35 * $1 }),
        TokenGroups((0..<tokens).map { $0 / 2 })
      )
    }
  }
}

/// How often an interval holds the mean of its measure over all samples, and the reported over the true standard error.
package struct IntervalCoverage: Sendable {
  package let coverage: Double
  package let ratio: Double

  /// - Parameter estimates: one a sample.
  package init?(_ estimates: [Estimate]) {
    let with = estimates.filter { $0.lower != nil }
    guard with.count > 1, with.count == estimates.count else { return nil }
    let n = Double(estimates.count)
    let mean = estimates.reduce(0) { $0 + $1.value } / n
    let squares = estimates.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
    coverage =
      Double(estimates.count { ($0.lower ?? .infinity) <= mean && mean <= ($0.upper ?? -.infinity) }) / n
    let reported = estimates.reduce(0) { $0 + ($1.standardError ?? .nan) * ($1.standardError ?? .nan) } / n
    ratio = (reported / (squares / (n - 1))).squareRoot()
  }

  /// As the documentation prints it.
  package var words: String { "\(decimal(100 * coverage, 1)) % (\(decimal(ratio, 2)))" }
}

/// What simulation says of intervals: one row a number, one column a kind of spaces.
package struct CoverageTable: Sendable {
  package let names: [String]
  package let cells: [SimulatedSpaces: [String: IntervalCoverage]]
  /// p-values of the independent spaces, by name.
  package let pValues: [String: [Double]]

  /// - Parameter measured: the numbers of one sample, by name.
  package init(
    _ names: [String], samples: Int,
    _ measured: @Sendable (_ kind: SimulatedSpaces, _ seed: UInt64) throws -> [String: Estimate]
  ) {
    var cells: [SimulatedSpaces: [String: IntervalCoverage]] = [:]
    var pValues: [String: [Double]] = [:]
    for kind in SimulatedSpaces.allCases {
      let drawn: [[String: Estimate]?] = parallelMap(count: samples) {
        try? measured(kind, UInt64($0) + 1)
      }
      let all = drawn.compactMap { $0 }
      for name in names {
        let estimates = all.compactMap { $0[name] }
        cells[kind, default: [:]][name] = IntervalCoverage(estimates)
        guard kind == .independent else { continue }
        pValues[name] = estimates.compactMap { estimate in
          estimate.null.flatMap { $0.draws > 0 ? $0.pValue : nil }
        }
      }
    }
    (self.names, self.cells, self.pValues) = (names, cells, pValues)
  }

  /// The largest distance between the p-values' distribution and the uniform one, over what 1 in 1000 uniform samples exceed
  /// (Kolmogorov, Smirnov); nil without p-values.
  package func excessOverUniform(_ name: String) -> Double? {
    guard let sorted = pValues[name]?.sorted(), !sorted.isEmpty else { return nil }
    let n = Double(sorted.count)
    let largest = sorted.indices.reduce(0.0) { worst, i in
      max(worst, max(abs(Double(i + 1) / n - sorted[i]), abs(sorted[i] - Double(i) / n)))
    }
    return largest / (1.95 / n.squareRoot())
  }

  /// As the documentation prints it; p-values only where there are some.
  package var markdown: String {
    let kinds = SimulatedSpaces.allCases
    let hasPValues = names.contains { excessOverUniform($0) != nil }
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let header = line(["measure"] + kinds.map(\.rawValue) + (hasPValues ? ["p-values"] : []))
    let rule = "|" + String(repeating: "--|", count: kinds.count + (hasPValues ? 2 : 1))
    let rows = names.map { name in
      line(
        [name] + kinds.map { cells[$0]?[name]?.words ?? "–" }
          + (hasPValues ? [excessOverUniform(name).map { decimal($0, 2) } ?? "–"] : []))
    }
    return ([header, rule] + rows).joined(separator: "\n")
  }

  /// Puts the table in place of the first one under a heading.
  package func write(to url: URL, under heading: String) throws {
    let lines = try String(contentsOf: url, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard let title = lines.firstIndex(of: Substring(heading)),
      let first = lines[title...].firstIndex(where: { $0.hasPrefix("|") })
    else { throw CocoaError(.fileReadCorruptFile, userInfo: [NSFilePathErrorKey: url.path]) }
    let last = lines[first...].firstIndex { !$0.hasPrefix("|") } ?? lines.endIndex
    let text = lines[..<first] + [Substring(markdown)] + lines[last...]
    try Data(text.joined(separator: "\n").utf8).write(to: url)
  }
}

private func decimal(_ value: Double, _ digits: Int) -> String {
  value.formatted(
    .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US")))
}
