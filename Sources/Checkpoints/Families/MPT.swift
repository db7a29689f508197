import Files
import Tensors

/// MPT (MosaicML 2023): ALiBi in place of positions, LayerNorm without β, no biases; some models clip queries, keys and values.
extension ModelFamily {
  static let mpt = ModelFamily(
    name: "mpt", huggingFaceTypes: ["mpt"], norm: .layer, hasNormBiases: false, positions: .linearBias,
    isGated: false, gate: .gelu,
    blockTensors: [
      "norm_1": "attn_norm", "attn.Wqkv": "attn_qkv", "attn.out_proj": "attn_output", "norm_2": "ffn_norm",
      "ffn.up_proj": "ffn_up", "ffn.down_proj": "ffn_down",
    ],
    outerTensors: ["norm_f.weight": "output_norm.weight"],
    ggufKeys: ["attention.max_alibi_bias": .only([8]), "attention.clamp_kqv": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      // Without the key llama.cpp's scores do not depend on the distance.
      guard reader["attention.max_alibi_bias"] != nil else {
        throw reader.missing("attention.max_alibi_bias")
      }
      configuration.projectionClip = try reader.cap("attention.clamp_kqv", standard: nil)
    },
    configKeys: ["attn_config", "expansion_ratio", "init_config", "verbose", "learned_pos_emb"],
    configNames: [
      "hidden_size": ["d_model"], "num_hidden_layers": ["n_layers"], "num_attention_heads": ["n_heads"],
      "max_position_embeddings": ["max_seq_len"], "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: ["no_bias": [1], "embedding_fraction": [1]], ownCode: ["MPTConfig", "MPTForCausalLM"],
    normEpsilon: 1e-5, feedForwardFactor: 4, contextLength: 2048,
    activations: ["norm_type": ["low_precision_layernorm", "layernorm"]],
    biases: [BiasRule("bias", "attn_qkv.bias"), BiasRule("bias", "ffn_up.bias")],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      let factor = try reader.optionalCount("expansion_ratio") ?? 4
      configuration.feedForwardWidth = factor * configuration.width
      guard let attention = reader.config["attn_config"]?.present else { return }
      let kind = attention["attn_type"] ?? .string("multihead_attention")
      guard kind.string == "multihead_attention" else {
        throw reader.wrong("attn_type", expected: "multihead_attention", actual: kind)
      }
      try reader.checkMembers(
        of: attention, read: ["clip_qkv", "softmax_scale"],
        values: [
          "alibi": [1], "alibi_bias_max": [8], "qk_ln": [0], "prefix_lm": [0], "attn_uses_sequence_id": [0],
        ])
      configuration.projectionClip = try reader.number("clip_qkv", in: attention)
      configuration.attentionScale =
        try reader.number("softmax_scale", in: attention) ?? configuration.attentionScale
    })
}
