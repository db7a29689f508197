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

/// The same texts, each about the vector of its own number.
private func numbered(_ examples: [PseudoTokenExample]) -> [PseudoTokenExample] {
  examples.enumerated().map { number, example in
    PseudoTokenExample(
      example.prompt.map { if case .vector = $0 { .vector(number) } else { $0 } }, target: example.target)
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
      adapter, for: model, modelHash: "", inputs: inputs, examples: numbered(examples(4, of: model, seed: 3)))
    #expect(try gradientError(training, examples: [0, 1, 3], step: 0.02) < 0.02)
  }

  /// Prompts of none, one and two vectors, one of them twice; both layers, with LoRA and with all weights.
  @Test(arguments: [Adapter.Layers.linear, .two(hidden: 6)], [true, false])
  func gradientsOfAdapterAndWeightsAreCentralDifferences(_ layers: Adapter.Layers, isLowRank: Bool) throws {
    var model = try tinyModel("qwen2")
    if isLowRank {
      let plain = try model.addingLowRank(to: [.query, .value, .down], rank: 2, alpha: 3, seed: 4)
      var random = SeededRandom(seed: 12)
      model = try plain.replacing(
        Dictionary(
          uniqueKeysWithValues: plain.lowRankWeights.map { weight in
            let values = try plain.values(of: weight)
            return (
              weight,
              Matrix(
                rows: values.rows, columns: values.columns,
                elements: values.elements.map { _ in Float(0.1 * random.normal()) })
            )
          }))
    }
    let adapter = Adapter(
      layers, inputWidth: 4, tokenCount: 2, modelWidth: model.configuration.width, norm: model.medianTokenNorm
    )
    var random = SeededRandom(seed: 2)
    let inputs = Matrix(rows: 3, columns: 4, elements: (0..<12).map { _ in Float(random.normal()) })
    let texts = [
      PseudoTokenExample([.vector(2), .tokens([5, 9]), .vector(0), .tokens([7])], target: [3, 8, 0]),
      PseudoTokenExample([.tokens([4, 6])], target: [2, 2]),
      PseudoTokenExample([.tokens([11]), .vector(1), .vector(1)], target: [1, 40, 41, 0]),
    ]
    let training = AdapterTraining(
      adapter, weights: isLowRank ? model.lowRankWeights : model.weights, for: model, modelHash: "",
      inputs: inputs, examples: texts)
    #expect(try gradientError(training, examples: [0, 1, 2], step: 0.01) < 0.05)
  }

  /// Two vectors in one prompt are read in their order, with the loss that rows of tokens have.
  @Test func severalVectorsStandWhereTheyAreAsked() throws {
    let model = try tinyModel("llama")
    let adapter = Adapter(.linear, inputWidth: 2, tokenCount: 1, modelWidth: 32, norm: 1)
    // An adapter whose pseudo-tokens are those of the domain's two axes.
    var start = adapter.initialParameters(seed: 1)
    let rows = model.embed([7, 21])
    start["weight"] = rows.transposed()
    let inputs = Matrix<Float>(rows: 2, columns: 2, elements: [1, 0, 0, 1])
    let text = PseudoTokenExample([.tokens([4]), .vector(1), .tokens([9]), .vector(0)], target: [3, 5])
    let training = AdapterTraining(
      adapter, startingFrom: start, for: model, modelHash: "", inputs: inputs, examples: [text])
    let found = try training.loss(of: [0], at: training.initialParameters(seed: 9))
    func scaled(_ row: Int) -> Matrix<Float> {
      let values = rows.row(row)
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return Matrix(rows: 1, columns: 32, elements: values.map { $0 / norm })
    }
    let prompt = InputSequence([.tokens([4]), .vectors(scaled(1)), .tokens([9]), .vectors(scaled(0))])
    let expected = try model.logProbabilities(of: [(prompt, [3, 5])])[0].reduce(0.0) { $0 - Double($1) }
    #expect(abs(found.total - expected) < 1e-4 * expected && found.count == 2)
  }

  @Test func aFixedAdapterStaysAndTheWeightsLearn() throws {
    let model = try tinyModel("llama").addingLowRank(to: [.query, .value, .down], rank: 4, alpha: 8, seed: 1)
    let adapter = Adapter(.linear, inputWidth: 3, tokenCount: 2, modelWidth: 32, norm: model.medianTokenNorm)
    let start = adapter.initialParameters(seed: 3)
    let inputs = Matrix<Float>(rows: 3, columns: 3, elements: [1, 0, 0, 0, 1, 0, 0, 0, 1])
    var texts = examples(3, of: model, seed: 4)
    for index in texts.indices { texts[index].prompt = [.vector(index), .tokens([5])] }
    let training = AdapterTraining(
      adapter, startingFrom: start, isFixed: true, weights: model.lowRankWeights, for: model, modelHash: "m",
      inputs: inputs, examples: texts)
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (40, 3, 0.02)
    let state = try train(training, options: options)
    #expect(
      state.curve[39].loss < 0.9 * state.curve[0].loss, "\(state.curve[0].loss), \(state.curve[39].loss)")
    #expect(training.adapterParameters(of: state.parameters) == start)
    #expect(Set(state.parameters.parameters.map(\.name)) == Set(model.lowRankWeights.map(\.name)))
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
    let training = AdapterTraining(
      adapter, for: model, modelHash: "m", inputs: inputs, examples: numbered(texts))
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (80, 4, 0.05)
    let state = try train(training, options: options)
    let own = try training.loss(of: [0, 1, 2, 3], at: state.parameters)
    // Each text behind another's vector.
    let turned = AdapterTraining(
      adapter, for: model, modelHash: "m", inputs: inputs.selecting(rows: [1, 2, 3, 0]),
      examples: numbered(texts))
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
      // The same tokens, all of them behind the vector.
      SoftPrompt(
        of: 3, for: model, modelHash: "m",
        examples: texts.map { text in
          let tokens = text.prompt.flatMap { piece -> [Int] in
            if case .tokens(let ids) = piece { ids } else { [] }
          }
          return PseudoTokenExample(after: tokens, target: text.target)
        }),
    ].map(\.identity)
    for (index, identity) in identities.enumerated() {
      #expect(identities[..<index].allSatisfy { $0 != identity }, "\(index)")
    }
  }
}
