import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// What a file says about its text and its decoder is done or named, never guessed.
@Suite struct ReadingTests {
  /// A byte-level GGUF without weights but the embedding.
  private func builder(pre: String?) -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.add("general.architecture", string: "llama")
    builder.add("tokenizer.ggml.model", string: "gpt2")
    if let pre { builder.add("tokenizer.ggml.pre", string: pre) }
    builder.add("tokenizer.ggml.tokens", strings: ["a", "b", "<s>"])
    builder.add("tokenizer.ggml.token_type", int32s: [1, 1, 3])
    builder.add("tokenizer.ggml.merges", strings: [])
    builder.add("tokenizer.ggml.bos_token_id", uint32: 2)
    builder.tensors = [.init(name: "token_embd.weight", dimensions: [4, 3], bytes: 48)]
    return builder
  }

  private func definition(_ builder: GGUFBuilder) throws -> TokenizerDefinition {
    let folder = try TemporaryFolder()
    return try Checkpoint.open(folder.write(builder.bytes, to: "a.gguf")).tokenizerDefinition()
  }

  @Test(arguments: ["llama-bpe", "llama3", "llama-v3", "gpt-2", "smollm", "qwen2", "default"])
  func beginOfSequenceFollowsTheRule(_ pre: String) throws {
    let adds = pre.hasPrefix("llama")
    #expect(try definition(builder(pre: pre)).addsBeginOfSequence == adds)
    for said in [true, false] {
      var builder = builder(pre: pre)
      builder.add("tokenizer.ggml.add_bos_token", bool: said)
      #expect(try definition(builder).addsBeginOfSequence == said, "the file's own flag counts")
    }
    let text = try Tokenizer(definition(builder(pre: pre))).encode("ab")
    #expect(text == (adds ? [2, 0, 1] : [0, 1]))
  }

  @Test func sentencePieceFilesWithoutIdsHaveTheUsualOnes() throws {
    var builder = GGUFBuilder()
    builder.add("general.architecture", string: "llama")
    builder.add("tokenizer.ggml.model", string: "llama")
    builder.add("tokenizer.ggml.tokens", strings: ["<unk>", "<s>", "</s>", "▁", "a"])
    builder.add("tokenizer.ggml.token_type", int32s: [2, 3, 3, 1, 1])
    builder.add("tokenizer.ggml.scores", float32s: [0, 0, 0, -1, -2])
    builder.tensors = [.init(name: "token_embd.weight", dimensions: [4, 5], bytes: 80)]
    let definition = try definition(builder)
    #expect((definition.beginOfSequence, definition.endOfSequence, definition.unknown) == (1, 2, 0))
    #expect(try Tokenizer(definition).encode("a") == [1, 3, 4])
  }

  // MARK: - Hugging Face

  private static let config = """
    {"model_type":"llama","architectures":["LlamaForCausalLM"],"num_hidden_layers":1,"hidden_size":4,
     "num_attention_heads":2,"intermediate_size":8,"vocab_size":3,"max_position_embeddings":64,
     "rms_norm_eps":1e-5,"tie_word_embeddings":true,"transformers_version":"5.0","use_cache":true,
     "rope_scaling":null}
    """

  private func folder(_ config: String, tensors: [String] = ["model.embed_tokens.weight"]) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.write(config, to: "config.json")
    let members = tensors.enumerated().map { index, name in
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[3,4],\"data_offsets\":[\(index * 48),\(index * 48 + 48)]}"
    }
    try folder.write(
      safetensors("{" + members.joined(separator: ",") + "}", data: tensors.count * 48),
      to: "model.safetensors")
    return folder
  }

  @Test func plainConfigurationsAreRead() throws {
    let folder = try folder(Self.config)
    #expect(try Checkpoint.open(folder.path).configuration.width == 4)
  }

  private static let refused = [
    (#""hidden_act":"gelu""#, "hidden_act"), (#""partial_rotary_factor":0.5"#, "partial_rotary_factor"),
    (#""num_local_experts":8"#, "num_local_experts"), (#""embedding_multiplier":12"#, "embedding_multiplier"),
    (#""quantization_config":{"bits":4}"#, "quantization_config"), (#""use_qk_norm":true"#, "use_qk_norm"),
    (#""attention_bias":true"#, "attention_bias"), (#""mlp_bias":true"#, "mlp_bias"),
    (#""sliding_window":16"#, "sliding_window"),
    (#""final_logit_softcapping":30.0"#, "final_logit_softcapping"),
    (#""rope_parameters":{"factor":2.0}"#, "factor"), (#""auto_map":{}"#, "auto_map"),
  ]

  @Test(arguments: refused.indices) func whatIsNotComputedIsNamed(_ index: Int) throws {
    let (member, key) = Self.refused[index]
    let folder = try folder(Self.config.replacing("{\"model_type\"", with: "{\(member),\"model_type\""))
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path).configuration }
    #expect(error?.description.contains("\"\(key)\"") == true, "\(error?.description ?? "")")
  }

  @Test func neutralAndDescriptiveKeysPass() throws {
    let members =
      #""_name_or_path":"a","partial_rotary_factor":1.0,"sliding_window":null,"unsloth_fixed":true,"#
      + #""mlp_bias":false,"attention_bias":false,"rope_theta":10000.0,"use_qk_norm":false,"#
    let folder = try folder(Self.config.replacing("{\"model_type\"", with: "{\(members)\"model_type\""))
    #expect(try Checkpoint.open(folder.path).configuration.ropeScaling == .none)
  }

  @Test func slidingWindowsOfQwenAreOffUnlessAskedFor() throws {
    let qwen = Self.config.replacing("\"llama\"", with: "\"qwen2\"")
    func windows(_ members: String) throws -> [Bool] {
      let folder = try folder(qwen.replacing("{\"model_type\"", with: "{\(members),\"model_type\""))
      return try Checkpoint.open(folder.path).configuration.slidingBlocks
    }
    #expect(try windows(#""sliding_window":16,"max_window_layers":0"#).isEmpty)
    #expect(try windows(#""sliding_window":16,"max_window_layers":0,"use_sliding_window":true"#) == [true])
  }

  @Test func anUntiedModelWithoutItsHeadIsNotTied() throws {
    let untied = Self.config.replacing("\"tie_word_embeddings\":true", with: "\"tie_word_embeddings\":false")
    let broken = try folder(untied)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(broken.path).unembedding }
    #expect(error?.description.contains("lm_head.weight is missing") == true)
    let whole = try folder(untied, tensors: ["model.embed_tokens.weight", "lm_head.weight"])
    #expect(try Checkpoint.open(whole.path).unembedding != nil)
    let tied = try folder(Self.config)
    #expect(try Checkpoint.open(tied.path).logitMatrix == nil)
    // Saved without a head: its embedding is of use, its logits are not to be had.
    let headless = try folder(untied.replacing("LlamaForCausalLM", with: "LlamaModel"))
    #expect(try Checkpoint.open(headless.path).unembedding == nil)
    #expect(throws: CheckpointError.self) { try Checkpoint.open(headless.path).logitMatrix }
  }

  /// transformers 5: the flags of tokenizer_config.json, where there are any, count; else the template.
  @Test func beginAndEndOfSequenceOfAFolder() throws {
    func adds(_ processor: String, _ config: String) throws -> [Int] {
      let folder = try folder(Self.config)
      try folder.write(
        """
        {"added_tokens":[{"id":1,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true}],
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
         "post_processor":\(processor),"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}
        """, to: "tokenizer.json")
      try folder.write("{\(config)\"bos_token\":\"<s>\",\"eos_token\":\"</s>\"}", to: "tokenizer_config.json")
      return try Tokenizer(Checkpoint.open(folder.path).tokenizerDefinition()).encode("a")
    }
    let begin = #"{"SpecialToken":{"id":"<s>","type_id":0}},"#
    let text = #"{"Sequence":{"id":"A","type_id":0}}"#
    let end = #",{"SpecialToken":{"id":"</s>","type_id":0}}"#
    let ids = #""special_tokens":{"<s>":{"id":"<s>","ids":[1]},"</s>":{"id":"</s>","ids":[2]}}"#
    func template(_ parts: String) -> String {
      #"{"type":"TemplateProcessing",\#(ids),"single":[\#(parts)]}"#
    }
    #expect(try adds("null", "") == [0])
    #expect(try adds(template(begin + text), "") == [1, 0])
    #expect(try adds(template(begin + text + end), "") == [1, 0, 2])
    #expect(try adds(template(text + end), "") == [0, 2])
    #expect(try adds(template(begin + text), #""add_bos_token":false,"#) == [0])
    #expect(try adds("null", #""add_bos_token":true,"add_eos_token":true,"#) == [1, 0, 2])
    #expect(
      try adds(#"{"type":"RobertaProcessing","cls":["<s>",1],"sep":["</s>",2]}"#, "") == [1, 0, 2])
    #expect(
      try adds(#"{"type":"Sequence","processors":[{"type":"ByteLevel"},"# + template(begin + text) + "]}", "")
        == [1, 0])
  }
}
