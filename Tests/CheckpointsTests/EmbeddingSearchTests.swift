import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// Embeddings under names that no table knows: what is unambiguous is taken and said, the rest is listed.
@Suite struct EmbeddingSearchTests {
  /// A folder with tensors of these shapes, whose bytes are all `fill`.
  private func folder(
    _ tensors: [(name: String, shape: [Int], fill: UInt8)], config: String = #""tie_word_embeddings":true"#
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    var data: [UInt8] = []
    var members: [String] = []
    for tensor in tensors {
      let size = tensor.shape.reduce(4, *)
      members.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(data.count),\(data.count + size)]}"
      )
      data += [UInt8](repeating: tensor.fill, count: size)
    }
    let header = "{" + members.joined(separator: ",") + "}"
    try folder.write(le(UInt64(header.utf8.count)) + Array(header.utf8) + data, to: "model.safetensors")
    try folder.write("{\"model_type\":\"odd\",\"vocab_size\":5,\(config)}", to: "config.json")
    return folder
  }

  @Test(arguments: [
    "base_model.model.model.embed_tokens.weight", "_orig_mod.model.embed_tokens.weight",
    "module._orig_mod.model.embed_tokens.weight", "model._orig_mod.embed_tokens.weight",
    "model.decoder.embed_tokens.weight", "shared.weight", "model.shared.weight", "transformer.wte.weight",
    "language_model.model.embed_tokens.weight", "base_model.model.model.language_model.embed_tokens.weight",
    "backbone.embeddings.weight", "transformer.word_embeddings.weight", "tok_embeddings.weight",
    "thinker.model.embed_tokens.weight", "my.own.matrix", "transformer.embedding.word_embeddings.weight",
  ]) func findsTheEmbedding(name: String) throws {
    let folder = try folder([
      (name, [5, 3], 1), ("other.weight", [4, 3], 2), ("norm.weight", [3], 3), ("odd", [5, 3, 1], 4),
    ])
    let checkpoint = try Checkpoint.open(folder.path)
    let embedding = try checkpoint.inputEmbedding
    #expect((embedding.rows, embedding.columns) == (5, 3))
    #expect(embedding.dequantised().elements[0].bitPattern & 0xFF == 1)
    #expect(try checkpoint.unembedding == nil)
    let isKnown = checkpoint.tensorNames.contains("token_embd.weight")
    #expect(isKnown ? checkpoint.remarks.isEmpty : checkpoint.remarks.only?.contains(name) == true)
  }

  @Test func aTiedHeadAloneIsTheEmbedding() throws {
    let place = try folder([("lm_head.weight", [5, 3], 1)])
    let tied = try Checkpoint.open(place.path)
    #expect(try tied.inputEmbedding.rows == 5)
    #expect(try tied.unembedding == nil)
    #expect(tied.remarks.only?.contains("lm_head.weight [5 x 3]") == true)
    for config in [#""tie_word_embeddings":false"#, #""x":1"#] {
      let folder = try folder([("lm_head.weight", [5, 3], 1)], config: config)
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path).inputEmbedding }
      #expect(error?.description.contains("lm_head.weight [5 x 3]") == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("--tensor") == true)
    }
  }

  @Test func anUntiedHeadIsFoundToo() throws {
    let folder = try folder(
      [("enc.shared.weight", [5, 3], 1), ("dec.output_layer.weight", [5, 3], 2)],
      config: #""tie_word_embeddings":false"#)
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.remarks.count == 2)
    let head = try #require(try checkpoint.unembedding)
    #expect(head.dequantised().elements[0].bitPattern & 0xFF == 2)
  }

  /// T5 keeps its one matrix under three names.
  @Test func copiesAreOneMatrix() throws {
    let names = ["decoder.embed_tokens.weight", "encoder.embed_tokens.weight", "shared.weight"]
    let place = try folder(names.map { ($0, [5, 3], 1) })
    let same = try Checkpoint.open(place.path)
    #expect(same.remarks.only?.contains("shared.weight") == true)
    #expect(try same.inputEmbedding.rows == 5)
    let different = try folder(names.enumerated().map { ($1, [5, 3], UInt8($0)) })
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(different.path).inputEmbedding }
    for name in names { #expect(error?.description.contains("\(name) [5 x 3]") == true) }
  }

  @Test func configurationsThatDescribeNoDecoderDoNotMatter() throws {
    let folder = try folder([("model.embed_tokens.weight", [5, 3], 1)])
    for config in ["{}", "[]", #"{"dim": 3}"#] {
      try folder.write(config, to: "config.json")
      let checkpoint = try Checkpoint.open(folder.path)
      #expect(try checkpoint.inputEmbedding.rows == 5)
      #expect(checkpoint.architecture == "unknown")
      #expect(throws: CheckpointError.self) { try checkpoint.configuration }
    }
  }

  @Test func nameTheTensor() throws {
    let folder = try folder([("a", [5, 3], 1), ("b", [5, 3], 2), ("c", [4, 9], 3)])
    let checkpoint = try Checkpoint.open(folder.path)
    let error = #expect(throws: CheckpointError.self) { try checkpoint.inputEmbedding }
    #expect(
      error?.description.contains("(5) are a [5 x 3], b [5 x 3];") == true, "\(error?.description ?? "")")
    let taken = try checkpoint.taking(embedding: "b").inputEmbedding
    #expect(taken.dequantised().elements[0].bitPattern & 0xFF == 2)
    #expect(throws: CheckpointError.self) { try checkpoint.taking(embedding: "d") }
  }

  @Test func nameTheTensorOfGGUF() throws {
    var builder = GGUFBuilder()
    builder.add("general.architecture", string: "odd")
    builder.add("tokenizer.ggml.tokens", strings: ["a", "b", "c"])
    builder.tensors = [
      .init(name: "emb.weight", dimensions: [4, 3], bytes: 48),
      .init(name: "other.weight", dimensions: [5, 2], bytes: 40),
      .init(name: "norm.weight", dimensions: [4], bytes: 16),
    ]
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint.open(folder.write(builder.bytes, to: "odd.gguf"))
    let error = #expect(throws: CheckpointError.self) { try checkpoint.inputEmbedding }
    #expect(
      error?.description.contains("(3) are emb.weight [3 x 4]; say which with") == true,
      "\(error?.description ?? "")")
    let taken = try checkpoint.taking(embedding: "other.weight").inputEmbedding
    #expect((taken.rows, taken.columns, taken.name) == (2, 5, "other.weight"))
    let none = #expect(throws: CheckpointError.self) { try checkpoint.taking(embedding: "token_embd.weight") }
    #expect(none?.description.contains("emb.weight [3 x 4]") == true)
  }

  /// Positions have few rows; where no matrix has as many as the vocabulary, nothing is guessed.
  @Test func nothingIsGuessed() throws {
    let folder = try folder([("position.weight", [4, 3], 1), ("type.weight", [2, 3], 1)])
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path).inputEmbedding }
    #expect(error?.description.contains("no matrix has as many rows as the vocabulary (5)") == true)
    #expect(error?.description.contains("position.weight [4 x 3]") == true)
  }
}

extension Array {
  /// The element of an array of one.
  var only: Element? { count == 1 ? first : nil }
}
