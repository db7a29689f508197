/// Something with parameters and a loss: a soft prompt, an adapter, LoRA, a whole model.
///
/// What it stands on (a frozen model, data) is its own; ``train(_:options:checkpoint:report:)`` knows parameters and numbers of
/// examples only.
public protocol Trainable {
  /// What is trained and on what, for checkpoints.
  var identity: TrainableIdentity { get }
  /// How many examples there are to learn from.
  var exampleCount: Int { get }
  /// The parameters before the first step.
  func initialParameters(seed: UInt64) throws -> ParameterSet
  /// The loss of some examples, and its gradient.
  func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss
  /// The same of a batch of a run, from 0: what is drawn anew for each batch, such as what dropout leaves out, is known from its number.
  func loss(of examples: [Int], at parameters: ParameterSet, batch: Int) throws -> BatchLoss
}

extension Trainable {
  /// Nothing is drawn.
  public func loss(of examples: [Int], at parameters: ParameterSet, batch: Int) throws -> BatchLoss {
    try loss(of: examples, at: parameters)
  }
}

/// What a checkpoint belongs to.
public struct TrainableIdentity: Sendable, Equatable {
  /// What is trained, with all that its shape depends on: `soft prompt of 8 tokens`.
  public var what: String
  /// SHA-256 of the frozen model, hexadecimal; empty where there is none.
  public var model: String
  /// SHA-256 of the examples, hexadecimal.
  public var data: String

  public init(what: String, model: String, data: String) {
    (self.what, self.model, self.data) = (what, model, data)
  }
}

/// A loss summed over what is predicted, so that batches of different sizes add up to one.
public struct BatchLoss: Sendable {
  /// The sum of the losses: nats, for next tokens.
  public var total: Double
  /// How many losses were summed: predicted tokens.
  public var count: Int
  /// The gradient of ``total``.
  public var gradients: ParameterSet

  public init(total: Double, count: Int, gradients: ParameterSet) {
    (self.total, self.count, self.gradients) = (total, count, gradients)
  }

  /// The loss of both batches together.
  public mutating func add(_ other: BatchLoss) {
    total += other.total
    count += other.count
    gradients.add(other.gradients)
  }

  /// The mean loss.
  public var mean: Double { total / Double(count) }
}
