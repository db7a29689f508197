import Checkpoints
import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Vectors with names in a model's place.
@Suite struct VectorCheckpointTests {
  private func open(_ text: String, as name: String = "w.txt") throws -> Checkpoint {
    let folder = try TemporaryFolder()
    return try Checkpoint.open(folder.write(text, to: name), names: nil)
  }

  private func texts(_ checkpoint: Checkpoint) throws -> [String] {
    try checkpoint.vocabulary().tokens.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func wordsAreWholeWords() throws {
    let checkpoint = try open("king 1 2 3 4\n. 5 6 7 8\nNew_York 1 1 1 1\n")
    #expect(try texts(checkpoint) == [" king", " .", " New_York"])
    #expect(try checkpoint.vocabulary().remarks.contains { $0.contains("whole words") })
    let embedding = try checkpoint.inputEmbedding
    #expect(
      embedding.dequantised() == Matrix(rows: 3, columns: 4, elements: [1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1]))
    #expect(try checkpoint.unembedding == nil)
    #expect(checkpoint.architecture == "vectors" && checkpoint.quantisation == "F32")
  }

  /// Where names carry a tokenizer's marks, or spaces of their own, those say what begins a word.
  @Test(arguments: [
    ("a,1,2\nĠking,3,4\n", ["a", " king"]), ("a,1,2\n▁king,3,4\n", ["a", " king"]),
    ("a,1,2\n##king,3,4\n", [" a", "king"]), ("a,1,2\n king,3,4\n", ["a", " king"]),
  ]) func marksAreFollowed(text: String, expected: [String]) throws {
    #expect(try texts(open(text, as: "w.csv")) == expected)
  }

  @Test func everyKindIsTold() throws {
    let array = try Checkpoint.open(golden("fortran.npy"), names: golden("names.npy"))
    let archive = try Checkpoint.open(golden("stored.npz"), names: nil)
    let part = try Checkpoint.open(golden("stored.npz") + ":vectors", names: nil)
    for checkpoint in [array, archive, part] {
      #expect(try texts(checkpoint) == [" red", " grün", " blau", " 日本"])
      #expect(try checkpoint.inputEmbedding.dequantised().row(3) == [4, 4.25, 4.5])
    }
    #expect(part.path.hasSuffix(":vectors") && archive.sha256() == part.sha256())
    let error = #expect(throws: StoreError.self) { try Checkpoint.open(golden("fortran.npy"), names: nil) }
    #expect(error?.kind == .misfit && error?.description.contains("--names") == true)
    // What is no vectors is answered as before.
    let folder = try TemporaryFolder()
    let prose = try folder.write("Once upon a time.", to: "prose")
    let other = #expect(throws: StoreError.self) { try Checkpoint.open(prose, names: nil) }
    #expect(other?.description.contains("plain text") == true)
  }

  /// Names beside an array are found, said, and part of its hash.
  @Test func namesBesideAnArray() throws {
    let folder = try TemporaryFolder()
    let array = folder.file("w.npy")
    try FileManager.default.copyItem(atPath: golden("fortran.npy"), toPath: array)
    let names = try folder.write("a\nb\nc\nd\n", to: "w.names")
    let found = try Checkpoint.open(array, names: nil)
    #expect(try texts(found) == [" a", " b", " c", " d"])
    #expect(found.remarks == ["took the names of the rows from \(names)"])
    let given = try Checkpoint.open(array, names: names)
    let hash = found.sha256()
    #expect(given.remarks.isEmpty && given.sha256() == hash)
    try folder.write("a\nb\nc\ne\n", to: "w.names")
    #expect(try Checkpoint.open(array, names: nil).sha256() != hash)
  }

  @Test func whatNeedsADecoderSaysSo() throws {
    let checkpoint = try open("king 1 2 3 4\n")
    for read in [
      { try checkpoint.requireRunnable() }, { _ = try checkpoint.configuration },
      { _ = try checkpoint.tokenizerDefinition() }, { _ = try checkpoint.tensor("output_norm.weight") },
    ] as [() throws -> Void] {
      let error = #expect(throws: CheckpointError.self) { try read() }
      #expect(error?.kind == .badInput && error?.description.contains("a decoder is missing") == true)
    }
  }

  /// A row that is no number is named by its word; a name that is none stands for nothing.
  @Test func badRowsAreNamed() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try open(",1,2\nking,nan,1\n", as: "w.csv")
    let tokens = try checkpoint.vocabulary().tokens
    #expect(tokens[0].kind == .unused)
    let content = try EmbeddingContent(
      checkpoint: checkpoint, tokens: tokens, options: ImportOptions(toolVersion: "t", date: "d"))
    let error = #expect(throws: StoreError.self) { try content.write(to: folder.file("a.h5")) }
    #expect(error?.description.contains("\"king\"") == true)
  }
}
