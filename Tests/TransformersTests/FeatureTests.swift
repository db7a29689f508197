import Checkpoints
import Foundation
import Tensors
import Testing
import Transformers

/// What a file may ask for beyond the plain decoder of its family: computed as transformers does, or refused by name.
@Suite struct FeatureTests {
  private struct Golden: Decodable {
    let tokens: [Int]
    let logits: [[Float]]
  }

  private static let computed = [
    "llama-biases", "llama-factor-without-type", "llama-factor-of-old", "llama-frequencies-and-factor",
    "qwen2-without-biases", "qwen2-output-biases", "gemma3-soft-cap", "gemma3-of-62-blocks", "folder",
  ]

  private func path(_ name: String) throws -> String {
    let features = try TinyModel.golden("features", "json").deletingLastPathComponent().path + "/features/"
    return features + (name == "folder" ? name : name + ".gguf")
  }

  private func golden(_ name: String) throws -> Golden {
    let data = try Data(contentsOf: TinyModel.golden("features", "json"))
    return try #require(try JSONDecoder().decode([String: Golden].self, from: data)[name])
  }

  private func logits(_ model: Model, _ tokens: [Int]) throws -> Matrix<Float> {
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    return try model.forward([tokens], cache: &cache, logits: .all).logits
  }

  @Test(arguments: computed) func logitsEqualTheReference(_ name: String) throws {
    let golden = try golden(name)
    let model = try Model.load(Checkpoint.open(path(name)))
    let logits = try logits(model, golden.tokens)
    #expect(distance(logits.elements, golden.logits.flatMap(\.self)) <= 1e-4)
    // The short way to single logits knows biases and caps, too.
    let states = try model.prefix([golden.tokens], before: 0)
    let last = SequencePosition(sequence: 0, position: golden.tokens.count - 1)
    let final = try model.finalStates(continuing: states, selecting: [last, last])
    #expect(distance(try model.logits(of: [5, 90], from: final), [logits[15, 5], logits[15, 90]]) <= 1e-4)
  }

  private static let files =
    TinyModel.names + computed.dropLast().map { "features/" + $0 }
    + FamilyCase.withGGUF.map { "families/" + $0 }

  private func draft(_ file: String) throws -> GGUFDraft {
    try GGUFDraft(TinyModel.golden("tiny", "json").deletingLastPathComponent().path + "/" + file + ".gguf")
  }

  /// Who reads it? A key whose value makes no sense must be missed by somebody, unless it only describes.
  @Test(arguments: files) func everyKeyIsRead(_ file: String) throws {
    let draft = try draft(file)
    #expect(try Model.load(draft.checkpoint()).configuration.blockCount > 0)
    for key in draft.decoderKeys {
      var changed = draft
      changed.metadata[key] = .string("?")
      let error = #expect(throws: TransformerError.self, "\(key)") { try Model.load(changed.checkpoint()) }
      #expect(error?.description.contains(key) ?? false, "\(key): \(error?.description ?? "nothing")")
    }
    let architecture = try #require(draft.metadata["general.architecture"]?.string)
    for key in ["attention.invented", "rope.scaling.yarn_ext_factor", "expert_gating_func", "swin_norm"] {
      var changed = draft
      changed.metadata["\(architecture).\(key)"] = .unsigned(1)
      let error = #expect(throws: TransformerError.self, "\(key)") { try Model.load(changed.checkpoint()) }
      #expect(error?.description.contains("\(architecture).\(key)") == true)
    }
  }

  /// Who reads it? A tensor that goes must be missed, one that comes must be noticed.
  @Test(arguments: files.filter { !$0.contains("62") }) func everyTensorIsRead(_ file: String) throws {
    let draft = try draft(file)
    let tokens = (0..<8).map { 7 * $0 % 96 }
    let whole = try logits(Model.load(draft.checkpoint()), tokens)
    for index in draft.tensors.indices {
      var changed = draft
      let name = changed.tensors.remove(at: index).name
      if let model = try? Model.load(changed.checkpoint()) {
        #expect(try distance(logits(model, tokens).elements, whole.elements) > 1e-4, "\(name) is not read")
      }
      changed = draft
      changed.tensors[index].name = "blk.0.invented.weight"
      changed.tensors.append(draft.tensors[index])
      let error = #expect(throws: TransformerError.self, "\(name)") { try Model.load(changed.checkpoint()) }
      #expect(error?.description.contains("blk.0.invented.weight") == true, "\(error?.description ?? "")")
    }
  }

  /// NaN and infinity in any tensor are found, at the latest with the logits, and the tensor is named.
  @Test(arguments: files.filter { !$0.contains("62") }) func everyTensorIsWatched(_ file: String) throws {
    let draft = try draft(file)
    for (index, tensor) in draft.tensors.enumerated() {
      for bad in [Float.nan, .infinity] {
        var changed = draft
        // The row of token 0, or the first number.
        changed.tensors[index].floats[0] = bad
        let error = #expect(throws: TransformerError.self, "\(tensor.name)") {
          let model = try Model.load(changed.checkpoint())
          _ = try model.generate([[0, 1, 2]])
        }
        #expect(
          error?.description.contains(tensor.name) == true, "\(tensor.name): \(error?.description ?? "")")
      }
    }
    var changed = draft
    changed.tensors[try #require(draft.index("token_embd.weight"))].floats[0] = .nan
    let model = try Model.load(changed.checkpoint())
    let point = ActivationPoint(block: 0, site: .residualPost)
    #expect(throws: TransformerError.self) { try model.activations([[0]], at: [point]) }
    #expect(throws: TransformerError.self) { try model.prefix([[0]], before: 1) }
    #expect(throws: TransformerError.self) {
      try model.logProbabilities(of: [Continuation(prompt: [0], continuation: [1])])
    }
    // A row of the unembedding that the prompt does not read.
    changed = draft
    let head = try #require(draft.index("output.weight") ?? draft.index("token_embd.weight"))
    changed.tensors[head].floats[changed.tensors[head].floats.count - 1] = .infinity
    #expect(throws: TransformerError.self) { try Model.load(changed.checkpoint()).generate([[0, 1, 2]]) }
  }

  private static let refused: [(file: String, key: String, value: MetadataValue)] = [
    ("qwen2", "qwen2.expert_count", .unsigned(8)),
    ("families/mixtral", "llama.expert_used_count", .unsigned(5)),
    ("families/qwen2-moe", "qwen2moe.expert_count", .unsigned(0)),
    ("llama", "llama.rope.dimension_count", .unsigned(4)),
    ("llama", "llama.attention.scale", .float(0.5)), ("qwen2", "qwen2.attention.scale", .float(1)),
    ("llama", "llama.attention.sliding_window", .unsigned(8)),
    ("llama", "llama.attention.value_length", .unsigned(4)),
    ("llama", "llama.attention.causal", .bool(false)), ("llama", "llama.rope.scaling.attn_factor", .float(2)),
    ("llama", "llama.attention.clamp_kqv", .float(8)), ("llama", "llama.logit_scale", .float(0.1)),
    ("qwen2", "qwen2.final_logit_softcapping", .float(30)),
    ("gemma3", "gemma3.attn_logit_softcapping", .float(50)),
    ("gemma3", "gemma3.rope.dimension_count", .unsigned(4)),
    ("gemma3", "gemma3.block_count", .unsigned(2_147_483_647)),
    ("llama", "llama.rope.scaling.factor", .float(.nan)),
  ]

  @Test(arguments: refused.indices) func whatIsNotComputedIsNamed(_ index: Int) throws {
    let (file, key, value) = Self.refused[index]
    var draft = try draft(file)
    draft.metadata[key] = value
    let error = #expect(throws: TransformerError.self) { try Model.load(draft.checkpoint()) }
    let named = key == "gemma3.block_count" ? "block count" : key
    #expect(error?.description.contains(named) == true, "\(error?.description ?? "")")
  }

  @Test func scalingOfUnknownKindIsNamed() throws {
    var draft = try draft("llama")
    draft.metadata["llama.rope.scaling.type"] = .string("dynamic")
    let error = #expect(throws: TransformerError.self) { try Model.load(draft.checkpoint()) }
    #expect(error?.description.contains("dynamic") == true)
    draft.metadata["llama.rope.scaling.type"] = .string("none")
    draft.metadata["llama.rope.scaling.factor"] = .float(4)
    #expect(try Model.load(draft.checkpoint()).configuration.ropeScaling == .none, "as llama.cpp")
  }

  @Test func valuesThatChangeNothingPass() throws {
    var draft = try draft("llama")
    let neutral: [String: MetadataValue] = [
      "expert_count": .unsigned(0), "attention.causal": .bool(true), "rope.scaling.attn_factor": .float(1),
      "attention.scale": .float(1 / 8.0.squareRoot()), "rope.dimension_count": .unsigned(8),
      "attention.sliding_window": .unsigned(512), "rope.scaling.factor": .float(0),
      "vocab_size": .unsigned(96),
      "rope.scaling.original_context_length": .unsigned(64),
      "tensor_data_layout": .string("Meta AI original pth"),
    ]
    for (key, value) in neutral { draft.metadata["llama." + key] = value }
    draft.metadata["general.invented"] = .string("anyone may describe a file")
    draft.metadata["somebody.version"] = .float(2)
    let tiny = try TinyModel.load("llama")
    #expect(bits(try logits(Model.load(draft.checkpoint()), tiny.tokens)) == bits(try tiny.logits()))
  }

  @Test func biasesOfSomeBlocksOnlyAreADamage() throws {
    var draft = try draft("features/llama-biases")
    draft.tensors.remove(at: try #require(draft.index("blk.1.attn_k.bias")))
    let error = #expect(throws: TransformerError.self) { try Model.load(draft.checkpoint()) }
    #expect(error?.description.contains("blk.1.attn_k.bias") == true)
  }

  // MARK: - Context and vocabulary

  @Test func theContextEndsWhereTheModelSays() throws {
    let model = try Model.load(Checkpoint.open(path("llama-biases")))
    let long = (0..<65).map { $0 % 96 }
    let point = ActivationPoint(block: 0, site: .residualPost)
    let expected = TransformerError.contextLength(sequence: 0, length: 65, limit: 64)
    #expect(throws: expected) { try model.generate([long]) }
    #expect(throws: expected) { try model.activations([long], at: [point]) }
    #expect(throws: expected) { try model.prefix([long], before: 1) }
    #expect(throws: expected) {
      try model.logProbabilities(of: [Continuation(prompt: [1], continuation: Array(long.dropLast()))])
    }
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    _ = try model.forward([Array(long.prefix(60))], cache: &cache)
    #expect(throws: expected) { try model.forward([Array(long.suffix(5))], cache: &cache) }
    _ = try model.forward([Array(long.suffix(4))], cache: &cache)
    let options = GenerationOptions(maximumTokens: 100, stopTokens: [])
    #expect(try model.generate([Array(long.prefix(60))], options: options)[0].count == 4)
    #expect(expected.description.contains("64"))
  }

  /// Adds rows to the embedding: the best token's row, longer, so that it would always win.
  @Test func rowsWithoutATokenAreNeverDrawn() throws {
    let tiny = try TinyModel.load("qwen2")
    let options = GenerationOptions(maximumTokens: 12, stopTokens: [])
    let text = try tiny.model.generate([tiny.tokens], options: options)
    var draft = try draft("qwen2")
    let place = try #require(draft.index("token_embd.weight"))
    let width = draft.tensors[place].dimensions[0]
    let row = Array(draft.tensors[place].floats[text[0][0] * width..<(text[0][0] + 1) * width])
    func pad(_ rows: Int) throws -> Model {
      var padded = draft
      padded.tensors[place].dimensions[1] += rows
      padded.tensors[place].floats += (0..<rows).flatMap { _ in row.map { 3 * $0 } }
      return try Model.load(padded.checkpoint())
    }
    for rows in [1, 160] {
      let model = try pad(rows)
      #expect(try model.generate([tiny.tokens], options: options) == text)
      let warm = GenerationOptions(maximumTokens: 40, temperature: 2, seed: 3, stopTokens: [])
      #expect(try model.generate([[1, 2]], options: warm)[0].allSatisfy { $0 < 96 })
    }
    let error = #expect(throws: TransformerError.self) { try pad(1200) }
    #expect(error?.description.contains("96") == true && error?.description.contains("1296") == true)
    draft.tensors[place].floats.removeLast(width * 40)
    draft.tensors[place].dimensions[1] -= 40
    #expect(throws: TransformerError.self) { try Model.load(draft.checkpoint()) }
  }
}
