internal import Alignment
internal import Foundation
internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Vocabularies
internal import Workflow

/// Held-out scores of the maps of one pair.
struct AlignmentTables {
  let alignments: [AlignmentResult]
  private var heldOut: Int { alignments.first?.heldOutTokens ?? 0 }

  var scores: Table {
    var table = Table(
      "Maps scored on \(heldOut) held-out tokens, 95 % intervals over words (groups of forms). R², cosine and norm "
        + "ratio compare mapped rows with true rows about the target's mean. Logit matching is "
        + "fitted to keep logits and is scored in the opposite direction. Shuffled: the same fit on permuted tokens.",
      columns: [
        .init("source"), .init("target"), .init("method"),
        .init("R²", .estimate(.decimals(3)), metric: "r_squared"),
        .init("mean cosine", .estimate(.decimals(3)), metric: "centred_cosine"),
        .init("norm ratio", .estimate(.decimals(2)), metric: "norm_ratio"),
        .init("condition", .number(.significant(2))), .init("shuffled R²", .number(.decimals(3))),
      ])
    for result in alignments {
      table.append(
        [
          .text(result.source), .text(result.target), .text(result.method), .score(result.scores.r2),
          .score(result.scores.centredCosine), .score(result.scores.centredNormRatio),
          .optional(result.conditionNumber, "the method has no matrix"), .number(result.shuffled.r2.value),
        ], task: result.name)
    }
    return table
  }

  /// Where the tokens are found; the more rows there are to choose from, the harder.
  var retrieval: Table {
    var table = Table(
      "How often the true row of a held-out token (\(heldOut)) is found: the nearest (P@1) or among the ten nearest (P@10) by cosine "
        + "about the target's mean (NN) and by CSLS, whose densities are over the held-out tokens. Chance of P@1 is 1 over the rows. "
        + "Shuffled: P@1 by CSLS of the same fit on permuted tokens, among the held-out rows; among more it finds no more.",
      columns: [
        .init("source"), .init("target"), .init("method"), .init("among"), .init("rows", .integer),
        .init("P@1 NN", .estimate(.decimals(3)), metric: "p_at_1{}"),
        .init("P@1 CSLS", .estimate(.decimals(3)), metric: "p_at_1_csls{}"),
        .init("P@10 CSLS", .estimate(.decimals(3)), metric: "p_at_10_csls{}"),
        .init("shuffled P@1", .number(.significant(2))),
      ])
    for result in alignments {
      for retrieval in result.scores.retrieval {
        table.append(
          [
            .text(result.source), .text(result.target), .text(result.method),
            .text(retrieval.candidates.words), .integer(retrieval.candidateCount),
            .score(retrieval.nearestNeighbour.at1), .score(retrieval.csls.at1), .score(retrieval.csls.at10),
            retrieval.candidates == .heldOut
              ? .number(result.shuffled.amongHeldOut.csls.at1.value)
              : .notEvaluable("searched among the held-out rows only, where it finds the most"),
          ], task: result.name, metric: retrieval.candidates.metricSuffix)
      }
    }
    return table
  }

  func retrievalFigure(_ options: FigureOptions) throws -> Figure {
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
      title: "P@1 of \(heldOut) held-out tokens",
      groups: alignments.map { several ? "\($0.method) \(options.label($0.source))" : $0.method },
      groupAxis: FigureAxis("method"),
      value: FigureAxis("P@1"),
      series: [
        series("NN, \(widest)") { $0.widest.nearestNeighbour.at1 },
        series("CSLS, \(widest)") { $0.widest.csls.at1 },
      ]
        + (widest == CandidateSet.heldOut.words
          ? []
          : [
            series("CSLS, held-out tokens") { $0.scores.amongHeldOut.csls.at1 }
          ]) + [
          series("shuffled, held-out tokens", isControl: true) { $0.shuffled.amongHeldOut.csls.at1 }
        ])
  }

  /// What a method that finds its own anchors found; nil without one.
  var found: Table? {
    let results = alignments.filter { $0.found != nil }
    guard !results.isEmpty else { return nil }
    var table = Table(
      "Anchors that were found without pairs: tokens that are each other's nearest among the most frequent of both sides, the "
        + "share that is the same token (95 % intervals; chance is 1 over the tokens searched), and the same "
        + "before any refinement. Both sides hold the same tokens, in their own orders, which is easier than whole vocabularies.",
      columns: [
        .init("source"), .init("target"), .init("method"), .init("searched", .integer),
        .init("found", .integer), .init("correct", .estimate(.decimals(3)), metric: "anchors_correct"),
        .init("correct at the start", .estimate(.decimals(3)), metric: "anchors_correct_at_start"),
        .init("iterations", .integer),
      ])
    for result in results {
      guard let found = result.found else { continue }
      func share(_ estimate: Estimate?) -> Table.Cell {
        estimate.map { .score($0) } ?? .notEvaluable("no two tokens are each other's nearest")
      }
      table.append(
        [
          .text(result.source), .text(result.target), .text(result.method), .integer(found.searched),
          .integer(found.count), share(found.correct), share(found.correctAtStart),
          .integer(found.iterations),
        ], task: result.name)
    }
    return table
  }

  /// The scores of each class of tokens; nil where none were asked for.
  var classes: Table? {
    guard alignments.contains(where: { $0.classes != nil }) else { return nil }
    var table = Table(
      "The same maps by class of token (of the source; rare: the last tenth of its ids among the matched tokens). P@k is among "
        + "all held-out tokens, and R² is about their mean, so that classes compare; a class needs two held-out tokens.",
      columns: [
        .init("source"), .init("target"), .init("method"), .init("class"), .init("held out", .integer),
        .init("R²", .estimate(.decimals(3)), metric: "r_squared"),
        .init("mean cosine", .estimate(.decimals(3)), metric: "centred_cosine"),
        .init("P@1 CSLS", .estimate(.decimals(3)), metric: "p_at_1_csls"),
        .init("P@10 CSLS", .estimate(.decimals(3)), metric: "p_at_10_csls"),
        .init("norm ratio", .estimate(.decimals(2)), metric: "norm_ratio"),
      ])
    for result in alignments {
      for entry in result.classes ?? [] {
        let scores = entry.scores
        table.append(
          [
            .text(result.source), .text(result.target), .text(result.method),
            .text(entry.tokenClass.rawValue), .integer(scores.cosine.n),
            .score(scores.r2), .score(scores.centredCosine), .score(scores.amongHeldOut.csls.at1),
            .score(scores.amongHeldOut.csls.at10), .score(scores.centredNormRatio),
          ], task: "\(result.name)/\(entry.tokenClass.rawValue)")
      }
    }
    return table
  }

  private var several: Bool { Set(alignments.map(\.source)).count > 1 }
  private var widest: String { (alignments.first?.widest.candidates ?? .heldOut).words }
}

/// Held-out scores over the number of anchors.
struct LearningCurveTables {
  let curves: [AlignmentCurve]

  var table: Table {
    var table = Table(
      "Held-out scores over the number of anchors that a map is fitted on. Means over seeds, each with its own split and its "
        + "own nested anchors; the intervals hold the middle 95 % of the seeds' own scores: what one run may give. The cosine is not about the mean; P@1 is among all held-out tokens.",
      columns: [
        .init("source"), .init("target"), .init("method"), .init("anchors", .integer),
        .init("seeds", .integer), .init("R²", .estimate(.decimals(3)), metric: "r_squared"),
        .init("cosine", .estimate(.decimals(3)), metric: "uncentred_cosine"),
        .init("P@1 NN", .estimate(.decimals(3)), metric: "p_at_1"),
        .init("P@1 CSLS", .estimate(.decimals(3)), metric: "p_at_1_csls"),
      ])
    for entry in curves {
      for point in entry.curve.points {
        table.append(
          [
            .text(entry.source), .text(entry.target), .text(entry.method), .integer(point.anchorCount),
            .integer(point.r2.n), .score(point.r2), .score(point.cosine), .score(point.nearestNeighbourAt1),
            .score(point.cslsAt1),
          ], task: "\(entry.name)/\(point.anchorCount)-anchors")
      }
    }
    return table
  }

  func figure(_ options: FigureOptions) throws -> Figure {
    let several = Set(curves.map(\.source)).count > 1
    return try .doseResponse(
      title: "Held-out retrieval over the number of anchors", dose: FigureAxis("anchors, log₁₀"),
      response: FigureAxis("P@1 CSLS"),
      series: curves.map { entry in
        DoseSeries(
          several ? "\(entry.method) \(options.label(entry.source))" : entry.method,
          points: entry.curve.points.map { point in
            DoseSeries.Point(
              dose: log10(Double(point.anchorCount)), response: point.cslsAt1.value,
              lower: point.cslsAt1.lower, upper: point.cslsAt1.upper)
          })
      })
  }

  /// How many anchors the method with the best end needs for nine tenths of what all of them give.
  var finding: String? {
    let best = curves.max {
      ($0.curve.points.last?.cslsAt1.value ?? 0) < ($1.curve.points.last?.cslsAt1.value ?? 0)
    }
    guard let best, let end = best.curve.points.last,
      let enough = best.curve.points.first(where: { $0.cslsAt1.value >= 0.9 * end.cslsAt1.value })
    else { return nil }
    let format = NumberFormat.significant(3)
    return
      "\(best.method): \(enough.anchorCount) anchors give P@1 \(format.text(enough.cslsAt1.value) ?? "") (CSLS), all "
      + "\(end.anchorCount) give \(format.text(end.cslsAt1.value) ?? "")."
  }
}
