/// Hugging Face tensor names to GGUF's, of one family.
struct TensorNames {
  private let blockParts: [String: String]
  private let outer: [String: String]
  private let prefixes: [String]

  init(_ family: ModelFamily) {
    blockParts = Self.shared.merging(family.blockTensors) { _, new in new }
    outer = Self.sharedOuter.merging(family.outerTensors) { _, new in new }
    prefixes = family.tensorPrefixes + Self.sharedPrefixes
  }

  private static let shared = [
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
  ]

  private static let sharedPrefixes = [
    "model.language_model.", "language_model.model.", "language_model.", "model.", "transformer.",
    "gpt_neox.",
    "bert.", "roberta.",
  ]

  private static let sharedOuter = [
    "embed_tokens.weight": "token_embd.weight", "wte.weight": "token_embd.weight",
    "embed_in.weight": "token_embd.weight", "embeddings.word_embeddings.weight": "token_embd.weight",
    "norm.weight": "output_norm.weight", "norm.bias": "output_norm.bias",
    "lm_head.weight": "output.weight", "embed_out.weight": "output.weight",
  ]

  /// What training tools wrap around a model: PEFT, data parallelism, torch.compile.
  private static let wrappers = ["base_model.model.", "_orig_mod.", "module."]

  private static func unwrapped(_ name: String) -> String {
    var rest = name.replacing("._orig_mod.", with: ".")
    while let wrapper = wrappers.first(where: rest.hasPrefix) { rest.removeFirst(wrapper.count) }
    return rest
  }

  /// The GGUF name, or `nil` when no table knows the tensor.
  func gguf(_ name: String) -> String? {
    let name = Self.unwrapped(name)
    var rest = name[...]
    if let prefix = prefixes.first(where: name.hasPrefix) { rest = name.dropFirst(prefix.count) }
    if let known = outer[String(rest)] { return known }
    let parts = rest.split(separator: ".")
    guard parts.count >= 4, ["layers", "h", "blocks", "layer"].contains(parts[0]), let block = Int(parts[1]),
      block >= 0,
      let part = blockPart(parts[2..<parts.count - 1])
    else { return nil }
    return "blk.\(block).\(part).\(parts[parts.count - 1])"
  }

  /// The name of a part of a block; of one that is numbered, with its number.
  private func blockPart(_ words: ArraySlice<Substring>) -> String? {
    if let part = blockParts[words.joined(separator: ".")] { return part }
    guard let place = words.firstIndex(where: { Int($0) != nil }), let number = Int(words[place]), number >= 0
    else { return nil }
    var words = words
    words[place] = "*"
    return blockParts[words.joined(separator: ".")]?.replacing("*", with: "\(number)")
  }
}
