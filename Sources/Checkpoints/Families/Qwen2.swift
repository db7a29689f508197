/// Qwen 2 and 2.5 (Yang et al. 2024): Llama's block, with biases on queries, keys and values; windows, where a file asks
/// for them, from block 28 on.
extension ModelFamily {
  static let qwen2 = ModelFamily(
    name: "qwen2", huggingFaceTypes: ["qwen2"],
    biases: [BiasRule("attention_bias", "attn_q.bias", standard: true)], usesWindow: false,
    windows: .from(block: 28))
}
