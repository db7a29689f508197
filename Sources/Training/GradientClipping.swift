extension ParameterSet {
  /// Scales gradients down to a norm over all of them together: `g ← g · min(1, c / ‖g‖)` (Pascanu, Mikolov, Bengio 2013).
  ///
  /// `torch.nn.utils.clip_grad_norm_` divides by `‖g‖ + 10⁻⁶` instead.
  /// - Parameter limit: c, above 0; smaller values cut more.
  /// - Returns: `‖g‖` before.
  public mutating func clip(toNorm limit: Double) -> Double {
    let norm = norm
    if norm > limit { scale(by: Float(limit / norm)) }
    return norm
  }
}
