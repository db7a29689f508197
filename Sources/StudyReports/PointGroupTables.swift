internal import Geometry
internal import Lenses
internal import Points
internal import Reports
internal import Statistics
internal import Studies

/// A group of points in one model, a row a point.
struct PointGroupTables {
  let group: PointGroupResult

  private var level: Double {
    group.points.lazy.compactMap { $0.meaning.alarm.content?.significance }.first ?? 0.05
  }

  /// What the group comes to.
  var numbers: Table {
    var table = Table(
      "\(group.group) in \(group.model): \(group.points.count) points. Shares with Wilson's 95 % interval, medians with a bootstrap over points (none "
        + "for fewer than five), means with Student's; intervals are of points drawn as these were.",
      columns: [
        .init("number"), .init("value", .estimate(.significant(3))), .init("n", .integer),
        .init("without effect", .number(.significant(3))), .init("which is"),
      ])
    for number in PointGroupNumbers(group).all where number.other.map(others.contains) ?? true {
      table.append(
        [
          .text(number.words), .evaluation(number.evaluation), .count(number.evaluation),
          .optional(number.chance?.value, "nothing says"), .text(number.chance?.words ?? ""),
        ], task: group.task, metric: number.key)
    }
    return table
  }

  /// A row a point.
  ///
  /// - Parameter limit: the first points alone; nil for all.
  func points(limit: Int? = nil) -> Table {
    let shown = group.points.prefix(limit ?? group.points.count)
    let words = group.asksForWords
    var table = Table(
      "Nearest: by cosine. p: of the alarm, raised at \(NumberFormat.significant(2).text(level) ?? ""). Dimension: of its 100 nearest rows, with its percentile among "
        + "held-out rows. Lens: what it reads most surely at any layer, but for what it reads of the mean of all rows."
        + (words
          ? " Rank: of the point among others by the words that the model says in its place, beside the same by the words of the controls."
          : "")
        + (others.isEmpty
          ? ""
          : " In another model: the share of its ten nearest tokens that are nearest there too, beside maps of shuffled tokens.")
        + (shown.count < group.points.count
          ? " The first \(shown.count) of \(group.points.count) points; all are in \(group.stem).csv." : ""),
      columns: [
        .init("point"), .init("nearest"), .init("p", .number(.significant(2))),
        .init("dimension", .estimate(.significant(3)), metric: "dimension"),
        .init("percentile", .number(.decimals(0))), .init("lens"),
      ]
        + (words
          ? [.init("answer")]
            + WordsArm.allCases.map {
              .init(
                $0 == .point ? "rank" : "rank, \($0.words)", .estimate(.decimals(0)),
                metric: "words_rank\($0.suffix)")
            } : [])
        + others.flatMap { other -> [Table.Column] in
          [
            .init("agree in \(other)", .number(.decimals(2))),
            .init("shuffled, \(other)", .number(.decimals(3))),
          ]
        })
    for point in shown { table.append(row(point, words), task: group.task(point)) }
    return table
  }

  private func row(_ point: PointGroupResult.Point, _ words: Bool) -> [Table.Cell] {
    let meaning = point.meaning
    let near = meaning.neighbourhood.content
    let none = Table.Cell.notEvaluable(
      (meaning.alarm.gap ?? meaning.neighbourhood.gap)?.words ?? "it has no surroundings")
    var cells: [Table.Cell] = [
      .text(Int(point.name) == nil ? point.name : meaning.point.expression),
      .text(meaning.nearest ?? ""),
      meaning.alarm.content.map { .number($0.pValue) } ?? none,
      near.map { .evaluation($0.dimension.value) } ?? none,
      near.map { .optional($0.dimension.standing?.percentile, "it has no value") } ?? none,
      .text(meaning.surestReading ?? ""),
    ]
    let numbers = Dictionary(group.numbers(point).map { ($0.key, $0) }) { first, _ in first }
    if words {
      cells.append(.text(meaning.answer?.content?[.point]?.answers.first?.text ?? ""))
      cells += WordsArm.allCases.map { arm in
        numbers["words_rank\(arm.suffix)"].map { .evaluation($0.evaluation) }
          ?? .notEvaluable("it was not asked for")
      }
    }
    for other in others {
      let agreement = numbers["agreement_\(other)"]?.evaluation
      let reason = agreement?.reason ?? "it was not carried"
      cells += [
        .optional(agreement?.value, reason), .optional(agreement?.estimate?.null?.mean, reason),
      ]
    }
    return cells
  }

  /// The models that any of the points could be carried into.
  private var others: [String] { group.reached }

  // MARK: - Files

  /// Every number of every point, a row a point.
  private var all: Table {
    let keys = group.points.first.map { group.numbers($0).map { (key: $0.key, words: $0.words) } } ?? []
    return Table(
      "All numbers of \(group.group) in \(group.model).",
      columns: [.init("point"), .init("expression"), .init("space"), .init("nearest"), .init("lens")]
        + keys.map { Table.Column($0.key, .estimate(.significant(6)), metric: $0.key) },
      rows: group.points.map { point in
        let meaning = point.meaning
        return [
          .text(point.name), .text(meaning.point.expression), .text("\(meaning.point.space)"),
          .text(meaning.nearest ?? ""), .text(meaning.surestReading ?? ""),
        ] + group.numbers(point).map { .evaluation($0.evaluation) }
      })
  }

  /// A row a point and rank, a few columns a nearness.
  private var neighbours: Table {
    let kinds = PointNearness.allCases
    var table = Table(
      "Neighbours of \(group.group) in \(group.model).",
      columns: [.init("point"), .init("rank", .integer)]
        + kinds.flatMap { kind -> [Table.Column] in
          [
            .init(kind.rawValue), .init("\(kind.rawValue) score", .number(.significant(6))),
            .init("\(kind.rawValue) percentile", .number(.decimals(2))),
          ]
        })
    for point in group.points {
      let lists = point.meaning.neighbours.content ?? []
      for rank in 0..<(lists.map(\.near.count).max() ?? 0) {
        table.append(
          [.text(point.name), .integer(rank + 1)]
            + kinds.flatMap { kind -> [Table.Cell] in
              let list = lists.first { $0.nearness == kind }
              guard let list, list.near.indices.contains(rank) else {
                let none = Table.Cell.notEvaluable(list?.reason ?? "no such list")
                return [.text(""), none, none]
              }
              let near = list.near[rank]
              return [
                .text(near.words), .number(near.score),
                .optional(near.percentile, "no held-out row has a score"),
              ]
            })
      }
    }
    return table
  }

  /// A row a point, lens and layer.
  private var lenses: Table {
    var table = Table(
      "What lenses read of \(group.group) in \(group.model).",
      columns: [.init("point"), .init("lens"), .init("layer")]
        + (1...5).flatMap { place -> [Table.Column] in
          [.init("token \(place)"), .init("p \(place)", .number(.significant(4)))]
        } + [.init("own rank", .integer)])
    for point in group.points {
      for lens in point.meaning.lenses {
        for row in lens.reading.content?.rows ?? [] {
          table.append(
            [.text(point.name), .text(lens.lens), .text(layerWords(row.layer))]
              + (0..<5).flatMap { place -> [Table.Cell] in
                guard row.tokens.indices.contains(place) else {
                  return [.text(""), .notEvaluable("no such token")]
                }
                return [.text(row.tokens[place].words), .number(row.tokens[place].probability)]
              } + [row.ownRank.map { .integer($0) } ?? .notEvaluable("the point is no token")])
        }
      }
    }
    return table
  }

  /// A row a point, arm and answer.
  private var answers: Table {
    var table = Table(
      "What \(group.model) says in the place of the points of \(group.group).",
      columns: [
        .init("point"), .init("in its place"), .init("answer", .integer), .init("text"),
        .init("rank", .integer), .init("of", .integer), .init("rank by likelihood", .integer),
      ])
    for point in group.points {
      for arm in point.meaning.answer?.content?.arms ?? [] {
        let own = arm.identifiedBeyondCopies
        let none = Table.Cell.notEvaluable(own.reason ?? "")
        for (index, answer) in arm.answers.enumerated() {
          table.append([
            .text(point.name), .text(arm.arm.words), .integer(index + 1), .text(answer.text),
            own.identification.map { .integer($0.rank) } ?? none,
            own.identification.map { .integer($0.others + 1) } ?? none,
            arm.likelihood?.identification.map { .integer($0.rank) }
              ?? .notEvaluable(arm.likelihood?.reason ?? "it was not asked for"),
          ])
        }
      }
    }
    return table
  }

  /// A row a point and other model.
  private var elsewhere: Table {
    var table = Table(
      "Points of \(group.group) of \(group.model) in other models.",
      columns: [
        .init("point"), .init("model"), .init("map"), .init("nearest"),
        .init("agreement", .number(.decimals(3))), .init("shuffled", .number(.decimals(4))),
        .init("p", .number(.significant(3))), .init("same token's rank", .integer),
        .init("cycle error", .number(.significant(4))), .init("percentile", .number(.decimals(1))),
      ])
    for point in group.points {
      for other in point.meaning.elsewhere {
        table.append([.text(point.name)] + PointMeaning.row(other, nearest: 10))
      }
    }
    return table
  }

  /// What stands in files beside the report, by the ends of their names.
  var files: [(ending: String, table: Table)] {
    [("", all), (".neighbours", neighbours)]
      + (group.points.contains { $0.meaning.lenses.contains { $0.reading.content != nil } }
        ? [(".lenses", lenses)] : [])
      + (group.asksForWords ? [(".words", answers)] : [])
      + (others.isEmpty ? [] : [(".elsewhere", elsewhere)])
  }
}

extension PointGroupResult {
  /// The models that any of the points could be carried into.
  var reached: [String] {
    others.filter { other in points.contains { $0.meaning.carried(to: other)?.content != nil } }
  }

  /// What the names of its files begin with.
  var stem: String { "\(model).points.\(group)" }
}

extension PointMeaning {
  /// The row itself, or the nearest one by the first nearness that has one.
  var nearest: String? {
    let lists = neighbours.content ?? []
    return lists.lazy.compactMap { $0.identical.first ?? $0.near.first?.words }.first
  }

  /// What the last lens that is there reads most surely at any layer, but for what it reads of the mean of all rows; of a direction
  /// what it promotes.
  var surestReading: String? {
    guard
      let (name, table) = lenses.reversed().lazy.compactMap({ lens in
        lens.reading.content.map { (lens.lens, $0) }
      }).first
    else { return nil }
    let number = { (value: Double) in NumberFormat.decimals(2).text(value) ?? "" }
    if let first = table.direction?.promoted.first { return "\(name): \(first.text), promoted" }
    let generic = Set(table.generic.map(\.words))
    let best = table.rows.compactMap { row in
      row.tokens.first { !generic.contains($0.words) }.map { (row.layer, $0) }
    }.max { ($0.1.probability, -$0.0) < ($1.1.probability, -$1.0) }
    return best.map { "\(name): \($1.words) \(number($1.probability)), layer \(layerWords($0))" }
  }
}
