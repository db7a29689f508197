internal import Alignment
internal import Geometry
internal import Reports

/// Held-out scores of the maps of one pair.
struct AlignmentTables {
  let alignments: [AlignmentResult]
  private var heldOut: Int { alignments.first?.heldOutTokens ?? 0 }

  var scores: Table {
    var table = Table(
      "Maps scored on \(heldOut) held-out tokens, 95 % bootstrap intervals over tokens. R², cosine and norm ratio compare mapped "
        + "rows with true rows about the target's mean; P@1 finds the true token among all held-out ones (chance \(chance)). Logit matching is "
        + "fitted to keep logits and is scored in the opposite direction. Shuffled: the same fit on permuted tokens.",
      columns: [
        .init("source"), .init("target"), .init("method"), .init("R²", .estimate(.decimals(3))),
        .init("mean cosine", .estimate(.decimals(3))), .init("P@1 NN", .estimate(.decimals(3))),
        .init("P@1 CSLS", .estimate(.decimals(3))), .init("P@10 CSLS", .estimate(.decimals(3))),
        .init("norm ratio", .estimate(.decimals(2))), .init("condition", .number(.significant(2))),
        .init("shuffled R²", .number(.decimals(3))), .init("shuffled P@1", .number(.significant(2))),
      ])
    for result in alignments {
      table.append([
        .text(result.source), .text(result.target), .text(result.method), .score(result.scores.r2),
        .score(result.scores.centredCosine), .score(result.scores.nearestNeighbour.at1),
        .score(result.scores.csls.at1),
        .score(result.scores.csls.at10), .score(result.scores.centredNormRatio),
        .number(result.conditionNumber),
        .number(result.shuffled.r2.value), .number(result.shuffled.csls.at1.value),
      ])
    }
    return table
  }

  var retrieval: Figure {
    get throws {
      func series(_ name: String, isControl: Bool = false, _ score: (AlignmentResult) -> Estimate)
        -> BarSeries
      {
        BarSeries(
          name,
          values: alignments.map { result in
            let value = score(result)
            return BarValue(value.value, lower: value.lower, upper: value.upper)
          }, isControl: isControl)
      }
      return try .groupedBars(
        title: "Held-out retrieval, P@1 over \(heldOut) tokens",
        groups: alignments.map { several ? "\($0.method) \($0.source)" : $0.method },
        groupAxis: FigureAxis("method"),
        value: FigureAxis("P@1"),
        series: [
          series("nearest neighbour") { $0.scores.nearestNeighbour.at1 },
          series("CSLS") { $0.scores.csls.at1 },
          series("shuffled match", isControl: true) { $0.shuffled.csls.at1 },
        ])
    }
  }

  private var several: Bool { Set(alignments.map(\.source)).count > 1 }
  private var chance: String {
    NumberFormat.significant(2).text(1 / Double(alignments.first?.scores.candidateCount ?? 1)) ?? ""
  }
}
