import Tensors

/// BERT (Devlin et al. 2019, arXiv 1810.04805), as sentence encoders such as MiniLM have it: every token sees all others, norms of the
/// stream behind each layer, a table of positions and one of token types.
extension ModelFamily {
  static let bert = ModelFamily(
    name: "bert", huggingFaceTypes: ["bert"], isEncoder: true, norm: .layer, hasInputNorms: false,
    hasOutputNorms: true, hasEmbeddingNorm: true, positions: .learned, isGated: false, gate: .gelu,
    blockTensors: [
      "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
      "attention.output.dense": "attn_output", "attention.output.LayerNorm": "post_attention_norm",
      "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "post_ffw_norm",
    ],
    outerTensors: encoderTensors.merging([
      "embeddings.token_type_embeddings.weight": "token_types.weight"
    ]) { own, _ in own },
    tensorPrefixes: ["bert.encoder.", "encoder.", "bert."], ignoredTensors: encoderHeads,
    configKeys: ["type_vocab_size"],
    configNames: ["rms_norm_eps": ["layer_norm_eps"]], configValues: encoderValues,
    normEpsilon: 1e-12, contextLength: 512,
    activations: ["hidden_act": ["gelu"], "position_embedding_type": ["absolute"]],
    biases: encoderBiases,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.encoder = EncoderConfiguration(
        tokenTypes: try reader.optionalCount("type_vocab_size") ?? 2)
    })

  static let encoderTensors = [
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
  ]

  /// What classifiers, pre-training and older versions put beside the encoder: sentences are pooled without it.
  static let encoderHeads = [
    "pooler.dense.weight", "pooler.dense.bias", "position_ids", "cls.predictions.bias",
    "cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
    "cls.predictions.transform.LayerNorm.weight", "cls.predictions.transform.LayerNorm.bias",
    "cls.predictions.decoder.weight", "cls.predictions.decoder.bias", "cls.seq_relationship.weight",
    "cls.seq_relationship.bias", "lm_head.bias", "lm_head.dense.weight", "lm_head.dense.bias",
    "lm_head.layer_norm.weight", "lm_head.layer_norm.bias", "lm_head.decoder.weight", "lm_head.decoder.bias",
  ]

  static let encoderValues: [String: [Double]] = ["is_decoder": [0], "add_cross_attention": [0]]

  static let encoderBiases = ["attn_q", "attn_output", "ffn_up", "ffn_down"].map {
    BiasRule(nil, $0 + ".bias", standard: true)
  }
}
