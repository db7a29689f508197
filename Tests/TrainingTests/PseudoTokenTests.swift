import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training
import Transformers

/// A tiny model with random weights, of those that Tests/TransformersTests are held to.
func tinyModel(_ name: String) throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint(name))) }

/// Texts of random tokens.
private func examples(_ count: Int, of model: Model, seed: UInt64) -> [PseudoTokenExample] {
  var random = SeededRandom(seed: seed)
  func tokens(_ count: Int) -> [Int] {
    (0..<count).map { _ in Int.random(in: 0..<model.configuration.vocabularySize, using: &random) }
  }
  return (0..<count).map {
    PseudoTokenExample(before: tokens($0 % 2), after: tokens($0 % 3), target: tokens(3 + $0))
  }
}

/// Largest difference between the gradient and central differences of the mean loss, over some numbers of each parameter,
/// as a share of the gradient's largest.
func gradientError(_ trainable: some Trainable, examples: [Int], step: Float) throws -> Double {
  let parameters = try trainable.initialParameters(seed: 5)
  let found = try trainable.loss(of: examples, at: parameters)
  var worst = 0.0
  for parameter in parameters.parameters {
    let gradient = found.gradients[parameter.name].elements
    let largest = Double(gradient.map(abs).max() ?? 0)
    for index in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 7)) {
      var (up, down) = (parameters, parameters)
      up[parameter.name].elements[index] += step
      down[parameter.name].elements[index] -= step
      let width = up[parameter.name].elements[index] - down[parameter.name].elements[index]
      let rise =
        try trainable.loss(of: examples, at: up).total - trainable.loss(of: examples, at: down).total
      worst = max(worst, abs(rise / Double(width) - Double(gradient[index])) / largest)
    }
  }
  return worst
}

@Suite struct PseudoTokenTests {
  static let families = ["llama", "qwen2", "gemma3"]

  @Test(arguments: families) func gradientsOfSoftPromptsAreCentralDifferences(_ family: String) throws {
    let model = try tinyModel(family)
    let prompt = SoftPrompt(of: 3, for: model, modelHash: "", examples: examples(4, of: model, seed: 1))
    let size = prompt.initialParameters(seed: 5)["prompt"].elements.map(abs).max() ?? 1
    #expect(try gradientError(prompt, examples: [0, 2, 3], step: 0.01 * size) < 0.02)
  }

  @Test(arguments: [Adapter.Layers.linear, .two(hidden: 7)])
  func gradientsOfAdaptersAreCentralDifferences(_ layers: Adapter.Layers) throws {
    let model = try tinyModel("llama")
    let adapter = Adapter(
      layers, inputWidth: 5, tokenCount: 2, modelWidth: model.configuration.width, norm: model.medianTokenNorm
    )
    var random = SeededRandom(seed: 2)
    let inputs = Matrix(rows: 4, columns: 5, elements: (0..<20).map { _ in Float(random.normal()) })
    let training = AdapterTraining(
      adapter, for: model, modelHash: "", inputs: inputs, examples: examples(4, of: model, seed: 3))
    #expect(try gradientError(training, examples: [0, 1, 3], step: 0.02) < 0.02)
  }

  @Test func pseudoTokensAreAsLongAsTokens() throws {
    let adapter = Adapter(
      .two(hidden: 6), inputWidth: 4, tokenCount: 3, modelWidth: 8, norm: 2.5)
    var random = SeededRandom(seed: 4)
    let inputs = Matrix(rows: 5, columns: 4, elements: (0..<20).map { _ in Float(random.normal()) })
    let tokens = adapter.pseudoTokens(of: inputs, at: adapter.initialParameters(seed: 1))
    #expect(tokens.rows == 15 && tokens.columns == 8)
    for row in 0..<15 {
      let norm = tokens.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - 2.5) < 1e-4)
    }
  }

  /// Pseudo-tokens that are rows of tokens are read as those tokens are.
  @Test(arguments: families) func rowsOfTokensAreTokens(_ family: String) throws {
    let model = try tinyModel(family)
    let example = PseudoTokenExample(before: [1], after: [4, 2], target: [7, 3, 9, 5])
    let prompt = SoftPrompt(of: 3, for: model, modelHash: "", examples: [example])
    let initial = prompt.initialParameters(seed: 8)
    let rows = initial["prompt"]
    // Which tokens the seed drew: the rows that the model has for them.
    let drawn = try (0..<3).map { row in
      try #require((0..<model.tokenizer.namedCount).first { model.embed([$0]).elements == rows.row(row) })
    }
    let found = try prompt.loss(of: [0], at: initial)
    let expected = try model.logProbabilities(of: [
      Continuation(prompt: [1] + drawn + [4, 2], continuation: example.target)
    ])[0]
    #expect(abs(found.total + expected.reduce(0.0) { $0 + Double($1) }) < 1e-3 * found.total)
    #expect(found.count == 4)
  }

  @Test func aSoftPromptLowersTheLoss() throws {
    let model = try tinyModel("llama")
    let texts = examples(3, of: model, seed: 6)
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (60, 3, 0.05)
    let state = try train(
      SoftPrompt(of: 4, for: model, modelHash: "m", examples: texts), options: options)
    let losses = state.curve.map(\.loss)
    #expect(losses[59] < 0.8 * losses[0], "\(losses[0]) to \(losses[59])")
    // Not for the length of the prompt alone: untrained ones leave the loss where it was.
    let other = SoftPrompt(of: 4, for: model, modelHash: "m", examples: texts)
    for seed in 2...4 as ClosedRange<UInt64> {
      let untrained = try other.loss(of: [0, 1, 2], at: other.initialParameters(seed: seed))
      #expect(Float(untrained.mean) > losses[59])
    }
  }

  @Test func anAdapterLearnsWhichTextBelongsToWhichVector() throws {
    let model = try tinyModel("llama")
    let texts = examples(4, of: model, seed: 9)
    let inputs = Matrix<Float>(rows: 4, columns: 4, elements: (0..<16).map { $0 % 5 == 0 ? 1 : 0 })
    let adapter = Adapter(
      .linear, inputWidth: 4, tokenCount: 3, modelWidth: model.configuration.width,
      norm: 4 * model.medianTokenNorm)
    let training = AdapterTraining(adapter, for: model, modelHash: "m", inputs: inputs, examples: texts)
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (80, 4, 0.05)
    let state = try train(training, options: options)
    let own = try training.loss(of: [0, 1, 2, 3], at: state.parameters)
    // Each text behind another's vector.
    let turned = AdapterTraining(
      adapter, for: model, modelHash: "m", inputs: inputs.selecting(rows: [1, 2, 3, 0]), examples: texts)
    let other = try turned.loss(of: [0, 1, 2, 3], at: state.parameters)
    #expect(
      Float(own.mean) < 0.8 * state.curve[0].loss && own.mean < 0.8 * other.mean, "\(own.mean), \(other.mean)"
    )
  }

  @Test func whatIsTrainedIsNamed() throws {
    let model = try tinyModel("llama")
    let texts = examples(2, of: model, seed: 1)
    var changed = texts
    changed[1].target[0] = changed[1].target[0] == 0 ? 1 : 0
    let identities = [
      SoftPrompt(of: 3, for: model, modelHash: "m", examples: texts),
      SoftPrompt(of: 4, for: model, modelHash: "m", examples: texts),
      SoftPrompt(of: 3, for: model, modelHash: "n", examples: texts),
      SoftPrompt(of: 3, for: model, modelHash: "m", examples: changed),
      // The same tokens, cut elsewhere.
      SoftPrompt(
        of: 3, for: model, modelHash: "m",
        examples: texts.map { PseudoTokenExample(after: $0.before + $0.after, target: $0.target) }),
    ].map(\.identity)
    for (index, identity) in identities.enumerated() {
      #expect(identities[..<index].allSatisfy { $0 != identity }, "\(index)")
    }
  }
}
