import Foundation
import TestSupport
import Testing
import Vocabularies

@Suite struct WordNetDictionaryTests {
  private func files(_ gloss: String = "a gloss; \"words\"", counts: String? = nil) -> [String: String] {
    var files = WordNetFixture.files()
    for (name, text) in files where name.hasPrefix("data.") {
      // As long as before, since lines are found by their offsets.
      let padded = gloss.padding(toLength: "a gloss; \"words\"".utf8.count, withPad: " ", startingAt: 0)
      files[name] = text.replacing("a gloss; \"words\"", with: padded)
    }
    if let counts { files["cntlist.rev"] = counts }
    return files
  }

  @Test func sensesSayWhatTheFilesSay() throws {
    try WordNetFixture.withFolder(files()) { folder in
      let dictionary = try WordNetDictionary(folder: folder)
      #expect(dictionary.lemmas.count == 15)
      let senses = dictionary.senses(of: "dog")
      #expect(senses.map(\.part) == [.noun, .verb])
      #expect(senses[0].words == ["dog", "hound"] && senses[0].kinds == ["animal", "entity"])
      #expect(senses[0].gloss == "a gloss" && senses[0].examples == ["words"] && senses[0].count == 0)
      #expect(senses[1].kinds == ["move"] && senses[1].words == ["dog", "run"])
      #expect(dictionary.senses(of: "huge")[0].words == ["huge"])
      #expect(dictionary.senses(of: "zebra").isEmpty)
      #expect(senses[0].synset == dictionary.senses(of: "hound")[0].synset)
    }
  }

  @Test func frequentSensesComeFirst() throws {
    let counts = "dog%1:05:00:: 1 3\ndog%2:38:00:: 1 8\n"
    try WordNetFixture.withFolder(files(counts: counts)) { folder in
      let senses = try WordNetDictionary(folder: folder).senses(of: "dog")
      #expect(senses.map(\.part) == [.verb, .noun] && senses.map(\.count) == [8, 3])
    }
    _ = try WordNetFixture.withFolder(files(counts: "dog%9:05:00:: 1 3\n")) { folder in
      #expect(throws: VocabularyError.self) { try WordNetDictionary(folder: folder) }
    }
  }

  @Test(arguments: [
    ("one; two; \"x\"", "one; two", ["x"]), ("a `b' c", "a 'b' c", []), ("say \"b\" c", "say \"b\" c", []),
    ("a; \"b\"; \"c\"", "a", ["b", "c"]),
  ])
  func glossesArePartedFromExamples(text: String, gloss: String, examples: [String]) throws {
    try WordNetFixture.withFolder(files(text)) { folder in
      let sense = try WordNetDictionary(folder: folder).senses(of: "cat")[0]
      #expect(sense.gloss == gloss && sense.examples == examples)
    }
  }
}
