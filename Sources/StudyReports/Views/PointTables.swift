internal import Geometry
internal import Lenses
public import Points
public import Reports
internal import Statistics
internal import Vocabularies

extension PointMeaning {
  /// The verdict, a paragraph.
  public var sentences: Markdown { "\(verdict.joined(separator: " "))" }

  /// One table a section; a section that is missing says why in its place.
  public var tables: [Table] {
    [summaryTable, neighbourTable, alarmTable, neighbourhoodTable, lensTable, answerTable, elsewhereTable]
      .compactMap {
        $0
      }
  }

  private var summaryTable: Table {
    var rows: [[Table.Cell]] = [
      [.text("point"), .text(point.expression)],
      [.text("space"), .text(point.spaceWords + (point.isDirection ? ", a direction" : ""))],
      [.text("norm"), .text(normWords)],
    ]
    if let token = point.token { rows.append([.text("token"), .text(token)]) }
    if let prompt = point.prompt { rows.append([.text("prompt"), .text(prompt)]) }
    if !point.isDirection, abs(point.weight - 1) > 1e-9 {
      rows.append([
        .text("weights"),
        .text(
          "they sum to \(NumberFormat.significant(4).text(point.weight) ?? ""), so its length is not that of one point"
        ),
      ])
    }
    rows += point.notes.map { [.text("not checked"), .text($0)] }
    return Table("The point in \(model).", columns: [.init("what"), .init("value")], rows: rows)
  }

  private var normWords: String {
    let norm = NumberFormat.significant(4).text(point.norm) ?? ""
    guard let percentile = point.normPercentile, let held = point.heldAgainst else { return norm }
    return "\(norm), percentile \(NumberFormat.significant(3).text(percentile) ?? "") of \(held)"
  }

  private var neighbourTable: Table? {
    guard let lists = neighbours.content else { return neighbours.table("Neighbours") }
    let n = lists.map(\.among).max() ?? 0
    var table = Table(
      "Neighbours by each nearness, the nearest first; rank 0 is this very row. %: percentile of the score among the scores of the same rank of \(n) held-out "
        + "rows; 100 is nearer than all of them.",
      columns: [.init("rank", .integer)]
        + lists.flatMap { list -> [Table.Column] in
          [
            .init(list.nearness.words), .init("\(list.nearness.words)", unit: "%", .number(.decimals(0))),
          ]
        })
    let most = lists.map(\.identical.count).max() ?? 0
    for place in 0..<most {
      table.append(
        [.integer(0)]
          + lists.flatMap { list -> [Table.Cell] in
            let word = list.identical.indices.contains(place) ? list.identical[place] : ""
            return [.text(word), .notEvaluable("it is this very row")]
          })
    }
    for rank in 0..<max(1, lists.map(\.near.count).max() ?? 0) {
      table.append(
        [.integer(rank + 1)]
          + lists.flatMap { list -> [Table.Cell] in
            guard list.near.indices.contains(rank) else {
              return [.text(""), .notEvaluable(list.reason ?? "there are no more")]
            }
            return [
              .text(list.near[rank].words),
              .optional(list.near[rank].percentile, "no held-out row has a score"),
            ]
          })
    }
    return table
  }

  private var alarmTable: Table? {
    guard let alarm = alarm.content else { return alarm.table("Is it anywhere?") }
    var table = Table(
      "Is it anywhere? Split conformal p-values over \(alarm.heldOut) held-out rows: small where rows hardly ever score so high. Alarm at p ≤ "
        + "\(NumberFormat.significant(2).text(alarm.significance) ?? "").",
      columns: [
        .init("score"), .init("value", .number(.significant(4))), .init("p", .number(.significant(3))),
        .init("alarm"),
      ])
    for score in alarm.scores {
      table.append([
        .text(score.score.rawValue), .number(score.value), .number(score.pValue),
        .text(score.pValue <= alarm.significance ? "yes" : ""),
      ])
    }
    table.append([
      .text("all, by the largest rank"), .notEvaluable("a rank has no unit"), .number(alarm.pValue),
      .text(alarm.isRaised ? "yes" : ""),
    ])
    return table
  }

  private var neighbourhoodTable: Table? {
    guard let near = neighbourhood.content else { return neighbourhood.table("Surroundings") }
    let measures: [(String, PointMeasure)] = [
      ("radius", near.radius), ("dimension (Levina–Bickel)", near.dimension),
      ("participation ratio", near.participationRatio), ("log density, nats", near.logDensity),
      ("LLE error (equal weights: 1)", near.reconstructionError),
    ]
    return Table(
      "Surroundings: the \(near.size) nearest rows, with 95 % intervals where there are any, and the percentile of each number among held-out rows.",
      columns: [
        .init("measure"), .init("value", .estimate(.significant(4))),
        .init("percentile", .number(.decimals(1))),
      ],
      rows: measures.map { name, measure in
        [
          .text(name), .evaluation(measure.value), .optional(measure.standing?.percentile, "no value"),
        ]
      })
  }

  private var lensTable: Table? {
    let tables = lenses.compactMap { lens in lens.reading.content.map { (name: lens.lens, table: $0) } }
    guard let first = tables.first else { return lenses.first?.reading.table("What lenses read") }
    let missing = lenses.compactMap(\.reading.gap).map { " Missing: \($0.words)." }.joined()
    if first.table.direction != nil { return directionTable(tables, missing) }
    let layers = Set(tables.flatMap { $0.table.rows.map(\.layer) }).sorted()
    var table = Table(
      "What lenses read, layer by layer, where the point stands \(first.table.context); layer l leaves block l. The last row is what they read of "
        + "the mean of what it is held against, at its layer: of anything.\(missing)",
      columns: [.init("layer")]
        + tables.flatMap { lens -> [Table.Column] in
          [.init(lens.name)] + (point.token == nil ? [] : [.init("\(lens.name), its token's rank", .integer)])
        })
    func words(_ tokens: [ReadWord]) -> Table.Cell {
      .text(
        tokens.prefix(3).map { "\($0.words) \(NumberFormat.decimals(2).text($0.probability) ?? "")" }.joined(
          separator: ", "))
    }
    for layer in layers {
      table.append(
        [.text(layerWords(layer))]
          + tables.flatMap { lens -> [Table.Cell] in
            let row = lens.table.rows.first { $0.layer == layer }
            let none = Table.Cell.notEvaluable("the lens does not read this layer")
            return [row.map { words($0.tokens) } ?? none]
              + (point.token == nil ? [] : [row?.ownRank.map { .integer($0) } ?? none])
          })
    }
    table.append(
      [.text("mean")]
        + tables.flatMap { lens -> [Table.Cell] in
          [words(lens.table.generic)] + (point.token == nil ? [] : [.notEvaluable("the mean is no token")])
        })
    return table
  }

  /// Of a direction: what is promoted and suppressed along it.
  private func directionTable(_ tables: [(name: String, table: LensTable)], _ missing: String) -> Table {
    var table = Table(
      "What lenses read along the direction, through their linear part: tokens whose logits grow and fall most, in standard deviations of all logits; "
        + "random directions reach the last column on average.\(missing)",
      columns: [
        .init("lens"), .init("which"), .init("tokens"), .init("first", unit: "SD", .number(.decimals(1))),
        .init("random", unit: "SD", .number(.decimals(1))),
      ])
    for (name, lens) in tables {
      guard let direction = lens.direction else { continue }
      for (which, tokens, random) in [
        ("promoted", direction.promoted, direction.randomLargest),
        ("suppressed", direction.suppressed, direction.randomLeast),
      ] {
        table.append([
          .text(name), .text(which), .text(tokens.map(\.text).joined(separator: ", ")),
          .optional(tokens.first?.value, "nothing"), .number(random),
        ])
      }
    }
    return table
  }

  private var answerTable: Table? {
    guard let answer else { return nil }
    guard let found = answer.content else { return answer.table("In words") }
    var table = Table(
      "In words: what the model says where the point stands in \"\(found.promptText)\" (\(found.insertion.words); length \(Self.short(found.pointNorm)), "
        + "there \(Self.short(found.standingNorm))). Rank: of the point among \(found.others) by the likeness of the answers to them, without words that it "
        + "decodes to anyhow (\(found.decodesTo.joined(separator: ", "))); by likelihood: by how probable the answer is with each of them. Verdict at 5 %: "
        + "\(found.verdict.words).",
      columns: [
        .init("in its place"), .init("answer"), .init("rank", .estimate(.decimals(0))), .init("of", .integer),
        .init("p", .number(.significant(2))), .init("rank by likelihood", .integer),
      ])
    for arm in found.arms {
      let own = arm.identifiedBeyondCopies
      let none = Table.Cell.notEvaluable(own.reason ?? "")
      let likelihood = arm.likelihood
      table.append([
        .text(arm.arm.words), .text(arm.answers.first?.text ?? ""),
        own.identification.map {
          .estimate(
            Double($0.rank), lower: $0.lower.map(Double.init) ?? .nan,
            upper: $0.upper.map(Double.init) ?? .nan)
        } ?? none, own.identification.map { .integer($0.others + 1) } ?? none,
        own.identification.map { .number($0.pValue) } ?? none,
        likelihood?.identification.map { .integer($0.rank) }
          ?? .notEvaluable(likelihood?.reason ?? "it was not asked for"),
      ])
    }
    return table
  }

  private static func short(_ value: Double) -> String { NumberFormat.significant(3).text(value) ?? "" }

  private var elsewhereTable: Table? {
    guard !elsewhere.isEmpty else {
      return PointSection<PointElsewhere>.missing(
        PointGap("no other model is imported", remedy: "sextant import MODEL")
      ).table("In other models")
    }
    var table = Table(
      "In other models. Agreement: share of its nearest matched tokens here that are also among the nearest there, beside maps that were fitted on "
        + "shuffled tokens. Cycle error: what is lost on the way there and back, as a share of the point's length about the mean; percentile among "
        + "held-out tokens.",
      columns: [
        .init("model"), .init("map"), .init("nearest"), .init("agreement", .number(.decimals(2))),
        .init("shuffled", .number(.decimals(3))), .init("p", .number(.significant(2))),
        .init("same token's rank", .integer), .init("cycle error", .number(.decimals(2))),
        .init("percentile", .number(.decimals(0))),
      ])
    for other in elsewhere { table.append(Self.row(other)) }
    return table
  }

  /// - Parameter nearest: tokens there that are named.
  static func row(_ other: PointElsewhere, nearest: Int = 5) -> [Table.Cell] {
    guard let carried = other.carried.content else {
      let none = Table.Cell.notEvaluable(other.carried.gap?.words ?? "")
      return [.text(other.model), .text(""), .text("")] + Array(repeating: none, count: 6)
    }
    let estimate = carried.agreement.estimate
    let unknown = Table.Cell.notEvaluable(carried.agreement.reason ?? "no null")
    let rank: Table.Cell =
      carried.partner.map { .integer($0.rank) }
      ?? .notEvaluable("the point is no token that the map's table has")
    let cycle = carried.cycle
    let noCycle = Table.Cell.notEvaluable(cycle.gap?.words ?? "")
    let noPercentile = Table.Cell.notEvaluable("the map holds no tokens out")
    return [
      .text(other.model), .text(carried.method),
      .text(carried.nearest.prefix(nearest).map(\.words).joined(separator: ", ")),
      estimate.map { .number($0.value) } ?? unknown, estimate?.null.map { .number($0.mean) } ?? unknown,
      estimate?.null?.pValue.map { .number($0) } ?? unknown, rank,
      cycle.content.map { .number($0.error) } ?? noCycle,
      cycle.content.map { loss in loss.percentile.map { .number($0) } ?? noPercentile } ?? noCycle,
    ]
  }
}

extension PointSection {
  /// What stands in the place of a section that is missing; nil for one that is there.
  func table(_ title: String) -> Table? {
    guard let gap else { return nil }
    return Table(
      "\(title).", columns: [.init("missing because"), .init("what to do")],
      rows: [[.text(gap.reason), .text(gap.remedy ?? "")]])
  }
}
