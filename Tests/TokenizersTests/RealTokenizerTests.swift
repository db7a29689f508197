import Checkpoints
import Foundation
import Testing
import Tokenizers

/// A model file of the catalog that is here, and the name of its golden files.
private struct LocalModel: Sendable, CustomTestStringConvertible {
  let name: String
  let path: String
  var testDescription: String { name }

  /// `SEXTANT_MODELS` names the folder.
  static let all: [LocalModel] = {
    guard let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"] else { return [] }
    return [
      ("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"), ("gemma3", "gemma-3-270m-q4_k_m.gguf"),
      ("qwen2.5", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
    ].map { LocalModel(name: $0.0, path: folder + "/" + $0.1) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }()

  func tokenizer() throws -> Tokenizer { try Tokenizer(Checkpoint.open(path).tokenizerDefinition()) }
}

/// The whole vocabularies, read from the models' files: the same ids as the reference tokenizers give.
@Suite(.enabled(if: !LocalModel.all.isEmpty, "no model files in the folder SEXTANT_MODELS"))
struct RealTokenizerTests {
  @Test(arguments: LocalModel.all)
  fileprivate func hardStrings(model: LocalModel) throws {
    let tokenizer = try model.tokenizer()
    let golden: Golden.Ids = try Golden.load("\(model.name).ids")
    for (index, text) in try Golden.hardStrings().enumerated() {
      let plain = tokenizer.encode(text, addingSpecial: false)
      #expect(plain == golden.plain[index], "text \(index): \(text.debugDescription)")
      let special = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
      #expect(special == golden.special[index], "text \(index): \(text.debugDescription)")
      let back = tokenizer.decode(golden.plain[index])
      #expect(Array(back.utf8) == Array((golden.changed["\(index)"] ?? text).utf8), "text \(index)")
    }
  }

  @Test(arguments: LocalModel.all)
  fileprivate func specialTokens(model: LocalModel) throws {
    let tokenizer = try model.tokenizer()
    let ids = tokenizer.encode("The capital of France is")
    let family = try tokenizer.chatTemplate().family
    switch model.name {
    case "gemma3":
      #expect(ids == [2, 818, 5279, 529, 7001, 563])
      #expect(tokenizer.endOfTurn == [1, 106])
      #expect(family == .plain)
    case "smollm2":
      #expect(ids == tokenizer.encode("The capital of France is", addingSpecial: false))
      #expect(tokenizer.endOfTurn == [0, 2])
      #expect(
        family
          == .chatML(defaultSystem: "You are a helpful AI assistant named SmolLM, trained by Hugging Face"))
    default:
      #expect(ids == tokenizer.encode("The capital of France is", addingSpecial: false))
      #expect(tokenizer.endOfTurn == [151643, 151645])
      #expect(
        family
          == .chatML(defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."))
    }
  }

  @Test(arguments: LocalModel.all)
  fileprivate func everyTokenIsItsOwnText(model: LocalModel) throws {
    let tokenizer = try model.tokenizer()
    var others = 0
    for token in tokenizer.vocabulary where token.kind == .normal {
      let ids = tokenizer.encode(bytes: token.bytes, addingSpecial: false)
      if tokenizer.decodeBytes(ids) != token.bytes { others += 1 }
    }
    // Entries that composition changes, and none else.
    #expect(
      others == (model.name == "qwen2.5" ? 248 : 0), "\(others) entries of \(model.name) do not come back")
  }
}
