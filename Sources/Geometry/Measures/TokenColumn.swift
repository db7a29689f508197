/// What a measure says of each token: a column of the table of tokens.
public struct TokenColumn<Finding: Sendable>: Sendable {
  /// What the column is called; the gauge follows where the measure is taken in several, and the side (`a`, `b`) where it is one
  /// of a space.
  public let key: String
  /// In words.
  public let title: String
  /// A number for each compared token, in their order, of a finding and of how many tokens there are; nil where a token has none.
  public let values: @Sendable (Finding, Int) -> [Double?]

  /// A column of this name.
  public init(_ key: String, _ title: String, values: @escaping @Sendable (Finding, Int) -> [Double?]) {
    (self.key, self.title, self.values) = (key, title, values)
  }
}

/// What was found of each token by one measure in one gauge.
public struct TokenNumbers: Sendable, Equatable {
  /// `orientation_centred`, `local_pca_a`.
  public let name: String
  /// In words.
  public let title: String
  /// By compared token; nil where it has none.
  public let values: [Double?]
}

extension Findings {
  /// Every number of a token that was found, in the order of the readings.
  ///
  /// Taken from the findings; nothing is measured. O(tokens) a column.
  /// - Parameter count: how many tokens were compared.
  public func tokenNumbers(count: Int) -> [TokenNumbers] {
    readings.flatMap { tokenNumbers($0.measure, $0, count) }
  }

  private func tokenNumbers<M: Measure>(
    _ measure: M.Type, _ reading: Reading, _ count: Int
  ) -> [TokenNumbers] {
    guard let finding = finding(measure, reading.gauge, reading.side) else { return [] }
    return M.tokenColumns(options).compactMap { column in
      let values = column.values(finding, count)
      // A measure that was not evaluable has none.
      guard values.count == count else { return nil }
      let gauge = M.gauges.count > 1 ? reading.gauge.rawValue : nil
      let name = [column.key, gauge, reading.side?.rawValue].compactMap { $0 }.joined(separator: "_")
      let place = [gauge, reading.side.map { self.name($0) }].compactMap { $0 }.joined(separator: ", ")
      return TokenNumbers(
        name: name.replacing("-", with: "_"),
        title: place.isEmpty ? column.title : "\(column.title); \(place)", values: values)
    }
  }
}
