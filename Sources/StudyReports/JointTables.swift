internal import Reports

/// The tables that every pair has, which a report of several pairs shows once for all.
struct JointTables {
  /// By the ends of their files' names, in the order of a report.
  enum Kind: String, CaseIterable {
    case match
    case untrainedRows = "untrained-rows"
    case untrained, shape, dimension
    case dimensionAgreement = "dimension-agreement"
    case alignment, retrieval

    /// Of the table of all pairs, where that of one has numbers of its pair in it.
    var caption: String? {
      switch self {
      case .match, .untrainedRows, .shape, .dimension, .dimensionAgreement: nil
      case .untrained:
        "What matched tokens with an untrained, short or identical row in either model do to the measures of centred rows, with 95 % "
          + "intervals where they were taken."
      case .alignment:
        "Maps scored on held-out tokens, 95 % intervals over words (groups of forms). R², cosine and norm ratio compare mapped rows with "
          + "true rows about the target's mean. Logit matching is fitted to keep logits and is scored in the opposite direction. Shuffled: "
          + "the same fit on permuted tokens."
      case .retrieval:
        "How often the true row of a held-out token is found: the nearest (P@1) or among the ten nearest (P@10) by cosine about the "
          + "target's mean (NN) and by CSLS, whose densities are over the held-out tokens. Chance of P@1 is 1 over the rows. Shuffled: P@1 "
          + "by CSLS of the same fit on permuted tokens, among the held-out rows; among more it finds no more."
      }
    }
  }

  /// The pairs' names; none where each table stands by itself.
  var pairs: [String] = []
  private var parts: [Kind: [(label: String, table: Table)]] = [:]

  /// Keeps a table that will stand in one for all pairs.
  /// - Parameter name: of its file, without the ending.
  /// - Returns: false for one that stands by itself.
  mutating func take(_ table: Table, _ name: String) -> Bool {
    for kind in Kind.allCases {
      guard let pair = pairs.first(where: { name == "\($0).\(kind.rawValue)" }) else { continue }
      parts[kind, default: []].append((pair, table))
      return true
    }
    return false
  }

  /// One table a kind.
  var tables: [Table] {
    Kind.allCases.flatMap { kind in
      let parts = parts[kind] ?? []
      return Table.joined(parts, by: "pair", caption: kind.caption ?? parts.first?.table.caption ?? "")
    }
  }
}

extension ReportWriter {
  /// The tables that stand in one for all pairs.
  mutating func allPairs() {
    let tables = joint.tables
    guard !tables.isEmpty else { return }
    document.heading(2, "All pairs")
    for table in tables { show(table) }
  }
}
