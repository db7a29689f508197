internal import Foundation

/// How the learning rate changes from step to step, as a factor on the largest one.
///
/// Step s of n counts from 0. During a warm-up of w steps the factor is `(s + 1) / w`; with `x = (s - w) / (n - w)` it is then
/// ```
/// cosine   f + (1 - f) (1 + cos π x) / 2     (Loshchilov, Hutter 2017, one cycle)
/// linear   1 - (1 - f) x
/// ```
/// As PyTorch's `SequentialLR` of `LinearLR` and `CosineAnnealingLR` or `LinearLR`; Hugging Face's `get_…_schedule_with_warmup`
/// begin one step lower, with 0.
public enum LearningRateSchedule: Sendable, Equatable, Codable {
  /// The same at every step.
  case constant
  /// - warmUp: w, 0 or more.
  /// - floor: f, the factor that the last step comes near to, 0 to 1.
  case cosine(warmUp: Int, floor: Double)
  /// - warmUp: w, 0 or more.
  /// - floor: f, the factor that the last step comes near to, 0 to 1.
  case linear(warmUp: Int, floor: Double)

  /// The factor of a step.
  /// - Parameters:
  ///   - step: s, from 0.
  ///   - steps: n.
  public func factor(step: Int, of steps: Int) -> Double {
    switch self {
    case .constant: return 1
    case .cosine(let warmUp, let floor):
      return ramp(step, steps, warmUp) { floor + (1 - floor) * (1 + cos(.pi * $0)) / 2 }
    case .linear(let warmUp, let floor):
      return ramp(step, steps, warmUp) { 1 - (1 - floor) * $0 }
    }
  }

  private func ramp(_ step: Int, _ steps: Int, _ warmUp: Int, _ fall: (Double) -> Double) -> Double {
    if step < warmUp { return Double(step + 1) / Double(warmUp) }
    return fall(min(1, Double(step - warmUp) / Double(max(1, steps - warmUp))))
  }
}
