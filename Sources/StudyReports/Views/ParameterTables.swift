public import Points
public import Reports
internal import Statistics
internal import Tokenizers
public import Transformers

extension NeuronWords {
  /// What the neuron reads and writes, and whether the two are alike.
  public func tables(_ model: Model) -> [Table] {
    let name = "mlp:\(block).\(neuron)"
    var words = Table(
      "Tokens of \(name): gate and up rows (γ of the norm before the layer folded in) and the value row (the final norm's γ "
        + "folded in), multiplied with the unembedding. No blocks between are accounted for.",
      columns: [
        .init("row"), .init("end"), .init("rank", .integer), .init("token"),
        .init("product", .number(.decimals(3))),
      ])
    for (row, ends) in [("gate", gate), ("up", up), ("value", value)] {
      for (end, products) in [("largest", ends.largest), ("smallest", ends.smallest)] {
        for (index, product) in products.enumerated() {
          words.append([
            .text(row), .text(end), .integer(index + 1), .text(model.spelling(product.token)),
            .number(Double(product.product)),
          ])
        }
      }
    }
    return [
      words,
      similarityTable(
        [("gate and value", gateSimilarity), ("up and value", upSimilarity)], tokens: similarityTokens),
    ]
  }
}

extension HeadWords {
  /// The head's strongest pairs, and whether its rows are alike.
  public func tables(_ model: Model) -> [Table] {
    let name = "head:\(block).\(head)"
    func table(_ pairs: [TokenPair], _ caption: String, _ first: String, _ second: String) -> Table {
      Table(
        "\(caption) Exact among the tokens with ids below \(comparedTokens); norms' weights are folded in, rotary angles and biases "
          + "left out.",
        columns: [
          .init("rank", .integer), .init(first), .init(second), .init("strength", .number(.decimals(3))),
        ],
        rows: pairs.enumerated().map { index, pair in
          [
            .integer(index + 1), .text(model.spelling(pair.first)), .text(model.spelling(pair.second)),
            .number(Double(pair.strength)),
          ]
        })
    }
    return [
      table(
        writes, "OV of \(name): attending to the first token, the head makes the second likelier.",
        "attended", "written"),
      table(attends, "QK of \(name): the first token, asking, attends to the second.", "asking", "attended"),
      similarityTable(
        [("values and outputs", valueSimilarity), ("queries and keys", querySimilarity)],
        tokens: similarityTokens),
    ]
  }
}

private func similarityTable(_ pairs: [(String, Estimate)], tokens: Int) -> Table {
  Table(
    "Likeness of paired rows: Jaccard index of their \(tokens) tokens with the largest absolute products; p is against "
      + "\(pairs.first?.1.null?.meaning ?? "no control").",
    columns: [
      .init("rows"), .init("likeness", .number(.decimals(3))), .init("control", .number(.decimals(3))),
      .init("draws", .integer), .init("p", .number(.decimals(3))),
    ],
    rows: pairs.map { name, estimate in
      [
        .text(name), .number(estimate.value), .optional(estimate.null?.mean, "no control"),
        .integer(estimate.null?.draws ?? 0), .optional(estimate.null?.pValue, "no control"),
      ]
    })
}

extension Model {
  fileprivate func spelling(_ token: Int) -> String { tokenizer.decode([token]).debugDescription }
}

extension RelationScores {
  /// Of the summary.
  func row(called name: String) -> [Table.Cell] {
    let head: [Table.Cell] = [
      .text(name), .integer(k), .integer(relation.sources.count), .integer(relation.pairCount),
    ]
    guard let best = ranked.first else {
      return head + [Table.Cell](repeating: .notEvaluable(reason ?? "unknown"), count: 5)
    }
    return head + [
      .text("\(best.block).\(best.head)"), .score(best.score),
      .optional(best.score.null?.mean, "no null"), .number(best.cell.adjustedPValue),
      .integer(significantHeads()),
    ]
  }
}

extension [RelationScores] {
  /// A summary, the best heads of each relation, and those heads against all relations.
  /// - Parameter top: heads of each relation.
  public func tables(top: Int) -> [Table] { [summary, best(top), matrix(top)] }

  private var summary: Table {
    Table(
      "Relations that heads implement: share of source tokens whose target is among the k largest products of the head. Pairs whose words "
        + "are single tokens count; heads with a corrected p of at most 0.05.",
      columns: [
        .init("relation"), .init("k", .integer), .init("pairs", .integer), .init("of", .integer),
        .init("best head"), .init("score", .estimate(.decimals(2))), .init("null", .number(.decimals(3))),
        .init("corrected p", .number(.decimals(3))), .init("heads", .integer),
      ],
      rows: map { $0.row(called: $0.relation.name) })
  }

  private func best(_ top: Int) -> Table {
    Table(
      "The best heads of each relation, with Wilson's 95 % interval over the pairs; null: targets permuted among the sources, the same for all "
        + "heads; corrected p: step-down over all heads of the model.",
      columns: [
        .init("relation"), .init("rank", .integer), .init("head"), .init("score", .estimate(.decimals(2))),
        .init("null", .number(.decimals(3))), .init("p", .number(.decimals(4))),
        .init("corrected p", .number(.decimals(4))),
      ],
      rows: flatMap { scores in
        scores.ranked.prefix(top).enumerated().map { index, best in
          [
            .text(scores.relation.name), .integer(index + 1), .text("\(best.block).\(best.head)"),
            .score(best.score),
            .optional(best.score.null?.mean, "no null"), .number(best.cell.pValue),
            .number(best.cell.adjustedPValue),
          ]
        }
      })
  }

  private func matrix(_ top: Int) -> Table {
    let scored = filter { $0.search != nil }
    let heads = Set(scored.flatMap { $0.ranked.prefix(top).map { $0.block * 10_000 + $0.head } }).sorted()
    return Table(
      "Those heads and all relations that could be scored.",
      columns: [.init("head")]
        + scored.map { Table.Column($0.relation.name.replacing("_", with: " "), .number(.decimals(2))) },
      rows: heads.map { place in
        let (block, head) = (place / 10_000, place % 10_000)
        return [.text("\(block).\(head)")]
          + scored.map { .number($0.heads[block * $0.headCount + head].value) }
      })
  }
}
