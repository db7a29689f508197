import Checkpoints
import Foundation
import Tensors
import Testing
import Transformers

/// Encoders of sentences against transformers, with the pooling of sentence-transformers.
@Suite struct SentenceEncoderTests {
  struct Golden: Decodable {
    let texts: [String]
    let ids: [[Int]]
    /// Of the last four positions of the third text: entering block 0, entering the last block, leaving it.
    let states: [[Float]]
    let vectors: [[Float]]
    /// What leaves the last block at the first token.
    let first: [[Float]]
  }

  static let names = ["bert", "mpnet", "roberta"]

  private func golden(_ name: String) throws -> Golden {
    let data = try Data(contentsOf: TinyModel.golden("encoders", "json"))
    return try #require(try JSONDecoder().decode([String: Golden].self, from: data)[name])
  }

  private func path(_ name: String) throws -> String {
    try TinyModel.golden("encoders", "json").deletingLastPathComponent().path + "/encoders/" + name
  }

  private func load(_ name: String) throws -> SentenceEncoder {
    try SentenceEncoder.load(Checkpoint.open(path(name)))
  }

  @Test(arguments: names) func equalsTheReference(_ name: String) throws {
    let (encoder, golden) = (try load(name), try golden(name))
    #expect(golden.texts.map { encoder.tokens(of: $0) } == golden.ids)
    let last = encoder.configuration.blockCount
    for (block, expected) in zip([0, last - 1, last], golden.states) {
      let states = try encoder.hiddenStates(of: [golden.ids[2]], entering: block)
      #expect(distance(Array(states.elements.suffix(64)), expected) <= 1e-4, "entering block \(block)")
    }
    let vectors = try encoder.encode(golden.ids)
    #expect(distance(vectors.elements, golden.vectors.flatMap(\.self)) <= 1e-4)
    #expect(encoder.pooling == SentencePooling(mode: .mean, normalises: name != "mpnet", maximumTokens: 90))
    let first = try SentenceEncoder.load(Checkpoint.open(path(name)), pooling: SentencePooling(mode: .cls))
    #expect(distance(try first.encode(golden.ids).elements, golden.first.flatMap(\.self)) <= 1e-4)
    #expect(encoder.maximumTokens == 90)
  }

  /// Alone, in any order, and beside others: the same vectors.
  @Test(arguments: names) func batchesDoNotMatter(_ name: String) throws {
    let (encoder, golden) = (try load(name), try golden(name))
    for order in [[3], [0, 1], [3, 2, 1, 0], [2, 2, 1]] {
      let vectors = try encoder.encode(order.map { golden.ids[$0] })
      for (row, text) in order.enumerated() {
        #expect(distance(vectors.row(row), golden.vectors[text]) <= 1e-4, "\(order), \(row)")
      }
    }
  }

  @Test func textsAreCutAsSentenceTransformersCutsThem() throws {
    let encoder = try load("bert")
    let long = [0] + Array(repeating: 5, count: 200) + [2]
    let cut = encoder.cut(long)
    #expect(cut.count == 90 && cut.first == 0 && cut.last == 2)
    #expect(encoder.cut([0, 5, 2]) == [0, 5, 2])
    let expected = TransformerError.contextLength(sequence: 0, length: 202, limit: 100)
    #expect(throws: expected) { try encoder.encode([long]) }
    #expect(throws: TransformerError.emptySequence(sequence: 1)) { try encoder.encode([[0], []]) }
    #expect(throws: TransformerError.self) { try encoder.encode([[0, 99, 2]]) }
  }

  private static let refused: [(name: String, file: String, key: String, value: String, named: String)] = [
    ("bert", "config.json", "position_embedding_type", #""relative_key""#, "position_embedding_type"),
    ("bert", "config.json", "is_decoder", "true", "is_decoder"),
    ("bert", "config.json", "hidden_act", #""swiglu""#, "hidden_act"),
    ("bert", "config.json", "type_vocab_size", "3", "token_types.weight"),
    ("bert", "config.json", "rotary_dim", "4", "rotary_dim"),
    ("roberta", "config.json", "pad_token_id", "-2", "pad_token_id"),
    ("roberta", "config.json", "pad_token_id", "101", "pad_token_id"),
    ("roberta", "config.json", "max_position_embeddings", "101", "position_embd"),
    ("roberta", "config.json", "position_embedding_type", #""relative_key""#, "position_embedding_type"),
    ("mpnet", "config.json", "relative_attention_num_buckets", "6", "relative_attention_num_buckets"),
    ("mpnet", "config.json", "relative_attention_num_buckets", "16", "attn_rel_b"),
    ("bert", "1_Pooling/config.json", "pooling_mode_max_tokens", "true", "pooling_mode_max_tokens"),
    ("mpnet", "1_Pooling/config.json", "pooling_mode_lasttoken", "true", "pooling_mode_lasttoken"),
    ("bert", "sentence_bert_config.json", "do_lower_case", "true", "do_lower_case"),
    ("bert", "sentence_bert_config.json", "max_seq_length", "1", "max_seq_length"),
    ("bert", "config_sentence_transformers.json", "default_prompt_name", #""query""#, "default_prompt_name"),
  ]

  @Test(arguments: refused.indices) func whatIsNotComputedIsNamed(_ index: Int) throws {
    let refusal = Self.refused[index]
    let folder = try ChangedFolder(
      of: path(refusal.name), refusal.file, refusal.key, parsed(refusal.value))
    let error = #expect(throws: TransformerError.self) {
      try SentenceEncoder.load(Checkpoint.open(folder.path))
    }
    #expect(error?.description.contains(refusal.named) == true, "\(error?.description ?? "")")
  }

  @Test func otherModulesAreNamed() throws {
    let dense = ["path": "3_Dense", "type": "sentence_transformers.models.Dense"]
    let folder = try ChangedFolder(of: path("mpnet"), "modules.json") { value in
      value = (value as? [Any] ?? []) + [dense]
    }
    let error = #expect(throws: TransformerError.self) {
      try SentenceEncoder.load(Checkpoint.open(folder.path))
    }
    #expect(error?.description.contains("Dense") == true, "\(error?.description ?? "")")
    // What the user says stands in place of what the folder says.
    let own = try SentenceEncoder.load(Checkpoint.open(folder.path), pooling: SentencePooling(mode: .max))
    let states = try own.hiddenStates(of: [[0, 7, 2]])
    let largest = (0..<16).map { column in (0..<3).map { states[$0, column] }.max() ?? 0 }
    #expect(distance(try own.encode([[0, 7, 2]]).elements, largest) <= 1e-6)
    try FileManager.default.removeItem(atPath: folder.path + "/modules.json")
    let missing = #expect(throws: TransformerError.self) {
      try SentenceEncoder.load(Checkpoint.open(folder.path))
    }
    #expect(missing?.description.contains("--pooling mean") == true)
  }

  @Test func decodersAndEncodersAreToldApart() throws {
    let decoder = try Checkpoint.open(TinyModel.golden("llama", "gguf").path)
    let first = #expect(throws: TransformerError.self) { try SentenceEncoder.load(decoder) }
    #expect(first?.description.contains("llama") == true && first?.description.contains("bert") == true)
    let second = #expect(throws: TransformerError.self) { try Model.load(Checkpoint.open(path("mpnet"))) }
    #expect(second?.description.contains("sextant encode") == true, "\(second?.description ?? "")")
  }
}
