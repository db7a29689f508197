import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct IntrinsicDimensionTests {
  private func options(k: Int, metric: NeighbourMetric = .euclidean) -> IntrinsicDimensionOptions {
    var options = IntrinsicDimensionOptions()
    options.k = k
    options.metric = metric
    options.nullTokens = 0
    return options
  }

  @Test func equalsScikitDimensionOnBothSidesOfTheGram() throws {
    let golden = try Golden.load()
    #expect(
      try IntrinsicDimension(golden.matrixA, options(k: 20)).dimensions == golden.localDimensions20)
    #expect(
      try IntrinsicDimension(golden.matrixA, options(k: 10)).dimensions == golden.localDimensions10)
  }

  @Test(arguments: [2, 5]) func knowsTheDimensionOfABall(_ d: Int) throws {
    let cloud = ball(d, points: 300, width: 30, seed: 3)
    let result = try IntrinsicDimension(cloud, options(k: 60))
    #expect(result.dimensions.allSatisfy { $0 <= d })
    #expect(try #require(result.mean.value) > Double(d) - 0.5)
  }

  @Test func twoEqualDirectionsNeedBoth() throws {
    let cloud = gaussian(200, 2, seed: 9)
    let result = try IntrinsicDimension(cloud, options(k: 100))
    #expect(result.dimensions.allSatisfy { $0 == 2 })
  }

  @Test func rotationDoesNotMatterAndModelsAgree() throws {
    var options = options(k: 40, metric: .cosine)
    options.tokens = 50
    let a = product(gaussian(300, 6, seed: 1), gaussian(6, 12, seed: 2))
    let turned = product(a, orthonormalRows(12, 15, seed: 3))
    let first = try IntrinsicDimension(a, options)
    let second = try IntrinsicDimension(turned, options)
    #expect(first.tokens == second.tokens && first.tokens.count == 50)
    #expect(first.dimensions == second.dimensions)
    let agreement = IntrinsicDimensionAgreement(first, second)
    #expect(isClose(agreement.pearson.value, 1, 1e-12))
    #expect(try #require(agreement.pearson.estimate?.null?.pValue) < 0.1)
  }

  @Test func aGaussianCloudEqualsItsCovarianceReference() throws {
    var options = options(k: 80)
    options.nullTokens = 40
    var cloud = gaussian(400, 10, seed: 5)
    for row in 0..<400 { for column in 0..<10 { cloud[row, column] *= Float(1 << (column / 3)) } }
    let result = try IntrinsicDimension(cloud, options)
    let mean = try #require(result.mean.value)
    let matched = try #require(result.covarianceReference)
    let isotropic = try #require(result.isotropicReference)
    #expect(abs(mean - matched.mean) < 0.3)
    #expect(isotropic.mean > mean + 1)
    #expect(matched.n == 40 && result.mean.estimate?.null?.draws == 40)
  }

  @Test func saysWhyThereIsNoNumber() throws {
    let result = try IntrinsicDimension(gaussian(20, 3, seed: 1), options(k: 20))
    #expect(result.mean.reason?.contains("got 20") == true && result.dimensions.isEmpty)
  }
}
