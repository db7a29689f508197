/// StableLM 2 and StableLM 3B (Bellagente et al. 2024, arXiv 2402.17834): Llama's layers with LayerNorm, a quarter of every head
/// turned.
extension ModelFamily {
  static let stableLM = ModelFamily(
    name: "stablelm", huggingFaceTypes: ["stablelm"], norm: .layer, rotatesPartly: true,
    ggufKeys: ["use_parallel_residual": .only([0])],
    configKeys: ["use_qkv_bias", "partial_rotary_factor"], configNames: ["rms_norm_eps": ["layer_norm_eps"]],
    configValues: ["qk_layernorm": [0], "use_parallel_residual": [0]],
    normEpsilon: 1e-5, rotatedShare: 0.25, biases: [BiasRule("use_qkv_bias", "attn_q.bias")])
}
