import ArgumentParser
import Checkpoints
import Tensors
import Training
import Transformers

/// Tokens a second of training an adapter of 50 numbers to K pseudo-tokens through a frozen model, and with LoRA of rank 16 on queries and values: the
/// pass forward, the pass back, clipping and AdamW. Examples of 24 tokens around the vector and 12 that are learned.
struct TrainingBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "Tokens a second of training an adapter, with and without LoRA.")

  @Argument(help: "A GGUF file.") var file: String
  @Option(help: "Examples of a step.") var batch = 16
  @Option(help: "K.") var pseudoTokens = 8
  @Option(help: "Timed steps, after one that is not.") var runs = 5

  static let (width, before, after, target) = (50, 12, 12, 12)

  func validate() throws {
    guard batch > 0, pseudoTokens > 0, runs > 0 else {
      throw ValidationError("--batch, --pseudo-tokens and --runs must be 1 or more")
    }
  }

  func run() throws {
    let model = try Model.load(Checkpoint.open(file))
    let lora = try model.addingLowRank(to: [.query, .value], rank: 16, alpha: 32, seed: 1)
    try time("adapter", on: model, [])
    try time("adapter and LoRA", on: lora, lora.lowRankWeights)
  }

  private func time(_ job: String, on model: Model, _ weights: [Weight]) throws {
    let length = Self.before + Self.after + Self.target
    let examples = (0..<batch).map { number in
      let tokens = DecodeBench.prompt(sequence: number, count: length)
      return PseudoTokenExample(
        before: Array(tokens.prefix(Self.before)), vector: number,
        after: Array(tokens.dropFirst(Self.before).prefix(Self.after)),
        target: Array(tokens.suffix(Self.target)))
    }
    var random = SeededRandom(seed: 1)
    let inputs = Matrix(
      rows: batch, columns: Self.width,
      elements: (0..<batch * Self.width).map { _ in Float(random.normal()) })
    let training = AdapterTraining(
      Adapter(
        .linear, inputWidth: Self.width, tokenCount: pseudoTokens, modelWidth: model.configuration.width,
        norm: model.medianTokenNorm),
      weights: weights, for: model, modelHash: "", inputs: inputs, examples: examples)
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (runs + 1, batch, 1e-3)
    let clock = ContinuousClock()
    var (values, start): ([Double], _) = ([], clock.now)
    // What is read: the last token of an example is predicted alone.
    let tokens = Double(batch * (length + pseudoTokens - 1))
    _ = try train(training, options: options) { point, _ in
      if point.step > 1 { values.append(tokens / ((clock.now - start) / .seconds(1))) }
      start = clock.now
      return true
    }
    var facts = ["batch": Double(batch), "pseudoTokens": Double(pseudoTokens)]
    facts["peakBytes"] = peakResidentBytes()
    try Measurement(job: job, model: modelName(file), unit: "tok/s", values: values, facts: facts).emit()
  }
}
