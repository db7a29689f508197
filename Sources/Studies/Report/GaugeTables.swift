internal import Geometry
internal import Reports

/// The tables of gauges and of isotropy.
enum GaugeTables {
  static func pair(_ result: GaugeResult) -> Table {
    var table = Table(
      "The pair in each gauge, applied to both spaces: relative orientation, unbiased CKA, mutual \(result.pair.k)-NN overlap, "
        + "and what a token gains in shared neighbours over the raw rows. The causal gauge is each model's own "
        + "unembedding covariance. 95 % jackknife intervals; overlaps have none, since tokens share neighbours.",
      columns: [
        .init("gauge"), .init("orientation", .estimate(.decimals(3))), .init("CKA", .estimate(.decimals(3))),
        .init("mutual k-NN", .estimate(.decimals(3))), .init("gain over raw", .estimate(.decimals(3))),
      ])
    for row in result.pair.rows {
      table.append([
        .text(row.gauge.words), .evaluation(row.orientation), .evaluation(row.cka),
        .evaluation(row.mutualNeighbours), .optionalEvaluation(row.neighboursGained, itself),
      ])
    }
    return table
  }

  static func spaces(_ result: GaugeResult) -> Table {
    var table = Table(
      "How much of each space hangs on its gauge: the mean cosine of a token's \(result.pair.k) nearest, the same less the mean "
        + "cosine of all pairs, and against the raw rows the correlation of all cosines, the share of neighbours kept, and "
        + "the share of tokens that keep their nearest; only r has an interval, since tokens share neighbours.",
      columns: [
        .init("model"), .init("gauge"), .init("neighbours' cosine", .estimate(.decimals(3))),
        .init("corrected", .estimate(.decimals(3))), .init("r of cosines", .estimate(.decimals(3))),
        .init("neighbours kept", .estimate(.decimals(3))), .init("nearest kept", .estimate(.decimals(3))),
      ])
    for space in result.spaces {
      table.append([
        .text(space.model), .text(space.gauge.words), .evaluation(space.neighbourCosine),
        .evaluation(space.corrected), .optionalEvaluation(space.cosines, itself),
        .optionalEvaluation(space.sharedNeighbours, itself), .optionalEvaluation(space.nearestKept, itself),
      ])
    }
    return table
  }

  static func isotropy(_ results: [IsotropyResult]) -> Table {
    var table = Table(
      "Isotropy of the raw rows. IsoScore* (shrunk to the mean variance) and the partition score are 1 for a space that fills "
        + "all directions alike; token ids stand in for frequency ranks.",
      columns: [
        .init("model"), .init("IsoScore*", .estimate(.decimals(3))),
        .init("partition score", .estimate(.significant(2))), .init("its null", .number(.decimals(3))),
        .init("norm and rank, ρ", .estimate(.decimals(3))),
        .init("mean norm, first tenth", .estimate(.decimals(3))),
        .init("last tenth", .estimate(.decimals(3))),
      ])
    for result in results {
      let parts = result.norms.parts
      table.append([
        .text(result.model), .evaluation(result.isoScoreStar.isoScore), .evaluation(result.partition.score),
        .nullMean(result.partition.score), .evaluation(result.norms.spearman),
        .optionalEvaluation(parts.first?.meanNorm, "no tokens"),
        .optionalEvaluation(parts.last?.meanNorm, "no tokens"),
      ])
    }
    return table
  }

  private static let itself = "these are the raw rows"
}

extension GaugeKind {
  var words: String { self == .allButTheTop ? "all but the top" : rawValue }
}
