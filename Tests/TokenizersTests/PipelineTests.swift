import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// `tokenizer.json` files with every kind of stage: ids and text equal to those of the `tokenizers` library.
@Suite struct PipelineTests {
  /// The files of `generate_pipelines.py`: models, and cases that put stages in place of a model's own.
  struct File: Decodable {
    struct Case: Decodable {
      let name: String
      let base: String
      let stages: [String: String]
      let model: [String: Bool]
      /// The first text's ids with and without what stands around a text.
      let around: [Int]
      let first: [Int]
      /// Four digits for each text.
      let ids: String
      let texts: String
    }

    let bases: [String: String]
    let cases: [Case]
  }

  static let file: File? = try? Golden.load("pipelines")

  /// A folder with this tokenizer and weights of one number.
  static func tokenizer(_ json: String, in folder: TemporaryFolder) throws -> Tokenizer {
    try Tokenizer(definition(json, in: folder))
  }

  static func definition(_ json: String, in folder: TemporaryFolder) throws -> TokenizerDefinition {
    let header = Array(#"{"e":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#.utf8)
    try folder.write(
      [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [0, 0, 0, 0], to: "model.safetensors")
    try folder.write(json, to: "tokenizer.json")
    return try Checkpoint.open(folder.path).tokenizerDefinition()
  }

  /// The whole `tokenizer.json` of a case.
  static func json(_ place: File.Case) throws -> String {
    let base = try #require(file?.bases[place.base])
    var content = try #require(try JSONSerialization.jsonObject(with: Data(base.utf8)) as? [String: Any])
    for (key, value) in place.stages {
      content[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    }
    var model = try #require(content["model"] as? [String: Any])
    for (key, value) in place.model { model[key] = value }
    content["model"] = model
    return String(decoding: try JSONSerialization.data(withJSONObject: content), as: UTF8.self)
  }

  @Test(arguments: (file?.cases ?? []).map(\.name)) func idsAndTexts(name: String) throws {
    let place = try #require(Self.file?.cases.first { $0.name == name })
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(Self.json(place), in: folder)
    let texts: [String] = try Golden.load("pipelines.strings")
    #expect(texts.count == 1000 && place.ids.utf8.count == 4000 && place.texts.utf8.count == 4000)
    #expect(tokenizer.encode(texts[0], parsingSpecial: true) == place.around)
    #expect(tokenizer.encode(texts[0], addingSpecial: false, parsingSpecial: true) == place.first)
    let (expected, decoded) = (Array(place.ids.utf8), Array(place.texts.utf8))
    for (index, text) in texts.enumerated() {
      let ids = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
      let digits = 4 * index..<(4 * index + 4)
      #expect(
        digest(ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } })
          == Array(expected[digits]), "text \(index): \(text.debugDescription) gives \(ids)")
      let back = tokenizer.decode(ids)
      #expect(
        digest(Array(back.utf8)) == Array(decoded[digits]),
        "text \(index): \(text.debugDescription) gives \(back.debugDescription)")
    }
  }

  /// The rules that GGUF files name, on GPT-2's vocabulary.
  @Test(arguments: NamedRule.names) func namedRules(name: String) throws {
    let rule = try #require(NamedRule.named(name))
    let golden: [String: String] = try Golden.load("named-rules")
    // Other names of one rule have the same expressions.
    let key = golden.keys.sorted().first { NamedRule.named($0)?.expressions == rule.expressions }
    let ids = try #require(key.flatMap { golden[$0] }, "no ids for \(name)")
    let expected = Array(ids.utf8)
    guard name == key else { return }
    let stored: Golden.Vocabulary = try Golden.load("gpt-2.vocabulary")
    var forms = (0..<stored.count).map { "[cut \($0)]" }
    for (place, id) in stored.ids.enumerated() { forms[id] = stored.forms[place] }
    let merges = (stored.merges ?? []).map { $0.split(separator: " ").map(String.init) }
    let pipeline = try TextPipeline(rule, forms: forms, types: [], merges: merges, prefix: [], suffix: [])
    let tokenizer = try Tokenizer(TokenizerDefinition(algorithm: .pipeline(pipeline), forms: forms))
    let texts: [String] = try Golden.load("pipelines.strings")
    for (index, text) in texts.enumerated() {
      let ids = tokenizer.encode(text)
      #expect(
        digest(ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } })
          == Array(expected[4 * index..<(4 * index + 4)]),
        "text \(index): \(text.debugDescription) gives \(ids)")
      #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8))
    }
  }

  /// FNV-1a, the low sixteen bits as four digits.
  private func digest(_ bytes: [UInt8]) -> [UInt8] { Self.digest(bytes) }

  static func digest(ids: [Int]) -> [UInt8] {
    digest(ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } })
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var value: UInt32 = 0x811c_9dc5
    for byte in bytes { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
    let text = String(value & 0xffff, radix: 16)
    return Array((String(repeating: "0", count: 4 - text.utf8.count) + text).utf8)
  }

  /// What the library gives for all texts comes back where nothing is normalised away.
  @Test(arguments: ["gpt2", "llama3", "o200k", "deepseek3", "exaone", "whole-pieces", "gemma"])
  func anyTextComesBack(name: String) throws {
    let place = try #require(Self.file?.cases.first { $0.name == name })
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(Self.json(place), in: folder)
    let loses = name == "gemma"
    forSeeds(1..<30) { seed in
      var random = RandomText(seed: seed)
      let text = loses ? random.text(count: 60).replacing("\u{2581}", with: " ") : random.text(count: 60)
      let back = tokenizer.decode(tokenizer.encode(text))
      #expect(back.utf8.elementsEqual(text.utf8), "seed \(seed)")
    }
  }

  /// Every cut of a text: the tokens of both parts are those of the whole.
  @Test(arguments: [
    "gpt2", "composed", "bert", "unigram-map", "llama", "mistral", "added-first", "level-first",
  ])
  func everyCutGivesTheWhole(name: String) throws {
    let place = try #require(Self.file?.cases.first { $0.name == name })
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(Self.json(place), in: folder)
    let texts: [String] = try Golden.load("pipelines.strings")
    for text in texts[250..<290] {
      let whole = tokenizer.encodeStart(text)
      var last = 0
      for cut in text.unicodeScalars.indices {
        let split = tokenizer.encode(String(text[..<cut]), continuedBy: String(text[cut...]))
        #expect(split.first + split.second == whole, "\(text.debugDescription)")
        #expect(split.first.count >= last || name == "composed" || name == "unigram-map" || name == "bert")
        last = split.first.count
      }
    }
  }

  @Test(arguments: ["gpt2", "bert", "unigram", "clip", "llama", "unigram-bytes"]) func streamEqualsWhole(
    name: String
  ) throws {
    let place = try #require(Self.file?.cases.first { $0.name == name })
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(Self.json(place), in: folder)
    let texts: [String] = try Golden.load("pipelines.strings")
    for text in texts[300..<360] {
      let ids = tokenizer.encode(text)
      var stream = StreamingDecoder(tokenizer)
      var streamed = ""
      for id in ids { streamed += stream.push(id) }
      streamed += stream.finish()
      #expect(streamed.utf8.elementsEqual(tokenizer.decode(ids).utf8), "\(text.debugDescription)")
    }
  }

  /// Text never becomes a control token unless a caller asks for that.
  @Test(arguments: ["gpt2", "bert", "words", "unigram", "llama", "levels"]) func controlTokensStayText(
    name: String
  ) throws {
    let place = try #require(Self.file?.cases.first { $0.name == name })
    let folder = try TemporaryFolder()
    let tokenizer = try Self.tokenizer(Self.json(place), in: folder)
    for id in tokenizer.vocabulary where id.kind == .control && id.form != "[UNK]" {
      let ids = tokenizer.encode("a\(id.form)b \(id.form)", addingSpecial: false)
      #expect(!ids.contains(id.id), "\(id.form)")
      #expect(tokenizer.encode(id.form, addingSpecial: false, parsingSpecial: true) == [id.id])
    }
  }

  private static let refused: [(from: String, to: String, word: String)] = [
    (
      #""type":"ByteLevel","add_prefix_space":false"#, #""type":"UnicodeScripts","add_prefix_space":false"#,
      "UnicodeScripts"
    ),
    (#""normalizer":null"#, #""normalizer":{"type":"Cyrillic"}"#, "Cyrillic"),
    (#""post_processor":null"#, #""post_processor":{"type":"Other"}"#, "Other"),
    (#""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"CTC""#, "CTC"),
    (#""dropout":null"#, #""dropout":0.5"#, "dropout"),
    (#""type":"BPE""#, #""type":"Lookup""#, "Lookup"),
    (#""normalizer":null"#, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"/w=="}"#, "1 bytes"),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"(a)\\1"},"content":""}"#,
      "\\1"
    ),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"(?<n>a)"},"content":""}"#,
      "(?<"
    ),
    (
      #""normalizer":null"#,
      #""normalizer":{"type":"Replace","pattern":{"Regex":"\\p{Greek}"},"content":""}"#, "Greek"
    ),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"(a*)*"},"content":""}"#,
      "endless"
    ),
    (
      #""normalizer":null"#,
      #""normalizer":{"type":"Replace","pattern":{"Regex":"(ab){99999}"},"content":""}"#, "too long"
    ),
  ]

  @Test(arguments: refused.indices) func whatIsNotReproducedIsRefused(index: Int) throws {
    let attack = Self.refused[index]
    let base = try #require(Self.file?.bases["bpe"])
    #expect(base.contains(attack.from), "the file has no \(attack.from)")
    let folder = try TemporaryFolder()
    let error = #expect(throws: CheckpointError.self, "\(attack)") {
      try Self.tokenizer(base.replacing(attack.from, with: attack.to), in: folder)
    }
    #expect(error?.description.contains(attack.word) == true, "\(error?.description ?? "")")
  }
}
