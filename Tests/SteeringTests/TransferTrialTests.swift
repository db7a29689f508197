import Alignment
import Checkpoints
import Foundation
import Steering
import Tensors
import TestSupport
import Testing
import Transformers

/// A vector on its way from a tiny model to itself, through a map that changes nothing.
@Suite struct TransferTrialTests {
  private func normalRows(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
  }

  private let set = ContrastSet(
    name: "tiny",
    train: (0..<8).map { .init(positive: "the sun is warm \($0)", negative: "a rain was cold \($0)") },
    test: (0..<12).map { .init(prompt: "day \($0) was", positive: " good", negative: " bad") })

  private func tiny() throws -> NamedModel {
    let model = try Model.load(Checkpoint.open(tinyCheckpoint("llama")))
    return NamedModel(model, ModelIdentity(name: "tiny", hash: "00"))
  }

  private func trial(_ model: NamedModel) throws -> TransferTrial {
    let width = model.model.configuration.width
    var identity = Matrix<Float>(rows: width, columns: width, repeating: 0)
    for index in 0..<width { identity[index, index] = 1 }
    let rows = normalRows(3 * width, width, seed: 4)
    return TransferTrial(
      from: model, to: model,
      through: Carrier(LinearMap(weights: identity, method: "ridge"), words: "no map"),
      controls: try RowControls(LeastSquares(), source: rows, target: rows))
  }

  private func options(_ estimator: any DirectionEstimator) -> TrialOptions {
    var options = TrialOptions()
    options.extraction.estimator = estimator
    (options.permutedLabels, options.shuffledMaps) = (19, 19)
    options.validation.residualNoiseDraws = 19
    options.validation.generatedTokens = 0
    options.validation.calibration.targetDivergence = 0.01
    options.validation.calibration.largestShare = 20
    return options
  }

  /// By either estimator: the target's own vector is the carried one, and the map of the target to itself leaves it; the null
  /// of permuted labels is one of other directions than the vector itself.
  @Test func everyEstimatorHasItsOwnControls() throws {
    let model = try tiny()
    let trial = try trial(model)
    for estimator in DirectionEstimators.all {
      let options = options(estimator)
      let vector = try extractVectors(
        set, from: model.model, blocks: [1], identity: model.identity, options: options.extraction)[0]
      let tested = try trial.test(vector, on: set, at: 1, options: options)
      let validation = tested.validation
      #expect(abs((validation.cosineToNative ?? 0) - 1) < 1e-6, "\(estimator.name)")
      let slopes = try #require(validation.result(.native)).response.itemSlopes
      let back = try #require(validation.result(.selfTransfer)).response.itemSlopes
      let largest = slopes.map(abs).max() ?? 0
      #expect(zip(slopes, back).allSatisfy { abs($0 - $1) < 0.02 * largest }, "\(estimator.name)")
      #expect(validation.nulls.map(\.equalNorm.draws) == [19, 19, 19])
      let own = abs(validation.effect)
      #expect(validation.nulls[1].equalNorm.slopes.contains { abs(abs($0) - own) > 0.01 * own })
      #expect(abs(tested.vector.norm / validation.calibration.norm - 1) < 1e-5)
      #expect(tested.vector.provenance.calibration == validation.calibration)
      #expect(tested.vector.provenance.transferredBy?.hasPrefix("no map, from tiny block 1") == true)
      #expect(
        tested.vector.provenance.testedOn?.hasPrefix("tiny alone: \(tested.judgement.verdict.word), ") == true
      )
    }
  }

  /// The nulls of labels are the same directions for both estimators: the principal component's own would be itself.
  @Test func permutedLabelsAreMeanDifferences() throws {
    let model = try tiny()
    let trial = try trial(model)
    // One vector, and two ways to make the target's own.
    let vector = try extractVectors(set, from: model.model, blocks: [1], identity: model.identity)[0]
    let found = try DirectionEstimators.all.map {
      try trial.test(vector, on: set, at: 1, options: options($0)).validation.nulls[1].equalNorm
    }
    for other in found.dropFirst() {
      #expect(other.slopes.count == found[0].slopes.count)
      for (a, b) in zip(other.slopes, found[0].slopes) { #expect(abs(a - b) < 1e-3 * found[0].largest) }
    }
  }

  /// In closed form or by a fit of each: λ chosen again is the λ of the map, and another method is fitted on each shuffle.
  @Test func shuffledMapsAreThoseOfTheMethod() throws {
    let (x, y) = (normalRows(60, 5, seed: 1), normalRows(60, 4, seed: 2))
    let direction: [Float] = [1, -2, 0.5, 0, 3]
    let lambda = try #require(
      Ridge().fit(source: x, target: y).diagnostics.ridgePath.map { $0.lambdas[$0.best] })
    let known = try RowControls(Ridge(), source: x, target: y, lambda: lambda)
    let found = try RowControls(Ridge(), source: x, target: y)
    func areClose(_ a: [[Float]], _ b: [[Float]]) -> Bool {
      a.count == b.count && zip(a.joined(), b.joined()).allSatisfy { abs($0 - $1) < 1e-4 }
    }
    let closed = try ShuffledMaps(source: x, target: y, lambda: lambda).carried(direction, count: 3, seed: 7)
    for controls in [known, found] {
      #expect(areClose(try controls.carriedThroughShuffled(direction, count: 3, seed: 7), closed))
      let own = try Ridge().fit(source: y, target: y).map.weights
      #expect(zip(controls.selfMap.weights.elements, own.elements).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    let procrustes = try RowControls(Procrustes(), source: x, target: y)
    let maps = try (0..<3).map {
      try Procrustes().fitShuffled(source: x, target: y, seed: 7 + UInt64($0)).map
    }
    #expect(
      areClose(
        try procrustes.carriedThroughShuffled(direction, count: 3, seed: 7),
        maps.map { $0.applied(toDirection: direction) }))
  }
}
