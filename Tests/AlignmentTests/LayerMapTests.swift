import Alignment
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct LayerMapTests {
  private var options: LayerMapOptions {
    var options = LayerMapOptions()
    options.resampling.bootstrapSamples = 100
    return options
  }

  /// `x W + b` with a massive first dimension of `x`, and a large offset.
  private func affine(_ seed: UInt64) -> (x: Matrix<Float>, w: Matrix<Float>, y: Matrix<Float>) {
    var x = randomMatrix(300, 6, seed: seed, mean: 2)
    for row in 0..<x.rows { x[row, 0] = 500 * x[row, 0] + 3000 }
    let w = randomMatrix(6, 4, seed: seed &+ 1)
    var y = Matrix<Float>(rows: 300, columns: 4, repeating: 7)
    for i in 0..<300 {
      for j in 0..<4 {
        for d in 0..<6 { y[i, j] += x[i, d] * w[d, j] * (d == 0 ? 0.002 : 1) }
      }
    }
    return (x, w, y)
  }

  private let groups = (0..<300).map { $0 / 6 }
  private let oneToken = [Int](repeating: 0, count: 300)

  @Test func anAffineRelationIsFoundAndADirectionTakesNoMeans() throws {
    try forSeeds(1..<4) { seed in
      let (x, w, y) = affine(seed)
      let found = try LayerMap(source: x, target: y, groups: groups, tokens: oneToken, options: options)
      #expect(found.scores.r2.value > 0.9999)
      #expect(found.scores.standardisedR2.value > 0.9999)
      #expect(found.scores.cosine.value > 0.9999)
      #expect(abs(found.scores.tokenR2.value) < 0.2)
      #expect(found.scores.shuffledR2.value < 0.2)
      #expect(distance(found.map.applied(toPoints: x), y) < 0.05)
      // The linear part alone, in plain units.
      for d in 1..<6 {
        let unit = (0..<6).map { $0 == d ? Float(1) : 0 }
        let image = found.map.applied(toDirection: unit)
        #expect(zip(image, w.row(d)).allSatisfy { abs($0 - $1) < 0.01 })
      }
      #expect(found.map.applied(toDirection: Array(repeating: 0, count: 6)) == [0, 0, 0, 0])
    }
  }

  @Test func groupsStayOnOneSide() throws {
    let (x, _, y) = affine(9)
    let found = try LayerMap(source: x, target: y, groups: groups, tokens: oneToken, options: options)
    let held = Set(found.heldOut.map { groups[$0] })
    #expect(found.heldOut.count == held.count * 6)
    #expect(held.count == 10 && found.heldOutGroups == 10)
    #expect(found.trainingRows + found.heldOutRows == 300)
    #expect(found.scores.r2.n == 10)
    #expect(try LayerMap(source: x, target: y, groups: groups, tokens: oneToken, options: options) == found)
  }

  @Test func theTokenControlSeesTokens() throws {
    let tokens = (0..<300).map { $0 % 7 }
    let means = randomMatrix(7, 4, seed: 3)
    let y = means.selecting(rows: tokens)
    let x = randomMatrix(300, 6, seed: 4)
    let found = try LayerMap(source: x, target: y, groups: groups, tokens: tokens, options: options)
    #expect(found.scores.tokenR2.value > 0.9999)
    #expect(found.scores.standardisedR2.value < 0.1)
    // A token that training has not seen is predicted by the overall mean.
    let unseen = try LayerMap(
      source: x, target: y, groups: groups, tokens: Array(0..<300), options: options)
    #expect(abs(unseen.scores.tokenR2.value) < 0.1)
  }

  @Test func badInputThrows() {
    let (x, _, y) = affine(5)
    #expect(
      throws: AlignmentError.tooFewTokens(purpose: "a map between layers (texts)", needed: 5, actual: 4)
    ) {
      try LayerMap(source: x, target: y, groups: (0..<300).map { $0 % 4 }, tokens: oneToken)
    }
    var bad = x
    for row in 0..<300 { bad[row, 1] = .nan }
    #expect(throws: AlignmentError.self) {
      try LayerMap(source: bad, target: y, groups: groups, tokens: oneToken)
    }
    #expect(throws: AlignmentError.self) {
      try LayerMap(
        source: x, target: Matrix(rows: 300, columns: 4, repeating: 1), groups: groups, tokens: oneToken)
    }
  }
}
