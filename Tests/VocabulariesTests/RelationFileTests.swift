import Foundation
import TestSupport
import Testing
import Vocabularies

@Suite struct RelationFileTests {
  private func read(_ text: String) throws -> RelationFile {
    try WordNetFixture.withFolder(["pairs.tsv": text]) { try RelationFile(path: "\($0)/pairs.tsv") }
  }

  @Test func relatesBothWays() throws {
    let file = try read("Berlin\tGermany\nparis\tFrance\nparis\tberlin\n")
    let relations = TokenRelations(
      file, words: ["berlin", "germany", "paris", "france", nil, "rome", "paris"])
    #expect(file.pairs.count == 3 && relations.known == [0, 1, 2, 3, 6])
    #expect(relations.areRelated(0, 1) && relations.areRelated(1, 0) && relations.areRelated(2, 0))
    #expect(!relations.areRelated(1, 3) && !relations.areRelated(1, 2) && !relations.areRelated(0, 4))
    #expect(relations.areSameWord(2, 6) && !relations.areSameWord(0, 1))
  }

  @Test(arguments: [
    ("a\n", "word<TAB>word"), ("a\tb", "a newline"), ("a\tb\tc\n", "two words"), ("a\tb\t\n", "two words"),
    ("\tb\n", "word<TAB>word"), ("a\t\n", "word<TAB>word"), ("a\tb\n\n", "word<TAB>word"),
    (" a\tb\n", "a word without white space"),
  ])
  func malformedLinesThrow(_ text: String, _ expected: String) throws {
    let error = #expect(throws: VocabularyError.self) { try read(text) }
    guard case .malformedLine(_, _, let wanted, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(wanted.hasPrefix(expected), "\(wanted)")
  }

  @Test func emptyAndMissingFilesThrow() throws {
    #expect(throws: VocabularyError.self) { try read("") }
    #expect(throws: VocabularyError.self) { try RelationFile(path: "/nowhere/pairs.tsv") }
    try WordNetFixture.withFolder(["pairs.tsv": Data([0xFF, 0x09, 0x61, 0x0A])]) { folder in
      _ = #expect(throws: VocabularyError.self) { try RelationFile(path: "\(folder)/pairs.tsv") }
    }
  }

  /// A file of holes takes no room on the disk; read, it would.
  @Test func filesOfAnySizeAreNotRead() throws {
    try WordNetFixture.withFolder(["pairs.tsv": "a\tb\n"]) { folder in
      let path = "\(folder)/pairs.tsv"
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: 300 << 20)
      try file.close()
      let error = #expect(throws: VocabularyError.self) { try RelationFile(path: path) }
      #expect(error?.description.contains("at most 268435456 bytes") == true)
    }
  }
}
