import Tensors

/// BLOOM (BigScience 2022, arXiv 2211.05100): ALiBi in place of positions, a norm of the embedding, LayerNorm, biases.
extension ModelFamily {
  static let bloom = ModelFamily(
    name: "bloom", huggingFaceTypes: ["bloom"], norm: .layer, hasEmbeddingNorm: true, positions: .linearBias,
    isGated: false, gate: .geluTanh,
    blockTensors: [
      "post_attention_layernorm": "ffn_norm", "self_attention.query_key_value": "attn_qkv",
      "self_attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    ],
    outerTensors: [
      "word_embeddings.weight": "token_embd.weight",
      "word_embeddings_layernorm.weight": "token_embd_norm.weight",
      "word_embeddings_layernorm.bias": "token_embd_norm.bias", "ln_f.weight": "output_norm.weight",
      "ln_f.bias": "output_norm.bias",
    ],
    ggufKeys: ["attention.max_alibi_bias": .only([8])],
    configKeys: ["offset_alibi"],
    configNames: [
      "hidden_size": ["hidden_size", "n_embed"], "num_hidden_layers": ["n_layer", "num_hidden_layers"],
      "num_attention_heads": ["n_head", "num_attention_heads"], "max_position_embeddings": ["seq_length"],
      "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: [
      "apply_residual_connection_post_layernorm": [0], "slow_but_exact": [0, 1], "skip_bias_add": [0, 1],
      "skip_bias_add_qkv": [0, 1], "masked_softmax_fusion": [0, 1], "bias_dropout_fusion": [0, 1],
      "attention_softmax_in_fp32": [0, 1],
    ],
    normEpsilon: 1e-5, feedForwardFactor: 4, contextLength: 2048, activations: [:],
    biases: [BiasRule(nil, "attn_qkv.bias", standard: true), BiasRule(nil, "ffn_up.bias", standard: true)],
    adjustHuggingFace: { configuration, _ in configuration.layout.alternatesByGroup = true })
}
