public import Reports
internal import Steering
internal import Studies
internal import Transformers
public import Workflow

/// What the transferred vectors did: one row a transfer, then the arms and the texts of each.
struct TransferTables {
  static func verdicts(_ transfers: [TransferResult]) -> Table {
    var table = Table(
      "Transfers. Slope: change of the held-out log-odds (positive against negative continuation) per dose; dose 1 moves "
        + "the target by the chosen divergence on neutral text. Ratio: slope over that of the target's own vector, once at one norm, once "
        + "with the own vector at the norm at which it disturbs neutral text as much. p: the largest of six, against three nulls at "
        + "equal norm and at equal divergence, each (1 + #) / (draws + 1) and one-sided, then corrected by Holm for the behaviours "
        + "carried in the same direction. z: the smallest of the six distances in standard deviations of the draws.",
      columns: [
        .init("source"), .init("target"), .init("behaviour"), .init("verdict"),
        .init("slope", unit: "nats/dose", .estimate(.decimals(2)), metric: "slope"),
        .init("native slope", unit: "nats/dose", .estimate(.decimals(2)), metric: "native_slope"),
        .init("ratio", .estimate(.decimals(2)), metric: "transfer_ratio"),
        .init(
          "ratio at equal divergence", .estimate(.decimals(2)), metric: "transfer_ratio_equal_divergence"),
        .init("p", .number(.decimals(3))), .init("uncorrected p", .number(.decimals(3))),
        .init("hardest null"), .init("z", .number(.decimals(1))),
        .init("cosine to native", .number(.decimals(2))),
        .init("n", .integer),
      ])
    for transfer in transfers {
      let (validation, judgement) = (transfer.validation, transfer.judgement)
      table.append(
        [
          .text(transfer.source), .text(transfer.target), .text(validation.behaviour),
          .text(judgement.verdict.word),
          .interval(validation.result(.transferred)?.slope, "too few items"),
          .interval(validation.result(.native)?.slope, "too few items"),
          .interval(validation.transferRatio, TransferResult.noRatio),
          .interval(validation.ratioAtEqualDivergence, TransferResult.noRatio),
          .number(judgement.corrected), .number(judgement.uncorrected),
          .text("\(judgement.strictestNull.rawValue), \(judgement.strictestRule.rawValue)"),
          .optional(validation.standardScore, "the draws do not vary"),
          .optional(validation.cosineToNative, "a vector is zero"),
          .integer(validation.result(.transferred)?.response.itemSlopes.count ?? 0),
        ], task: transfer.name)
    }
    return table
  }

  let transfer: TransferResult
  private var validation: Validation { transfer.validation }

  var arms: Table {
    let doses = validation.arms.first?.response.doses ?? []
    var table = Table(
      "Mean held-out log-odds (nats) by dose, and the slope with its 95 % interval over "
        + "\(validation.arms.first?.response.itemSlopes.count ?? 0) items. Vectors have norm "
        + "\(NumberFormat.significant(3).text(validation.calibration.norm) ?? "") at dose 1, unless it says otherwise.",
      columns: [.init("arm")] + doses.map { .init("dose \(doseText($0))", .number(.decimals(2))) }
        + [.init("slope", unit: "nats/dose", .estimate(.decimals(2)))])
    func append(_ name: String, _ arm: Validation.ArmResult, _ metric: String) {
      table.append(
        [.text(name)] + arm.response.means.map { .number($0) } + [.interval(arm.slope, "too few items")],
        task: transfer.name, metric: metric)
    }
    for arm in validation.arms {
      append(arm.arm.name, arm, arm.arm.slopeMetric)
      if arm.arm == .native, let own = validation.nativeAtOwnDose {
        append(nativeAtOwnDoseName, own, "native_slope_equal_divergence")
      }
    }
    return table
  }

  private var nativeAtOwnDoseName: String {
    "native at equal divergence, "
      + (validation.nativeDose.map { "\(short($0)) times the norm" } ?? "which no norm reaches")
  }

  /// The carried vector and the target's own against each null, by both rules.
  var nulls: Table {
    var table = Table(
      "Against three nulls. Effect: mean over \(validation.effectItems) held-out items of half the difference of the log-odds at dose 1 and "
        + "dose -1, nats a dose; that of the carried vector is \(short(validation.effect)). Effects are odd: every measured direction "
        + "gives two draws, itself and its opposite, and the carried vector's opposite is one more. p = (1 + draws that do as well) / "
        + "(draws + 1), not corrected. At equal divergence every vector has the norm at which it moves \(validation.divergencePositions) "
        + "positions of neutral text as much as the carried one does: its dose, over the carried vector's. Unreached: directions that no norm brings there.",
      columns: [
        .init("null"), .init("vectors compared at"), .init("draws", .integer),
        .init("largest effect", unit: "nats/dose", .number(.decimals(2))),
        .init("standard deviation", unit: "nats/dose", .number(.decimals(2))),
        .init("z", .number(.decimals(1))),
        .init("p", .number(.decimals(3))), .init("p of the target's own vector", .number(.decimals(3))),
        .init("median dose", .number(.decimals(2))),
        .init("unreached", .integer),
      ])
    for null in validation.nulls {
      for rule in DoseRule.allCases {
        let slopes = null.slopes(rule)
        let isOwn = rule == .equalDivergence
        table.append([
          .text(null.null.rawValue), .text(rule.rawValue), .integer(slopes.draws), .number(slopes.largest),
          .number(slopes.deviation),
          .optional(slopes.standardScore(of: validation.effect), "the draws do not vary"),
          .number(slopes.pValue(of: validation.effect)),
          .number(slopes.pValue(of: validation.nativeEffect(rule))),
          .optional(isOwn ? median(null.ownDoses) : 1, "no direction"),
          .integer(isOwn ? null.unreached : 0),
        ])
      }
    }
    return table
  }

  private func median(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.sorted()[values.count / 2]
  }

  /// p(match) of the choice items by dose; nil where the set has none.
  var choices: Table? {
    let arms = validation.arms.compactMap { arm in arm.choice.map { (arm.arm, $0) } }
    guard let doses = arms.first?.1.doses, let count = arms.first?.1.logOdds.first?.count else { return nil }
    var table = Table(
      "Choice items: p(match), the probability of the matching answer among the two, by dose; mean of \(count) items "
        + "with a 95 % interval over them. Without a vector: dose 0.",
      columns: [.init("vector")]
        + doses.map {
          .init("dose \(doseText($0))", .estimate(.decimals(2)), metric: Arm.matchMetric("{}", $0))
        })
    for (arm, response) in arms {
      table.append(
        [.text(arm.name)] + response.matchIntervals().map { .interval($0, "too few items") },
        task: transfer.name, metric: arm.word)
    }
    return table
  }

  func doseResponse(_ options: FigureOptions) throws -> Figure {
    let shown: [(Arm, Bool)] = [
      (.transferred, false), (.native, false), (.selfTransfer, true), (.null(.shuffledMaps), true),
    ]
    var series = shown.compactMap { arm, isControl in
      validation.result(arm).map { result in
        DoseSeries(arm.name, points: result.response.changes(), isControl: isControl)
      }
    }
    if let own = validation.nativeAtOwnDose {
      series.append(
        DoseSeries("native at equal divergence", points: own.response.changes(), isControl: true))
    }
    return try .doseResponse(
      title:
        "\(validation.behaviour): \(options.label(transfer.source)) to \(options.label(transfer.target))",
      dose: FigureAxis("dose", unit: "multiples of the calibrated norm"),
      response: FigureAxis("change of the log-odds", unit: "nats"), series: series, band: band)
  }

  /// Where 90 % of the changes by vectors of permuted labels fall at doses -1 and 1.
  private var band: ControlBand? {
    guard let null = validation.nulls.first(where: { $0.null == .permutedLabels })?.equalNorm,
      !null.slopes.isEmpty
    else { return nil }
    let sizes = null.slopes.map(abs).sorted()
    let reach = sizes[Int((0.9 * Double(sizes.count - 1)).rounded(.up))]
    return ControlBand(
      "\(null.draws) vectors of permuted labels, 5–95 %",
      points: [-1, 0, 1].map { ($0, -abs($0) * reach, abs($0) * reach) })
  }

  /// What the texts cost: means over the prompts.
  var generation: Table {
    var table = Table(
      "What the target writes, greedily: means over \(validation.texts.first?.texts.count ?? 0) prompts. Perplexity under the "
        + "unsteered model, divergence KL(unsteered ‖ steered) a token, share of repeated 3-grams.",
      columns: [
        .init("vector"), .init("dose", .number(.decimals(1))), .init("perplexity", .number(.significant(3))),
        .init("divergence", unit: "nats", .number(.decimals(2))), .init("repetition", .number(.decimals(2))),
      ])
    for entry in validation.texts {
      func mean(_ value: (SteeredText) -> Double) -> Table.Cell {
        entry.texts.isEmpty
          ? .notEvaluable("the model wrote nothing")
          : .number(entry.texts.map(value).reduce(0, +) / Double(entry.texts.count))
      }
      table.append([
        .text(entry.dose == 0 ? "none" : entry.arm.name), .number(entry.dose), mean(\.perplexity),
        mean(\.divergence), mean(\.repetition),
      ])
    }
    return table
  }

  /// Every text that was written.
  var texts: Table {
    var table = Table(
      "Generated texts.",
      columns: [
        .init("vector"), .init("dose", .number(.decimals(1))), .init("prompt"), .init("continuation"),
        .init("perplexity", .number(.significant(4))),
        .init("divergence", unit: "nats", .number(.significant(4))),
        .init("repetition", .number(.significant(4))),
      ])
    for entry in validation.texts {
      for text in entry.texts {
        table.append([
          .text(entry.dose == 0 ? "none" : entry.arm.name), .number(entry.dose), .text(text.prompt),
          .text(text.continuation), .number(text.perplexity), .number(text.divergence),
          .number(text.repetition),
        ])
      }
    }
    return table
  }

  /// The texts side by side, prompt by prompt.
  var textsByPrompt: [(prompt: String, texts: [(label: String, continuation: String)])] {
    let prompts = validation.texts.first?.texts.map(\.prompt) ?? []
    return prompts.map { prompt in
      let texts = validation.texts.filter { !$0.arm.isNull }.compactMap { entry in
        entry.texts.first { $0.prompt == prompt }.map { text in
          (
            label: entry.dose == 0 ? "no vector" : "\(entry.arm.name), dose \(doseText(entry.dose))",
            continuation: text.continuation
          )
        }
      }
      return (prompt, texts)
    }
  }

  /// The verdict with its reason, where the vector was read and added, and what the p-values do not allow for.
  var verdict: Markdown {
    "**\(transfer.judgement.verdict.word)**: \(transfer.judgement.verdict.reason). Read at the "
      + "output of block \(transfer.sourceBlock) of \(transfer.source), carried by the \(transfer.method) map, added at "
      + "the output of block \(validation.point.block) of \(transfer.target)."
      + "\(reservations.map { " " + $0 }.joined())"
  }

  private var reservations: [String] {
    var found: [String] = []
    if transfer.layer == .bestSeparation {
      found.append(
        "This block is the best of all for the carried vector on the training pairs; the nulls stand at the same block without a "
          + "search of their own, so its p-values are too small by what the search gained.")
    }
    if transfer.extraction != MeanDifference.word {
      found.append(
        "The vector was made in another way (\(transfer.extraction)) than those of permuted labels, which are mean "
          + "differences: its p-value against them is not exact.")
    }
    return found
  }

  /// The tables that every transfer has, by the ends of their files' names.
  enum Kind: String, CaseIterable {
    case arms, nulls, choices, generation

    /// Of a table of several transfers.
    var caption: String {
      switch self {
      case .arms:
        "Mean held-out log-odds (nats) by dose, and the slope with its 95 % interval over items. Vectors have their calibrated norm at "
          + "dose 1, unless it says otherwise."
      case .nulls:
        "Against three nulls. Effect: mean over held-out items of half the difference of the log-odds at dose 1 and dose -1, nats a dose. "
          + "Effects are odd: every measured direction gives two draws, itself and its opposite, and the carried vector's opposite is one "
          + "more. p = (1 + draws that do as well) / (draws + 1), not corrected. At equal divergence every vector has the norm at which it "
          + "moves neutral text as much as the carried one does: its dose, over the carried vector's. Unreached: directions that no norm "
          + "brings there."
      case .choices:
        "Choice items: p(match), the probability of the matching answer among the two, by dose; means with 95 % intervals over items. "
          + "Without a vector: dose 0."
      case .generation:
        "What the target writes, greedily: means over prompts. Perplexity under the unsteered model, divergence KL(unsteered ‖ steered) "
          + "a token, share of repeated 3-grams."
      }
    }
  }

  /// The table of a kind; nil where the transfer has nothing for it.
  func table(_ kind: Kind) -> Table? {
    switch kind {
    case .arms: arms
    case .nulls: nulls
    case .choices: choices
    case .generation: validation.texts.isEmpty ? nil : generation
    }
  }

  /// The checks that hold by algebra, in words.
  var checks: String {
    "Over \(validation.arms.first?.response.itemSlopes.count ?? 0) held-out items; vectors have norm "
      + "\(short(validation.calibration.norm)) at dose 1. The effect of the carried vector, over \(validation.effectItems) of them, is "
      + "\(short(validation.effect)) nats a dose; disturbance is measured over \(validation.divergencePositions) positions of neutral text. "
      + "Dose 0 against no intervention: largest difference \(scientific(validation.doseZeroDeviation)) nats. "
      + "Sign-flipped vector at dose d against the vector at -d: \(scientific(validation.signFlipDeviation)) nats. "
      + "Residual stream at block \(validation.point.block) (\(validation.point.site.rawValue)): median norm "
      + "\(short(validation.residual.medianNorm)), mean \(short(validation.residual.meanNorm)) over "
      + "\(validation.residual.positions) positions. Dose 1 is \(short(100 * validation.calibration.shareOfResidual)) % of the "
      + "median norm and moves the model by \(short(validation.calibration.divergence)) nats a token"
      + (validation.calibration.converged ? "; " : ", below the divergence that was asked for; ")
      + "the target's own vector, at the same norm, by \(short(validation.nativeDivergence)). The largest of the source "
      + "vector's dimensions holds \(short(100 * transfer.sourceLargestShare)) % of its norm."
  }

  private func doseText(_ dose: Double) -> String {
    dose == dose.rounded() ? "\(Int(dose))" : "\(dose)"
  }

  private func short(_ value: Double) -> String { NumberFormat.significant(3).text(value) ?? "" }
  private func scientific(_ value: Double) -> String {
    value == 0 ? "0" : NumberFormat.significant(2).text(value) ?? ""
  }
}

extension TransferResult {
  /// The verdict with what it does not allow for.
  public var verdict: Markdown { TransferTables(transfer: self).verdict }

  /// What was checked beside it.
  public var checks: Markdown { "\(TransferTables(transfer: self).checks)" }

  /// The tables, as the report prints them.
  public var tables: [Table] {
    let tables = TransferTables(transfer: self)
    let always = [TransferTables.verdicts([self]), tables.arms, tables.nulls]
    return always + [tables.choices].compactMap { $0 }
      + (validation.texts.isEmpty ? [] : [tables.generation, tables.texts])
  }
}
