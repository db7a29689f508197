import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Values computed by Golden/generate_isotropy.py from the first matrix of geometry.json.
struct GoldenIsotropy: Decodable {
  let isoScore: Double
  let isoScoreStar: Double
  let isoScoreStarMean: Double
  let isoScoreStarTarget: Double
  let target: [Double]
  let partitionLog: Double
  let partitionLogLong: Double
  let contributions: [Double]
  let normMeans: [Double]
  let normSpearman: Double
  let allButTheTop: [Double]
  let whitened: [Double]
  let whitenedRidge: [Double]
  let causal: [Double]

  static func load() throws -> GoldenIsotropy {
    let folder = Bundle.module.resourceURL?.appending(path: "Golden/isotropy.json")
    return try JSONDecoder().decode(
      GoldenIsotropy.self, from: Data(contentsOf: folder ?? URL(filePath: "Golden/isotropy.json")))
  }

  /// The first 60 rows with their columns stretched: a covariance from elsewhere.
  static func other(_ matrix: Matrix<Float>) throws -> RowCovariance {
    var rows = matrix.selecting(rows: Array(0..<60))
    for row in 0..<60 {
      for column in 0..<rows.columns {
        rows[row, column] *= Float(0.5 + 1.5 * Double(column) / Double(rows.columns - 1))
      }
    }
    return try RowCovariance(rows)
  }
}

/// Standard error of all delete-one values, the slow way.
func bruteJackknife(_ matrix: Matrix<Float>, _ value: (Matrix<Float>) throws -> Double?) throws -> Double {
  let n = matrix.rows
  let left = try (0..<n).map { out in
    try #require(try value(matrix.selecting(rows: (0..<n).filter { $0 != out })))
  }
  let mean = left.reduce(0, +) / Double(n)
  return (Double(n - 1) / Double(n) * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
}

/// IsoScore and IsoScore*, partition score, contributions, norms by rank.
@Suite struct IsotropyTests {
  @Test func contributionsEqualNumpy() throws {
    let found = try Anisotropy(Golden.load().matrixA).dimensions
    for (dimension, expected) in zip(found, try GoldenIsotropy.load().contributions) {
      #expect(isClose(dimension.contribution, expected, 1e-7))
    }
  }

  @Test func isoScoreStarEqualsTheSpectrum() throws {
    let (golden, matrix) = (try GoldenIsotropy.load(), try Golden.load().matrixA)
    #expect(isClose(try ParticipationRatio(matrix).isoScore.value, golden.isoScore, 1e-6))
    var options = IsoScoreStarOptions()
    options.shrinkage = 0.3
    #expect(isClose(try IsoScoreStar(matrix, options).isoScore.value, golden.isoScoreStar, 1e-6))
    options.target = .meanVariance
    #expect(isClose(try IsoScoreStar(matrix, options).isoScore.value, golden.isoScoreStarMean, 1e-6))
    let other = try GoldenIsotropy.other(matrix)
    for (found, expected) in zip(other.covariance.elements, golden.target) {
      #expect(isClose(found, expected, 1e-6))
    }
    options.target = .covariance(other)
    #expect(isClose(try IsoScoreStar(matrix, options).isoScore.value, golden.isoScoreStarTarget, 1e-6))
  }

  @Test func withoutShrinkageTheyAgree() throws {
    var options = IsoScoreStarOptions()
    options.shrinkage = 0
    try forSeeds(0..<4) { seed in
      let cloud = gaussian(60, 7, seed: seed, shift: 0.3)
      let star = try #require(try IsoScoreStar(cloud, options).isoScore.estimate)
      let plain = try #require(try ParticipationRatio(cloud).isoScore.estimate)
      #expect(isClose(star.value, plain.value, 1e-10), "seed \(seed)")
      #expect(isClose(star.null?.mean, plain.null?.mean, 1e-12), "seed \(seed)")
    }
    options.shrinkage = 1
    #expect(isClose(try IsoScoreStar(gaussian(60, 7, seed: 1), options).isoScore.value, 1, 1e-12))
  }

  @Test func jackknifeOfIsoScoreStarEqualsLeavingOut() throws {
    let cloud = gaussian(16, 4, seed: 3, shift: 0.5)
    let other = ShrinkageTarget.covariance(try RowCovariance(gaussian(30, 4, seed: 4)))
    for target in [ShrinkageTarget.identity, .meanVariance, other] {
      var options = IsoScoreStarOptions()
      options.target = target
      let error = try bruteJackknife(cloud) { try IsoScoreStar($0, options).isoScore.value }
      let found = try #require(try IsoScoreStar(cloud, options).isoScore.estimate?.standardError)
      // What pairs add is taken off once, at most a half.
      #expect(found <= error * (1 + 1e-9) && found >= error * 0.5.squareRoot() * (1 - 1e-9))
    }
  }

  @Test func nullOfIsoScoreStarIsThatOfIsotropicClouds() throws {
    for target in [ShrinkageTarget.identity, .meanVariance] {
      var options = IsoScoreStarOptions()
      options.target = target
      let clouds = try (0..<40).map { seed in
        try #require(try IsoScoreStar(gaussian(30, 20, seed: UInt64(seed)), options).isoScore.estimate)
      }
      let mean = clouds.reduce(0) { $0 + $1.value } / 40
      let null = try #require(clouds[0].null?.mean)
      #expect(abs(mean - null) < 0.01 && mean < 0.9)
    }
  }

  @Test func partitionScoreEqualsNumpy() throws {
    let (golden, matrix) = (try GoldenIsotropy.load(), try Golden.load().matrixA)
    let found = try PartitionScore(matrix)
    #expect(isClose(found.logarithm, golden.partitionLog, 1e-6))
    #expect(isClose(found.score.value, exp(golden.partitionLog), 1e-6))
    // Extremes have no interval that covers.
    #expect(try #require(found.score.estimate).lower == nil)
  }

  @Test func longRowsDoNotOverflowThePartitionScore() throws {
    var matrix = try Golden.load().matrixA
    matrix.elements = matrix.elements.map { $0 * 300 }
    let found = try PartitionScore(matrix)
    #expect(isClose(found.logarithm, try GoldenIsotropy.load().partitionLogLong, 1e-6))
    #expect(found.score.value == 0)
  }

  @Test func aCommonDirectionLowersThePartitionScore() throws {
    let isotropic = try #require(try PartitionScore(gaussian(4000, 5, seed: 1)).score.estimate)
    let leaning = try #require(try PartitionScore(gaussian(4000, 5, seed: 1, shift: 1)).score.estimate)
    #expect(isotropic.value > 0.7 && leaning.value < 0.1)
    #expect(try #require(isotropic.null?.pValue) > 0.05)
    #expect(try #require(leaning.null?.pValue) == 0.05)
    #expect(try #require(leaning.null?.mean) > 0.7)
  }

  @Test func normsByRankEqualScipy() throws {
    let (golden, matrix) = (try GoldenIsotropy.load(), try Golden.load().matrixA)
    let found = try NormsByRank(matrix)
    #expect(isClose(found.spearman.value, golden.normSpearman, 1e-10))
    #expect(found.parts.map(\.firstRank) == (0..<10).map { $0 * 12 })
    for (part, mean) in zip(found.parts, golden.normMeans) {
      let estimate = try #require(part.meanNorm.estimate)
      #expect(isClose(estimate.value, mean, 1e-7))
      #expect(try #require(estimate.lower) < mean && mean < (try #require(estimate.upper)))
    }
  }

  @Test func ranksOrderTheRows() throws {
    let matrix = gaussian(43, 3, seed: 5)
    let order = Array((0..<43).reversed())
    let forward = try NormsByRank(matrix)
    let backward = try NormsByRank(matrix.selecting(rows: order), ranks: order)
    #expect(forward.parts.map(\.meanNorm.value) == backward.parts.map(\.meanNorm.value))
    #expect(isClose(backward.spearman.value, forward.spearman.value, 1e-12))
    #expect(forward.parts.last?.lastRank == 42)
    #expect(try NormsByRank(gaussian(4, 3, seed: 1)).parts.count == 4)
  }

  /// The null of a part: random subsets of the norms.
  @Test func partsOfPermutedRanksSpreadAsTheNullSays() throws {
    let matrix = gaussian(40, 3, seed: 6)
    var options = Resampling()
    (options.bootstrapSamples, options.permutations) = (2, 1)
    let null = try #require(try NormsByRank(matrix, options).parts[0].meanNorm.estimate?.null)
    var random = SeededRandom(seed: 7)
    let means = try (0..<2000).map { _ in
      try #require(try NormsByRank(matrix, ranks: random.permutation(40), options).parts[0].meanNorm.value)
    }
    let mean = means.reduce(0, +) / 2000
    let deviation = (means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1999).squareRoot()
    #expect(abs(mean - null.mean) < 0.03)
    #expect(abs(deviation / (try #require(null.standardDeviation)) - 1) < 0.08)
  }

  @Test func sayWhyThereIsNoNumber() throws {
    var options = IsoScoreStarOptions()
    options.shrinkage = 0
    let same = Matrix<Float>(rows: 50, columns: 3, repeating: 2)
    #expect(try IsoScoreStar(same, options).isoScore.reason != nil)
    #expect(try IsoScoreStar(gaussian(3, 2, seed: 1)).isoScore.reason != nil)
    let zeros = try PartitionScore(Matrix<Float>(rows: 50, columns: 3, repeating: 0))
    #expect(zeros.score.reason == "all rows are zero" && zeros.logarithm == nil)
    #expect(try PartitionScore(gaussian(30, 3, seed: 1)).score.reason != nil)
    let none = try NormsByRank(Matrix<Float>(rows: 0, columns: 3, elements: []))
    #expect(none.parts.isEmpty && none.spearman.reason != nil)
    var broken = gaussian(50, 3, seed: 1)
    broken[7, 1] = .nan
    #expect(throws: GeometryError.notFinite(matrix: "embedding", row: 7)) { try PartitionScore(broken) }
    #expect(throws: GeometryError.notFinite(matrix: "embedding", row: 7)) { try IsoScoreStar(broken) }
    #expect(throws: GeometryError.notFinite(matrix: "embedding", row: 7)) { try NormsByRank(broken) }
  }
}
