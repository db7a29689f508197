import Checkpoints
import Foundation
import Statistics
import Steering
import TestSupport
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
    let validation = try tinyValidation()
    let transferred = try #require(validation.result(.transferred)).response
    #expect(validation.doseZeroDeviation == 0)
    #expect(validation.signFlipDeviation < 1e-4)
    // A vector against itself: same curve, ratio 1, and the map of the target to itself changes nothing.
    #expect(validation.result(.native)?.response == transferred)
    #expect(validation.result(.selfTransfer)?.response == transferred)
    #expect(validation.arms.count == 4 + 3)
    if let ratio = validation.transferRatio { #expect(abs(ratio.value - 1) < 1e-9) }
    // Its own dose of equal divergence is dose 1.
    #expect(abs((validation.nativeDose ?? 0) - 1) < 1e-3)
    let zero = try #require(transferred.doses.firstIndex(of: 0))
    for arm in validation.arms { #expect(arm.response.logOdds[zero] == transferred.logOdds[zero]) }
    #expect(validation.nulls.map(\.null) == SteeringNull.allCases)
    #expect(validation.nulls.map(\.equalNorm.draws) == [19, 19, 19])
    // The effect of a vector is the central slope of its curve at dose 1.
    let (below, above) = (transferred.logOdds[1], transferred.logOdds[5])
    let effect = zip(above, below).reduce(0.0) { $0 + ($1.0 - $1.1) / 2 } / Double(above.count)
    #expect(validation.effectItems == above.count && abs(validation.effect - effect) < 1e-5)
    // The first direction of a null is an arm, too.
    let null = try #require(validation.result(.null(.permutedLabels))).response
    let first =
      zip(null.logOdds[5], null.logOdds[1]).reduce(0.0) { $0 + ($1.0 - $1.1) / 2 } / Double(above.count)
    #expect(abs(validation.nulls[1].equalNorm.slopes[0] - first) < 1e-5)
  }

  /// Each direction's own dose is the one that a search of its own finds, with a finer tolerance.
  @Test func ownDosesHaveEqualDivergence() throws {
    let model = try tinyModel()
    let validation = try tinyValidation()
    var options = CalibrationOptions()
    options.targetDivergence = validation.calibration.divergence
    options.largestShare = 20
    options.tolerance = 0.001
    let labels = try permutedLabelVectors(
      contrastSet(pairs: 8), from: model, block: 1, count: 9, seed: 3,
      identity: ModelIdentity(name: "tiny", hash: "00"))
    let null = validation.nulls[1]
    #expect(null.unreached == 0 && labels.count == 9)
    for (vector, dose) in zip(labels, null.ownDoses) {
      let found = try vector.calibrated(in: model, neutralTexts: texts, options: options).calibration
      #expect(found.converged)
      // 2 % of a divergence are 1 % of a norm, or a little more.
      #expect(abs(dose * validation.calibration.norm / found.norm - 1) < 0.03)
    }
  }

  @Test func verdictsFollowTheRule() throws {
    let tiny = try tinyValidation()
    let strong = try changed(tiny, effect: 50)
    let options = VerdictOptions()
    // 19 draws give p = 1/20, which one behaviour may claim and two may not.
    #expect(options.drawsNeeded(family: 1) == 19 && options.drawsNeeded(family: 4) == 79)
    let alone = options.judge([strong])[0]
    #expect(abs(alone.corrected - 0.05) < 1e-12 && alone.family == 1)
    #expect(alone.verdict.word == "transfers", "\(alone.verdict.reason)")
    for judgement in options.judge([strong, strong]) {
      #expect(judgement.verdict.word == "not evaluable")
      #expect(judgement.verdict.reason.contains("39 would be needed"), "\(judgement.verdict.reason)")
    }
    let beaten = options.judge([try changed(tiny, effect: 0.5, slopes: 1, of: 1)])[0]
    #expect(beaten.verdict.word == "does not" && beaten.strictestNull == .permutedLabels)
    #expect(beaten.verdict.reason.hasPrefix("permuted labels do as well at"), "\(beaten.verdict.reason)")
    // Half of the native slope is a tie with itself at margin 0: not surely more.
    var strict = options
    strict.margin = 0
    #expect(strict.judge([strong])[0].verdict.word == "weak")
    let backwards = options.judge([try changed(tiny, effect: 50, flipped: true)])[0]
    #expect(backwards.verdict.word == "does not" && backwards.verdict.reason.contains("pushes the other way"))
  }

  /// Whether the target's own vector beats the nulls is asked at the verdict's own significance.
  @Test func theDiagnosisIsAtTheGivenSignificance() throws {
    // p = 0.5 for the target's own vector, 1 for the carried one.
    let validation = try changed(tinyValidation(), effect: -50, nativeEffect: 0.05)
    var options = VerdictOptions()
    for (significance, words) in [(0.05, "nor does"), (0.6, "does beat them all")] {
      options.significance = significance
      let verdict = options.judge([validation])[0].verdict
      #expect(verdict.word == "does not" && verdict.reason.contains(words), "\(verdict.reason)")
    }
  }

  /// Four pairs have three balanced labellings: no number of draws asked for makes more of them, and the verdict says so.
  @Test func tooFewLabellingsAreNotEvaluable() throws {
    let validation = try changed(tinyValidation(pairs: 4), effect: 50)
    #expect(validation.nulls[1].equalNorm.draws == 7 && validation.nulls[1].limit == 3)
    let verdict = VerdictOptions().judge([validation])[0].verdict
    #expect(verdict.word == "not evaluable")
    #expect(verdict.reason.contains("7 draws of permuted labels") && verdict.reason.contains("add pairs"))
  }

  @Test func separationFollowsTheDirectionAndNotItsLength() throws {
    let model = try tinyModel()
    let native = try #require(
      extractVectors(
        contrastSet(), from: model, blocks: [0, 1], identity: ModelIdentity(name: "tiny", hash: "00")
      ).last)
    let scores = try separations(of: native.direction, on: contrastSet(), in: model, blocks: [0, 1])
    let doubled = try separations(of: (2 * native).direction, on: contrastSet(), in: model, blocks: [0, 1])
    let flipped = try separations(of: (-native).direction, on: contrastSet(), in: model, blocks: [0, 1])
    let nothing = native.direction.map { _ in Float(0) }
    // The mean difference separates the pairs that it was made of.
    #expect(scores[1] > 0)
    for block in 0..<2 {
      #expect(abs(scores[block] - doubled[block]) < 1e-9 * abs(scores[block]))
      #expect(scores[block] == -flipped[block])
    }
    #expect(try separations(of: nothing, on: contrastSet(), in: model, blocks: [0, 1]) == [0, 0])
    let block = try bestBlock(for: native.direction, on: contrastSet(), in: model)
    #expect((0..<model.configuration.blockCount - 1).contains(block))
    #expect(throws: SteeringError.self) {
      try separations(of: [1], on: contrastSet(), in: model, blocks: [0])
    }
  }

  @Test(arguments: [0.001, 0.02]) func calibrationReachesTheDivergenceItIsAskedFor(_ target: Double) throws {
    let model = try tinyModel()
    let native = try #require(
      extractVectors(
        contrastSet(), from: model, blocks: [1], identity: ModelIdentity(name: "tiny", hash: "00")
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

  func tinyModel() throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint("llama"))) }

  let texts = ["one two three four", "five six seven eight"]

  /// The target's own vector as if it had been carried, against 19 draws of each null.
  private func tinyValidation(pairs: Int = 8) throws -> Validation {
    let model = try tinyModel()
    let set = contrastSet(pairs: pairs)
    let identity = ModelIdentity(name: "tiny", hash: "00")
    let native = try #require(extractVectors(set, from: model, blocks: [1], identity: identity).first)
    #expect(native.point == ActivationPoint(block: 1, site: .residualPost))
    var options = ValidationOptions()
    options.residualNoiseDraws = 19
    (options.nullItems, options.nullTextTokens) = (12, .max)
    options.nullTolerance = 0.02
    options.generatedTokens = 3
    options.generationPrompts = 1
    options.calibration.targetDivergence = 0.01
    options.calibration.largestShare = 20
    let labels = try permutedLabelVectors(
      set, from: model, block: 1, count: 9, seed: 3, identity: identity)
    let vectors = ValidationVectors(
      transferred: native, native: native, selfTransferred: native, permutedLabels: labels,
      shuffledMaps: (0..<9).map { $0 % 2 == 0 ? native + labels[$0 % labels.count] : labels[0] },
      labellingsAreExhausted: labels.count < 9)
    return try validate(vectors, on: set, in: model, neutralTexts: texts, options: options)
  }

  /// The validation with another effect, with slopes of a null in place of its own, or with curves that fall.
  private func changed(
    _ validation: Validation, effect: Double, nativeEffect: Double? = nil, slopes: Double = 0.1,
    of null: Int? = nil, flipped: Bool = false
  ) throws -> Validation {
    var json = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(validation)) as? [String: Any])
    json["effect"] = effect
    json["nativeEffects"] = [nativeEffect ?? effect, nativeEffect ?? effect]
    var nulls = try #require(json["nulls"] as? [[String: Any]])
    for index in nulls.indices {
      for rule in ["equalNorm", "equalDivergence"] {
        var entry = try #require(nulls[index][rule] as? [String: Any])
        let count = try #require(entry["slopes"] as? [Double]).count
        entry["slopes"] = [Double](repeating: null == index ? slopes : 0.1, count: count)
        nulls[index][rule] = entry
      }
    }
    json["nulls"] = nulls
    // Curves that rise by about one nat a dose, a little differently for each item.
    func line(_ arm: [String: Any]) throws -> [String: Any] {
      var (arm, sign) = (arm, flipped ? -1.0 : 1.0)
      var response = try #require(arm["response"] as? [String: Any])
      let doses = try #require(response["doses"] as? [Double])
      let items = (0..<12).map { sign * (1 + 0.02 * Double($0)) }
      response["logOdds"] = doses.map { dose in items.map { $0 * dose } }
      arm["response"] = response
      sign *= 1.11
      arm["slope"] = [
        "value": sign, "lower": min(sign * 0.9, sign * 1.1), "upper": max(sign * 0.9, sign * 1.1), "n": 12,
        "confidence": 0.95,
      ]
      return arm
    }
    json["arms"] = try #require(json["arms"] as? [[String: Any]]).map(line)
    json["nativeAtOwnDose"] = try line(#require(json["nativeAtOwnDose"] as? [String: Any]))
    for key in ["transferRatio", "ratioAtEqualDivergence"] {
      json[key] = ["value": 1.0, "lower": 1.0, "upper": 1.0, "n": 12, "confidence": 0.95]
    }
    return try JSONDecoder().decode(Validation.self, from: JSONSerialization.data(withJSONObject: json))
  }

  func contrastSet(pairs: Int = 4) -> ContrastSet {
    ContrastSet(
      name: "tiny",
      train: (0..<pairs).map { .init(positive: "the sun is warm \($0)", negative: "a rain was cold \($0)") },
      test: (0..<12).map { .init(prompt: "day \($0) was", positive: " good", negative: " bad") },
      generationPrompts: ["today"])
  }
}
