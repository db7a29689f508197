internal import Reports
internal import Steering
internal import Transformers

/// What the transferred vectors did: one row a transfer, then the arms and the texts of each.
struct TransferTables {
  static func verdicts(_ transfers: [TransferResult]) -> Table {
    var table = Table(
      "Transfers. Slope: change of the held-out log-odds (positive against negative continuation) per dose; dose 1 moves "
        + "the target by the chosen divergence on neutral text, and all vectors have one norm. Ratio: slope over that of the "
        + "target's own vector; at equal divergence it is extrapolated to an own vector that disturbs neutral text as much. "
        + "p: share of the random vectors that do as well, (1 + #) / (K + 1), one-sided and not corrected for the number of "
        + "behaviours; its smallest value is \(smallestP(transfers)). z: standard deviations of the random slopes above "
        + "their mean.",
      columns: [
        .init("source"), .init("target"), .init("behaviour"), .init("verdict"),
        .init("slope", unit: "nats/dose", .estimate(.decimals(2))),
        .init("native slope", unit: "nats/dose", .estimate(.decimals(2))),
        .init("ratio", .estimate(.decimals(2))), .init("ratio at equal divergence", .estimate(.decimals(2))),
        .init("p", .number(.decimals(3))), .init("z", .number(.decimals(1))),
        .init("cosine to native", .number(.decimals(2))),
        .init("n", .integer),
      ])
    for transfer in transfers {
      let validation = transfer.validation
      table.append([
        .text(transfer.source), .text(transfer.target), .text(validation.behaviour),
        .text(validation.verdict.word),
        .interval(validation.result(.transferred)?.slope, "too few items"),
        .interval(validation.result(.native)?.slope, "too few items"),
        .interval(validation.transferRatio, "the native slope is not positive"),
        .interval(validation.ratioAtEqualDivergence, "the native slope is not positive"),
        .number(validation.pValue), .optional(validation.standardScore, "the random slopes do not vary"),
        .optional(validation.cosineToNative, "a vector is zero"),
        .integer(validation.result(.transferred)?.response.itemSlopes.count ?? 0),
      ])
    }
    return table
  }

  private static func smallestP(_ transfers: [TransferResult]) -> String {
    let counts = transfers.map { randomSlopes($0.validation).count }
    return NumberFormat.significant(2).text(1 / Double((counts.min() ?? 0) + 1)) ?? ""
  }

  let transfer: TransferResult
  private var validation: Validation { transfer.validation }

  var arms: Table {
    let doses = validation.arms.first?.response.doses ?? []
    var table = Table(
      "Mean held-out log-odds (nats) by dose, and the slope with its 95 % bootstrap interval over "
        + "\(validation.arms.first?.response.itemSlopes.count ?? 0) items. All vectors have norm "
        + "\(NumberFormat.significant(3).text(validation.calibration.norm) ?? "") at dose 1.",
      columns: [.init("arm")] + doses.map { .init("dose \(doseText($0))", .number(.decimals(2))) }
        + [.init("slope", unit: "nats/dose", .estimate(.decimals(2)))])
    for arm in validation.arms where !arm.arm.isRandom {
      table.append(
        [.text(arm.arm.name)] + arm.response.means.map { .number($0) } + [
          .interval(arm.slope, "too few items")
        ])
    }
    let slopes = Self.randomSlopes(validation)
    let random = validation.arms.filter(\.arm.isRandom)
    let means = doses.indices.map { dose in
      random.map { $0.response.means[dose] }.reduce(0, +) / Double(random.count)
    }
    table.append(
      [.text("random, mean of \(slopes.count)")] + means.map { .number($0) } + [
        .estimate(
          slopes.reduce(0, +) / Double(slopes.count), lower: slopes.min() ?? 0, upper: slopes.max() ?? 0)
      ])
    return table
  }

  /// p(match) of the choice items by dose; nil where the set has none.
  var choices: Table? {
    let arms = validation.arms.compactMap { arm in arm.choice.map { (arm.arm, $0) } }
    guard let doses = arms.first?.1.doses, let count = arms.first?.1.logOdds.first?.count else { return nil }
    var table = Table(
      "Choice items: p(match), the probability of the matching answer among the two, by dose; mean of \(count) items "
        + "with a 95 % bootstrap interval over them. Without a vector: dose 0.",
      columns: [.init("vector")] + doses.map { .init("dose \(doseText($0))", .estimate(.decimals(2))) })
    for (arm, response) in arms {
      table.append([.text(arm.name)] + response.matchIntervals().map { .interval($0, "too few items") })
    }
    return table
  }

  var doseResponse: Figure {
    get throws {
      let random = validation.arms.filter(\.arm.isRandom)
      let doses = validation.arms.first?.response.doses ?? []
      let band = doses.indices.map { index in
        let means = random.map { $0.response.means[index] }.sorted()
        return (
          dose: doses[index], lower: means[Int(0.05 * Double(means.count - 1))],
          upper: means[Int((0.95 * Double(means.count - 1)).rounded(.up))]
        )
      }
      let shown: [(Arm, Bool)] = [
        (.transferred, false), (.native, false), (.selfTransfer, true), (.shuffledMap(0), true),
      ]
      let series = shown.compactMap { arm, isControl in
        validation.result(arm).map { result in
          DoseSeries(
            arm.name,
            points: zip(doses, result.response.means).map { DoseSeries.Point(dose: $0, response: $1) },
            isControl: isControl)
        }
      }
      return try .doseResponse(
        title: "\(validation.behaviour): \(transfer.source) to \(transfer.target)",
        dose: FigureAxis("dose", unit: "multiples of the calibrated norm"),
        response: FigureAxis("log-odds, positive against negative", unit: "nats"), series: series,
        band: ControlBand("\(random.count) random vectors, 5–95 %", points: band))
    }
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
      let texts = validation.texts.filter { !$0.arm.isRandom }.compactMap { entry in
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

  /// The checks that hold by algebra, in words.
  var checks: String {
    "Dose 0 against no intervention: largest difference \(scientific(validation.doseZeroDeviation)) nats. "
      + "Sign-flipped vector at dose d against the vector at -d: \(scientific(validation.signFlipDeviation)) nats. "
      + "Residual stream at block \(validation.point.block) (\(validation.point.site.rawValue)): median norm "
      + "\(short(validation.residual.medianNorm)), mean \(short(validation.residual.meanNorm)) over "
      + "\(validation.residual.positions) positions. Dose 1 is \(short(100 * validation.calibration.shareOfResidual)) % of the "
      + "median norm and moves the model by \(short(validation.calibration.divergence)) nats a token"
      + (validation.calibration.converged ? "; " : ", below the divergence that was asked for; ")
      + "the target's own vector, at the same norm, by \(short(validation.nativeDivergence)). The largest of the source "
      + "vector's dimensions holds \(short(100 * transfer.sourceLargestShare)) % of its norm."
  }

  static func randomSlopes(_ validation: Validation) -> [Double] {
    validation.arms.filter(\.arm.isRandom).map(\.response.slope)
  }

  private func doseText(_ dose: Double) -> String {
    dose == dose.rounded() ? "\(Int(dose))" : "\(dose)"
  }

  private func short(_ value: Double) -> String { NumberFormat.significant(3).text(value) ?? "" }
  private func scientific(_ value: Double) -> String {
    value == 0 ? "0" : NumberFormat.significant(2).text(value) ?? ""
  }
}
