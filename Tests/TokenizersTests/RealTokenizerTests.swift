import Checkpoints
import Foundation
import Testing
import Tokenizers

private let modelsFolder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"]

/// The whole vocabularies, read from the models' files: the same ids as the reference tokenizers give.
///
/// `SEXTANT_MODELS` names the folder with the GGUF files of the catalog; without it the suite is skipped.
@Suite(.enabled(if: modelsFolder != nil, "SEXTANT_MODELS names no folder of models"))
struct RealTokenizerTests {
  static let models = [
    ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2"), ("gemma-3-270m-q4_k_m.gguf", "gemma3"),
    ("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "qwen2.5"),
  ]

  static func tokenizer(_ file: String) throws -> Tokenizer {
    let folder = try #require(modelsFolder)
    return try Tokenizer(Checkpoint.open(folder + "/" + file).tokenizerDefinition())
  }

  @Test(arguments: models)
  func hardStrings(file: String, name: String) throws {
    let tokenizer = try Self.tokenizer(file)
    let golden: Golden.Ids = try Golden.load("\(name).ids")
    for (index, text) in try Golden.hardStrings().enumerated() {
      let plain = tokenizer.encode(text, addingSpecial: false)
      #expect(plain == golden.plain[index], "text \(index): \(text.debugDescription)")
      let special = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
      #expect(special == golden.special[index], "text \(index): \(text.debugDescription)")
      let back = tokenizer.decode(golden.plain[index])
      #expect(Array(back.utf8) == Array((golden.changed["\(index)"] ?? text).utf8), "text \(index)")
    }
  }

  @Test func beginOfSequence() throws {
    let gemma = try Self.tokenizer(Self.models[1].0)
    #expect(gemma.encode("The capital of France is") == [2, 818, 5279, 529, 7001, 563])
    #expect(gemma.endOfTurn == [1, 106])
    for model in [0, 2] {
      let tokenizer = try Self.tokenizer(Self.models[model].0)
      #expect(tokenizer.encode("a", addingSpecial: true) == tokenizer.encode("a", addingSpecial: false))
    }
  }

  @Test func chatTemplates() throws {
    let families = try Self.models.map { try Self.tokenizer($0.0).chatTemplate().family }
    #expect(
      families == [
        .chatML(defaultSystem: "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
        .plain,
        .chatML(defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
      ])
  }

  @Test(arguments: models)
  func everyTokenIsItsOwnText(file: String, name: String) throws {
    let tokenizer = try Self.tokenizer(file)
    var others = 0
    for token in tokenizer.vocabulary where token.kind == .normal {
      let ids = tokenizer.encode(bytes: token.bytes, addingSpecial: false)
      if tokenizer.decodeBytes(ids) != token.bytes { others += 1 }
    }
    // Entries that composition changes, and none else.
    #expect(others == (name == "qwen2.5" ? 248 : 0), "\(others) entries of \(name) do not come back")
  }
}
