import Statistics
import Testing

@Suite struct NullDistributionTests {
  @Test func calibratedScoreFollowsItsDefinition() throws {
    let draws = (1...19).map { Double($0) / 100 }
    let null = NullDistribution.sampled(
      draws, observed: 0.6, maximum: 1, significance: 0.05, meaning: "test")
    #expect(null.threshold == 0.19)
    #expect(isClose(null.pValue, 0.05, 1e-12))
    #expect(isClose(null.calibrated, (0.6 - 0.19) / (1 - 0.19), 1e-12))
    let low = NullDistribution.sampled(
      draws, observed: 0.1, maximum: 1, significance: 0.05, meaning: "test")
    #expect(low.calibrated == 0 && low.pValue == 11.0 / 20)
  }
}
