import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct HuggingFaceFolderTests {
  private static let config = """
    {"model_type":"gemma3_text","num_hidden_layers":2,"hidden_size":4,"num_attention_heads":2,
     "num_key_value_heads":1,"head_dim":4,"intermediate_size":8,"vocab_size":3,"max_position_embeddings":64,
     "rms_norm_eps":1e-6,"rope_theta":1000000.0,"rope_local_base_freq":10000.0,"sliding_window":16,
     "layer_types":["sliding_attention","full_attention"],"query_pre_attn_scalar":16,"tie_word_embeddings":true}
    """

  /// A safetensors header of F32 tensors of 2 x 2, and the data.
  private func weights(_ names: [String], shape: [Int] = [2, 2]) -> [UInt8] {
    let size = shape.reduce(4, *)
    let members = names.enumerated().map { index, name in
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(index * size),\((index + 1) * size)]}"
    }
    return safetensors("{" + members.joined(separator: ",") + "}", data: names.count * size)
  }

  @Test func gemmaNamesAndConfiguration() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.config, to: "config.json")
    try folder.write(
      weights(
        [
          "model.embed_tokens.weight", "model.layers.1.pre_feedforward_layernorm.weight",
          "model.layers.1.post_attention_layernorm.weight", "model.layers.0.self_attn.q_norm.weight",
          "model.norm.weight", "lm_head.weight", "odd.name",
        ], shape: [3, 4]), to: "model.safetensors")
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.architecture == "gemma3")
    #expect(
      checkpoint.tensorNames == [
        "token_embd.weight", "blk.1.ffn_norm.weight", "blk.1.post_attention_norm.weight",
        "blk.0.attn_q_norm.weight", "output_norm.weight", "output.weight", "odd.name",
      ])
    #expect(try checkpoint.inputEmbedding.rows == 3)
    #expect(try checkpoint.unembedding == nil, "config.json ties it")
    let configuration = try checkpoint.configuration
    #expect((configuration.width, configuration.headDimension, configuration.blockCount) == (4, 4, 2))
    #expect(configuration.slidingBlocks == [true, false] && configuration.slidingWindow == 16)
    #expect(configuration.usesSlidingWindow(block: 0) && !configuration.usesSlidingWindow(block: 1))
    #expect(configuration.embeddingScale == 2 && configuration.attentionScale == 0.25)
    #expect((configuration.ropeBase, configuration.ropeLocalBase) == (1_000_000, 10_000))
    #expect(configuration.ropeStyle == .half && configuration.normWeightOffset == 1)
    #expect(checkpoint.metadata["hidden_size"] == .signed(4))
    #expect(checkpoint.sha256().count == 64)
  }

  @Test func llamaNamesAndGroupedRope() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {"model_type":"llama","num_hidden_layers":1,"hidden_size":4,"num_attention_heads":2,"intermediate_size":8,
       "vocab_size":3,"max_position_embeddings":64,"rms_norm_eps":1e-5,
       "rope_parameters":{"rope_theta":500000.0,"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,
        "high_freq_factor":4.0,"original_max_position_embeddings":8192}}
      """, to: "config.json")
    try folder.write(
      weights(
        ["model.embed_tokens.weight", "model.layers.0.post_attention_layernorm.weight", "lm_head.weight"],
        shape: [3, 4]), to: "model.safetensors")
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.tensorNames == ["token_embd.weight", "blk.0.ffn_norm.weight", "output.weight"])
    #expect(try checkpoint.unembedding != nil)
    let configuration = try checkpoint.configuration
    #expect(configuration.ropeBase == 500_000)
    #expect(configuration.ropeScaling == .llama3(factor: 8, low: 1, high: 4, original: 8192))
    #expect((configuration.keyValueHeadCount, configuration.headDimension) == (2, 2))
    #expect(configuration.normWeightOffset == 0 && configuration.embeddingScale == 1)
  }

  @Test func configurationMustFitTheEmbedding() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.config, to: "config.json")
    try folder.write(weights(["model.embed_tokens.weight", "model.norm.weight"]), to: "model.safetensors")
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path).configuration }
    #expect(error?.description.contains("vocab_size and hidden_size") == true)
  }

  @Test(arguments: [
    #""hidden_size":4"#, #""num_hidden_layers":2"#, #""rms_norm_eps":1e-6"#, #""vocab_size":3"#,
  ]) func configurationWithWrongValues(member: String) throws {
    let key = String(member.split(separator: ":")[0])
    for value in ["-1", "0", "\"x\"", "1e400", "[]", "null"] {
      let folder = try TemporaryFolder()
      try folder.write(Self.config.replacing(member, with: "\(key):\(value)"), to: "config.json")
      try folder.write(weights(["model.embed_tokens.weight", "b"], shape: [3, 4]), to: "model.safetensors")
      #expect(throws: CheckpointError.self, "\(key) \(value)") {
        try Checkpoint.open(folder.path).configuration
      }
    }
  }

  @Test func shards() throws {
    let folder = try TemporaryFolder()
    try folder.write(weights(["model.embed_tokens.weight"]), to: "model-00001-of-00002.safetensors")
    try folder.write(weights(["lm_head.weight"]), to: "model-00002-of-00002.safetensors")
    func index(_ map: String) throws {
      try folder.write("{\"weight_map\":{\(map)}}", to: "model.safetensors.index.json")
    }
    try index(
      """
      "model.embed_tokens.weight":"model-00001-of-00002.safetensors",
      "lm_head.weight":"model-00002-of-00002.safetensors"
      """)
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.tensorNames == ["token_embd.weight", "output.weight"])
    #expect(try checkpoint.unembedding != nil)
    #expect(throws: CheckpointError.self, "no config.json") { try checkpoint.configuration }
    for bad in [
      #""a":"../model.safetensors""#, #""a":"/etc/passwd""#, #""a":".hidden.safetensors""#, #""a":1"#, "",
      #""a":"model-00001-of-00002.safetensors""#, #""a":"absent.safetensors""#,
    ] {
      try index(bad)
      #expect(throws: CheckpointError.self, "\(bad)") { try Checkpoint.open(folder.path) }
    }
  }

  @Test func twoTensorsOfOneName() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      weights(["model.embed_tokens.weight", "transformer.wte.weight"]), to: "model.safetensors")
    #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
  }

  /// Branches, tags, pull requests and commits, each of its own snapshot; what is not here is said with what is.
  @Test func revisionsOfTheCache() throws {
    let folder = try TemporaryFolder()
    let (old, new) = (String(repeating: "0a", count: 20), String(repeating: "b1", count: 20))
    let repository = folder.path + "/models--org--name"
    for name in ["snapshots/\(old)", "snapshots/\(new)", "refs/refs/pr"] {
      try FileManager.default.createDirectory(
        atPath: "\(repository)/\(name)", withIntermediateDirectories: true)
    }
    for (reference, commit) in [("main", new), ("v1.0", old), ("refs/pr/1", old)] {
      try folder.write(commit, to: "models--org--name/refs/\(reference)")
    }
    let library = ModelLibrary(
      catalog: try Catalog.parse(TinyCatalog.text(), path: "c.yaml"), folder: folder.path,
      cache: HuggingFaceCache(root: folder.path))
    for (text, commit) in [
      ("org/name", new), ("org/name@main", new), ("org/name@v1.0", old), ("org/name@refs/pr/1", old),
      ("org/name@\(old)", old), ("org/name@\(new)", new),
    ] {
      #expect(try library.find(text).meant.path == "\(repository)/snapshots/\(commit)", "\(text)")
    }
    let error = #expect(throws: CheckpointError.self) { try library.find("org/name@v2") }
    #expect(
      error?.description.contains("main, refs/pr/1, v1.0, \(old), \(new)") == true,
      "\(error?.description ?? "")")
    #expect(throws: CheckpointError.self) { try library.find("org/name@\(old.prefix(7))") }
    for text in ["org/other@main", "org/name@../main", "org/name@", "org/name@a//b"] {
      let error = #expect(throws: CheckpointError.self) { try library.find(text) }
      guard case .unknownModel = error else {
        Issue.record("\(text): \(error?.description ?? "")")
        continue
      }
    }
    #expect(
      ModelName.of("org/name@v1.0") == "name@v1.0" && ModelName.of("org/name@refs/pr/1") == "name@refs-pr-1")
  }

  /// Links lead to blobs of the cache; one that leads elsewhere was not made by a download.
  @Test(arguments: [("../../blobs/ab", true), ("../../../../outside", false), ("/etc/hostname", false)])
  func linksStayInTheCache(link: String, isInside: Bool) throws {
    let folder = try TemporaryFolder()
    let repository = "hub/models--org--name"
    let snapshot = "\(repository)/snapshots/\(String(repeating: "0a", count: 20))"
    for name in [snapshot, "\(repository)/blobs"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["\(repository)/blobs/ab", "outside"] { try folder.write(weights(["a"]), to: name) }
    let path = folder.file("\(snapshot)/model.safetensors")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: link)
    let cache = HuggingFaceCache(root: folder.file("hub"))
    if isInside {
      let found = try #require(try cache.snapshot(of: "org/name"))
      #expect(try Checkpoint.open(found).tensorNames == ["a"])
      try FileManager.default.removeItem(atPath: folder.file("\(repository)/blobs/ab"))
    }
    let error = #expect(throws: CheckpointError.self) { try cache.snapshot(of: "org/name") }
    #expect(error?.description.contains(path) == true && error?.description.contains(link) == true)
  }

  @Test func picklesAreRefusedWithAWayOut() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "pytorch_model.bin")
    for path in [folder.path, folder.path + "/pytorch_model.bin"] {
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
      #expect(error?.description.contains("save_pretrained") == true)
    }
  }

  @Test func cache() throws {
    let folder = try TemporaryFolder()
    let commit = String(repeating: "0a", count: 20)
    let repository = folder.path + "/models--org--name"
    let files = FileManager.default
    try files.createDirectory(atPath: repository + "/snapshots/" + commit, withIntermediateDirectories: true)
    try files.createDirectory(atPath: repository + "/refs", withIntermediateDirectories: true)
    try folder.write(commit + "\n", to: "models--org--name/refs/main")
    let cache = HuggingFaceCache(environment: ["HF_HUB_CACHE": folder.path, "HF_HOME": "/other"])
    #expect(try cache.snapshot(of: "org/name") == repository + "/snapshots/" + commit)
    try folder.write(weights(["a"]), to: "models--org--name/snapshots/\(commit)/model.safetensors")
    #expect(try Checkpoint.open(try #require(try cache.snapshot(of: "org/name"))).name == "org/name")
    #expect(try cache.snapshot(of: "org/other") == nil)
    #expect(try cache.snapshot(of: "../name") == nil)
    try folder.write("../../../etc", to: "models--org--name/refs/main")
    #expect(throws: CheckpointError.self) { try cache.snapshot(of: "org/name") }
    try folder.write(commit, to: "models--org--name/refs/main")
    #expect(HuggingFaceCache(environment: ["HF_HOME": "/h"]).root == "/h/hub")
    #expect(HuggingFaceCache(environment: ["HOME": "/u"]).root == "/u/.cache/huggingface/hub")
  }
}
