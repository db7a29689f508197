import Checkpoints
import Foundation
import Steering
import Testing
import Transformers

/// Steering by algebra, on a tiny random model.
@Suite struct ValidationTests {
  @Test func slopesOfALineAreItsSlope() {
    let response = DoseResponse(doses: [-1, 0, 2], logOdds: [[-2, 0.5], [1, 0], [7, -1]])
    #expect(abs(response.itemSlopes[0] - 3) < 1e-12)
    #expect(abs(response.itemSlopes[1] + 0.5) < 1e-12)
    #expect(abs(response.slope - 1.25) < 1e-12)
    #expect(abs((response.matchIntervals()[1]?.value ?? 0) - (1 / (1 + exp(-1)) + 0.5) / 2) < 1e-12)
  }

  @Test func controlsHoldOnATinyModel() throws {
    let model = try tinyModel()
    let set = contrastSet
    let point = ActivationPoint(block: 1, site: .residualPost)
    let native = try #require(
      extractVectors(set, from: model, blocks: [1], identity: ModelIdentity(name: "tiny", hash: "00")).first)
    #expect(native.point == point)
    var options = ValidationOptions()
    options.randomVectors = 3
    options.generatedTokens = 3
    options.generationPrompts = 1
    let vectors = ValidationVectors(
      transferred: native, native: native, shuffled: [-native], selfTransferred: native)
    let validation = try validate(
      vectors, on: set, in: model, neutralTexts: ["one two three four", "five six seven eight"],
      options: options)
    let transferred = try #require(validation.result(.transferred)).response
    #expect(validation.doseZeroDeviation == 0)
    #expect(validation.signFlipDeviation == 0)
    // A vector against itself: same curve, ratio 1, and the map of the target to itself changes nothing.
    #expect(validation.result(.native)?.response == transferred)
    #expect(validation.result(.selfTransfer)?.response == transferred)
    #expect(validation.arms.count == 4 + 1 + 3)
    if let ratio = validation.transferRatio { #expect(abs(ratio.value - 1) < 1e-9) }
    let zero = try #require(transferred.doses.firstIndex(of: 0))
    for arm in validation.arms { #expect(arm.response.logOdds[zero] == transferred.logOdds[zero]) }
    #expect(validation.pValue >= 0.25 && validation.pValue <= 1)
  }

  @Test func principalComponentPointsFromNegativeToPositive() throws {
    let model = try tinyModel()
    var options = ExtractionOptions()
    let identity = ModelIdentity(name: "tiny", hash: "00")
    let mean = try extractVectors(
      contrastSet, from: model, blocks: [0], identity: identity, options: options)[0]
    options.method = .principalComponent
    let component = try extractVectors(
      contrastSet, from: model, blocks: [0], identity: identity, options: options)[0]
    #expect(abs(component.norm - mean.norm) < 1e-3 * mean.norm)
    #expect((component.cosine(mean) ?? -1) > 0)
  }

  @Test func separationFollowsTheDirectionAndNotItsLength() throws {
    let model = try tinyModel()
    let native = try #require(
      extractVectors(
        contrastSet, from: model, blocks: [0, 1], identity: ModelIdentity(name: "tiny", hash: "00")
      ).last)
    let scores = try separations(of: native.direction, on: contrastSet, in: model, blocks: [0, 1])
    let doubled = try separations(of: (2 * native).direction, on: contrastSet, in: model, blocks: [0, 1])
    let flipped = try separations(of: (-native).direction, on: contrastSet, in: model, blocks: [0, 1])
    let nothing = native.direction.map { _ in Float(0) }
    // The mean difference separates the pairs that it was made of.
    #expect(scores[1] > 0)
    for block in 0..<2 {
      #expect(abs(scores[block] - doubled[block]) < 1e-9 * abs(scores[block]))
      #expect(scores[block] == -flipped[block])
    }
    #expect(try separations(of: nothing, on: contrastSet, in: model, blocks: [0, 1]) == [0, 0])
    let block = try bestBlock(for: native.direction, on: contrastSet, in: model)
    #expect((0..<model.configuration.blockCount - 1).contains(block))
    #expect(throws: SteeringError.self) {
      try separations(of: [1], on: contrastSet, in: model, blocks: [0])
    }
  }

  @Test(arguments: [0.001, 0.02]) func calibrationReachesTheDivergenceItIsAskedFor(_ target: Double) throws {
    let model = try tinyModel()
    let native = try #require(
      extractVectors(
        contrastSet, from: model, blocks: [1], identity: ModelIdentity(name: "tiny", hash: "00")
      ).first)
    var options = CalibrationOptions()
    options.targetDivergence = target
    options.largestShare = 20
    let texts = ["one two three four", "five six seven eight nine ten"]
    let (vector, found) = try native.calibrated(in: model, neutralTexts: texts, options: options)
    #expect(found.converged)
    #expect(abs(found.divergence / target - 1) <= 0.021)
    #expect(abs(vector.norm / found.norm - 1) < 1e-6)
    options.targetDivergence = 1e6
    #expect(
      try native.calibrated(in: model, neutralTexts: texts, options: options).calibration.converged == false)
  }

  @Test func tooFewPairsThrow() throws {
    let set = ContrastSet(name: "one", train: [.init(positive: "a", negative: "b")])
    let model = try tinyModel()
    #expect(throws: SteeringError.tooFewPairs(name: "one", count: 1)) {
      try extractVectors(set, from: model, blocks: [0], identity: ModelIdentity(name: "tiny", hash: "00"))
    }
  }

  func tinyModel() throws -> Model {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Model.load(
      Checkpoint.open(tests.appending(path: "TransformersTests/Golden/llama.gguf").path))
  }

  var contrastSet: ContrastSet {
    ContrastSet(
      name: "tiny",
      train: (0..<4).map { .init(positive: "the sun is warm \($0)", negative: "a rain was cold \($0)") },
      test: (0..<12).map { .init(prompt: "day \($0) was", positive: " good", negative: " bad") },
      generationPrompts: ["today"])
  }
}
