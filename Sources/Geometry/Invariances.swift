/// What can be done to all rows of a space.
public enum Transformation: String, Sendable, Codable, CaseIterable {
  /// x Q with QᵀQ = I: rotations and reflections.
  case orthogonal
  /// c x, the same c > 0 for all rows.
  case scaling
  /// x + t, the same t for all rows.
  case translation
  /// x A with any invertible A.
  case invertibleLinear
  /// The columns in another order.
  case dimensionPermutation
  /// cᵢ xᵢ with cᵢ > 0: the rows' lengths.
  case rowScaling

  /// The head of its column in a table.
  public var title: String {
    switch self {
    case .orthogonal: "orthogonal"
    case .scaling: "scale"
    case .translation: "translation"
    case .invertibleLinear: "invertible linear"
    case .dimensionPermutation: "order of dimensions"
    case .rowScaling: "row lengths"
    }
  }
}

/// What a measure cannot see: the transformations of a space that leave its value as it is.
///
/// For a comparison of two models it holds for a transformation of either side, alone. A measure says something
/// about two models only modulo these; choose it by what models are free to do. The table is data: a property
/// test runs every measure under every transformation, and docs/invariances.md is generated from it.
public struct MeasureInvariance: Sendable, Equatable, Codable {
  /// What the measure looks at.
  public enum Group: String, Sendable, Codable, CaseIterable {
    case global = "All pairs of tokens"
    case linear = "Linear subspaces and shapes"
    case local = "Neighbourhoods"
    case dimension = "Intrinsic dimension (one space)"
    case isotropy = "Isotropy (one space)"
    case gauge = "Measures of cosines after a change of gauge"
  }

  /// Type and member that hold the value, such as `CKA.unbiased`; in the group `gauge` the gauge's kind.
  public let member: String
  /// The measure in words.
  public let title: String
  public let group: Group
  public let invariantTo: Set<Transformation>
  /// What the table's columns cannot say; may be empty.
  public let remark: String

  public init(
    _ member: String, _ title: String, _ group: Group, _ invariantTo: Set<Transformation>,
    remark: String = ""
  ) {
    (self.member, self.title, self.group, self.remark) = (member, title, group, remark)
    // Permutations are orthogonal, and rotations, equal scales and permutations are invertible linear maps.
    var closed = invariantTo
    if closed.contains(.invertibleLinear) { closed.formUnion([.orthogonal, .scaling]) }
    if closed.contains(.orthogonal) { closed.insert(.dimensionPermutation) }
    self.invariantTo = closed
  }
}

extension MeasureInvariance {
  /// The table as a Markdown document, a section for each group; docs/invariances.md holds it.
  public static var markdown: String {
    var lines = [
      "# What each measure cannot see",
      "",
      "A dot marks a transformation of a space that leaves the measure's value as it is; for two spaces, of",
      "either one alone. An empty cell means that the value changes. Each cell is tested on random clouds.",
      "",
      "Generated from `MeasureInvariance.all`; to write it anew, run the tests with `SEXTANT_WRITE_DOCS=1`.",
    ]
    let columns = Transformation.allCases
    for group in Group.allCases {
      lines += ["", "## \(group.rawValue)", ""]
      lines.append("| measure | value | " + columns.map(\.title).joined(separator: " | ") + " | remark |")
      lines.append("|--|--|" + columns.map { _ in ":-:|" }.joined() + "--|")
      for row in all where row.group == group {
        let cells = columns.map { row.invariantTo.contains($0) ? "•" : " " }
        lines.append(
          "| \(row.title) | `\(row.member)` | " + cells.joined(separator: " | ") + " | \(row.remark) |")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
