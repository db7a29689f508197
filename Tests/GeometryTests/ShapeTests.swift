import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Anisotropy, participation ratio and IsoScore.
@Suite struct ShapeTests {
  @Test func meanCosineEqualsAllPairs() throws {
    let golden = try Golden.load()
    let result = try Anisotropy(golden.matrixA)
    #expect(isClose(result.meanCosine.value, golden.meanCosine, 1e-6))
    let brute = offDiagonal(cosineMatrix(unitRows(golden.matrixA)))
    #expect(
      isClose(result.meanCosine.value, brute.reduce(0, +) / Double(brute.count), 1e-12))
  }

  @Test func contributionsSumToTheMeanCosine() throws {
    try forSeeds(0..<5) { seed in
      let result = try Anisotropy(gaussian(70, 9, seed: seed, shift: 0.4))
      let sum = result.dimensions.reduce(0) { $0 + $1.contribution }
      #expect(isClose(sum, result.meanCosine.value, 1e-12), "seed \(seed)")
    }
  }

  @Test func findsARogueDimension() throws {
    var cloud = gaussian(200, 8, seed: 1)
    for row in 0..<200 { cloud[row, 5] += 20 }
    let result = try Anisotropy(cloud)
    let first = try #require(result.rogueDimensions(2).first)
    #expect(first.dimension == 5)
    #expect(try #require(first.share) > 0.95)
  }

  @Test func jackknifeOfTheMeanCosineEqualsLeavingOut() throws {
    let cloud = gaussian(15, 4, seed: 2, shift: 0.5)
    let error = try bruteJackknife(cloud) { try Anisotropy($0).meanCosine.value }
    let variance = error * error
    let found = try #require(try Anisotropy(cloud).meanCosine.estimate?.standardError)
    // What pairs add is counted once; it is drawn, not summed.
    let pairs = interaction(unitRows(cloud)) { $0 }
    #expect(pairs > 0.05 * variance && isClose(found * found, variance - pairs, 0.05 * pairs))
  }

  /// Of 2 G² δ² / (n (n-1))² with every token by itself, over all quadruples.
  private func interaction(_ rows: Matrix<Float>, _ kernel: (Double) -> Double) -> Double {
    let n = rows.rows
    let table = (0..<n).map { i in
      (0..<n).map { j in
        kernel((0..<rows.columns).reduce(0.0) { $0 + Double(rows[i, $1]) * Double(rows[j, $1]) })
      }
    }
    var (sum, count) = (0.0, 0.0)
    for a in 0..<n {
      for b in 0..<n where b != a {
        for c in 0..<n where c != a && c != b {
          for d in 0..<n where d != a && d != b && d != c {
            let contrast = table[a][b] - table[a][c] - table[d][b] + table[d][c]
            (sum, count) = (sum + contrast * contrast / 4, count + 1)
          }
        }
      }
    }
    return 2 * sum / count / Double((n - 1) * (n - 1))
  }

  @Test func participationRatioEqualsTheSpectrum() throws {
    let golden = try Golden.load()
    let result = try ParticipationRatio(golden.matrixA)
    #expect(isClose(result.participationRatio.value, golden.participationRatio, 1e-6))
    #expect(isClose(result.isoScore.value, isoScore(eigenvalues: golden.spectrum), 1e-6))
  }

  @Test func jackknifeOfTheParticipationRatioEqualsLeavingOut() throws {
    let cloud = gaussian(15, 4, seed: 3, shift: 0.5)
    let error = try bruteJackknife(cloud) { try ParticipationRatio($0).participationRatio.value }
    let variance = error * error
    let estimate = try #require(try ParticipationRatio(cloud).participationRatio.estimate)
    let found = try #require(estimate.standardError)
    let centred = cloud.centred()
    let squares = (0..<15).reduce(0.0) { sum, i in
      (0..<15).reduce(sum) { sum, j in
        let product = (0..<4).reduce(0.0) { $0 + Double(centred[i, $1]) * Double(centred[j, $1]) }
        return sum + product * product / 225
      }
    }
    let pairs = estimate.value * estimate.value * interaction(centred) { $0 * $0 } / (squares * squares)
    // At most a half of the jackknife's variance can be what it counts twice.
    let once = variance - min(pairs, variance / 2)
    #expect(isClose(found * found, once, 0.05 * once))
  }

  @Test func isoScoreIsTheParticipationRatio() {
    forSeeds(0..<10) { seed in
      var random = SeededRandom(seed: seed)
      let spectrum = (0..<17).map { _ in random.uniform() * random.uniform() }
      let sum = spectrum.reduce(0, +)
      let ratio = sum * sum / spectrum.reduce(0) { $0 + $1 * $1 }
      #expect(
        isClose(
          isoScore(eigenvalues: spectrum), isoScore(participationRatio: ratio, dimensions: 17), 1e-12),
        "seed \(seed)")
    }
  }

  @Test func lineDiscAndBall() throws {
    #expect(isClose(isoScore(eigenvalues: [3, 0, 0]), 0, 1e-12))
    #expect(isClose(isoScore(eigenvalues: [2, 2, 0]), 0.5, 1e-12))
    #expect(isClose(isoScore(eigenvalues: [1, 1, 1]), 1, 1e-12))
    #expect(isoScore(eigenvalues: [0, 0]) == nil && isoScore(eigenvalues: [1]) == nil)
  }

  @Test func anIsotropicCloudMeetsItsNull() throws {
    let estimate = try #require(
      ParticipationRatio(gaussian(500, 20, seed: 4)).participationRatio.estimate)
    #expect(abs(estimate.value - (estimate.null?.mean ?? 0)) < 0.3)
    let cosine = try #require(Anisotropy(gaussian(500, 20, seed: 4)).meanCosine.estimate)
    #expect(abs(cosine.value) < 5 * (cosine.null?.standardDeviation ?? 0))
  }

  @Test func sayWhyThereIsNoNumber() throws {
    let same = Matrix<Float>(rows: 8, columns: 3, repeating: 2)
    #expect(try ParticipationRatio(same).isoScore.reason == "all rows are equal, to what Floats can carry")
    let zeros = try Anisotropy(Matrix<Float>(rows: 8, columns: 3, repeating: 0))
    #expect(zeros.meanCosine.reason != nil && zeros.zeroRows == 8)
  }
}
