/// Qwen 2 and 2.5 (Yang et al. 2024): Llama's block, with biases on queries, keys and values.
extension Family {
  static let qwen2 = Family()
}
