import Alignment
import LinearAlgebra
import Statistics
import Tensors
import Testing

@Suite struct AlignmentMethodTests {
  /// Files, studies and reports hold these names, and `--method all` goes in this order.
  @Test func everyMethodOfTheListHasANameOfItsOwn() throws {
    #expect(
      AlignmentMethods.all.map(\.name) == [
        "least-squares", "ridge", "reduced-rank", "procrustes", "canonical-correlation",
        "partial-whitening", "landmark-pca", "relative-representation", "logit-matching", "token-pursuit",
        "local", "unsupervised",
      ])
    #expect(Set(AlignmentMethods.all.map(\.name)).count == AlignmentMethods.all.count)
    for method in AlignmentMethods.all {
      #expect(method.isEqual(to: try #require(AlignmentMethods.named(method.name))), "\(method.name)")
    }
    #expect(AlignmentMethods.named("magic") == nil)
    #expect(AlignmentMethods.linear.map(\.name) == AlignmentMethods.all.map(\.name).dropLast(3))
    #expect(
      AlignmentMethods.linear.filter(\.predictsSourceRows).map(\.name) == ["logit-matching"])
  }

  @Test func methodsAreComparedByTypeAndParameters() {
    #expect(Ridge(lambda: 1).isEqual(to: Ridge(lambda: 1)) && !Ridge(lambda: 1).isEqual(to: Ridge()))
    #expect(!PartialWhitening().isEqual(to: CanonicalCorrelationMap()))
    var options = UnsupervisedOptions()
    options.finish = Procrustes()
    #expect(options != UnsupervisedOptions())
    options.finish = Ridge()
    #expect(options == UnsupervisedOptions())
    #expect(LocalMethod(neighbours: 3).seeded(7) == LocalMethod(neighbours: 3))
    #expect(UnsupervisedMethod().seeded(7).options.seed == 7)
  }

  @Test func everyMethodOfTheListFitsASmallProblem() throws {
    let x = UnsupervisedTests.cloud(200, 8, seed: 1)
    let y = try UnsupervisedTests.rotatedCopy(x, width: 10, noise: 0.05, seed: 2)
    let split = try HoldOutSplit(count: 200, seed: 3)
    for method in AlignmentMethods.all {
      let result = try method.evaluate(source: x, target: y, split: split, scoring: quickScoring())
      #expect(result.scores.all.r2.value.isFinite, "\(method.name)")
      #expect((result.found != nil) == (method is any UnpairedMethod), "\(method.name)")
      #expect((result.fitted == nil) == (method is any LookUpMethod), "\(method.name)")
      guard method is any LinearMethod else { continue }
      #expect(result.fitted?.map.method == method.name)
      #expect(result.fitted?.diagnostics.method.name == method.name)
    }
  }

  /// Ridge and least squares carry a direction through shuffled maps without fitting them.
  @Test func onlyRidgesHaveTheLambdaOfShuffledMaps() {
    for method in AlignmentMethods.linear where !["ridge", "least-squares"].contains(method.name) {
      #expect(method.shuffledLambda(chosen: 0.1) == nil, "\(method.name)")
    }
    #expect(LeastSquares().shuffledLambda(chosen: nil) == 0)
    #expect(Ridge().shuffledLambda(chosen: 0.1) == 0.1 && Ridge().shuffledLambda(chosen: nil) == nil)
    #expect(Ridge(lambda: 2).shuffledLambda(chosen: nil) == 2)
  }

  private func evaluation(
    _ method: any AlignmentMethod, classes: [String]? = nil
  ) throws -> TransferEvaluation {
    let x = UnsupervisedTests.cloud(400, 16, seed: 1)
    let y = try UnsupervisedTests.rotatedCopy(x, width: 16, noise: 0.1, seed: 2)
    return try method.evaluate(
      source: x, target: y, split: try HoldOutSplit(count: 400, seed: 3), classes: classes,
      scoring: quickScoring())
  }

  @Test func allMethodsFindTokensThatTheirShuffledControlsDoNot() throws {
    for method in AlignmentMethods.all where method is any PairedMethod {
      let result = try evaluation(method)
      #expect(result.scores.all.amongHeldOut.csls.at1.value > 0.5, "\(method.name)")
      #expect(result.shuffledScores.amongHeldOut.csls.at1.value < 0.1, "\(method.name)")
      #expect(result.scores.all.r2.value > result.shuffledScores.r2.value + 0.3, "\(method.name)")
      #expect((result.fitted == nil) == ["token-pursuit", "local"].contains(method.name))
    }
  }

  /// One search for both halves gives what two separate fits give.
  @Test(arguments: ["token-pursuit", "local", "ridge", "logit-matching"])
  func theEvaluationIsThatOfAFitOnTheTrainingTokens(name: String) throws {
    let method = try #require(AlignmentMethods.named(name) as? any PairedMethod)
    let x = UnsupervisedTests.cloud(400, 16, seed: 1)
    let y = try UnsupervisedTests.rotatedCopy(x, width: 16, noise: 0.1, seed: 2)
    let split = try HoldOutSplit(count: 400, seed: 3)
    let transfer = try method.transfer(
      source: x.selecting(rows: split.training), target: y.selecting(rows: split.training),
      options: AlignmentOptions())
    let (from, to) = method.predictsSourceRows ? (y, x) : (x, y)
    let expected = try transfer.scores(
      source: from, target: to, heldOut: split.heldOut, options: quickScoring())
    let result = try evaluation(method)
    #expect(abs(result.scores.all.r2.value - expected.r2.value) < 1e-6)
    #expect(result.scores.all.amongHeldOut.csls.at1 == expected.amongHeldOut.csls.at1)
  }

  @Test func classesAreScoredByThemselves() throws {
    let labels = (0..<400).map { $0 % 3 == 0 ? "third" : "rest" }
    let result = try evaluation(LeastSquares(), classes: labels)
    let parts = result.scores.classes
    #expect(Set(parts.keys) == ["third", "rest"])
    #expect(parts.values.reduce(0) { $0 + $1.cosine.n } == result.scores.all.cosine.n)
    let mean = parts.values.reduce(0.0) { $0 + $1.cosine.value * Double($1.cosine.n) }
    #expect(abs(mean / Double(result.scores.all.cosine.n) - result.scores.all.cosine.value) < 1e-9)
    #expect(try evaluation(LeastSquares()).scores.classes.isEmpty)
  }

  @Test func aLocalMapOfFewTokensUsesAll() throws {
    let x = UnsupervisedTests.cloud(30, 4, seed: 1)
    #expect(throws: Never.self) {
      try LocalMethod().evaluate(
        source: x, target: x, split: try HoldOutSplit(count: 30, seed: 3), scoring: quickScoring())
    }
  }
}
