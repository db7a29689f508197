internal import Foundation
package import Geometry
package import Reports
package import Statistics

/// All models of a study in one space, pair by pair: what the matrices, the tree and the map are made from.
package struct ModelSet {
  /// A headline number of a pair: its key in `results.json`, its name in tables, its value.
  package typealias Measure = (key: String, name: String, evaluation: Evaluation)

  /// One pair with its measures, in the same order for all pairs.
  package struct Pair {
    let a: String
    let b: String
    let measures: [Measure]
    let distance: Evaluation

    package init(a: String, b: String, measures: [Measure], distance: Evaluation) {
      (self.a, self.b, self.measures, self.distance) = (a, b, measures, distance)
    }
  }

  /// Share of false ones that is accepted among the pairs called related.
  static let falseDiscoveryRate = 0.05

  let names: [String]
  let pairs: [Pair]
  /// What the distance is, in words.
  let distanceName: String
  /// What `results.json` calls the set: `models`, or `models.output`.
  let task: String
  /// Adjusted p-values, a list over pairs for each measure.
  package let adjusted: [[Double?]]
  /// The distances of all pairs, or why there are none.
  package let distances: Result<ModelDistances, GeometryError>

  package init(names: [String], pairs: [Pair], distanceName: String, task: String = "models") {
    (self.names, self.pairs, self.distanceName, self.task) = (names, pairs, distanceName, task)
    adjusted = (pairs.first?.measures ?? []).indices.map { measure in
      FalseDiscovery.benjaminiHochberg.adjusted(
        pairs.map { $0.measures[measure].evaluation.estimate?.null?.pValue })
    }
    do throws(GeometryError) {
      distances = .success(
        try ModelDistances(
          measure: distanceName, unit: "rad", names: names,
          pairs: pairs.map { .init($0.a, $0.b, $0.distance) }))
    } catch {
      distances = .failure(error)
    }
  }

  /// Name and key of each measure.
  var measures: [(key: String, name: String)] { (pairs.first?.measures ?? []).map { ($0.key, $0.name) } }

  /// Whether a pair is beyond the null of a measure; nil without a p.
  func isRelated(pair: Int, measure: Int) -> Bool? {
    adjusted[measure][pair].map { $0 <= Self.falseDiscoveryRate }
  }
}

extension ModelSet {
  /// The pairs of a study in one space, centred.
  ///
  /// The distance is the Procrustes angle where every pair has it, or else the angle between the centred
  /// kernels, arccos of the biased CKA: a metric too (Williams, Kunz, Kornblith, Linderman 2021).
  init(_ results: StudyResults, space: EmbeddingSpace) {
    let names = results.models.map(\.name)
    var chosen: [PairResult] = []
    for (index, a) in names.enumerated() {
      for b in names.dropFirst(index + 1) {
        let both = results.pairs.filter { [[a, b], [b, a]].contains([$0.a, $0.b]) }
        // Where both models are tied, one space stands for both.
        if let pair = both.first(where: { $0.space == space }) ?? both.first { chosen.append(pair) }
      }
    }
    let shapes = chosen.map {
      $0.findings(LinearSimilarity.self)?.shapeDistance.shapes.first { $0.alpha == 1 }?.angle
    }
    let hasShapes = shapes.allSatisfy { $0?.estimate != nil }
    let pairs = zip(chosen, shapes).compactMap { pair, shape -> Pair? in
      guard let cka = pair.findings(CKA.self, in: .centred) else { return nil }
      let headline = pair.findings.measured.filter { $0.isHeadline && $0.gauge == .centred }
      return Pair(
        a: pair.a, b: pair.b, measures: headline.map { ($0.key, $0.words, $0.evaluation) },
        distance: (hasShapes ? shape : nil) ?? Self.kernelAngle(cka.biased))
    }
    self.init(
      names: names, pairs: pairs,
      distanceName: hasShapes ? "shape distance, α = 1" : "angle between kernels, arccos CKA",
      task: Self.task(of: space))
  }

  static func task(of space: EmbeddingSpace) -> String {
    space == .input ? "models" : "models.\(space.rawValue)"
  }

  /// arccos of a biased CKA and of its null's mean; the measure has no interval.
  private static func kernelAngle(_ cka: Evaluation) -> Evaluation {
    guard let estimate = cka.estimate else { return cka }
    func angle(_ cosine: Double) -> Double { acos(min(max(cosine, 0), 1)) }
    return .estimate(
      Estimate(
        value: angle(estimate.value), n: estimate.n,
        null: estimate.null.map { NullDistribution(meaning: $0.meaning, mean: angle($0.mean)) }))
  }
}

// MARK: - Tables and figures

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

  /// Models × models of one measure, with a dot on pairs beyond the null.
  package func matrix(measure: Int, title: String) throws -> Figure {
    let values = names.map { a in
      names.map { b in a == b ? 1 : index(a, b).flatMap { pairs[$0].measures[measure].evaluation.value } }
    }
    var marks: [Figure.HeatMapMark] = []
    for (row, a) in names.enumerated() {
      for (column, b) in names.enumerated() {
        guard let pair = index(a, b), isRelated(pair: pair, measure: measure) == true else { continue }
        marks.append(.init(row: row, column: column, kind: .dot))
      }
    }
    return try .heatMap(
      title: title, rows: names, columns: names, values: values,
      measure: FigureAxis("\(measures[measure].name), centred"), scale: .sequential(low: 0, high: 1),
      marks: marks)
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
  package func tree(_ clustering: HierarchicalClustering) throws -> Figure {
    try .dendrogram(
      title: "Models that lie together", leaves: clustering.names,
      merges: clustering.merges.map { DendrogramMerge($0.left, $0.right, height: $0.height) },
      height: FigureAxis("mean \(distanceName)", unit: "rad"),
      reference: randomDistance.map { FigureReference("tokens matched at random", value: $0) })
  }

  /// The map of models.
  package func map(_ scaling: MultidimensionalScaling) throws -> Figure {
    try .scatter(
      title: "A map of the models", x: FigureAxis("first axis", unit: "rad"),
      y: FigureAxis("second axis", unit: "rad"),
      points: zip(scaling.names, scaling.coordinates).map { ScatterPoint($0, x: $1[0], y: $1[1]) },
      equalScale: true)
  }

  /// What is said of each pair, by task: its headline numbers, each with its p adjusted over the pairs, and the distance.
  package var pairMetrics: [String: [String: ResultsFile.Metric]] {
    let entries = pairs.enumerated().map { index, pair in
      var metrics = ["distance": ResultsFile.Metric(pair.distance)]
      for (position, measure) in pair.measures.enumerated() {
        metrics[measure.key] = .init(measure.evaluation)
        metrics["\(measure.key)_p_adjusted"] = adjusted[position][index].map {
          .init($0, count: pairs.count, note: "over the pairs (Benjamini and Hochberg)")
        }
      }
      return ("\(task)/\(pair.a)--\(pair.b)", metrics)
    }
    return Dictionary(entries) { first, _ in first }
  }

  /// How far the tree and the map can be trusted, for the report and for hypotheses.
  package var metrics: [String: ResultsFile.Metric] {
    var metrics: [String: ResultsFile.Metric] = [:]
    for (position, measure) in measures.enumerated() {
      let related = pairs.indices.count { isRelated(pair: $0, measure: position) == true }
      metrics["related_pairs_\(measure.key)"] = .init(
        Double(related), count: pairs.count,
        note: "pairs with an adjusted p of at most \(Self.falseDiscoveryRate)")
    }
    guard case .success(let distances) = distances, names.count > 2 else { return metrics }
    metrics["triangle_violations"] = .init(
      Double(distances.violations.count), note: "beyond 2 standard errors")
    let tree = HierarchicalClustering(distances)
    metrics["cophenetic_correlation"] = .init(
      tree.copheneticCorrelation ?? .nan, count: pairs.count, note: "distances against heights of the tree")
    if let map = try? MultidimensionalScaling(distances) {
      metrics["map_stress"] = .init(map.stress ?? .nan, note: "classical scaling to two axes")
      metrics["map_negative_share"] = .init(map.negativeShare ?? .nan, note: "of the eigenvalues' sizes")
    }
    return metrics
  }
}
