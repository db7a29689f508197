package import Geometry
package import Reports
internal import Statistics
package import Studies
internal import Workflow

extension ModelSet {
  /// Every pair with every measure, and whether it is beyond what chance gives.
  package var table: Table {
    var columns: [Table.Column] = [.init("first"), .init("second")]
    for measure in measures {
      columns.append(.init(measure.name, .estimate(.decimals(3)), metric: measure.key))
      columns.append(.init("adjusted p of \(measure.name)", .number(.significant(2))))
    }
    columns += [
      .init(distanceName, unit: "rad", .estimate(.decimals(3)), metric: "distance"),
      .init("related by", alignment: .right),
    ]
    var table = Table(
      "Which pairs are related beyond the null. Centred embeddings; intervals as in the tables of each pair. p is "
        + "adjusted over the \(pairs.count) pairs of a measure (Benjamini and Hochberg); a pair counts as related "
        + "where the adjusted p is at most \(Self.falseDiscoveryRate).",
      columns: columns)
    for (index, pair) in pairs.enumerated() {
      var row: [Table.Cell] = [.text(pair.a), .text(pair.b)]
      for (position, measure) in pair.measures.enumerated() {
        row += [
          .evaluation(measure.evaluation),
          .optional(adjusted[position][index], measure.evaluation.reason ?? "no p-value"),
        ]
      }
      let verdicts = measures.indices.compactMap { isRelated(pair: index, measure: $0) }
      row += [
        .evaluation(pair.distance), .text("\(verdicts.count { $0 }) of \(verdicts.count) measures"),
      ]
      table.append(row, task: "\(task)/\(pair.a)--\(pair.b)")
    }
    return table
  }

  /// Models × models of one measure, with a dot on pairs beyond the null; the colours are those of the pairs.
  package func matrix(
    measure: Int, title: String, _ options: FigureOptions = FigureOptions()
  ) throws -> Figure {
    let values = names.map { a in
      names.map { b in index(a, b).flatMap { pairs[$0].measures[measure].evaluation.value } }
    }
    let found = values.joined().compactMap { $0 }
    let ends = (low: min(0, found.min() ?? 0), high: max(0.1, found.max() ?? 1))
    var marks: [Figure.HeatMapMark] = []
    for (row, a) in names.enumerated() {
      for (column, b) in names.enumerated() {
        guard let pair = index(a, b), isRelated(pair: pair, measure: measure) == true else { continue }
        marks.append(.init(row: row, column: column, kind: .dot))
      }
    }
    return try .heatMap(
      title: title, rows: names.map(options.label), columns: names.map(options.label), values: values,
      measure: FigureAxis("\(measures[measure].name), centred"),
      scale: .sequential(low: ends.low, high: ends.high), marks: marks, hasDiagonal: false)
  }

  private func index(_ a: String, _ b: String) -> Int? {
    pairs.firstIndex { ($0.a, $0.b) == (a, b) || ($0.b, $0.a) == (a, b) }
  }

  /// The mean distance of pairs whose tokens were matched at random; nil where one has no null.
  private var randomDistance: Double? {
    let means = pairs.compactMap { $0.distance.estimate?.null?.mean }
    return !means.isEmpty && means.count == pairs.count ? means.reduce(0, +) / Double(means.count) : nil
  }

  /// The tree of models.
  package func tree(
    _ clustering: HierarchicalClustering, _ options: FigureOptions = FigureOptions()
  ) throws -> Figure {
    try .dendrogram(
      title: "Models that lie together", leaves: clustering.names.map(options.label),
      merges: clustering.merges.map { DendrogramMerge($0.left, $0.right, height: $0.height) },
      height: FigureAxis("mean \(distanceName)", unit: "rad"),
      reference: randomDistance.map { FigureReference("tokens matched at random", value: $0) })
  }

  /// The map of models.
  package func map(
    _ scaling: MultidimensionalScaling, _ options: FigureOptions = FigureOptions()
  ) throws -> Figure {
    try .scatter(
      title: "A map of the models", x: FigureAxis("first axis", unit: "rad"),
      y: FigureAxis("second axis", unit: "rad"),
      points: zip(scaling.names, scaling.coordinates).map {
        ScatterPoint(options.label($0), x: $1[0], y: $1[1])
      },
      equalScale: true)
  }
}
