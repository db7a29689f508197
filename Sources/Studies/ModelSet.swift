internal import Foundation
package import Geometry
package import Reports
package import Statistics
package import Workflow

/// All models of a study in one space, pair by pair: what the matrices, the tree and the map are made from.
package struct ModelSet {
  /// A headline number of a pair: its key in `results.json`, its name in tables, its value.
  package typealias Measure = (key: String, name: String, evaluation: Evaluation)

  /// One pair with its measures, in the same order for all pairs.
  package struct Pair {
    package let a: String
    package let b: String
    package let measures: [Measure]
    package let distance: Evaluation

    package init(a: String, b: String, measures: [Measure], distance: Evaluation) {
      (self.a, self.b, self.measures, self.distance) = (a, b, measures, distance)
    }
  }

  /// Share of false ones that is accepted among the pairs called related.
  package static let falseDiscoveryRate = 0.05

  package let names: [String]
  package let pairs: [Pair]
  /// What the distance is, in words.
  package let distanceName: String
  /// What `results.json` calls the set: `models`, or `models.output`.
  package let task: String
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
  package var measures: [(key: String, name: String)] {
    (pairs.first?.measures ?? []).map { ($0.key, $0.name) }
  }

  /// Whether a pair is beyond the null of a measure; nil without a p.
  package func isRelated(pair: Int, measure: Int) -> Bool? {
    adjusted[measure][pair].map { $0 <= Self.falseDiscoveryRate }
  }
}

extension ModelSet {
  /// The pairs of a study in one space, centred.
  ///
  /// The distance is the Procrustes angle where every pair has it, or else the angle between the centred
  /// kernels, arccos of the biased CKA: a metric too (Williams, Kunz, Kornblith, Linderman 2021).
  package init(_ results: StudyResults, space: EmbeddingSpace) {
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

// MARK: - Metrics

extension ModelSet {
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
