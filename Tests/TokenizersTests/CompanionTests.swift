import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// The files that tokenizers had before `tokenizer.json`.
@Suite struct CompanionTests {
  private struct Expected: Decodable {
    let ids: String
    let first: [Int]
    let size: Int
  }

  /// A folder with weights of one number and these files.
  private func tokenizer(_ files: [String: [UInt8]], in folder: TemporaryFolder) throws -> Tokenizer {
    let header = Array(#"{"e":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#.utf8)
    try folder.write(
      [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [0, 0, 0, 0], to: "model.safetensors")
    for (name, bytes) in files { try folder.write(bytes, to: name) }
    return try Tokenizer(Checkpoint.open(folder.path).tokenizerDefinition())
  }

  @Test(arguments: ["unigram", "bpe"]) func sentencePiece(name: String) throws {
    let golden: [String: Expected] = try Golden.load("sentencepiece")
    let expected = try #require(golden[name])
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "model"))
    let model = [UInt8](try Data(contentsOf: url))
    let folder = try TemporaryFolder()
    let config = Array(#"{"tokenizer_class":"LlamaTokenizer","add_bos_token":true}"#.utf8)
    let tokenizer = try tokenizer(["tokenizer.model": model, "tokenizer_config.json": config], in: folder)
    #expect(tokenizer.vocabulary.count == expected.size)
    let texts: [String] = try Golden.load("pipelines.strings")
    #expect(tokenizer.encode(texts[0]) == [1] + expected.first)
    let digits = Array(expected.ids.utf8)
    for (index, text) in texts.enumerated() {
      let ids = tokenizer.encode(text, addingSpecial: false)
      #expect(
        PipelineTests.digest(ids: ids) == Array(digits[4 * index..<(4 * index + 4)]),
        "text \(index): \(text.debugDescription) gives \(ids)")
    }
    let plain = "a  b Größe the tokenizer"
    #expect(
      tokenizer.decode(tokenizer.encode(plain)) == (name == "bpe" ? plain : plain.replacing("  ", with: " ")))
    for count in stride(from: 1, to: model.count, by: 97) {
      let folder = try TemporaryFolder()
      _ = try? self.tokenizer(
        ["tokenizer.model": Array(model[..<count]), "tokenizer_config.json": config], in: folder)
    }
  }

  /// The same vocabulary by `vocab.txt`, and by `vocab.json` with `merges.txt`: the ids of its `tokenizer.json`.
  @Test(arguments: [("wordpiece", "BertTokenizer", "bert"), ("bpe", "GPT2Tokenizer", "gpt2")])
  func vocabularyFiles(base: String, className: String, name: String) throws {
    let file = try #require(PipelineTests.file)
    let text = try #require(file.bases[base])
    // No dictionary: strings that differ in normalisation only are different tokens.
    let whole = try TemporaryFolder()
    let forms = try PipelineTests.definition(text, in: whole).forms
    var files = ["tokenizer_config.json": Array("{\"tokenizer_class\":\"\(className)\"}".utf8)]
    if base == "bpe" {
      let content = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      let merges = try #require((content?["model"] as? [String: Any])?["merges"] as? [[String]])
      var members: [String] = []
      for (id, form) in forms.enumerated() {
        members.append(String(decoding: try JSONEncoder().encode(form), as: UTF8.self) + ":\(id)")
      }
      files["vocab.json"] = Array("{\(members.joined(separator: ","))}".utf8)
      files["merges.txt"] = Array(
        ("#version: 0.2\n" + merges.map { $0.joined(separator: " ") + "\n" }.joined()).utf8)
    } else {
      files["vocab.txt"] = Array(forms.map { $0 + "\n" }.joined().utf8)
    }
    let folder = try TemporaryFolder()
    let tokenizer = try tokenizer(files, in: folder)
    let place = try #require(file.cases.first { $0.name == name })
    let texts: [String] = try Golden.load("pipelines.strings")
    let digits = Array(place.ids.utf8)
    // Special tokens of the JSON file that the class does not have are text here.
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>"]
    for (index, text) in texts.enumerated() where !special.contains(where: text.contains) {
      // The JSON file's longest word is of 25 characters.
      if text.split(separator: " ").contains(where: { $0.unicodeScalars.count > 24 }) { continue }
      let ids = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
      #expect(
        PipelineTests.digest(ids: ids) == Array(digits[4 * index..<(4 * index + 4)]),
        "text \(index): \(text.debugDescription) gives \(ids)")
    }
    if base == "wordpiece" {
      #expect(tokenizer.encode("the") == [2] + tokenizer.encode("the", addingSpecial: false) + [3])
    }
  }

  @Test func classesThatAreNotKnownAreNamed() throws {
    for (name, file) in [("CLIPTokenizer", "vocab.json"), ("MPNetTokenizer", "vocab.txt")] {
      let folder = try TemporaryFolder()
      let files = [
        file: Array((file == "vocab.txt" ? "[UNK]\n" : "{\"a\":0}").utf8), "merges.txt": [],
        "tokenizer_config.json": Array("{\"tokenizer_class\":\"\(name)\"}".utf8),
      ]
      let error = #expect(throws: CheckpointError.self) { try tokenizer(files, in: folder) }
      #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
    }
  }
}
