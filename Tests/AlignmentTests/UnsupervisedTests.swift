import Alignment
import LinearAlgebra
import Statistics
import Tensors
import Testing

@Suite struct UnsupervisedTests {
  /// Points around centres in a space whose directions differ in size, as embeddings are.
  static func cloud(_ count: Int, _ width: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    let centres = randomMatrix(count / 8, width, seed: seed &+ 1)
    var cloud = randomMatrix(count, width, seed: seed &+ 2, scale: 0.6)
    for row in 0..<count {
      let share = random.uniform()
      let centre = Int(Double(centres.rows) * share * share)
      for column in 0..<width {
        cloud[row, column] = (cloud[row, column] + centres[centre, column]) / Float(1 + column).squareRoot()
      }
    }
    return cloud
  }

  /// A rotated copy in a wider space, with noise of a share of the norm.
  static func rotatedCopy(_ x: Matrix<Float>, width: Int, noise: Float, seed: UInt64) throws -> Matrix<Float>
  {
    let rotation = try singularValueDecomposition(
      randomMatrix(x.columns, width, seed: seed).widened()
    ).vTransposed.narrowed()
    var y = multiply(x, rotation)
    let rms = (y.elements.reduce(0) { $0 + $1 * $1 } / Float(y.elements.count)).squareRoot()
    for (i, value) in randomMatrix(y.rows, width, seed: seed &+ 1).elements.enumerated() {
      y.elements[i] += noise * rms * value + 0.3
    }
    return y
  }

  static func options(tokens: Int = 400) -> UnsupervisedOptions {
    var options = UnsupervisedOptions()
    (options.startTokens, options.tokens, options.patience) = (tokens, tokens, 5)
    return options
  }

  @Test func aRotatedCopyIsFoundWithoutPairs() throws {
    let x = Self.cloud(500, 20, seed: 1)
    let y = try Self.rotatedCopy(x, width: 24, noise: 0.1, seed: 2)
    let split = try HoldOutSplit(count: 500, testFraction: 0.2, seed: 3)
    let method = UnsupervisedMethod(Self.options())
    let result = try method.evaluate(source: x, target: y, split: split, scoring: quickScoring())
    let found = try #require(result.found)
    #expect(found.searched == 400 && found.count > 300)
    #expect(try #require(found.correct).value > 0.95)
    let (start, end) = (try #require(found.correctAtStart), try #require(found.correct))
    #expect(start.value > 0.05 && start.value < end.value)
    #expect(result.scores.all.amongHeldOut.csls.at1.value > 0.9)
    #expect(result.scores.all.r2.value > 0.8)
    #expect(result.shuffledScores.amongHeldOut.csls.at1.value < 0.1)
    #expect(result.fitted?.map.targetWidth == 24)
    let again = try method.evaluate(source: x, target: y, split: split, scoring: quickScoring())
    #expect(again.found == found && again.scores.all.amongHeldOut.csls == result.scores.all.amongHeldOut.csls)
    #expect(abs(again.scores.all.r2.value - result.scores.all.r2.value) < 1e-4)
  }

  @Test func unrelatedCloudsEndInAWrongMapThatHeldOutPairsTell() throws {
    let x = Self.cloud(300, 16, seed: 1)
    let y = Self.cloud(300, 12, seed: 50)
    var options = Self.options()
    options.maximumIterations = 40
    let result = try UnsupervisedMethod(options).evaluate(
      source: x, target: y, split: try HoldOutSplit(count: 300, seed: 3), scoring: quickScoring())
    #expect(try #require(result.found).iterations <= 40)
    #expect(try #require(result.found?.correct).value < 0.1)
    #expect(result.scores.all.amongHeldOut.csls.at1.value < 0.15)
  }

  /// The order of the rows is that of frequency, and says nothing about who is whose.
  @Test func anchorsFollowTheRowsOfEachSide() throws {
    let x = Self.cloud(300, 16, seed: 4)
    let y = try Self.rotatedCopy(x, width: 16, noise: 0.02, seed: 5)
    var random = SeededRandom(seed: 9)
    let order = random.permutation(300)
    let map = try UnsupervisedMap(source: x, target: y.selecting(rows: order), options: Self.options())
    let hits = map.anchors.filter { order[$0.target] == $0.source }.count
    #expect(hits > 280 && map.objective > 0.9)
  }

  @Test func badOptionsAndRowsThrow() throws {
    let x = Self.cloud(60, 8, seed: 1)
    func error(_ change: (inout UnsupervisedOptions) -> Void) -> AlignmentError? {
      var options = Self.options()
      change(&options)
      do throws(AlignmentError) {
        _ = try UnsupervisedMap(source: x, target: x, options: options)
        return nil
      } catch { return error }
    }
    #expect(
      error { $0.keepProbability = 0 }
        == .option(name: "keepProbability", expected: "above 0, at most 1", actual: "0.0"))
    #expect(error { $0.keepGrowth = 1 } == .option(name: "keepGrowth", expected: "above 1", actual: "1.0"))
    #expect(error { $0.tokens = 1 } == .option(name: "tokens", expected: "2 or more", actual: "1"))
    #expect(error { $0.patience = 0 } == .option(name: "patience", expected: "1 or more", actual: "0"))
    let few = x.selecting(rows: Array(0..<9))
    #expect(throws: AlignmentError.tooFewTokens(purpose: "an unsupervised map", needed: 10, actual: 9)) {
      try UnsupervisedMap(source: few, target: x)
    }
    var bad = x
    bad[3, 2] = .nan
    #expect(throws: AlignmentError.notFinite(side: "target", row: 3)) {
      try UnsupervisedMap(source: x, target: bad)
    }
  }
}
