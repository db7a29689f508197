import Tensors

/// Falcon 7B (Almazrouei et al. 2023, arXiv 2311.16867): one LayerNorm for attention and feed-forward layer, which stand side by side;
/// one head of keys and values for all queries. The 40B model's blocks, ALiBi and biases are refused by the keys that ask for them.
extension ModelFamily {
  static let falcon = ModelFamily(
    name: "falcon", huggingFaceTypes: ["falcon"], norm: .layer, sharesInputNorm: true, isGated: false,
    gate: .gelu,
    blockTensors: [
      "self_attention.query_key_value": "attn_qkv", "self_attention.dense": "attn_output",
      "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    ],
    outerTensors: [
      "word_embeddings.weight": "token_embd.weight", "ln_f.weight": "output_norm.weight",
      "ln_f.bias": "output_norm.bias",
    ],
    adjustGGUF: { configuration, _ in configuration.isParallel = true },
    configKeys: ["multi_query", "num_kv_heads"],
    configNames: [
      "num_hidden_layers": ["num_hidden_layers", "n_layer"],
      "num_attention_heads": ["num_attention_heads", "n_head"],
      "intermediate_size": ["ffn_hidden_size"], "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: [
      "alibi": [0], "new_decoder_architecture": [0], "parallel_attn": [1], "bias": [0],
    ],
    ownCode: [
      "FalconConfig", "FalconModel", "FalconForCausalLM", "FalconForSequenceClassification",
      "FalconForTokenClassification", "FalconForQuestionAnswering",
    ],
    normEpsilon: 1e-5, feedForwardFactor: 4, contextLength: 2048, activations: ["activation": ["gelu"]],
    biases: [BiasRule("bias", "attn_qkv.bias"), BiasRule("bias", "ffn_up.bias")],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = true
      let shares = try reader.flag("multi_query") ?? true
      configuration.keyValueHeadCount = shares ? 1 : configuration.headCount
      configuration.layout.alternatesByHead = !shares
    })
}
