import Foundation
import Steering
import Tensors
import Testing

/// The nulls of a verdict, by algebra and by simulation.
@Suite struct NullTests {
  @Test func pValuesCountDrawsAndTheirOpposites() {
    let null = NullSlopes([1, -3, 0.5])
    #expect(null.draws == 7)
    #expect(null.pValue(of: 4) == 1.0 / 8)
    // 3 alone is above 2; of 0 half, and its own opposite.
    #expect(null.pValue(of: 2) == 2.0 / 8)
    #expect(null.pValue(of: 0) == 5.0 / 8)
    #expect(null.pValue(of: -4) == 1)
    #expect(null.largest == 3)
    #expect(
      NullSlopes.directions(for: 199) == 99 && NullSlopes([Double](repeating: 0, count: 99)).draws == 199)
    #expect(NullSlopes([]).pValue(of: 1) == 0.5)
    #expect(NullSlopes([0, 0]).standardScore(of: 1) == nil)
  }

  /// Where the "real" vector is itself a draw, p is uniform: P(p ≤ j / (draws + 1)) = j / (draws + 1).
  @Test(arguments: [5, 6, 7]) func pIsUniformUnderTheNull(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    func draw() -> Double { random.normal() }
    let (runs, directions) = (20_000, 9)
    var counts = [Int](repeating: 0, count: 2 * directions + 3)
    for _ in 0..<runs {
      let real = draw()
      let p = NullSlopes((0..<directions).map { _ in draw() }).pValue(of: real)
      counts[Int((p * Double(2 * directions + 2)).rounded())] += 1
    }
    var below = 0
    for j in 1...2 * directions + 2 {
      below += counts[j]
      let level = Double(j) / Double(2 * directions + 2)
      let error = (level * (1 - level) / Double(runs)).squareRoot()
      #expect(abs(Double(below) / Double(runs) - level) <= 4 * error, "level \(level)")
    }
  }

  @Test(arguments: [2, 4, 5, 8, 67]) func labelsAreBalancedAndDifferent(pairs: Int) {
    let labels = balancedLabels(pairs: pairs, count: 30, seed: 1)
    let all = Int(min(30, balancedLabellings(pairs: pairs)))
    #expect(labels.count == all)
    var seen: Set<[Int]> = []
    for signs in labels {
      #expect(signs.count == pairs && signs.reduce(0, +) == 0)
      #expect(signs.count { $0 == -1 } == pairs / 2 && signs.count { $0 == 1 } == pairs / 2)
      #expect(seen.insert(signs).inserted && !seen.contains(signs.map { -$0 }))
    }
  }

  @Test func labellingsAreCounted() {
    #expect([2, 3, 4, 5, 6].map { balancedLabellings(pairs: $0) } == [1, 3, 3, 15, 10])
    #expect(balancedLabels(pairs: 1, count: 5, seed: 0).isEmpty)
  }

  /// The pairs' mean difference leaves no trace in a vector of balanced labels, whatever the labels; an unbalanced one keeps a share.
  @Test func balancedLabelsKeepNoShareOfTheDirection() {
    var random = SeededRandom(seed: 3)
    let (pairs, width) = (66, 5)
    let noise = (0..<pairs * width).map { _ in random.normal() }
    let direction = [40.0, 0, -30, 10, 0]
    let without = Matrix(rows: pairs, columns: width, elements: noise)
    let with = Matrix(
      rows: pairs, columns: width, elements: noise.indices.map { noise[$0] + direction[$0 % width] })
    for signs in balancedLabels(pairs: pairs, count: 20, seed: 2) {
      for (a, b) in zip(signedMean(with, signs), signedMean(without, signs)) { #expect(abs(a - b) < 1e-5) }
    }
    var unbalanced = [Int](repeating: 1, count: pairs)
    unbalanced.replaceSubrange(0..<20, with: repeatElement(-1, count: 20))
    #expect(signedMean(with, unbalanced)[0] > 10)
  }

  @Test func residualNoiseHasTheCovarianceOfTheStates() {
    var random = SeededRandom(seed: 9)
    let (rows, draws) = (50, 40_000)
    let states = Matrix(
      rows: rows, columns: 2,
      elements: (0..<rows).flatMap { _ -> [Float] in
        let (a, b) = (random.normal(), random.normal())
        return [Float(100 + 5 * a), Float(-7 + a + 0.5 * b)]
      })
    func covariance(_ points: [[Float]], about centre: [Double]) -> [Double] {
      [(0, 0), (0, 1), (1, 1)].map { i, j in
        points.reduce(0.0) { $0 + (Double($1[i]) - centre[i]) * (Double($1[j]) - centre[j]) }
          / Double(points.count)
      }
    }
    let points = (0..<rows).map(states.row)
    let means = (0..<2).map { j in points.reduce(0.0) { $0 + Double($1[j]) } / Double(rows) }
    let expected = covariance(points, about: means).map { $0 * Double(rows) / Double(rows - 1) }
    let noise = residualNoise(like: states, count: draws, seed: 4)
    // About 0: neither the mean of the states nor their size comes through.
    for (found, value) in zip(covariance(noise, about: [0, 0]), expected) {
      #expect(abs(found / value - 1) < 0.04, "\(found) for \(value)")
    }
  }
}
