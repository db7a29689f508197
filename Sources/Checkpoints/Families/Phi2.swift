import Tensors

/// Phi-1, 1.5 and 2 (Gunasekar et al. 2023, arXiv 2306.11644): one LayerNorm for attention and feed-forward layer, which stand side
/// by side; biases, also on logits; a part of every head turned.
extension ModelFamily {
  static let phi2 = ModelFamily(
    name: "phi2", huggingFaceTypes: ["phi"], norm: .layer, sharesInputNorm: true, isGated: false,
    gate: .geluTanh,
    blockTensors: ["self_attn.dense": "attn_output", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"],
    outerTensors: [
      "final_layernorm.weight": "output_norm.weight", "final_layernorm.bias": "output_norm.bias",
      "lm_head.bias": "output.bias",
    ],
    rotatesPartly: true,
    adjustGGUF: { configuration, _ in configuration.isParallel = true },
    configKeys: ["partial_rotary_factor"], configNames: ["rms_norm_eps": ["layer_norm_eps"]],
    configValues: ["qk_layernorm": [0]], ownCode: ["PhiConfig", "PhiForCausalLM"], normEpsilon: 1e-5,
    rotatedShare: 0.5,
    activations: ["hidden_act": geluTanhNames],
    biases: [BiasRule(nil, "attn_q.bias", standard: true), BiasRule(nil, "ffn_up.bias", standard: true)],
    adjustHuggingFace: { configuration, _ in configuration.isParallel = true })
}
