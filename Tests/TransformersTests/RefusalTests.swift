import Checkpoints
import Foundation
import Testing
import Transformers

/// What a `config.json` of a family asks for and nobody computes is an error that names it.
@Suite struct RefusalTests {
  /// Loads a case whose `config.json` has another value under a key.
  private func load(_ name: String, _ key: String, _ value: Any) throws -> Model {
    let tiny = try #require(FamilyCase.all.first { $0.name == name })
    let folder = try ChangedFolder(of: tiny.path(.folder), "config.json", key, value)
    return try Model.load(Checkpoint.open(folder.path))
  }

  private struct Case: CustomTestStringConvertible {
    let name: String
    let key: String
    let value: String
    /// What the error names, where that is not the key.
    var named: String?
    var testDescription: String { "\(name) \(key) \(value)" }
  }

  private static let refused = [
    Case(name: "opt", key: "do_layer_norm_before", value: "false"),
    Case(name: "opt", key: "word_embed_proj_dim", value: "8"),
    Case(name: "opt", key: "activation_function", value: "gelu"),
    Case(name: "opt", key: "enable_bias", value: "false"),
    Case(name: "gpt2", key: "scale_attn_by_inverse_layer_idx", value: "true"),
    Case(name: "gpt2", key: "scale_attn_weights", value: "false"),
    Case(name: "gpt2", key: "activation_function", value: "relu"),
    Case(name: "gpt2", key: "add_cross_attention", value: "true"),
    Case(name: "gpt2", key: "n_inner", value: "32", named: "ffn_up"),
    Case(name: "stablelm", key: "qk_layernorm", value: "true", named: "attn_q_norm"),
    Case(name: "stablelm", key: "use_parallel_residual", value: "true", named: "ffn_norm"),
    Case(name: "stablelm-12b", key: "use_parallel_residual", value: "false", named: "ffn_norm"),
    Case(name: "stablelm-12b", key: "qk_layernorm", value: "false", named: "attn_k_norm"),
    Case(name: "mpt", key: "attn_config", value: #"{"qk_ln": true}"#, named: "qk_ln"),
    Case(name: "mpt", key: "attn_config", value: #"{"alibi": false}"#, named: "alibi"),
    Case(
      name: "mpt", key: "attn_config", value: #"{"attn_type": "multiquery_attention"}"#, named: "attn_type"),
    Case(
      name: "mpt", key: "attn_config", value: #"{"sliding_window_size": 8}"#, named: "sliding_window_size"),
    Case(name: "mpt", key: "attn_config", value: #"{"alibi_bias_max": 4}"#, named: "alibi_bias_max"),
    Case(name: "mpt", key: "no_bias", value: "false"),
    Case(name: "mpt", key: "norm_type", value: "rmsnorm"),
    Case(name: "mpt", key: "logit_scale", value: "0.5"),
    Case(name: "mpt", key: "expansion_ratio", value: "2", named: "ffn_up"),
    Case(name: "phi2", key: "qk_layernorm", value: "true"),
    Case(name: "bloom", key: "apply_residual_connection_post_layernorm", value: "true"),
    Case(name: "falcon", key: "new_decoder_architecture", value: "true", named: "attn_norm_2"),
    Case(name: "falcon-40b", key: "num_ln_in_parallel_attn", value: "1", named: "attn_norm_2"),
    Case(name: "falcon-40b", key: "num_ln_in_parallel_attn", value: "3"),
    Case(name: "falcon-40b", key: "num_kv_heads", value: "3"),
    Case(
      name: "falcon-40b", key: "new_decoder_architecture", value: "false", named: "num_ln_in_parallel_attn"),
    Case(name: "falcon", key: "alibi", value: "true"),
    Case(name: "falcon", key: "parallel_attn", value: "false"),
    Case(name: "gpt-j", key: "rotary_dim", value: "9"),
    Case(name: "gpt-neo", key: "attention_layers", value: #"["global", "strided", "local"]"#),
    Case(name: "olmo", key: "clip_qkv", value: "-8"),
    Case(name: "gptneox", key: "hidden_act", value: "gelu_fast"),
    Case(name: "gptneox", key: "attention_bias", value: "false"),
    Case(name: "gemma", key: "hidden_act", value: "silu"),
    Case(name: "gemma2", key: "hidden_activation", value: "silu"),
    Case(name: "gemma2", key: "attn_logit_softcapping", value: "-1"),
    Case(name: "olmo2", key: "clip_qkv", value: "8"),
    Case(name: "granite", key: "residual_multiplier", value: "0"),
    Case(name: "smollm3", key: "no_rope_layers", value: "[1, 0]"),
    Case(name: "phi3", key: "partial_rotary_factor", value: "1.5"),
    Case(name: "phi3", key: "interpolate_factor", value: "2"),
    Case(name: "phi3", key: "auto_map", value: #"{"AutoModel": "x.Other"}"#),
    Case(name: "llama-yarn", key: "num_local_experts", value: "4"),
    Case(name: "mixtral", key: "num_experts_per_tok", value: "5"),
    Case(name: "mixtral", key: "num_local_experts", value: "5", named: "ffn_gate_inp"),
    Case(name: "mixtral", key: "num_experts", value: "4"),
    Case(name: "qwen3-moe", key: "use_sliding_window", value: "true"),
    Case(name: "qwen2-moe", key: "qkv_bias", value: "false"),
    Case(name: "qwen2-moe", key: "shared_expert_intermediate_size", value: "8", named: "ffn_gate_shexp"),
    Case(name: "qwen3-moe", key: "decoder_sparse_step", value: "2", named: "blk.0.ffn_gate.weight"),
    Case(name: "qwen3", key: "partial_rotary_factor", value: "0.5"),
    Case(name: "mistral", key: "layer_types", value: #"["chunked_attention"]"#),
    Case(
      name: "llama-yarn", key: "rope_parameters", value: #"{"rope_type": "dynamic", "factor": 2}"#,
      named: "dynamic"),
    Case(
      name: "llama-yarn", key: "rope_parameters",
      value: #"{"rope_type": "yarn", "factor": 2, "beta_medium": 3}"#, named: "beta_medium"),
    Case(
      name: "phi3-long", key: "rope_parameters", value: #"{"rope_type": "longrope", "short_factor": [1]}"#,
      named: "short_factor"),
  ]

  @Test(arguments: refused) private func whatIsNotComputedIsNamed(_ refusal: Case) throws {
    let error = #expect(throws: TransformerError.self) {
      try load(refusal.name, refusal.key, parsed(refusal.value))
    }
    #expect(error?.description.contains(refusal.named ?? refusal.key) == true, "\(error?.description ?? "")")
  }

  @Test func codeThatTransformersPassesOverPasses() throws {
    let map = [
      "AutoConfig": "configuration_phi3.Phi3Config", "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM",
    ]
    #expect(try load("phi3", "auto_map", map).configuration.architecture == "phi3")
    #expect(throws: TransformerError.self) { try load("qwen3", "auto_map", map) }
  }
}
