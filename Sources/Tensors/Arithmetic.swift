/// How a model's matrices are multiplied with what runs through it.
public enum Arithmetic: String, Sendable, Hashable, Codable, CaseIterable {
  /// Weights are decoded exactly, and everything is computed in f32: what parity with other implementations is measured
  /// in, and what gradients and fitted lenses are of.
  case f32
  /// What is multiplied with weights in Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K or Q6_K is rounded to eight bits
  /// first, 32 numbers a scale, and products are summed as integers, on the processor's instructions for that. Weights
  /// are not rounded. The relative error of a product is about .5 %; docs/models.md says what that comes to in nats,
  /// and what it gains. Weights of another type, in blocks or not, are multiplied as by `f32`.
  case rounded
}
