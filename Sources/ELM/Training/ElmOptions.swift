public import Domains
internal import Foundation
public import Training
public import Transformers

/// How an embedding language model is trained.
public struct ElmOptions: Sendable, Equatable, Codable {
  /// What learns, and when.
  public enum Stages: String, Sendable, Equatable, Codable, CaseIterable {
    /// The adapter alone; the language model is frozen.
    case adapter
    /// The adapter alone, then adapter and LoRA together: the two stages of Tennenholtz et al.
    case twoStage = "adapter,lora"
    /// Adapter and LoRA together from the first step.
    case joint
    /// Adapter and all weights together, for small models: four numbers of f32 a weight in memory.
    case all
  }

  /// K, pseudo-tokens of a vector, 1 or more.
  public var tokens = 1
  /// Units between the adapter's two layers; 0 for one layer.
  public var hidden = 0
  /// nil: at EMB2EMB's map where names of the domain are tokens of the model, else at the map to the answers of the task that is
  /// watched where they are about one vector, else at random.
  public var start: AdapterStart?
  public var stages = Stages.joint
  /// r of LoRA, 1 or more; larger values can change more.
  public var rank = 8
  /// α of LoRA; larger values make steps larger.
  public var alpha: Float = 32
  /// The share of LoRA's inputs that are left out at random while it learns, above 0 and below 1; nil leaves out none.
  public var dropout: Double?
  /// The matrices of every block that LoRA acts on.
  public var layers: [LinearLayer] = [.query, .value]
  /// Whether prompts go through the chat template; nil where there is one.
  public var isChat: Bool?
  /// Of every stage; its learning rate is that of the adapter alone.
  public var training: TrainingOptions = {
    var training = TrainingOptions()
    (training.steps, training.batchSize, training.learningRate) = (2000, 16, 2e-3)
    training.schedule = .cosine(warmUp: 50, floor: 0.1)
    return training
  }()
  /// The learning rate of stages in which weights of the model learn.
  public var weightLearningRate = 2e-3
  public var split = DomainSplit.Options()
  /// Steps between two looks at the validation items.
  public var evaluationInterval = 200
  /// Looks in a row without a better one after which a stage ends; 0 lets it go to its last step.
  public var patience = 5
  /// Validation items that have to be told from others, and examples of the held-out loss: four times as many.
  public var validationItems = 40
  /// Answers among which an item's own has to come first.
  public var candidates = 20
  /// The task by whose answers they are told apart; nil for ``defaultWatched`` where the set has it, else its first.
  public var watched: String?

  /// What a thing is, at length: hard to tell apart by luck, and no name that a map alone could find.
  public static let defaultWatched = "definition"

  public init() {}

  /// - Throws: ``ElmError/option(name:expected:actual:)``, and that of `TrainingError`.
  public func validate() throws {
    try training.validate()
    let counts = [
      ("tokens", tokens, 1), ("hidden", hidden, 0), ("rank", rank, 1),
      ("evaluationInterval", evaluationInterval, 1),
      ("patience", patience, 0), ("validationItems", validationItems, 1), ("candidates", candidates, 2),
    ]
    for (name, count, least) in counts where count < least {
      throw ElmError.option(name: name, expected: "\(least) or more", actual: "\(count)")
    }
    for (name, number) in [("alpha", Double(alpha)), ("weightLearningRate", weightLearningRate)]
    where !(number > 0 && number.isFinite) {
      throw ElmError.option(name: name, expected: "a number above 0", actual: "\(number)")
    }
    if let dropout, !(dropout > 0 && dropout < 1) {
      throw ElmError.option(name: "dropout", expected: "above 0 and below 1", actual: "\(dropout)")
    }
    if dropout != nil, stages == .adapter || stages == .all {
      throw ElmError.option(
        name: "dropout", expected: "none where no LoRA learns", actual: "stages \(stages.rawValue)")
    }
    guard !layers.isEmpty else {
      throw ElmError.option(name: "layers", expected: "one or more", actual: "none")
    }
  }

  /// All options as JSON: equal options give equal text.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
