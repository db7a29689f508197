import Alignment
import Statistics
import Testing

/// Scores against numpy and scikit-learn.
@Suite struct GoldenScoreTests {
  let golden: Golden

  init() throws { golden = try Golden.load() }

  @Test func scoresAreThoseOfNumpyAndScikitLearn() throws {
    let fitted = try LeastSquares().fit(source: golden.x, target: golden.y)
    let scores = try fitted.scores(
      source: golden.allSource, target: golden.allTarget, heldOut: golden.heldOutPositions,
      options: quickScoring())
    let pairs: [(Estimate, Double)] = [
      (scores.r2, golden.r2), (scores.r2AboutZero, golden.r2AboutZero), (scores.cosine, golden.cosine),
      (scores.centredCosine, golden.centredCosine), (scores.normRatio, golden.normRatio),
      (scores.centredNormRatio, golden.centredNormRatio),
    ]
    for (ours, theirs) in pairs {
      #expect(abs(ours.value - theirs) < 1e-5)
      #expect(ours.n == golden.heldOut)
      let (lower, upper) = (try #require(ours.lower), try #require(ours.upper))
      #expect(lower < ours.value && ours.value < upper)
    }
    func precision(_ ranks: [Int], _ k: Int) -> Double {
      Double(ranks.count { $0 < k }) / Double(ranks.count)
    }
    for (scores, ranks) in [
      (scores.amongHeldOut.nearestNeighbour, golden.nearestRanks),
      (scores.amongHeldOut.csls, golden.cslsRanks),
    ] {
      #expect(abs(scores.at1.value - precision(ranks, 1)) < 1e-12)
      #expect(abs(scores.at5.value - precision(ranks, 5)) < 1e-12)
      #expect(abs(scores.at10.value - precision(ranks, 10)) < 1e-12)
    }
    #expect(scores.amongHeldOut.candidateCount == golden.heldOut)
  }

  @Test func logitMatchingIsJudgedOnTheRowsThatItPredicts() throws {
    let fitted = try LogitMatching().fit(source: golden.x, target: golden.y)
    let scores = try fitted.scores(
      source: golden.allSource, target: golden.allTarget, heldOut: golden.heldOutPositions,
      options: quickScoring())
    #expect(abs(scores.r2.value - golden.r2LogitMatching) < 1e-5)
  }
}
