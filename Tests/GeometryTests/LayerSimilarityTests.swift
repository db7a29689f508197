import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct LayerSimilarityTests {
  private var options: LayerSimilarityOptions {
    var options = LayerSimilarityOptions()
    options.k = 5
    options.resampling.permutations = 19
    options.resampling.bootstrapSamples = 20
    return options
  }

  /// Three layers that share more and more with `base`, of another width.
  private func layers(_ base: Matrix<Float>, width: Int, seed: UInt64) -> [Matrix<Float>] {
    (0..<3).map { layer in
      let map = gaussian(base.columns, width, seed: seed &+ UInt64(layer))
      let noise = gaussian(base.rows, width, seed: seed &+ 100 &+ UInt64(layer), shift: 0.5)
      var states = noise
      for i in 0..<base.rows {
        for j in 0..<width {
          let signal = (0..<base.columns).reduce(Float(0)) { $0 + base[i, $1] * map[$1, j] }
          states[i, j] += Float(layer * layer) * 0.4 * signal
        }
      }
      return states
    }
  }

  private func models(seed: UInt64) -> (a: [Matrix<Float>], b: [Matrix<Float>]) {
    let base = gaussian(60, 4, seed: seed)
    return (layers(base, width: 8, seed: seed &+ 1000), layers(base, width: 12, seed: seed &+ 2000))
  }

  @Test func everyCellIsTheMeasureItself() throws {
    try forSeeds(1..<4) { seed in
      let (a, b) = models(seed: seed)
      let alignment = try LayerSimilarity(a, b, .alignment, options).grid
      let orientation = try LayerSimilarity(a, b, .orientation, options).grid
      let neighbours = try LayerSimilarity(a, b, .neighbours, options).grid
      var linear = RelativeOrientationOptions()
      linear.spearman = .sampled(pairs: 100)
      for i in a.indices {
        for j in b.indices {
          let mutual = MutualNeighbours(
            try Neighbours.graph(of: a[i], k: 5), try Neighbours.graph(of: b[j], k: 5), options.resampling)
          #expect(isClose(alignment.values[i][j], try CKA(a[i], b[j]).unbiased.value, 1e-5))
          #expect(
            isClose(orientation.values[i][j], try RelativeOrientation(a[i], b[j], linear).pearson.value, 1e-5)
          )
          #expect(isClose(neighbours.values[i][j], mutual.overlap.value, 1e-6))
          // The same permutations as every other measure draws.
          #expect(isClose(neighbours.nullMeans[i][j], mutual.overlap.estimate?.null?.mean, 1e-6))
          // Counts are whole here; there their rounded mean may break a tie with the null.
          let (ours, theirs) = (neighbours.pValues[i][j] ?? 2, mutual.overlap.estimate?.null?.pValue ?? 3)
          #expect(ours >= theirs - 1e-12 && ours < theirs + 0.3)
        }
      }
    }
  }

  @Test func theMaximumIsHeldAgainstMaxima() throws {
    let (a, b) = models(seed: 7)
    for measure in LayerMeasure.allCases {
      let found = try LayerSimilarity(a, b, measure, options)
      let best = try #require(found.grid.best)
      #expect(best == LayerPair(a: 2, b: 2))
      #expect(found.draws.count == 19)
      let largest = found.draws.map { $0.joined().max() ?? 0 }
      let null = try #require(found.grid.maximum.estimate?.null)
      #expect(isClose(null.mean, largest.reduce(0, +) / 19, 1e-12))
      #expect(null.pValue == 0.05)
      for (row, adjusted) in zip(found.grid.pValues, found.grid.adjustedPValues) {
        #expect(zip(row, adjusted).allSatisfy { ($0.0 ?? 2) <= ($0.1 ?? 1) })
      }
      #expect(try LayerSimilarity(a, b, measure, options) == found)
    }
  }

  @Test func unrelatedModelsAreNotSignificant() throws {
    var rejections = 0
    for seed in UInt64(1)..<41 {
      let a = (0..<4).map { gaussian(40, 6, seed: seed &* 100 &+ $0) }
      let b = (0..<4).map { gaussian(40, 6, seed: seed &* 100 &+ 50 &+ $0) }
      let grid = try LayerSimilarity(a, b, .alignment, options).grid
      if (grid.maximum.estimate?.null?.pValue ?? 1) <= 0.05 { rejections += 1 }
    }
    // Binomial(40, 0.05) exceeds 6 with a probability of 0.003.
    #expect(rejections <= 6)
  }

  @Test func layersWithoutVarianceOrNeighboursSayWhy() throws {
    var (a, b) = models(seed: 3)
    a[0] = Matrix(rows: 60, columns: 8, repeating: 3)
    b[1] = b[1].selecting(rows: (0..<60).map { $0 / 2 })
    for measure in LayerMeasure.allCases {
      let grid = try LayerSimilarity(a, b, measure, options).grid
      #expect(grid.values[0].allSatisfy { $0 == nil })
      #expect(grid.reasonsA[0] == "the states of this layer do not vary")
      #expect((grid.values[1][1] == nil) == (measure == .neighbours))
      #expect(grid.best == LayerPair(a: 2, b: 2))
    }
    let constant = try LayerSimilarity([a[0]], b, .alignment, options).grid
    #expect(constant.best == nil)
    #expect(constant.maximum.reason != nil)
  }

  @Test func badStatesThrow() {
    var (a, b) = models(seed: 4)
    #expect(throws: GeometryError.self) {
      try LayerSimilarity([gaussian(4, 3, seed: 1)], [gaussian(4, 3, seed: 2)], .alignment)
    }
    b[2][7, 1] = .nan
    #expect(throws: GeometryError.notFinite(matrix: "second model, layer 2", row: 7)) {
      try LayerSimilarity(a, b, .orientation, options)
    }
    a[0][0, 0] = .infinity
    #expect(throws: GeometryError.self) { try LayerProfile(a[0]) }
  }

  @Test func matchedDepthRunsFromEndToEnd() {
    let pairs = LayerPair.matchedDepth(layersA: 31, layersB: 19)
    #expect(pairs.first == LayerPair(a: 0, b: 0))
    #expect(pairs.last == LayerPair(a: 30, b: 18))
    #expect(pairs[15] == LayerPair(a: 15, b: 9))
    #expect(LayerPair.matchedDepth(layersA: 1, layersB: 3) == [LayerPair(a: 0, b: 2)])
    #expect(LayerPair.matchedDepth(layersA: 5, layersB: 5).allSatisfy { $0.a == $0.b })
  }

  @Test func aMassiveDimensionIsSeen() throws {
    var states = gaussian(200, 10, seed: 5)
    let before = try LayerProfile(states)
    #expect(try #require(before.largestVarianceShare) < 0.2)
    for row in 0..<200 { states[row, 3] = states[row, 3] * 100 + 1000 }
    let after = try LayerProfile(states)
    #expect(after.largestDimension == 3)
    #expect(try #require(after.largestShare) > 0.99)
    #expect(try #require(after.largestVarianceShare) > 0.99)
    #expect(try #require(after.meanCosine.value) > 0.99)
    #expect(try LayerProfile(states.standardised()).largestVarianceShare ?? 1 < 0.11)
    #expect(try LayerProfile(Matrix(rows: 4, columns: 2, repeating: 0)).largestShare == nil)
  }
}
