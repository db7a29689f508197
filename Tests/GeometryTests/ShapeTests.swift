import Geometry
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
    let left = try (0..<15).map { out in
      try #require(
        Anisotropy(cloud.selecting(rows: (0..<15).filter { $0 != out })).meanCosine.value)
    }
    let mean = left.reduce(0, +) / 15
    let error = (14.0 / 15 * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    #expect(isClose(try Anisotropy(cloud).meanCosine.estimate?.standardError, error, 1e-7))
  }

  @Test func participationRatioEqualsTheSpectrum() throws {
    let golden = try Golden.load()
    let result = try ParticipationRatio(golden.matrixA)
    #expect(isClose(result.participationRatio.value, golden.participationRatio, 1e-6))
    #expect(isClose(result.isoScore.value, isoScore(eigenvalues: golden.spectrum), 1e-6))
  }

  @Test func jackknifeOfTheParticipationRatioEqualsLeavingOut() throws {
    let cloud = gaussian(15, 4, seed: 3, shift: 0.5)
    let left = try (0..<15).map { out in
      try #require(
        ParticipationRatio(cloud.selecting(rows: (0..<15).filter { $0 != out })).participationRatio.value)
    }
    let mean = left.reduce(0, +) / 15
    let error = (14.0 / 15 * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    let found = try ParticipationRatio(cloud).participationRatio.estimate?.standardError
    #expect(isClose(found, error, 1e-4))
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
