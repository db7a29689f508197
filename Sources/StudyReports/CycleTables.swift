internal import Alignment
internal import Reports
internal import Workflow

/// What maps around a cycle of models lose.
struct CycleTables {
  let result: CycleResult

  var cycles: Table {
    var table = Table(
      "What is left of \(result.heldOutTokens) held-out tokens that \(result.method) maps carry through the models and back; every map is "
        + "fitted on the same \(result.trainingTokens) tokens, 95 % bootstrap intervals over words (groups of forms). Error: √(Σ ‖x̃ - x‖² / Σ ‖x‖²) of the rows x and of "
        + "what comes back, about the mean: 0 loses nothing, 1 is a map to nothing. Floor: the least error of linear maps through so narrow "
        + "a model. The cosine ignores shrinking. Shuffled: the same fits, each on tokens permuted anew.",
      columns: [
        .init("way"), .init("error", .estimate(.decimals(3))), .init("floor", .number(.decimals(3))),
        .init("narrowest width", .integer), .init("mean cosine", .estimate(.decimals(3))),
        .init("shuffled error", .estimate(.decimals(3))), .init("shuffled cosine", .estimate(.decimals(3))),
      ])
    for cycle in result.cycles {
      table.append([
        .text(Self.words(cycle.way)), .score(cycle.consistency.error), .number(cycle.consistency.floor),
        .integer(cycle.consistency.narrowestWidth), .score(cycle.consistency.cosine),
        .score(cycle.shuffled.error), .score(cycle.shuffled.cosine),
      ])
    }
    return table
  }

  /// nil for two models, which have no way around.
  var detours: Table? {
    guard let first = result.detours.first else { return nil }
    let chance = NumberFormat.significant(2).text(1 / Double(first.direct.amongHeldOut.candidateCount)) ?? ""
    var table = Table(
      "Does a way through other models cost anything? The maps of its steps, one after the other, beside a map fitted directly from "
        + "its first model to its last. Fitted and scored on the same tokens as above; more: what the way scores more than the direct map, "
        + "over the same resamples, below zero a loss. R² is about the target's mean, P@1 is by CSLS among all held-out tokens "
        + "(chance \(chance)).",
      columns: [
        .init("way"), .init("R²", .estimate(.decimals(3))), .init("R² direct", .estimate(.decimals(3))),
        .init("more R²", .estimate(.decimals(3))), .init("P@1", .estimate(.decimals(3))),
        .init("P@1 direct", .estimate(.decimals(3))), .init("more P@1", .estimate(.decimals(3))),
      ])
    for detour in result.detours {
      table.append([
        .text(Self.words(detour.way)), .score(detour.composed.r2), .score(detour.direct.r2),
        .score(detour.advantage.r2), .score(detour.composed.amongHeldOut.csls.at1),
        .score(detour.direct.amongHeldOut.csls.at1),
        .score(detour.advantage.precisionAt1),
      ])
    }
    return table
  }

  private static func words(_ way: [String]) -> String { way.joined(separator: " → ") }
}
