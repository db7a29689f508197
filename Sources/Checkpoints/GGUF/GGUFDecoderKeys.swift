/// The metadata keys behind `<architecture>.` that a decoder may have, and what becomes of each.
///
/// llama.cpp passes over keys that it does not know; here such a key is an error that names it, for it may ask for
/// arithmetic that is not done. Keys of other prefixes (`general.`, `tokenizer.`, `quantize.`) describe the file.
struct GGUFDecoderKeys {
  enum Use {
    /// Becomes part of the configuration.
    case read
    /// Says nothing about the arithmetic.
    case descriptive
    /// Asks for something that is not computed, unless it has one of these values.
    case only([Double])
  }

  /// `nil` for a key that is not known.
  static func use(of key: String, in family: ModelFamily) -> Use? { family.ggufKeys[key] ?? uses[key] }

  private static let uses: [String: Use] = [
    "block_count": .read, "context_length": .read, "embedding_length": .read, "feed_forward_length": .read,
    "attention.head_count": .read, "attention.head_count_kv": .read, "attention.key_length": .read,
    "attention.value_length": .read, "attention.layer_norm_rms_epsilon": .read, "attention.scale": .read,
    "attention.sliding_window": .read, "rope.dimension_count": .read, "rope.freq_base": .read,
    "rope.scaling.yarn_beta_fast": .read, "rope.scaling.yarn_beta_slow": .read,
    "rope.scaling.type": .read, "rope.scaling.factor": .read, "rope.scale_linear": .read,
    "vocab_size": .descriptive, "tensor_data_layout": .descriptive, "rope.scaling.finetuned": .descriptive,
    "rope.scaling.original_context_length": .descriptive, "pooling_type": .descriptive,
    "attention.layer_norm_epsilon": .descriptive,
    "attention.causal": .only([1]), "use_parallel_residual": .only([0]),
    "attention.clamp_kqv": .only([0]), "attention.max_alibi_bias": .only([0]),
    "attn_logit_softcapping": .only([0]), "final_logit_softcapping": .only([0]), "expert_count": .only([0]),
    "expert_used_count": .only([0]),
    "expert_feed_forward_length": .only([0]), "rope.scaling.attn_factor": .only([1]),
    "rope.scaling.yarn_log_multiplier": .only([0]), "logit_scale": .only([0, 1]),
    "residual_scale": .only([0, 1]), "embedding_scale": .only([0, 1]),
  ]
}

extension GGUFDecoderKeys.Use {
  func allows(_ value: MetadataValue) -> Bool {
    guard case .only(let numbers) = self else { return true }
    let number = value.bool.map { $0 ? 1.0 : 0.0 } ?? value.number
    return number.map(numbers.contains) ?? false
  }

  /// What may stand in place of a value that is refused.
  var allowed: String {
    guard case .only(let numbers) = self else { return "any" }
    return numbers.map { "\(Int($0))" }.joined(separator: " or ")
  }
}
