import Checkpoints
import Foundation
import Tensors
import Testing
import Training
import Transformers

@Suite struct WeightTrainingTests {
  private func examples(_ count: Int, of model: Model, seed: UInt64) -> [Continuation] {
    var random = SeededRandom(seed: seed)
    func tokens(_ count: Int) -> [Int] {
      (0..<count).map { _ in Int.random(in: 0..<model.configuration.vocabularySize, using: &random) }
    }
    return (0..<count).map { Continuation(prompt: tokens(1 + $0 % 2), continuation: tokens(4 + $0)) }
  }

  private func options(_ steps: Int, _ rate: Double) -> TrainingOptions {
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (steps, 3, rate)
    return options
  }

  /// The loss is that of the model, and the trained model has it, too.
  @Test(arguments: ["llama", "qwen2", "gemma3"]) func lowRankUpdatesLearnTexts(_ family: String) throws {
    let model = try tinyModel(family)
    let texts = examples(3, of: model, seed: 2)
    let adapted = try model.addingLowRank(to: [.query, .value, .down], rank: 4, alpha: 8, seed: 1)
    let training = WeightTraining(adapted.lowRankWeights, of: adapted, modelHash: "m", examples: texts)
    func nats(_ model: Model) throws -> Double {
      let all = try model.logProbabilities(of: texts).flatMap(\.self)
      return all.reduce(0.0) { $0 - Double($1) } / Double(all.count)
    }
    let state = try train(training, options: options(40, 0.02))
    let first = try #require(state.curve.first)
    #expect(abs(Double(first.loss) - (try nats(model))) < 1e-3)
    let after = try nats(training.model(at: state.parameters))
    #expect(after < 0.8 * Double(first.loss), "\(first.loss) to \(after)")
  }

  @Test func aWholeModelLearnsTexts() throws {
    let model = try tinyModel("llama")
    let texts = examples(3, of: model, seed: 4)
    let training = WeightTraining(model.weights, of: model, modelHash: "m", examples: texts)
    let state = try train(training, options: options(40, 0.01))
    #expect(
      state.curve[39].loss < 0.2 * state.curve[0].loss, "\(state.curve[0].loss), \(state.curve[39].loss)")
    let trained = try training.model(at: state.parameters)
    let written = try trained.generate(
      texts.map(\.prompt), options: GenerationOptions(maximumTokens: 4, stopTokens: []))
    #expect(written == texts.map { Array($0.continuation.prefix(4)) })
    // The model itself is as it was.
    let before = try training.loss(of: [0, 1, 2], at: training.initialParameters(seed: 1)).mean
    #expect(abs(before - Double(state.curve[0].loss)) < 1e-4)
  }

  @Test func gradientsAreCentralDifferences() throws {
    let model = try tinyModel("llama").addingLowRank(to: [.query], rank: 2, alpha: 2, seed: 3)
    let training = WeightTraining(
      model.weights, of: model, modelHash: "", examples: examples(3, of: model, seed: 5))
    #expect(try gradientError(training, examples: [0, 1, 2], step: 0.01) < 0.05)
  }
}
