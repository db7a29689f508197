internal import Foundation
internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// Tokens of a pair that no training has told apart, and what they do.
struct UntrainedTables {
  let pair: PairResult

  /// What was found in each vocabulary; nil where nothing was.
  var found: Table? {
    let found = pair.match.untrained
    guard found.contains(where: { $0.zero + $0.short + $0.untrained + $0.identicalRows > 0 }) else {
      return nil
    }
    let radius = Int(((found.first?.radius ?? 0) * 100).rounded())
    var table = Table(
      "Rows of the whole vocabularies that no training has told apart. Untrained: within \(radius) % of the rows' median distance "
        + "from their centre of a place where at least five rows lie that close (two, if one is reserved) and few others near; zero or short: below a "
        + "tenth of the median norm; identical: byte for byte the row of another token; copies: identical rows beyond the "
        + "first of their set that are not untrained. Reserved: entries kept free, and rows beyond the vocabulary.",
      columns: [
        .init("model"), .init("untrained", .integer), .init("of them reserved", .integer),
        .init("reserved", .integer),
        .init("zero or short", .integer), .init("identical rows", .integer), .init("copies", .integer),
        .init("such as"),
      ])
    for (name, found) in zip([pair.a, pair.b], found) {
      table.append([
        .text(name), .integer(found.untrained), .integer(found.reservedUntrained), .integer(found.reserved),
        .integer(found.zero + found.short), .integer(found.identicalRows), .integer(found.duplicates),
        .text(found.examples.joined(separator: " ")),
      ])
    }
    return table
  }

  /// The headline measures with and without such tokens; nil where none were matched.
  var effect: Table? {
    guard let effect = pair.untrained else { return nil }
    let verb =
      effect.areLeftOut ? "are left out of all other tables" : "are among the tokens of all other tables"
    var table = Table(
      "\(effect.tokens) matched tokens with an untrained, short or identical row in either model \(verb). What they do to the "
        + "measures of centred rows: over \(effect.without?.tokens ?? 0) tokens without them and \(effect.with.tokens) with them, with "
        + "95 % intervals where they were taken.",
      columns: [
        .init("measure"), .init("without them", .estimate(.decimals(3)), metric: "without_untrained/{}"),
        .init("with them", .estimate(.decimals(3)), metric: "with_untrained/{}"),
      ])
    let few = Evaluation.notEvaluable(reason: "too few tokens are left")
    let without = effect.without
    for number in pair.findings.measured where number.isHeadline && number.gauge == .centred {
      guard let with = effect.with.numbers[number.key] else { continue }
      table.append(
        [
          .text(number.title), .evaluation(without.map { $0.numbers[number.key] ?? few } ?? few),
          .evaluation(with),
        ], task: pair.name, metric: number.key)
    }
    return table
  }
}
