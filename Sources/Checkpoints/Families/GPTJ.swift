import Files
import Tensors

/// GPT-J (Wang, Komatsuzaki 2021): one LayerNorm for attention and feed-forward layer, which stand side by side; a part of every head
/// turned, in adjacent pairs; biases of the feed-forward layer and of logits. No GGUF has it.
extension ModelFamily {
  static let gptJ = ModelFamily(
    name: "gptj", huggingFaceTypes: ["gptj"], norm: .layer, sharesInputNorm: true, isGated: false,
    gate: .geluTanh,
    blockTensors: [
      "ln_1": "attn_norm", "attn.q_proj": "attn_q", "attn.k_proj": "attn_k", "attn.v_proj": "attn_v",
      "attn.out_proj": "attn_output", "mlp.fc_in": "ffn_up", "mlp.fc_out": "ffn_down",
    ],
    outerTensors: [
      "ln_f.weight": "output_norm.weight", "ln_f.bias": "output_norm.bias", "lm_head.bias": "output.bias",
    ],
    ignoredTensors: [".attn.bias", ".attn.masked_bias"], rotatesPartly: true,
    adjustGGUF: { configuration, _ in configuration.isParallel = true },
    configKeys: ["rotary_dim"],
    configNames: [
      "hidden_size": ["n_embd"], "num_hidden_layers": ["n_layer"], "num_attention_heads": ["n_head"],
      "max_position_embeddings": ["n_positions"], "intermediate_size": ["n_inner"],
      "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: [
      "scale_attn_weights": [1], "rotary": [1], "summary_use_proj": [0, 1], "summary_proj_to_labels": [0, 1],
    ],
    normEpsilon: 1e-5, feedForwardFactor: 4, activations: ["activation_function": geluTanhNames],
    biases: [BiasRule(nil, "attn_q.bias"), BiasRule(nil, "ffn_up.bias", standard: true)],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = true
      configuration.ropeStyle = .adjacent
      guard let rotated = try reader.optionalCount("rotary_dim") else { return }
      guard rotated <= configuration.headDimension, rotated % 2 == 0 else {
        throw reader.wrong(
          "rotary_dim", expected: "an even number up to \(configuration.headDimension)",
          actual: .integer(rotated))
      }
      configuration.ropeDimension = rotated
    })
}
