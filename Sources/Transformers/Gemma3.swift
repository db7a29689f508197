import Tensors

/// Gemma 3 (Gemma Team 2025): norms around every layer and on every head, GELU gates, local and global blocks.
extension Family {
  static let gemma3 = Family(hasHeadNorms: true, hasOutputNorms: true, gate: .geluTanh)
}
