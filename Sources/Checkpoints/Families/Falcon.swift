import Files
import Tensors

/// Falcon 7B and 40B (Almazrouei et al. 2023, arXiv 2311.16867): attention and feed-forward layer side by side. The 7B model has one
/// LayerNorm for both, and one head of keys and values; the 40B model a norm for each, and eight groups of queries with their keys and
/// values. ALiBi and biases are refused by the keys that ask for them.
extension ModelFamily {
  static let falcon = ModelFamily(
    name: "falcon", huggingFaceTypes: ["falcon"], norm: .layer, sharesInputNorm: true, isGated: false,
    gate: .gelu,
    blockTensors: [
      "ln_attn": "attn_norm_2", "ln_mlp": "attn_norm",
      "self_attention.query_key_value": "attn_qkv", "self_attention.dense": "attn_output",
      "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    ],
    outerTensors: [
      "word_embeddings.weight": "token_embd.weight", "ln_f.weight": "output_norm.weight",
      "ln_f.bias": "output_norm.bias",
    ],
    // No key says so: llama.cpp, too, knows the 40B model's norms by their tensors.
    adjustGGUF: { configuration, reader in
      configuration.isParallel = true
      configuration.hasOwnAttentionNorm = reader.file.info("blk.0.attn_norm_2.weight") != nil
    },
    configKeys: ["multi_query", "num_kv_heads", "new_decoder_architecture", "num_ln_in_parallel_attn"],
    configNames: [
      "num_hidden_layers": ["num_hidden_layers", "n_layer"],
      "num_attention_heads": ["num_attention_heads", "n_head"],
      "num_kv_heads": ["num_kv_heads", "n_head_kv"],
      "intermediate_size": ["ffn_hidden_size"], "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: ["alibi": [0], "parallel_attn": [1], "bias": [0]],
    ownCode: [
      "FalconConfig", "FalconModel", "FalconForCausalLM", "FalconForSequenceClassification",
      "FalconForTokenClassification", "FalconForQuestionAnswering",
    ],
    normEpsilon: 1e-5, feedForwardFactor: 4, contextLength: 2048, activations: ["activation": ["gelu"]],
    biases: [BiasRule("bias", "attn_qkv.bias"), BiasRule("bias", "ffn_up.bias")],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = true
      configuration.layout.alternatesByGroup = true
      let isNew = try reader.flag("new_decoder_architecture") ?? false
      let norms = try reader.optionalCount("num_ln_in_parallel_attn") ?? (isNew ? 2 : 1)
      guard norms == 1 || norms == 2 && isNew else {
        throw reader.wrong(
          "num_ln_in_parallel_attn", expected: isNew ? "1 or 2" : "1", actual: .integer(norms))
      }
      configuration.hasOwnAttentionNorm = norms == 2
      let heads = configuration.headCount
      guard isNew else {
        configuration.keyValueHeadCount = try reader.flag("multi_query") ?? true ? 1 : heads
        return
      }
      let groups = try reader.optionalCount("num_kv_heads") ?? heads
      guard groups <= heads, heads % groups == 0 else {
        throw reader.wrong(
          "num_kv_heads", expected: "a divisor of the \(heads) heads", actual: .integer(groups))
      }
      configuration.keyValueHeadCount = groups
    })
}
