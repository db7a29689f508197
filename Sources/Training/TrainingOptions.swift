internal import Foundation

/// How something is trained.
public struct TrainingOptions: Sendable, Equatable, Codable {
  /// Updates, 1 or more.
  public var steps = 1000
  /// Examples whose gradient is computed at once, 1 or more; larger values take more memory.
  public var batchSize = 8
  /// Batches that make one step, 1 or more: their gradients are added up, so that 4 of 8 are as one of 32 in less memory.
  public var accumulation = 1
  public var optimiser = AdamW()
  /// The largest learning rate, above 0.
  public var learningRate = 1e-3
  public var schedule = LearningRateSchedule.cosine(warmUp: 20, floor: 0.1)
  /// Gradients are cut to this norm; infinity leaves them.
  public var gradientNorm = 1.0
  /// Of the first parameters and of the order of the examples.
  public var seed: UInt64 = 1

  public init() {}

  /// - Throws: ``TrainingError/option(name:expected:actual:)`` for an option out of its range.
  public func validate() throws(TrainingError) {
    func demand(_ holds: Bool, _ name: String, _ expected: String, _ actual: some CustomStringConvertible)
      throws(TrainingError)
    {
      if !holds { throw .option(name: name, expected: expected, actual: "\(actual)") }
    }
    try demand(steps >= 1, "steps", "1 or more", steps)
    try demand(batchSize >= 1, "batchSize", "1 or more", batchSize)
    try demand(accumulation >= 1, "accumulation", "1 or more", accumulation)
    try demand(learningRate > 0 && learningRate.isFinite, "learningRate", "a number above 0", learningRate)
    try demand(gradientNorm > 0, "gradientNorm", "a number above 0", gradientNorm)
    try demand((0..<1).contains(optimiser.beta1), "beta1", "0 or more, below 1", optimiser.beta1)
    try demand((0..<1).contains(optimiser.beta2), "beta2", "0 or more, below 1", optimiser.beta2)
    try demand(optimiser.epsilon > 0, "epsilon", "a number above 0", optimiser.epsilon)
    try demand(optimiser.weightDecay >= 0, "weightDecay", "0 or more", optimiser.weightDecay)
    switch schedule {
    case .constant: break
    case .cosine(let warmUp, let floor), .linear(let warmUp, let floor):
      try demand(warmUp >= 0, "warmUp", "0 or more", warmUp)
      try demand((0...1).contains(floor), "floor", "0 to 1", floor)
    }
  }

  /// All options as text, for checkpoints: equal options give equal text.
  var text: String {
    let cut = gradientNorm.isFinite ? "cut to \(gradientNorm)" : "left as they are"
    return
      "\(steps) steps of \(accumulation) x \(batchSize) examples; \(schedule) from \(learningRate); gradients \(cut); "
      + "AdamW \(optimiser.beta1), \(optimiser.beta2), \(optimiser.epsilon), decay \(optimiser.weightDecay); seed \(seed)"
  }
}
