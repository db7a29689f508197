import Files

/// The keys of `config.json` that a decoder may have, for the families that run.
///
/// A key that is not listed may describe anything, so texts, lists, `null` and `false` pass; a number, `true` or an
/// object could ask for arithmetic that is not done and is an error that names the key.
extension HuggingFaceConfigurationReader {
  /// Read into the configuration, or held against the tensors.
  private static let read = words(
    """
    model_type num_hidden_layers hidden_size num_attention_heads num_key_value_heads head_dim intermediate_size
    vocab_size max_position_embeddings rms_norm_eps rope_theta rope_scaling rope_parameters tie_word_embeddings
    attention_bias mlp_bias hidden_act sliding_window use_sliding_window max_window_layers layer_types
    """)

  /// Without influence on the arithmetic of a pass over text: names, training, sampling, other modalities.
  private static let descriptive = words(
    """
    text_config vision_config image_token_index boi_token_index eoi_token_index mm_tokens_per_image bos_token_id
    eos_token_id pad_token_id unk_token_id init_std sep_token_id decoder_start_token_id initializer_range pretraining_tp use_cache
    torch_dtype dtype transformers_version chunk_size_feed_forward return_dict is_encoder_decoder is_decoder
    output_attentions output_hidden_states temperature top_k top_p typical_p max_length min_length num_beams
    num_beam_groups num_return_sequences length_penalty repetition_penalty diversity_penalty no_repeat_ngram_size
    encoder_no_repeat_ngram_size do_sample early_stopping is_llama_config max_sequence_length model_max_length seq_length
    id2label label2id problem_type task_specific_params generation_config
    """)

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  private func isKnown(_ key: String) -> Bool {
    let own = family.configNames.values.contains { $0.contains(key) }
    return own || Self.read.contains(key) && family.configNames[key] == nil || Self.descriptive.contains(key)
      || family.configKeys.contains(key)
  }

  /// What unsloth and its like leave behind, and what acts in training only. An underscore marks what is not
  /// configuration, unless the family reads such keys.
  private func isWithoutInfluence(_ key: String) -> Bool {
    key.hasPrefix("unsloth") || key.contains("drop")
      || key.hasPrefix("_") && !family.configKeys.contains { $0.hasPrefix("_") }
  }

  /// - Throws: for a key that asks for what the decoder does not compute.
  func checkKeys(_ configuration: ModelConfiguration) throws(CheckpointError) {
    guard family.isRun else { return }
    for name in family.activations.keys where config[name]?.present != nil {
      let value = config[name] ?? .null
      let known = family.activations[name] ?? []
      guard let text = value.string, known.contains(text) else {
        throw refused(name, value, known.joined(separator: ", "))
      }
    }
    for member in config.object ?? [] {
      let (key, value) = (member.key, member.value)
      switch key {
      case _ where family.configValues[key] != nil && value.present != nil:
        try check(key, value, among: family.configValues[key] ?? [])
      case "sliding_window" where family.windowlessTypes.contains(modelType):
        guard value.integer.map({ $0 >= configuration.contextLength }) ?? true else {
          throw refused(key, value, "none, as transformers has it for this model type")
        }
      case "auto_map":
        let classes = (value.object ?? []).compactMap { $0.value.string?.split(separator: ".").last }
        if !classes.isEmpty, classes.allSatisfy({ family.ownCode.contains(String($0)) }) { continue }
        throw refused(key, value, "the model types of transformers, without code of their own")
      case _ where isKnown(key): continue
      case _ where value.double == nil && value.bool != true && value.object == nil: continue
      case "partial_rotary_factor" where value.double == 1, "attn_logit_softcapping" where value.double == 0,
        "logits_scaling" where value.double == 1:
        continue
      default:
        if isWithoutInfluence(key) { continue }
        throw refused(key, value, "no such key; it is not known what it asks the decoder to compute")
      }
    }
  }

  private func check(_ key: String, _ value: JSON, among known: [Double]) throws(CheckpointError) {
    let number = value.bool.map { $0 ? 1 : 0 } ?? value.double
    guard let number, known.contains(number) else {
      throw refused(
        key, value, value.bool == nil ? known.map { "\($0)" }.joined(separator: ", ") : "\(known == [1])")
    }
  }

  /// The keys of an object within `config.json`, as those of the whole.
  ///
  /// - Parameters:
  ///   - read: keys that somebody reads.
  ///   - values: keys that ask for what is not computed unless they have one of these values; 1 stands for true.
  func checkMembers(
    of object: JSON, read: Set<String>, values: [String: [Double]]
  ) throws(CheckpointError) {
    for member in object.object ?? [] where !read.contains(member.key) && member.value.present != nil {
      let (key, value) = (member.key, member.value)
      if let known = values[key] {
        try check(key, value, among: known)
      } else if value.double != nil || value.bool == true || value.object != nil,
        !Self.descriptive.contains(key), !isWithoutInfluence(key)
      {
        throw refused(key, value, "no such key; it is not known what it asks the decoder to compute")
      }
    }
  }

  private func refused(_ key: String, _ value: JSON, _ supported: String) -> CheckpointError {
    let shown = value.string ?? value.bool.map { "\($0)" } ?? value.double.map { "\($0)" } ?? value.kind
    return .unsupported(path: path, what: "\"\(key)\"", actual: shown, supported: supported)
  }

  /// Biases must be where `config.json` has them: transformers would leave out those that it does not have, and make up
  /// those that the files lack.
  func checkBiases(_ contains: (String) -> Bool) throws(CheckpointError) {
    guard family.isRun else { return }
    for rule in family.biases {
      let (said, tensor) = (rule.key.flatMap { config[$0]?.bool } ?? rule.standard, rule.tensor)
      let isOpen = rule.key != nil && rule.standard && rule.key.flatMap { config[$0]?.present } == nil
      guard contains("blk.0.\(tensor)") != said, !isOpen else { continue }
      throw .malformed(
        path: path, offset: 0, what: rule.key.map { "\"\($0)\" \(said)" } ?? "the weights",
        expected: said ? "tensors \(tensor)" : "no tensors \(tensor)", actual: said ? "none" : "some")
    }
  }
}
