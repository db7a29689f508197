/// Qwen 3 (Yang et al. 2025, arXiv 2505.09388): Qwen 2's block with norms on every head in place of biases.
extension ModelFamily {
  static let qwen3 = ModelFamily(
    name: "qwen3", huggingFaceTypes: ["qwen3"], headNorms: .each, headDimension: 128, usesWindow: false,
    windows: .from(block: 28))
}
