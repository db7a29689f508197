import Geometry
import Statistics
import Tensors
import Testing
import Vocabularies

@Suite struct ByTokenClassTests {
  private let classes: [TokenClass] = [.digit, .wordStart, .digit, .special, .wordStart, .digit]

  @Test func meansAreThoseOfTheClasses() throws {
    let summary = ByTokenClass([1, 4, 3, nil, 6, nil], classes: classes)
    #expect(summary.rows.map(\.tokenClass) == [.wordStart, .digit, .special])
    let digit = try #require(summary[.digit])
    #expect(digit.mean.value == 2 && digit.count == 2 && digit.undefined == 1)
    #expect(digit.spread?.median == 2)
    #expect(summary[.wordStart]?.mean.value == 5)
    #expect(summary[.special]?.mean.reason != nil && summary[.special]?.undefined == 1)
    #expect(summary[.rare] == nil && summary.all.value == 3.5 && summary.all.estimate?.n == 4)
    // Values of tokens depend on one another.
    #expect(try #require(digit.mean.estimate).lower == nil)
  }

  @Test func theNullIsThatOfRandomSubsets() throws {
    let values: [Double] = [1, 4, 3, 9, 6, 2]
    let null = try #require(ByTokenClass(values, classes: classes)[.digit]?.mean.estimate?.null)
    let means = permutations(6).map { order in order.prefix(3).reduce(0) { $0 + values[$1] } / 3 }
    let mean = means.reduce(0, +) / Double(means.count)
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count)
    #expect(isClose(null.mean, mean, 1e-12))
    #expect(isClose(null.standardDeviation, variance.squareRoot(), 1e-12))
  }

  @Test func takesOrientationScores() throws {
    let a = gaussian(60, 4, seed: 1)
    var b = product(a, orthonormalRows(4, 5, seed: 2))
    for row in 40..<60 {
      for column in 0..<5 { b[row, column] = gaussian(1, 1, seed: UInt64(row * 5 + column))[0, 0] }
    }
    let scores = try RelativeOrientation(a, b).perToken
    let summary = ByTokenClass(
      scores, classes: (0..<60).map { $0 < 40 ? TokenClass.wordStart : .nonLatin })
    let kept = try #require(summary[.wordStart]?.mean.estimate)
    let lost = try #require(summary[.nonLatin]?.mean.estimate)
    #expect(kept.value > lost.value + 0.3)
    #expect(
      summary == ByTokenClass(scores, classes: (0..<60).map { $0 < 40 ? TokenClass.wordStart : .nonLatin }))
  }

  /// Two clouds far apart: all pairs agree because the classes lie apart, no pair within a class does.
  @Test func orientationWithinClassesIsNotThatOfTheClasses() throws {
    let classes = (0..<200).map { $0 < 100 ? TokenClass.wordStart : .nonLatin }
    func spread(_ seed: UInt64) -> Matrix<Float> {
      var rows = gaussian(200, 8, seed: seed)
      for row in 0..<200 { rows.elements[8 * row] += row < 100 ? 9 : -9 }
      return rows
    }
    let (a, b) = (spread(1), spread(2))
    #expect(try #require(RelativeOrientation(a, b).pearson.value) > 0.8)
    let within = try ClassOrientation.all(a, b, classes: classes)
    #expect(within.map(\.tokenClass) == [.wordStart, .nonLatin] && within.map(\.count) == [100, 100])
    for row in within { #expect(abs(try #require(row.pearson.value)) < 0.1) }
    for row in try ClassOrientation.all(a, a, classes: classes) {
      #expect(isClose(row.pearson.value, 1, 1e-9))
    }
  }
}
