public import Statistics
public import Tensors
public import Vocabularies

/// Relative orientation among the tokens of one class.
///
/// Pearson's correlation of the two models' cosines over the pairs that lie within the class. What all pairs share because
/// classes lie apart (scripts, digits, word starts) is not in it: where it is far below the value of all pairs, the
/// models share the classes' places rather than the tokens'. Exact, O(m d²) for a class of m tokens; uncertainty
/// and null as ``RelativeOrientation``.
public struct ClassOrientation: Sendable, Equatable, Codable {
  public let tokenClass: TokenClass
  public let count: Int
  public let pearson: Evaluation

  /// One for each class that occurs, in the order of the cases.
  ///
  /// - Parameters: matched rows, row i the same token in both; and the tokens' classes.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: as many classes as rows.
  public static func all(
    _ a: Matrix<Float>, _ b: Matrix<Float>, classes: [TokenClass],
    _ options: RelativeOrientationOptions = RelativeOrientationOptions()
  ) throws(GeometryError) -> [ClassOrientation] {
    precondition(classes.count == a.rows, "\(classes.count) token classes for \(a.rows) rows")
    var found: [ClassOrientation] = []
    for tokenClass in TokenClass.allCases {
      let rows = classes.indices.filter { classes[$0] == tokenClass }
      guard !rows.isEmpty else { continue }
      let orientation = try RelativeOrientation(a.selecting(rows: rows), b.selecting(rows: rows), options)
      found.append(
        ClassOrientation(tokenClass: tokenClass, count: rows.count, pearson: orientation.pearson))
    }
    return found
  }
}

extension ClassOrientation: PairMeasure {
  public static let name = "orientation_within_classes"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "classes"
  public static let needsTokens = true

  public static let concept: Concept? = Concept(
    meaning: "Relative orientation among the tokens of one class alone, without what sets classes apart.",
    high:
      "High values mean that tokens of one class are arranged alike among themselves.",
    cite:
      "Of raw rows; cite it where the value of all pairs could come from classes that lie apart: far below that value, the models share the classes' places and not the tokens'."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<[ClassOrientation]>] {
    TokenClass.allCases.map { tokenClass in
      Metric(
        "\(tokenClass.rawValue)/orientation_within", "orientation within the class \(tokenClass.rawValue)",
        tokenClass == .wordStart ? Invariance(.global, .angles) : nil
      ) { found in found.first { $0.tokenClass == tokenClass }?.pearson }
    }
  }

  public static func measure(_ pair: PairBench) throws -> [ClassOrientation] {
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 0)
    return try all(
      pair.rows.a, pair.rows.b, classes: TokenClass.classes(of: pair.a.tokens), options)
  }
}
