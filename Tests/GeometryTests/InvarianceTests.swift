import Foundation
import Geometry
import Tensors
import Testing

/// Two spaces that share half of what they are, the first narrower and away from the origin.
private struct Spaces {
  var a: Matrix<Float>
  var b: Matrix<Float>
  let unembedding: RowCovariance

  init(seed: UInt64) throws {
    let latent = gaussian(90, 4, seed: seed)
    func space(_ width: Int, _ part: UInt64) -> Matrix<Float> {
      var rows = product(latent, gaussian(4, width, seed: seed + part))
      let noise = gaussian(90, width, seed: seed + part + 1, shift: 0.4)
      for i in rows.elements.indices { rows.elements[i] = 0.6 * rows.elements[i] + noise.elements[i] }
      return rows
    }
    (a, b) = (space(5, 100), space(6, 200))
    unembedding = try RowCovariance(product(gaussian(70, 5, seed: seed + 300), gaussian(5, 5, seed: 301)))
  }
}

extension Transformation {
  func applied(to matrix: Matrix<Float>, seed: UInt64) -> Matrix<Float> {
    let d = matrix.columns
    var random = SeededRandom(seed: seed + 7)
    var rows = matrix
    switch self {
    case .orthogonal: return product(matrix, orthonormalRows(d, d, seed: seed))
    case .scaling: for i in rows.elements.indices { rows.elements[i] *= 3.7 }
    case .translation:
      for i in rows.elements.indices { rows.elements[i] += [1.5, -0.7, 2.0, 0.3, -1.1, 0.8][i % d] }
    case .invertibleLinear:
      var map = orthonormalRows(d, d, seed: seed)
      for i in map.elements.indices { map.elements[i] *= [0.4, 2.5, 1, 4, 0.7, 1.5][i % d] }
      return product(matrix, product(map, orthonormalRows(d, d, seed: seed + 1)))
    case .dimensionPermutation:
      return matrix.transposed().selecting(rows: (0..<d).map { ($0 + 2) % d }).transposed()
    case .rowScaling:
      for row in 0..<rows.rows {
        let factor = Float(0.2 + 3 * random.uniform())
        for i in rows.range(ofRow: row) { rows.elements[i] *= factor }
      }
    }
    return rows
  }
}

private struct Graphs {
  let a: NeighbourGraph
  let b: NeighbourGraph

  init(_ spaces: Spaces, k: Int = 6, _ metric: NeighbourMetric = .cosine) throws {
    a = try Neighbours.graph(of: spaces.a, k: k, metric: metric)
    b = try Neighbours.graph(of: spaces.b, k: k, metric: metric)
  }
}

private let resampling = {
  var options = Resampling()
  (options.bootstrapSamples, options.permutations) = (2, 1)
  return options
}()

private let orientationOptions = {
  var options = RelativeOrientationOptions()
  options.spearman = .sampled(pairs: 2000)
  return options
}()

private let linearOptions = {
  var options = LinearSimilarityOptions()
  (options.svccaVariance, options.permutations) = (0.9, 0)
  return options
}()

/// How each member of the table is computed; one that is missing here fails a test.
private let measures: [String: @Sendable (Spaces) throws -> Double?] =
  globalMeasures
  .merging(linearMeasures) { first, _ in first }
  .merging(localMeasures) { first, _ in first }
  .merging(dimensionMeasures) { first, _ in first }
  .merging(isotropyMeasures) { first, _ in first }
  .merging(gauges) { first, _ in first }

private let globalMeasures: [String: @Sendable (Spaces) throws -> Double?] = [
  "RelativeOrientation.pearson": { try RelativeOrientation($0.a, $0.b, orientationOptions).pearson.value },
  "RelativeOrientation.spearman": {
    try RelativeOrientation($0.a, $0.b, orientationOptions).spearman.value
  },
  "AllPairsSpearman.correlation": { try AllPairsSpearman($0.a, $0.b).correlation.value },
  "RepresentationalSimilarity.orientation": {
    try RepresentationalSimilarity($0.a, $0.b, orientationOptions).orientation.pearson.value
  },
  "ClassOrientation.pearson": {
    let classes = (0..<$0.a.rows).map { $0 % 3 == 0 ? TokenClass.digit : .wordStart }
    return try ClassOrientation.all($0.a, $0.b, classes: classes, orientationOptions).first?.pearson.value
  },
  "CKA.unbiased": { try CKA($0.a, $0.b).unbiased.value },
  "CKA.biased": { try CKA($0.a, $0.b).biased.value },
]

private let linearMeasures: [String: @Sendable (Spaces) throws -> Double?] = [
  "CanonicalCorrelation.meanCCA": { try CanonicalCorrelation($0.a, $0.b, linearOptions).meanCCA.value },
  "CanonicalCorrelation.meanSquaredCCA": {
    try CanonicalCorrelation($0.a, $0.b, linearOptions).meanSquaredCCA.value
  },
  "CanonicalCorrelation.svcca": { try CanonicalCorrelation($0.a, $0.b, linearOptions).svcca.value },
  "CanonicalCorrelation.pwcca": { try CanonicalCorrelation($0.a, $0.b, linearOptions).pwcca.value },
  "LinearRegressionScore.firstFromSecond": {
    try LinearRegressionScore($0.a, $0.b, linearOptions).firstFromSecond.value
  },
  "LinearRegressionScore.secondFromFirst": {
    try LinearRegressionScore($0.a, $0.b, linearOptions).secondFromFirst.value
  },
  "EigenspaceOverlap.overlap": { try EigenspaceOverlap($0.a, $0.b, linearOptions).overlap.value },
  "Gulp.Regression.similarity": { try gulp($0)?.similarity.value },
  "Gulp.Regression.distance": { try gulp($0)?.distance.value },
  "ShapeDistance.Shape.similarity": { try procrustes($0)?.similarity.value },
  "ShapeDistance.Shape.angle": { try procrustes($0)?.angle.value },
  "ShapeDistance.Shape.euclidean": { try procrustes($0)?.euclidean.value },
]

private func gulp(_ spaces: Spaces) throws -> Gulp.Regression? {
  try Gulp(spaces.a, spaces.b, linearOptions).regressions.last
}

private func procrustes(_ spaces: Spaces) throws -> ShapeDistance.Shape? {
  try ShapeDistance(spaces.a, spaces.b, linearOptions).shapes.first { $0.alpha == 1 }
}

private let localMeasures: [String: @Sendable (Spaces) throws -> Double?] = [
  "MutualNeighbours.overlap": {
    let graphs = try Graphs($0)
    return MutualNeighbours(graphs.a, graphs.b, resampling).overlap.value
  },
  "NeighbourJaccard.overlap": {
    let graphs = try Graphs($0)
    return NeighbourJaccard(graphs.a, graphs.b, resampling).overlap.value
  },
  "RankSimilarity.similarity": {
    let graphs = try Graphs($0)
    return RankSimilarity(graphs.a, graphs.b, resampling).similarity.value
  },
  "CycleNeighbours.share": {
    let graphs = try Graphs($0, k: 2)
    return CycleNeighbours(out: graphs.a, home: graphs.b, resampling).share.value
  },
  "SecondOrderCosine.similarity": {
    let graphs = try Graphs($0)
    return try SecondOrderCosine($0.a, graphs.a, $0.b, graphs.b, resampling).similarity.value
  },
  "CKNNA.alignment": {
    let graphs = try Graphs($0)
    return CKNNA(graphs.a, graphs.b, resampling).alignment.value
  },
  "Hubness.skewness": { Hubness(try Graphs($0).a, resampling).skewness.value },
  "NeighbourCosine.meanCosine": {
    try NeighbourCosine(GaugedSpace($0.a, in: .raw, k: 6), resampling).meanCosine.value
  },
  "NeighbourCosine.corrected": {
    try NeighbourCosine(GaugedSpace($0.a, in: .raw, k: 6), resampling).corrected.value
  },
  "LocallyLinearSimilarity.meanCosine": {
    let graphs = try Graphs($0)
    var options = LocallyLinearOptions()
    options.resampling = resampling
    return LocallyLinearSimilarity(
      LocallyLinearWeights($0.a, graphs.a, options), LocallyLinearWeights($0.b, graphs.b, options), options
    ).meanCosine.value
  },
  "CrossReconstruction.score": {
    let graphs = try Graphs($0)
    return CrossReconstruction(
      weights: LocallyLinearWeights($0.a, graphs.a), of: $0.b, own: LocallyLinearWeights($0.b, graphs.b),
      resampling
    ).score.value
  },
]

private let dimensionMeasures: [String: @Sendable (Spaces) throws -> Double?] = [
  "IntrinsicDimension.mean": {
    var options = IntrinsicDimensionOptions()
    (options.k, options.threshold, options.nullTokens, options.resampling) = (15, 0.8, 0, resampling)
    return try IntrinsicDimension($0.a, options).mean.value
  },
  "LocalDimensions.mean": {
    var options = IntrinsicDimensionOptions()
    (options.k, options.threshold, options.nullTokens, options.resampling) = (15, 0.8, 0, resampling)
    return try IntrinsicDimension.local(
      $0.a, queries: Array(0..<$0.a.rows), criteria: [.participationRatio], options)[0].mean.value
  },
  "TwoNN.fitted": { TwoNN(try Graphs($0, k: 2, .euclidean).a, twoNNOptions).fitted.value },
  "TwoNN.maximumLikelihood": {
    TwoNN(try Graphs($0, k: 2, .euclidean).a, twoNNOptions).maximumLikelihood.value
  },
  "LevinaBickel.dimension": {
    LevinaBickel(try Graphs($0, k: 10, .euclidean).a, resampling).dimension.value
  },
  "IntrinsicDimensionAgreement.pearson": { try agreement($0).pearson.value },
  "IntrinsicDimensionAgreement.spearman": { try agreement($0).spearman.value },
  "GrideScale.dimension": {
    Gride(try Graphs($0, k: 8, .euclidean).a).scales.last?.dimension.value
  },
  "SemanticCoherence.mean": { coherence(try Graphs($0, k: 10).a).mean.value },
  "CoherenceByDimension.correlation": {
    let graph = try Graphs($0, k: 10, .euclidean).a
    let dimensions = LevinaBickel(graph, resampling).perToken
    return CoherenceByDimension(coherence(graph), dimensions: dimensions, resampling).correlation.value
  },
]

/// With tokens of three classes.
private func coherence(_ graph: NeighbourGraph) -> SemanticCoherence {
  var options = SemanticCoherenceOptions()
  options.resampling = resampling
  let classes: [TokenClass] = [.wordStart, .digit, .nonLatin]
  let relations = TokenRelations(classes: (0..<graph.candidates).map { classes[$0 % 3] })
  return SemanticCoherence(graph, relations, options)
}

private let twoNNOptions = {
  var options = TwoNNOptions()
  options.resampling = resampling
  return options
}()

private func agreement(_ spaces: Spaces) throws -> IntrinsicDimensionAgreement {
  let graphs = try Graphs(spaces, k: 10, .euclidean)
  return IntrinsicDimensionAgreement(
    LevinaBickel(graphs.a, resampling), LevinaBickel(graphs.b, resampling), resampling)
}

private let isotropyMeasures: [String: @Sendable (Spaces) throws -> Double?] = [
  "Anisotropy.meanCosine": { try Anisotropy($0.a).meanCosine.value },
  "DimensionContribution.share": { try Anisotropy($0.a).rogueDimensions(1).first?.share },
  "ParticipationRatio.participationRatio": { try ParticipationRatio($0.a).participationRatio.value },
  "ParticipationRatio.isoScore": { try ParticipationRatio($0.a).isoScore.value },
  "IsoScoreStar.isoScore": { try IsoScoreStar($0.a).isoScore.value },
  "PartitionScore.score": {
    var options = PartitionScoreOptions()
    options.draws = 0
    return try PartitionScore($0.a, options).logarithm
  },
  "NormsByRank.spearman": { try NormsByRank($0.a, resampling).spearman.value },
  "NormsByRank.Part.meanNorm": { try NormsByRank($0.a, resampling).parts[3].meanNorm.value },
]

private let gauges: [String: @Sendable (Spaces) throws -> Double?] = [
  "Gauge.raw": { try orientation($0, .raw) },
  "Gauge.centred": { try orientation($0, .centred) },
  "Gauge.standardised": { try orientation($0, .standardised) },
  "Gauge.allButTheTop": { try orientation($0, .allButTheTop(removing: 1)) },
  "Gauge.whitened": { try orientation($0, .whitened()) },
  "Gauge.causal": { try orientation($0, .causal($0.unembedding)) },
]

/// The first space in a gauge against the second as it is.
private func orientation(_ spaces: Spaces, _ gauge: Gauge) throws -> Double? {
  try RelativeOrientation(gauge.applied(to: spaces.a), spaces.b, orientationOptions).pearson.value
}

@Suite struct InvarianceTests {
  /// Every measure under every transformation: the same value where the table says so, another value for at
  /// least one seed where it does not.
  @Test(arguments: MeasureInvariance.all.map(\.member))
  func tableHolds(member: String) throws {
    let row = try #require(MeasureInvariance.all.first { $0.member == member })
    let measure = try #require(measures[member], "no test computes \(member)")
    for transformation in Transformation.allCases {
      var largest = 0.0
      for seed in UInt64(1)...3 {
        let spaces = try Spaces(seed: seed * 1000)
        var moved = spaces
        // R² of the second space: the regressed side is the one that the table's columns are about.
        if member == "LinearRegressionScore.secondFromFirst" {
          moved.b = transformation.applied(to: spaces.b, seed: seed)
        } else {
          moved.a = transformation.applied(to: spaces.a, seed: seed)
        }
        let before = try #require(try measure(spaces))
        let change = abs(try #require(try measure(moved)) - before)
        if row.invariantTo.contains(transformation) {
          #expect(change < 2e-4 * max(1, abs(before)), "\(transformation), seed \(seed)")
        }
        largest = max(largest, change / max(1, abs(before)))
      }
      if !row.invariantTo.contains(transformation) {
        #expect(largest > 2e-3, "\(transformation) should change the value")
      }
    }
  }

  /// Sizes that Floats hold and their squares do not.
  @Test(arguments: MeasureInvariance.all.filter { $0.invariantTo.contains(.scaling) }.map(\.member))
  func anyUnitWillDo(member: String) throws {
    let measure = try #require(measures[member])
    let spaces = try Spaces(seed: 3000)
    let before = try #require(try measure(spaces))
    for scale in [1e-25, 1e-12, 1e12, 1e25] {
      var moved = spaces
      for i in spaces.a.elements.indices { moved.a.elements[i] = Float(Double(spaces.a.elements[i]) * scale) }
      for i in spaces.b.elements.indices { moved.b.elements[i] = Float(Double(spaces.b.elements[i]) * scale) }
      let after = try #require(try measure(moved), "at \(scale)")
      #expect(abs(after - before) < 2e-4 * max(1, abs(before)), "at \(scale)")
    }
  }

  /// One row of another size than all others: a number or a reason, never NaN.
  @Test(arguments: MeasureInvariance.all.map(\.member))
  func oneHeavyRowIsMeasuredOrRefused(member: String) throws {
    let measure = try #require(measures[member])
    for factor in [1e6, 1e19, 1e37] {
      var spaces = try Spaces(seed: 4000)
      for i in spaces.a.range(ofRow: 7) {
        spaces.a.elements[i] = Float(Double(spaces.a.elements[i]) * factor)
      }
      if let value = try measure(spaces) { #expect(value.isFinite, "at \(factor)") }
    }
  }

  /// What two-sided measures cannot see of the first space, they cannot see of the second.
  @Test(arguments: [MeasureInvariance.Group.global, .linear, .local])
  func eitherSide(group: MeasureInvariance.Group) throws {
    let spaces = try Spaces(seed: 5000)
    for row in MeasureInvariance.all where row.group == group {
      let before = try #require(try measures[row.member]?(spaces))
      for transformation in row.invariantTo.sorted(by: { $0.rawValue < $1.rawValue }) {
        var moved = spaces
        moved.b = transformation.applied(to: spaces.b, seed: 3)
        let after = try #require(try measures[row.member]?(moved))
        #expect(abs(after - before) < 2e-4 * max(1, abs(before)), "\(row.member), \(transformation)")
      }
    }
  }

  /// The remarks that a transformation of one side can check.
  @Test func remarksHold() throws {
    let spaces = try Spaces(seed: 9000)
    var (movedA, movedB) = (spaces, spaces)
    movedA.a = Transformation.invertibleLinear.applied(to: spaces.a, seed: 1)
    movedB.b = Transformation.invertibleLinear.applied(to: spaces.b, seed: 1)
    func same(_ member: String, _ moved: Spaces) throws {
      #expect(isClose(try measures[member]?(moved), try measures[member]?(spaces), 2e-4), "\(member)")
    }
    try same("CanonicalCorrelation.pwcca", movedB)
    try same("LinearRegressionScore.firstFromSecond", movedB)
    try same("LinearRegressionScore.secondFromFirst", movedA)
    let whitened = try [spaces, movedA].map {
      try #require(try ShapeDistance($0.a, $0.b, linearOptions).shapes.first { $0.alpha == 0 }?.angle.value)
    }
    #expect(isClose(whitened[0], whitened[1], 2e-4))
    var euclidean = spaces
    euclidean.a = Transformation.translation.applied(to: spaces.a, seed: 1)
    let overlaps = try [spaces, euclidean].map {
      let graphs = try Graphs($0, .euclidean)
      return MutualNeighbours(graphs.a, graphs.b, resampling).perToken
    }
    #expect(overlaps[0] == overlaps[1])
    var local = IntrinsicDimensionOptions()
    (local.k, local.threshold, local.nullTokens, local.metric) = (15, 0.8, 0, .euclidean)
    let dimensions = try [spaces, euclidean].map { try IntrinsicDimension($0.a, local).dimensions }
    #expect(dimensions[0] == dimensions[1])
    var (shifted, stretched) = (spaces, spaces)
    for i in spaces.a.elements.indices {
      shifted.a.elements[i] += Float(i / 5 % 7)
      stretched.a.elements[i] *= Float(1 + i % 5)
    }
    var mean = IsoScoreStarOptions()
    mean.target = .meanVariance
    let scaled = Transformation.scaling.applied(to: spaces.a, seed: 1)
    let scores = try [spaces.a, scaled].map { try IsoScoreStar($0, mean).isoScore.value }
    #expect(isClose(scores[0], scores[1], 1e-6))
    try same("RepresentationalSimilarity.orientation", shifted)
    try same("Gauge.standardised", stretched)
  }

  /// A gauge of which a measure takes its own view adds a row of its own; all six are there.
  @Test func everyGaugeHasARow() {
    let rows = MeasureInvariance.all.filter { $0.group == .gauge }.map(\.member)
    #expect(rows == GaugeKind.allCases.map { "Gauge.\($0.rawValue)" })
    #expect(Set(measures.keys) == Set(MeasureInvariance.all.map(\.member)))
  }
}

/// The repository, from this file's place in it.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite struct InvarianceDocumentTests {
  /// Values that repeat others of the table, say how a measure changed, or search over layers and models.
  static let gathered: Set<String> = [
    "NeighbourSimilarity", "GaugeChange", "GaugeComparison.Row", "NeighbourCosine.anisotropy",
    "LayerGrid", "LayerProfile", "MaxT", "MaxT.Cell", "ModelDistances.Pair", "ByTokenClass",
    "TokenClassSummary", "CoherenceByDimension.lowestFifth", "CoherenceByDimension.highestFifth",
    "DistanceDimensionNulls.Cloud",
  ]

  @Test func theDocumentIsTheTable() throws {
    let file = root.appending(path: "docs/invariances.md")
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try MeasureInvariance.markdown.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == MeasureInvariance.markdown,
      "write it anew with SEXTANT_WRITE_DOCS=1")
  }

  /// Reads the sources: every public evaluation of a public type has a row.
  @Test func everyMeasureHasARow() throws {
    let folder = root.appending(path: "Sources/Geometry")
    let rows = Set(MeasureInvariance.all.map(\.member))
    var found = 0
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      var path: [Substring] = []
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(whereSeparator: { " :{".contains($0) })
        let depth = line.prefix { $0 == " " }.count / 2
        if words.count > 2, words[0] == "public", words[1] == "struct", depth <= path.count {
          path = path.prefix(depth) + [words[2]]
        } else if words.count == 4, words[..<2] == ["public", "let"], words[3].hasPrefix("Evaluation"),
          depth >= 1, depth <= path.count
        {
          let type = path.prefix(depth).joined(separator: ".")
          let member = "\(type).\(words[2])"
          found += 1
          #expect(
            rows.contains(member) || Self.gathered.contains(type) || Self.gathered.contains(member),
            "\(member) is in no row of MeasureInvariance.all")
        }
      }
    }
    #expect(found > 40)
  }
}
