internal import Geometry
public import Reports
internal import Tokenizers
internal import Vocabularies
public import Workflow

extension VocabularyMatch {
  /// Every matched pair of tokens: rows, forms, the reason, and what is wrong with a row.
  public var table: Table {
    Table(
      "Matched tokens of \(a.name) (\(match.sideA.count) rows, coverage \(percent(match.sideA.coverage))) and "
        + "\(b.name) (\(match.sideB.count) rows, coverage \(percent(match.sideB.coverage))).",
      columns: [
        .init("row a", .integer), .init("token a"), .init("row b", .integer), .init("token b"),
        .init("reason"), .init("row a is"), .init("row b is"),
      ],
      rows: match.pairs.map { pair in
        [
          .integer(pair.rowA), .text(a.rows.tokens[pair.rowA].form), .integer(pair.rowB),
          .text(b.rows.tokens[pair.rowB].form), .text(pair.reason.rawValue),
          .text(a.rows.untrained.kinds[pair.rowA]?.rawValue ?? ""),
          .text(b.rows.untrained.kinds[pair.rowB]?.rawValue ?? ""),
        ]
      })
  }

  private func percent(_ share: Double) -> String {
    (NumberFormat.decimals(1).text(100 * share) ?? "0") + " %"
  }

  /// Counts of the match, for people.
  public var summary: Table {
    var table = Table(
      "Token match of \(a.name) and \(b.name). Collisions are forms that occur twice in a vocabulary. Identical rows are those of "
        + "another token byte for byte; untrained ones lie where training has told none apart. \(untrainedPairs) matched tokens have an "
        + "untrained row or a copy in either model: comparisons leave them out.",
      columns: [
        .init("model"), .init("rows", .integer), .init("matched", .integer), .init("unmatched", .integer),
        .init("unused", .integer), .init("collisions", .integer),
        .init("coverage", unit: "%", .number(.decimals(1))), .init("untrained", .integer),
        .init("identical rows", .integer),
      ])
    for (name, side, rows) in [(a.name, match.sideA, a.rows), (b.name, match.sideB, b.rows)] {
      let found = rows.untrained
      table.append([
        .text(name), .integer(side.count), .integer(side.matched), .integer(side.unmatched),
        .integer(side.unused),
        .integer(side.collisions.count), .number(100 * side.coverage),
        .integer(found.count(.untrained) + found.count(.zero) + found.count(.short)),
        .integer(found.identicalRows),
      ])
    }
    return table
  }
}

extension PairResult {
  /// The tables of the comparison, as the report prints them.
  public var comparisonTables: [Table] {
    let tables = ComparisonTables(pair: self)
    let untrained = UntrainedTables(pair: self)
    return [tables.match] + [untrained.found, untrained.effect].compactMap { $0 }
      + tables.similarities.map(\.table) + [tables.dimensions, tables.dimensionAgreement]
  }
}

extension [AlignmentResult] {
  /// The scores as the report prints them; with the anchors that were found and the classes, where there are any.
  public var tables: [Table] {
    let tables = AlignmentTables(alignments: self)
    return [tables.scores, tables.retrieval] + [tables.found, tables.classes].compactMap { $0 }
  }
}

extension [AlignmentCurve] {
  /// The scores over the number of anchors as the report prints them; nil for no curves.
  public var table: Table? { isEmpty ? nil : LearningCurveTables(curves: self).table }
}
