import Foundation
import Testing
import Tokenizers

/// The files of `Golden/`, written by `generate.py` and `generate_chat.py`.
enum Golden {
  struct Vectors: Decodable {
    let texts: [String]
    let ids: [[Int]]
  }

  /// Ids of the hard strings: control tokens left as text, and parsed; `changed` lists what decoding changes.
  struct Ids: Decodable {
    let plain: [[Int]]
    let special: [[Int]]
    let changed: [String: String]
  }

  /// A vocabulary cut down to the entries that the test texts can use, under their true ids.
  struct Vocabulary: Decodable {
    let count: Int
    let ids: [Int]
    let forms: [String]
    let types: [Int]
    let merges: [String]?
    let scores: [Float]?
    let bos: Int?
    let eos: Int?
    let unknown: Int?
  }

  static func load<Value: Decodable>(_ name: String) throws -> Value {
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
  }

  static func hardStrings() throws -> [String] { try load("hard-strings") }

  /// The tokenizer of a cut-down vocabulary; ids in between are unused.
  static func tokenizer(_ name: String, rule: PreTokenizer? = nil) throws -> Tokenizer {
    let stored: Vocabulary = try load("\(name).vocabulary")
    var forms = (0..<stored.count).map { "[cut \($0)]" }
    var types = [TokenType](repeating: .unused, count: stored.count)
    var scores = [Float](repeating: -1e6, count: stored.count)
    let storedTypes = try TokenizerDefinition.types(ggml: stored.types)
    for (place, id) in stored.ids.enumerated() {
      forms[id] = stored.forms[place]
      types[id] = storedTypes[place]
      if let all = stored.scores { scores[id] = all[place] }
    }
    let algorithm: TokenizerDefinition.Algorithm =
      if let merges = stored.merges {
        .byteLevelBPE(merges: merges, preTokenizer: rule ?? .gpt2)
      } else {
        .sentencePiece(scores: scores, addSpacePrefix: true)
      }
    return try Tokenizer(
      TokenizerDefinition(
        algorithm: algorithm, forms: forms, types: types, beginOfSequence: stored.bos,
        endOfSequence: stored.eos, unknown: stored.unknown))
  }
}
