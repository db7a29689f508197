import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing
import Vocabularies

/// Rows that share a mean and have unequal variances: gauges differ.
private func leaning(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
  var cloud = gaussian(rows, columns, seed: seed)
  for row in 0..<rows {
    for column in 0..<columns { cloud[row, column] = cloud[row, column] * Float(1 + column) + 3 }
  }
  return cloud
}

private func covariance(_ matrix: Matrix<Float>) throws -> Matrix<Double> {
  try RowCovariance(matrix).covariance
}

private func firstRows(_ matrix: Matrix<Float>, equal expected: [Double], _ tolerance: Double) -> Bool {
  zip(matrix.elements, expected).allSatisfy { isClose(Double($0), $1, tolerance) }
}

@Suite struct GaugeTests {
  @Test func equalNumpyAndScikitLearn() throws {
    let (golden, matrix) = (try GoldenIsotropy.load(), try Golden.load().matrixA)
    let other = try GoldenIsotropy.other(matrix)
    #expect(
      firstRows(
        try Gauge.allButTheTop.applied(to: matrix, .init(removing: 2)), equal: golden.allButTheTop, 2e-6))
    #expect(firstRows(try Gauge.whitened.applied(to: matrix), equal: golden.whitened, 2e-6))
    #expect(
      firstRows(
        try Gauge.whitened.applied(to: matrix, .init(regularisation: 0.1)), equal: golden.whitenedRidge, 2e-6)
    )
    #expect(firstRows(try Gauge.causal.applied(to: matrix, unembedding: other), equal: golden.causal, 5e-6))
  }

  @Test func plainGaugesAreThoseOfTheMoments() throws {
    let matrix = leaning(30, 4, seed: 1)
    #expect(Gauge.allCases.filter(\.isPlain) == Gauge.plain)
    let plain = [matrix, matrix.centred(), matrix.standardised()]
    for (gauge, expected) in zip(Gauge.plain, plain) { #expect(try gauge.applied(to: matrix) == expected) }
    #expect(Set(Gauge.plain.map(\.rawValue)) == ["raw", "centred", "standardised"])
  }

  @Test func whiteRowsHaveTheIdentityForCovariance() throws {
    try forSeeds(0..<3) { seed in
      let white = try covariance(Gauge.whitened.applied(to: leaning(200, 6, seed: seed)))
      for i in 0..<6 {
        for j in 0..<6 { #expect(abs(white[i, j] - (i == j ? 1 : 0)) < 1e-5, "seed \(seed)") }
      }
    }
  }

  /// A direction that does not vary stays empty instead of being blown up.
  @Test func whiteningLeavesOutWhatDoesNotVary() throws {
    var flat = leaning(100, 5, seed: 1)
    for row in 0..<100 { flat[row, 4] = flat[row, 0] - flat[row, 1] + 5 }
    let white = try Gauge.whitened.applied(to: flat)
    let moments = try covariance(white)
    #expect(abs((0..<5).reduce(0) { $0 + moments[$1, $1] } - 4) < 1e-4)
    let constant = Matrix<Float>(rows: 9, columns: 3, repeating: 7)
    #expect(try Gauge.whitened.applied(to: constant).elements.allSatisfy { $0 == 0 })
    #expect(
      try Gauge.whitened.applied(to: constant, .init(regularisation: 1)).elements.allSatisfy { $0 == 0 })
  }

  @Test func theTopIsGone() throws {
    var cloud = gaussian(300, 150, seed: 2)
    for row in 0..<300 { for column in [20, 90] { cloud[row, column] *= 30 } }
    let rest = try Gauge.allButTheTop.applied(to: cloud)
    let before = try #require(try ParticipationRatio(cloud).participationRatio.value)
    let after = try #require(try ParticipationRatio(rest).participationRatio.value)
    #expect(before < 3 && after > 80)
    // 150 / 100 rounds to 2.
    let once = try Gauge.allButTheTop.applied(to: cloud, .init(removing: 2))
    #expect(rest == once)
    let none = try Gauge.allButTheTop.applied(to: cloud, .init(removing: 0))
    let centred = cloud.centred()
    #expect(zip(none.elements, centred.elements).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  /// ⟨x, y⟩ = xᵀ C⁻¹ y, and no change of basis of the unembedding and the rows together can be seen in it.
  @Test func causalProductDoesNotDependOnTheBasis() throws {
    try forSeeds(0..<3) { seed in
      let unembedding = leaning(80, 4, seed: seed)
      let rows = gaussian(20, 4, seed: seed + 10)
      let map = gaussian(4, 4, seed: seed + 20)
      let one = try Gauge.causal.applied(to: rows, unembedding: RowCovariance(unembedding))
      let two = try Gauge.causal.applied(
        to: product(rows, map), unembedding: RowCovariance(product(unembedding, map)))
      for i in 0..<20 {
        for j in 0..<20 {
          let x = (0..<4).reduce(0.0) { $0 + Double(one[i, $1] * one[j, $1]) }
          let y = (0..<4).reduce(0.0) { $0 + Double(two[i, $1] * two[j, $1]) }
          #expect(abs(x - y) < 1e-3 * max(1, abs(x)), "seed \(seed)")
        }
      }
    }
  }

  @Test func hostileRowsThrow() throws {
    var broken = gaussian(8, 3, seed: 1)
    broken[2, 2] = .infinity
    #expect(throws: GeometryError.notFinite(matrix: "rows of a covariance", row: 2)) {
      try Gauge.whitened.applied(to: broken)
    }
    #expect(throws: GeometryError.notFinite(matrix: "embedding", row: 2)) {
      try Gauge.causal.applied(to: broken, unembedding: RowCovariance(gaussian(8, 3, seed: 1)))
    }
    #expect(throws: GeometryError.tooFewTokens(measure: "covariance of rows", needed: 2, actual: 1)) {
      try Gauge.allButTheTop.applied(to: gaussian(1, 3, seed: 1))
    }
  }
}

@Suite struct OptionTests {
  /// A library's user gets an error, not a trap.
  @Test func optionsOutsideTheirRangesThrow() throws {
    let (a, b) = (leaning(60, 4, seed: 1), leaning(60, 4, seed: 2))
    func refused(_ name: String, _ measure: () throws -> Void) {
      let error = #expect(throws: GeometryError.self) { try measure() }
      guard case .option(name, _, _)? = error else {
        Issue.record("\(name): \(String(describing: error))")
        return
      }
    }
    func linear(_ name: String, _ change: (inout LinearSimilarityOptions) -> Void) {
      var options = LinearSimilarityOptions()
      change(&options)
      refused(name) { _ = try LinearSimilarity(a, b, options) }
    }
    linear("svccaVariance") { $0.svccaVariance = 0 }
    linear("shapeAlphas") { $0.shapeAlphas = [1.5] }
    linear("gulpLambdas") { $0.gulpLambdas = [-1] }
    refused("regularisation") { _ = try Gauge.whitened.applied(to: a, .init(regularisation: -1)) }
    for count in [-1, 4] {
      refused("removing") { _ = try Gauge.allButTheTop.applied(to: a, .init(removing: count)) }
    }
    var star = IsoScoreStarOptions()
    star.shrinkage = 2
    refused("shrinkage") { _ = try IsoScoreStar(a, star) }
    var clouds = DistanceDimensionNullOptions()
    clouds.k = 65
    refused("k") { _ = try DistanceDimensionNulls(like: a, clouds) }
    (clouds.k, clouds.points) = (20, 0)
    refused("points") { _ = try DistanceDimensionNulls(like: a, clouds) }
    var coherence = SemanticCoherenceOptions()
    coherence.minimumKnown = 0
    refused("minimumKnown") {
      _ = try SemanticCoherence(
        Neighbours.graph(of: a, k: 3), TokenRelations(classes: (0..<60).map { _ in .wordStart }), coherence)
    }
  }
}

@Suite struct GaugeTestTests {
  private var options: GaugeTestOptions {
    var options = GaugeTestOptions()
    options.k = 5
    (options.resampling.bootstrapSamples, options.resampling.permutations) = (200, 19)
    return options
  }

  @Test func aGaugeDoesNotChangeItself() throws {
    let space = SpaceBench("a", leaning(90, 6, seed: 1))
    let change = try GaugeChange(space, from: .centred, to: .centred, options)
    #expect(isClose(change.cosines.value, 1, 1e-9))
    #expect(change.sharedNeighbours.value == 1 && change.nearestChanged == 0)
  }

  @Test func changesEqualTheLoop() throws {
    let matrix = leaning(90, 6, seed: 2)
    let space = SpaceBench("a", matrix)
    let change = try GaugeChange(space, to: .whitened, options)
    let white = try space.rows(in: .whitened)
    let (x, y) = (cosineMatrix(unitRows(space.rows)), cosineMatrix(unitRows(white)))
    #expect(isClose(change.cosines.value, pearson(offDiagonal(x), offDiagonal(y)), 1e-6))
    func nearest(_ m: [[Double]], _ i: Int) -> [Int] {
      Array((0..<90).filter { $0 != i }.sorted { m[i][$0] > m[i][$1] }.prefix(5))
    }
    let changed = (0..<90).count { nearest(x, $0)[0] != nearest(y, $0)[0] }
    #expect(isClose(change.nearestChanged, Double(changed) / 90, 1e-12))
    for i in 0..<90 {
      let shared = Set(nearest(x, i)).intersection(nearest(y, i)).count
      #expect(change.perToken[i] == Double(shared) / 5)
    }
    #expect(changed > 20)
  }

  @Test func everyGaugeAgainstTheFirst() throws {
    let matrix = leaning(120, 8, seed: 3)
    let test = try GaugeTest(matrix, options)
    #expect(test.views.map(\.gauge) == Gauge.allCases.dropLast())
    #expect(test.changes.map(\.to) == test.views.dropFirst().map(\.gauge))
    #expect(test.changes.allSatisfy { $0.from == .raw && $0.sharedNeighbours.estimate != nil })
    let unstable = test.leastStable(120)
    #expect(
      unstable.count == 120 && zip(unstable, unstable.dropFirst()).allSatisfy { $0.shared <= $1.shared })
    #expect(try #require(unstable.first).shared < 0.8)
  }

  /// One column has no top to remove, and its cosines are signs.
  @Test func aSpaceOfOneColumn() throws {
    let column = gaussian(60, 1, seed: 1)
    let rest = try Gauge.allButTheTop.applied(to: column)
    let centred = column.centred()
    #expect(zip(rest.elements, centred.elements).allSatisfy { abs($0 - $1) < 1e-5 })
    let space = SpaceBench("a", column, unembedding: try RowCovariance(gaussian(60, 1, seed: 2)))
    let test = try GaugeTest(space, options)
    #expect(test.views.map(\.gauge) == Gauge.allCases)
    // JSON holds neither NaN nor infinity.
    #expect(throws: Never.self) { try JSONEncoder().encode(test) }
  }

  @Test func correctedNeighbourCosine() throws {
    let space = SpaceBench("a", leaning(90, 6, seed: 4))
    let found = try NeighbourCosine(space.rows, space.graph(k: 3), options.resampling)
    let cosines = cosineMatrix(unitRows(space.rows))
    let all = offDiagonal(cosines).reduce(0, +) / Double(90 * 89)
    let near: [Double] = (0..<90).map { i in
      let others: [Double] = (0..<90).filter { $0 != i }.map { cosines[i][$0] }
      return others.sorted(by: >).prefix(3).reduce(0, +) / 3
    }
    let mean = near.reduce(0, +) / 90
    #expect(isClose(found.anisotropy.value, all, 1e-9))
    #expect(isClose(found.meanCosine.value, mean, 1e-6))
    #expect(isClose(found.corrected.value, mean - all, 1e-6))
    let other = try NeighbourCosine(
      space.rows(in: .centred), space.graph(in: .centred, k: 3), options.resampling)
    #expect(abs(try #require(other.anisotropy.value)) < abs(all))
  }

  /// Two models that differ by an invertible map: only whitening shows that they are one.
  @Test func whiteningUndoesAnInvertibleMap() throws {
    let a = leaning(150, 5, seed: 5)
    let map = gaussian(5, 5, seed: 6)
    let found = try GaugeComparison(a, product(a, map), options)
    let values = Dictionary(uniqueKeysWithValues: found.rows.map { ($0.gauge, $0) })
    let (raw, white) = (try #require(values[.raw]), try #require(values[.whitened]))
    #expect(try #require(white.orientation.value) > 0.999)
    #expect(try #require(white.mutualNeighbours.value) > 0.97)
    #expect(try #require(raw.mutualNeighbours.value) < 0.8)
    let gained = try #require(white.neighboursGained?.estimate)
    #expect(
      isClose(
        gained.value,
        try #require(white.mutualNeighbours.value) - (try #require(raw.mutualNeighbours.value)), 1e-12))
    #expect(gained.value > 0 && gained.lower == nil && raw.neighboursGained == nil)
    #expect(found.corrected?.gauge == .centred)
    #expect(isClose(found.corrected?.cka.value, raw.cka.value, 1e-5))
  }
}
