public import Tensors

/// What an embedding language model adds to a language model: an adapter, what was trained of the model itself, and all
/// that it was trained on.
public struct ElmRecord: Sendable, Equatable {
  /// A matrix with its name.
  public struct Values: Sendable, Equatable {
    public let name: String
    public let values: Matrix<Float>

    public init(_ name: String, _ values: Matrix<Float>) { (self.name, self.values) = (name, values) }
  }

  /// What domain vectors become before the adapter reads them: `(x - mean) / scale`.
  public struct Standardisation: Sendable, Equatable {
    /// The mean of the training items, as wide as the domain.
    public var mean: [Float]
    /// One number for all columns, above 0.
    public var scale: Float

    public init(mean: [Float], scale: Float) { (self.mean, self.scale) = (mean, scale) }
  }

  /// What was found on items held out for validation, after some steps.
  public struct Evaluation: Sendable, Equatable {
    /// Steps done, 0 before the first.
    public var step: Int
    /// Mean loss of a token, nats.
    public var loss: Float
    /// The share of items whose own answer came first among those of others.
    public var identified: Float

    public init(step: Int, loss: Float, identified: Float) {
      (self.step, self.loss, self.identified) = (step, loss, identified)
    }
  }

  /// The language model's name and the SHA-256 of its checkpoint.
  public var model: StoreReference
  /// The domain's name and the identity of its content.
  public var domain: StoreReference
  /// d.
  public var domainWidth: Int
  /// K.
  public var tokenCount: Int
  /// d_model.
  public var modelWidth: Int
  /// Units between two layers; 0 for one layer.
  public var hidden: Int
  /// r, the length of every pseudo-token.
  public var norm: Float
  public var standardisation: Standardisation
  /// The adapter's parameters, by name.
  public var adapter: [Values]
  /// What was trained of the model, by GGUF's names; of low-rank updates llama.cpp's.
  public var weights: [Values]
  /// α of low-rank updates; 0 without any.
  public var alpha: Float
  /// Whether prompts are put through the model's chat template.
  public var isChat: Bool
  /// The name of the set of tasks, and its file's text.
  public var tasksName: String
  public var tasks: String
  /// The shares that were held out, and the seed of that.
  public var test: Double
  public var validation: Double
  public var splitSeed: UInt64
  /// The seed of the first parameters and of the order of examples.
  public var seed: UInt64
  /// The step whose parameters these are.
  public var step: Int
  /// JSON.
  public var options: String
  /// The mean training loss of each step.
  public var losses: [Float]
  /// Ascending.
  public var evaluations: [Evaluation]
  public var toolVersion: String
  /// When the file was written, ISO 8601 in UTC.
  public var date: String

  public init(
    model: StoreReference, domain: StoreReference, domainWidth: Int, tokenCount: Int, modelWidth: Int,
    hidden: Int,
    norm: Float, standardisation: Standardisation, adapter: [Values], weights: [Values], alpha: Float,
    isChat: Bool,
    tasksName: String, tasks: String, test: Double, validation: Double, splitSeed: UInt64, seed: UInt64,
    step: Int,
    options: String, losses: [Float], evaluations: [Evaluation], toolVersion: String, date: String
  ) {
    precondition(
      standardisation.mean.count == domainWidth,
      "a mean of \(standardisation.mean.count) for vectors of \(domainWidth)")
    (self.model, self.domain, self.domainWidth, self.tokenCount) = (model, domain, domainWidth, tokenCount)
    (self.modelWidth, self.hidden, self.norm) = (modelWidth, hidden, norm)
    self.standardisation = standardisation
    (self.adapter, self.weights) = (
      adapter.sorted { $0.name < $1.name }, weights.sorted { $0.name < $1.name }
    )
    (self.alpha, self.isChat, self.tasksName, self.tasks) = (alpha, isChat, tasksName, tasks)
    (self.test, self.validation, self.splitSeed, self.seed) = (test, validation, splitSeed, seed)
    (self.step, self.options, self.losses, self.evaluations) = (step, options, losses, evaluations)
    (self.toolVersion, self.date) = (toolVersion, date)
  }
}
