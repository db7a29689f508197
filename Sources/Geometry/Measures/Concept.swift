/// What a measure's numbers mean, for those who meet it for the first time; glossaries of reports and docs/concepts.md are made
/// from these.
public struct Concept: Sendable, Equatable {
  /// What it says; a sentence or two.
  public let meaning: String
  /// What a high value means; a sentence.
  public let high: String
  /// Which gauge to cite, or what beside the number, and why; a sentence.
  public let cite: String

  /// A measure in sentences.
  public init(meaning: String, high: String, cite: String) {
    (self.meaning, self.high, self.cite) = (meaning, high, cite)
  }
}

extension Gauge {
  /// What rows in this gauge are good for; a sentence.
  public var concept: String {
    switch self {
    case .raw:
      "The rows as the model has them; a direction that all rows share makes every cosine larger and can hide or feign agreement."
    case .centred:
      "The rows less their mean, which each space has by itself (no next-token probability depends on that of an unembedding): the one to cite unless there is a reason for another."
    case .standardised:
      "Centred, then every dimension divided by its standard deviation, so that a few outlying dimensions cannot carry the result; cite it beside centred where the two differ."
    case .allButTheTop:
      "Centred, without the leading principal components, which mostly follow frequency: it shows what is left of an agreement without them."
    case .whitened:
      "Centred, with all directions of equal variance: it sees what no invertible linear map can change, and lets noise in small directions count as much as signal."
    case .causal:
      "Measured by the inverse covariance of the unembedding, under which cosines do not depend on how the residual stream is parametrised; for claims about concepts and logits."
    }
  }
}

extension Measures {
  /// Every measure in two sentences and every gauge in one, as Markdown; docs/concepts.md holds it.
  public static var concepts: String {
    var sections: [(heading: String, entries: [String])] = []
    for group in [nil] + MeasureGroup.allCases.map(Optional.some) {
      sections.append(
        (
          group.map { "With `also: [\($0.rawValue)]`" } ?? "Always measured",
          all.filter { $0.group == group }.compactMap { entry(of: $0) }
        ))
    }
    sections.append(("Gauges", Gauge.allCases.map { "**\($0.words)** (`\($0.rawValue)`). \($0.concept)" }))
    return sections.filter { !$0.entries.isEmpty }.map { heading, entries in
      "### \(heading)\n\n" + entries.map { "* \($0)\n" }.joined()
    }.joined(separator: "\n")
  }

  private static func entry<M: Measure>(of measure: M.Type) -> String? {
    guard let concept = M.concept else { return nil }
    var names: [String] = []
    var titles: [String] = []
    for (title, key) in words(of: measure) {
      if !names.contains("`\(key)`") { names.append("`\(key)`") }
      if !titles.contains(title) { titles.append(title) }
    }
    let others = titles.count > 1 ? " and others" : ""
    return
      "**\(titles.first ?? M.name)**\(others) (\(names.joined(separator: ", "))). \(concept.high) \(concept.cite)"
  }

  /// Titles and names of a measure's numbers, with words in the places of models and classes.
  private static func words<M: Measure>(of measure: M.Type) -> [(title: String, key: String)] {
    M.metrics(MeasureOptions()).flatMap { metric in
      let parts = metric.key.split(separator: "/")
      let title = parts.count > 1 ? metric.title.replacing(" \(parts[0])", with: " CLASS") : metric.title
      let sides: [Side] = metric.key.contains("{side}") ? Side.allCases : [.first]
      return sides.map { side in
        (
          title.replacing("{a}", with: "A").replacing("{b}", with: "B").replacing("{model}", with: "MODEL"),
          (parts.last.map(String.init) ?? "").replacing("{side}", with: side.rawValue)
        )
      }
    }
  }
}
