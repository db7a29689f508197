/// One step of the learning curve.
public struct LearningPoint: Sendable, Equatable {
  /// Steps done, from 1.
  public let step: Int
  /// Mean loss of the step's examples before it.
  public let loss: Float
  /// Norm of the gradient before it was cut.
  public let gradientNorm: Float
  /// What was predicted: tokens.
  public let count: Int

  public init(step: Int, loss: Float, gradientNorm: Float, count: Int) {
    (self.step, self.loss, self.gradientNorm, self.count) = (step, loss, gradientNorm, count)
  }
}

/// All that a run is made of between two steps.
///
/// The order of the examples is known from the seed and the step (``BatchOrder``), so there is no other random state.
public struct TrainingState: Sendable, Equatable {
  /// Steps done.
  public internal(set) var step: Int
  public internal(set) var parameters: ParameterSet
  public internal(set) var moments: AdamW.Moments
  /// A point a step.
  public internal(set) var curve: [LearningPoint]

  init(_ parameters: ParameterSet) {
    (step, self.parameters, moments, curve) = (0, parameters, AdamW.Moments(for: parameters), [])
  }

  init(step: Int, parameters: ParameterSet, moments: AdamW.Moments, curve: [LearningPoint]) {
    (self.step, self.parameters, self.moments, self.curve) = (step, parameters, moments, curve)
  }
}
