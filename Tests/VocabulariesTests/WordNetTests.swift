import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers
import Vocabularies

@Suite struct WordNetTests {
  private let words: [String?] = [
    "dog", "hound", "cat", "spaniel", "animal", "beast", "entity", "mice", "ran", "move", "huge", "large",
    "quickly", "lassie", "zebra", nil, "dogs",
  ]

  private func row(_ word: String) throws -> Int { try #require(words.firstIndex(of: word)) }

  private func relations(steps: Int) throws -> TokenRelations {
    try WordNetFixture.withFolder { TokenRelations(try WordNet(folder: $0), words: words, steps: steps) }
  }

  @Test func readsAllFiles() throws {
    try WordNetFixture.withFolder { folder in
      let net = try WordNet(folder: folder)
      #expect(net.synsetCount == 12 && net.lemmaCount == 16)
    }
  }

  @Test(arguments: [
    // Words, and the smallest number of steps that relates them; 9 where none does.
    ("dog", "hound", 0), ("hound", "dogs", 0), ("dog", "ran", 0), ("large", "huge", 1), ("huge", "large", 1),
    ("dog", "animal", 1), ("animal", "dog", 1), ("beast", "mice", 1), ("dog", "spaniel", 1),
    ("ran", "move", 1),
    ("lassie", "hound", 1), ("dog", "cat", 2), ("spaniel", "animal", 2), ("cat", "spaniel", 3),
    ("dog", "huge", 9), ("quickly", "ran", 9), ("cat", "zebra", 9),
  ])
  func relatesWordsByTheirSynsets(_ first: String, _ second: String, _ least: Int) throws {
    let (i, j) = (try row(first), try row(second))
    for steps in 0..<4 {
      let relations = try relations(steps: steps)
      #expect(relations.areRelated(i, j) == (steps >= least), "\(steps) steps")
      #expect(relations.areRelated(j, i) == (steps >= least), "\(steps) steps, turned")
    }
  }

  @Test func knowsWordsAndTheirForms() throws {
    let relations = try relations(steps: 1)
    #expect(relations.known == words.indices.filter { words[$0] != nil && words[$0] != "zebra" })
    #expect(relations.areSameWord(try row("dog"), try row("dogs")))
    #expect(!relations.areSameWord(try row("dog"), try row("hound")))
    #expect(!relations.areSameWord(try row("zebra"), try row("zebra")))
    #expect(relations.source == "WordNet, synsets at most 1 step apart")
  }

  @Test func wordsAreTheLettersOfWholeTokens() {
    let tokens: [(String, TokenKind)] = [
      (" Dog", .normal), ("dog", .normal), (" d2", .normal), (" été", .normal), (" ", .normal),
      (" dog", .byte), ("<s>", .control), (" x y", .normal),
    ]
    let vocabulary = tokens.enumerated().map {
      Token(id: $0, form: $1.0, bytes: $1.1 == .control ? [] : Array($1.0.utf8), kind: $1.1)
    }
    #expect(TokenRelations.words(of: vocabulary) == ["dog", nil, nil, "été", nil, nil, nil, nil])
    #expect(
      TokenRelations.words(of: vocabulary, wholeWords: false).compactMap { $0 } == ["dog", "dog", "été"])
  }

  @Test(arguments: [
    // File, what is replaced by what, the expectation named.
    ("data.noun", " 03 n 01 cat", " 03 v 01 cat", "the mark of a noun"),
    ("data.noun", "n 01 cat 0 001", "n 00 cat 0 001", "a word"),
    ("data.noun", "n 01 cat 0 001", "n 02 cat 0 001", "a sense of the word"),
    ("data.noun", "n 01 cat 0 001", "n ff cat 0 001", "a sense of the word"),
    ("data.noun", "cat 0 001", "cat 0 999", "the offset of a synset"),
    ("data.noun", "cat 0 001", "cat 0 -01", "a count of pointers"),
    ("data.noun", "  1 A license", "  1 Another license", "the line's own offset"),
    ("data.verb", "02 + 02 00", "99 + 02 00", "+"),
    ("data.adv", "| a gloss; \"words\"  \n", "", "a newline at the end"),
    ("index.noun", "cat n 1 1 @", "cat n 2 1 @", "as many senses as synsets"),
    ("index.noun", "cat n 1 1 @ 1", "cat n 99999 1 @ 99999", "the offset of a synset"),
    ("index.noun", "cat n", "beast n", "each lemma once"),
    ("index.noun", "cat n 1 1", "cat n 1 0", "a count of senses"),
    ("index.adj", "big a 1", "big n 1", "the mark of a adj"),
    ("noun.exc", "mice mouse\n", "mice\n", "its lemma"),
    ("noun.exc", "mice mouse\n", "mice mouse", "a newline at the end"),
  ])
  func hostileFilesThrow(_ file: String, _ old: String, _ new: String, _ expected: String) throws {
    var files = WordNetFixture.files()
    let text = try #require(files[file])
    try #require(text.contains(old))
    files[file] = text.replacingOccurrences(of: old, with: new)
    try WordNetFixture.withFolder(files) { folder in
      let error = #expect(throws: VocabularyError.self) { try WordNet(folder: folder) }
      guard case .malformedLine(let path, let line, let wanted, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(path == "\(folder)/\(file)" && line > 0)
      #expect(wanted.hasPrefix(expected), "\(wanted)")
    }
  }

  @Test func pointersIntoNothingThrow() throws {
    var files = WordNetFixture.files()
    let text = try #require(files["data.noun"])
    let pointer = try #require(text.firstRange(of: /cat 0 001 @ \d{8}/))
    files["data.noun"] = text.replacingCharacters(in: pointer, with: "cat 0 001 @ 00000001")
    try WordNetFixture.withFolder(files) { folder in
      let error = #expect(throws: VocabularyError.self) { try WordNet(folder: folder) }
      #expect(error?.description.contains("expected a pointer to a synset, got offset 1") == true)
    }
    files["data.noun"] = nil
    try WordNetFixture.withFolder(files) { folder in
      let error = #expect(throws: VocabularyError.self) { try WordNet(folder: folder) }
      #expect(error?.description.contains("data.noun") == true)
    }
  }

  /// Each byte of each file turned over and each file cut short: read or refused, never trapped.
  @Test func flippedBytesNeverTrap() throws {
    let files = WordNetFixture.files().mapValues { Data($0.utf8) }
    var refused = 0
    try WordNetFixture.withFolder(files) { folder in
      for (name, data) in files where !data.isEmpty {
        let url = URL(filePath: "\(folder)/\(name)")
        var random = SeededRandom(seed: 5)
        for position in stride(from: 0, to: data.count, by: 3) {
          var flipped = data
          flipped[position] ^= random.next(upperBound: UInt8(255)) + 1
          try flipped.write(to: url)
          do { _ = try WordNet(folder: folder) } catch is VocabularyError { refused += 1 }
        }
        try data.prefix(data.count / 2).write(to: url)
        do { _ = try WordNet(folder: folder) } catch is VocabularyError { refused += 1 }
        try data.write(to: url)
      }
      #expect(try WordNet(folder: folder).synsetCount == 12)
    }
    #expect(refused > 100)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "\(WordNet.debianFolder)/data.noun"),
      "SKIPPED: the WordNet database is not installed; install the package wordnet-base to run this test"))
  func readsTheRealDatabase() throws {
    let net = try WordNet()
    #expect(net.synsetCount > 110_000 && net.lemmaCount > 150_000)
    let words = [
      "car", "automobile", "vehicle", "tree", "trees", "went", "walk", "big", "large", "mice", "rodent",
    ]
    let relations = TokenRelations(net, words: words, steps: 1)
    #expect(relations.known.count == words.count)
    #expect(relations.areRelated(0, 1) && !relations.areRelated(0, 3) && relations.areSameWord(3, 4))
    #expect(relations.areRelated(7, 8) && relations.areRelated(9, 10) && !relations.areRelated(1, 2))
  }
}
