import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Models of which only the embedding is read: their folders as transformers writes them, their tokens as its classes have them.
@Suite struct EmbeddingsAloneTests {
  private struct Expected: Decodable {
    let tensor: String
    let forms: [String]?
    let special: [Int]?
    let shape: [Int]
    /// Every twentieth.
    let rows: [[Float]]
  }

  private static let names = ["t5", "whisper", "marian", "roberta", "nomic-bert"]

  private func expected(_ name: String) throws -> Expected {
    let data = try Data(contentsOf: URL(filePath: golden("embeddings.json")))
    return try #require(try JSONDecoder().decode([String: Expected].self, from: data)[name])
  }

  private func open(_ name: String) throws -> Checkpoint { try .open(golden("embeddings/" + name)) }

  private func equals(_ checkpoint: Checkpoint, _ expected: Expected) throws {
    let embedding = try checkpoint.inputEmbedding
    #expect([embedding.rows, embedding.columns] == expected.shape)
    let matrix = embedding.dequantised()
    for (index, row) in expected.rows.enumerated() {
      #expect(zip(matrix.row(20 * index), row).allSatisfy { abs($0 - $1) <= 1e-6 }, "row \(20 * index)")
    }
  }

  @Test(arguments: names) func rowsAndTokensBelongTogether(_ name: String) throws {
    let (checkpoint, expected) = (try open(name), try expected(name))
    try equals(checkpoint, expected)
    #expect(try checkpoint.unembedding == nil)
    let tokens = try checkpoint.vocabulary().tokens
    let forms = try #require(expected.forms)
    #expect(tokens.count == expected.shape[0])
    #expect(tokens.prefix(forms.count).map(\.form) == forms)
    let special = Set(try #require(expected.special))
    for token in tokens {
      let kind = token.id < forms.count ? token.kind : .normal
      #expect((kind == .control) == special.contains(token.id), "\(token)")
      #expect(token.id < forms.count || token.kind == .unused, "\(token)")
    }
  }

  /// An entry with the mark of its tokenizer is a word with a space before it.
  @Test(arguments: ["t5": "▁", "whisper": "Ġ", "marian": "▁", "roberta": "Ġ", "nomic-bert": ""])
  func formsAreReadAsText(_ name: String, _ mark: String) throws {
    let tokens = try open(name).vocabulary().tokens.filter { token in
      token.kind == .normal && token.form.hasPrefix(mark) && !token.form.hasPrefix("##")
        && token.form.dropFirst(mark.count).utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }
    #expect(tokens.count >= 3)
    for token in tokens {
      #expect(token.bytes == Array((" " + token.form.dropFirst(mark.count)).utf8), "\(token)")
    }
  }

  /// Whatever the name of the tensor, it is said where no table knows it.
  @Test func theChoiceIsSaid() throws {
    for name in ["t5", "whisper", "marian"] {
      #expect(try open(name).remarks.only?.contains(try expected(name).tensor) == true)
    }
    for name in ["roberta", "nomic-bert"] { #expect(try open(name).remarks.isEmpty) }
  }

  /// A translator with a vocabulary for each language: the encoder's embedding with the source's tokens and no unembedding, or the
  /// decoder's with the target's and its own.
  @Test func twoVocabularies() throws {
    let checkpoint = try open("marian-two")
    try equals(checkpoint, try expected("marian-two"))
    let decoders = "model.decoder.embed_tokens.weight"
    #expect(checkpoint.remarks.count == 2)
    #expect(checkpoint.remarks.first?.contains("--tensor` takes another: \(decoders) [") == true)
    #expect(checkpoint.remarks.last?.contains("left out lm_head.weight [") == true, "\(checkpoint.remarks)")
    #expect(checkpoint.remarks.last?.contains("the unembedding of \(decoders)") == true)
    #expect(try checkpoint.unembedding == nil)
    func forms(_ file: String) throws -> [String: Int] {
      try JSONDecoder().decode(
        [String: Int].self, from: Data(contentsOf: URL(filePath: golden("embeddings/marian-two/" + file))))
    }
    let source = try checkpoint.vocabulary().tokens
    #expect(Dictionary(uniqueKeysWithValues: source.map { ($0.form, $0.id) }) == (try forms("vocab.json")))
    let target = try checkpoint.taking(embedding: decoders)
    let tokens = try target.vocabulary().tokens
    #expect(
      Dictionary(uniqueKeysWithValues: tokens.map { ($0.form, $0.id) }) == (try forms("target_vocab.json")))
    #expect(tokens.count < source.count)
    #expect(try target.inputEmbedding.rows == tokens.count && target.unembedding?.rows == tokens.count)
  }

  @Test(arguments: ["t5", "whisper", "marian", "nomic-bert"]) func runningThemIsRefusedByName(_ name: String)
    throws
  {
    let checkpoint = try open(name)
    for refuse in [checkpoint.requireRunnable, checkpoint.requireEncoder] {
      let error = #expect(throws: CheckpointError.self) { try refuse() }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains(checkpoint.architecture) == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("supported: ") == true)
    }
    let error = #expect(throws: CheckpointError.self) { try checkpoint.requireRunnable() }
    #expect(error?.description.contains("sextant import") == true)
  }

  @Test func whatMarianDoesWithTextIsNamed() throws {
    let remark = try open("marian").vocabulary().remarks.first
    #expect(remark?.contains("Marian's has another for each language") == true, "\(remark ?? "")")
  }

  /// GGUF of encoders as llama.cpp's converter writes them: words with ▁ in front, what goes on with one without ##.
  @Test(arguments: ["bert", "nomic-bert"]) func encodersInGGUF(_ architecture: String) throws {
    var builder = GGUFBuilder()
    builder.add("general.architecture", string: architecture)
    builder.add(architecture + ".block_count", uint32: 1)
    builder.add("tokenizer.ggml.model", string: "bert")
    builder.add("tokenizer.ggml.pre", string: "jina-v2-en")
    builder.add("tokenizer.ggml.tokens", strings: ["[CLS]", "▁king", "ing", "▁,"])
    builder.add("tokenizer.ggml.token_type", int32s: [3, 1, 1, 1])
    builder.tensors = [
      .init(name: "token_embd.weight", dimensions: [2, 4], bytes: 32),
      .init(name: "token_types.weight", dimensions: [2, 2], bytes: 16),
      .init(name: "token_embd_norm.weight", dimensions: [2], bytes: 8),
    ]
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint.open(folder.write(builder.bytes, to: "a.gguf"))
    #expect(try checkpoint.inputEmbedding.rows == 4)
    #expect(try checkpoint.unembedding == nil)
    let tokens = try checkpoint.vocabulary().tokens
    #expect(tokens.map { String(decoding: $0.bytes, as: UTF8.self) } == ["", " king", "ing", " ,"])
    #expect(tokens.map(\.kind) == [.control, .normal, .normal, .normal])
    for refuse in [checkpoint.requireRunnable, checkpoint.requireEncoder] {
      let error = #expect(throws: CheckpointError.self) { try refuse() }
      #expect(error?.description.contains(architecture) == true, "\(error?.description ?? "")")
    }
  }
}
