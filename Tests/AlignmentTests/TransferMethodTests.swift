import Alignment
import Geometry
import LinearAlgebra
import Tensors
import Testing

@Suite struct TransferMethodTests {
  @Test func everyMethodHasAName() {
    #expect(Set(TransferMethod.all.map(\.name)).count == TransferMethod.all.count)
    for method in TransferMethod.all { #expect(TransferMethod(name: method.name) == method) }
    #expect(TransferMethod(name: "bogus") == nil)
    #expect(TransferMethod.local(neighbours: 3).seeded(7) == .local(neighbours: 3))
    #expect(TransferMethod.unsupervised(UnsupervisedOptions()).seeded(7) != TransferMethod.all.last)
    #expect(TransferMethod.all.filter { !$0.needsPairs }.map(\.name) == ["unsupervised"])
    #expect(TransferMethod.all.filter(\.predictsSourceRows).map(\.name) == ["logit-matching"])
  }

  private func evaluation(
    _ method: TransferMethod, classes: [String]? = nil
  ) throws -> TransferEvaluation {
    let x = UnsupervisedTests.cloud(400, 16, seed: 1)
    let y = try UnsupervisedTests.rotatedCopy(x, width: 16, noise: 0.1, seed: 2)
    return try method.evaluate(
      source: x, target: y, split: try HoldOutSplit(count: 400, seed: 3), classes: classes,
      scoring: quickScoring())
  }

  @Test func allMethodsFindTokensThatTheirShuffledControlsDoNot() throws {
    for method in TransferMethod.all {
      guard case .unsupervised = method else {
        let result = try evaluation(method)
        #expect(result.scores.all.amongHeldOut.csls.at1.value > 0.5, "\(method.name)")
        #expect(result.shuffledScores.amongHeldOut.csls.at1.value < 0.1, "\(method.name)")
        #expect(result.scores.all.r2.value > result.shuffledScores.r2.value + 0.3, "\(method.name)")
        #expect((result.fitted == nil) == ["token-pursuit", "local"].contains(method.name))
        continue
      }
    }
  }

  /// One search for both halves gives what two separate fits give.
  @Test(arguments: ["token-pursuit", "local", "ridge", "logit-matching"])
  func theEvaluationIsThatOfAFitOnTheTrainingTokens(name: String) throws {
    let method = try #require(TransferMethod(name: name))
    let x = UnsupervisedTests.cloud(400, 16, seed: 1)
    let y = try UnsupervisedTests.rotatedCopy(x, width: 16, noise: 0.1, seed: 2)
    let split = try HoldOutSplit(count: 400, seed: 3)
    let transfer = try method.fit(
      source: x.selecting(rows: split.training), target: y.selecting(rows: split.training))
    let (from, to) = method.predictsSourceRows ? (y, x) : (x, y)
    let expected = try transfer.scores(
      source: from, target: to, heldOut: split.heldOut, options: quickScoring())
    let result = try evaluation(method)
    #expect(abs(result.scores.all.r2.value - expected.r2.value) < 1e-6)
    #expect(result.scores.all.amongHeldOut.csls.at1 == expected.amongHeldOut.csls.at1)
  }

  @Test func classesAreScoredByThemselves() throws {
    let labels = (0..<400).map { $0 % 3 == 0 ? "third" : "rest" }
    let result = try evaluation(.map(.leastSquares), classes: labels)
    let parts = result.scores.classes
    #expect(Set(parts.keys) == ["third", "rest"])
    #expect(parts.values.reduce(0) { $0 + $1.cosine.n } == result.scores.all.cosine.n)
    let mean = parts.values.reduce(0.0) { $0 + $1.cosine.value * Double($1.cosine.n) }
    #expect(abs(mean / Double(result.scores.all.cosine.n) - result.scores.all.cosine.value) < 1e-9)
    #expect(try evaluation(.map(.leastSquares)).scores.classes.isEmpty)
  }

  @Test func aLocalMapOfFewTokensUsesAll() throws {
    let x = UnsupervisedTests.cloud(30, 4, seed: 1)
    #expect(throws: Never.self) {
      try TransferMethod.local(neighbours: 50).evaluate(
        source: x, target: x, split: try HoldOutSplit(count: 30, seed: 3), scoring: quickScoring())
    }
  }
}
