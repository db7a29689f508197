import Foundation
import Tensors
import Testing
import Training

/// What torch computes (Golden/generate.py).
private struct Golden: Decodable {
  struct Run: Decodable {
    let decay: Double
    let learningRate: Double
    let beta1: Double
    let beta2: Double
    let epsilon: Double
    let start: [[Float]]
    let targets: [[Float]]
    let factors: [[Float]]
    let path: [[[Float]]]
  }
  struct Rates: Decodable {
    let kind: String
    let steps: Int
    let warmUp: Int
    let floor: Double
    let factors: [Double]
  }
  struct Clipping: Decodable {
    let limit: Double
    let before: [[Float]]
    let norm: Double
    let after: [[Float]]
  }
  let adamw: [Run]
  let rates: [Rates]
  let clipping: [Clipping]

  static func load() throws -> Golden {
    let url = try #require(
      Bundle.module.url(forResource: "training", withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

private func set(_ values: [[Float]]) -> ParameterSet {
  ParameterSet(
    values.enumerated().map { index, values in
      Parameter(
        "p\(index)", Matrix(rows: 1, columns: values.count, elements: values), isDecayed: index == 0)
    })
}

private func distance(_ a: [Float], _ b: [Float]) -> Float {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct AdamWTests {
  @Test func stepsAreThoseOfTorch() throws {
    for run in try Golden.load().adamw {
      var optimiser = AdamW()
      (optimiser.weightDecay, optimiser.epsilon) = (run.decay, run.epsilon)
      (optimiser.beta1, optimiser.beta2) = (run.beta1, run.beta2)
      var parameters = set(run.start)
      var moments = AdamW.Moments(for: parameters)
      for (step, expected) in run.path.enumerated() {
        var gradients = parameters
        for (index, parameter) in parameters.parameters.enumerated() {
          let x = parameter.values.elements
          gradients[parameter.name].elements = x.indices.map {
            2 * run.factors[index][$0] * (x[$0] - run.targets[index][$0])
          }
        }
        optimiser.update(
          &parameters, by: gradients, &moments, step: step + 1, learningRate: run.learningRate)
        for (index, values) in expected.enumerated() {
          let found = parameters.parameters[index].values.elements
          #expect(distance(found, values) < 2e-6, "step \(step), parameter \(index)")
        }
      }
    }
  }

  /// With the first step's corrected moments g and g² every number moves by the learning rate, whatever its gradient.
  @Test func theFirstStepIsTheSign() {
    var optimiser = AdamW()
    optimiser.weightDecay = 0
    var parameters = set([[1, -2, 3]])
    var moments = AdamW.Moments(for: parameters)
    optimiser.update(&parameters, by: set([[1e-3, -50, 4]]), &moments, step: 1, learningRate: 0.1)
    #expect(distance(parameters["p0"].elements, [0.9, -1.9, 2.9]) < 1e-5)
  }

  @Test func decayIsThatOfDecayedParametersAlone() {
    var optimiser = AdamW()
    optimiser.weightDecay = 0.5
    var parameters = set([[2], [2]])
    var moments = AdamW.Moments(for: parameters)
    optimiser.update(&parameters, by: set([[0], [0]]), &moments, step: 1, learningRate: 0.1)
    #expect(parameters["p0"].elements == [1.9] && parameters["p1"].elements == [2])
  }

  @Test func schedulesAreThoseOfTorch() throws {
    for golden in try Golden.load().rates {
      let schedule: LearningRateSchedule =
        golden.kind == "cosine"
        ? .cosine(warmUp: golden.warmUp, floor: golden.floor)
        : .linear(warmUp: golden.warmUp, floor: golden.floor)
      for (step, expected) in golden.factors.enumerated() {
        let found = schedule.factor(step: step, of: golden.steps)
        #expect(abs(found - expected) < 1e-12, "\(golden.kind) \(step)")
      }
      #expect(LearningRateSchedule.constant.factor(step: 3, of: golden.steps) == 1)
    }
  }

  @Test func clippingIsThatOfTorch() throws {
    for golden in try Golden.load().clipping {
      var gradients = set(golden.before)
      let norm = gradients.clip(toNorm: golden.limit)
      #expect(abs(norm - golden.norm) < 1e-5)
      #expect(abs(gradients.norm - min(golden.norm, golden.limit)) < 1e-5)
      for (index, values) in golden.after.enumerated() {
        #expect(distance(gradients.parameters[index].values.elements, values) < 2e-6)
      }
    }
  }
}
