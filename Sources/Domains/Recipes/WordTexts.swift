internal import Files
internal import Foundation
internal import Stores
internal import Vocabularies

/// What WordNet says of words, as fields of a domain: of each word its first sense, the most frequent one that is spelt like it.
///
/// | field | texts |
/// | -- | -- |
/// | `gloss` | the definition |
/// | `kind` | what it is a kind of, the nearest first |
/// | `synonyms` | other words of the sense |
/// | `part-of-speech` | noun, verb, adjective, adverb |
/// | `example` | sentences of the sense that hold the word |
struct WordTexts {
  /// The words that WordNet has, of those that were given and in their order.
  let names: [String]
  /// Positions of these words among those that were given.
  let places: [Int]
  /// Words of one synset share their texts, so they share a group.
  let groups: [String]
  let fields: [Domain.Field]
  let source: Domain.Source

  static let licence =
    "WordNet 3.0 license, © 2006 Princeton University: free for any purpose, with its notice"

  /// - Parameters:
  ///   - words: in lower case, most important first.
  ///   - count: how many are taken at most, from the first on.
  init(of words: [String], count: Int, folder: String) throws {
    guard FileManager.default.fileExists(atPath: "\(folder)/data.noun") else {
      throw DomainError.missing(
        what: "WordNet", place: folder,
        remedy: "install it with `apt-get install wordnet-base`, or give its folder (--wordnet)")
    }
    JobProgress.current.tell("reading WordNet")
    let dictionary = try WordNetDictionary(folder: folder)
    var (places, senses): ([Int], [WordNetDictionary.Sense]) = ([], [])
    for (place, word) in words.enumerated() where Self.isWord(word) {
      guard senses.count < count else { break }
      guard let sense = dictionary.senses(of: word).first else { continue }
      places.append(place)
      senses.append(sense)
    }
    let names = places.map { words[$0] }
    fields = [
      Domain.Field("gloss", senses.map { [$0.gloss] }),
      Domain.Field("kind", senses.map(\.kinds)),
      Domain.Field(
        "synonyms", zip(names, senses).map { name, sense in sense.words.filter { $0.lowercased() != name } }),
      Domain.Field("part-of-speech", senses.map { [$0.part.words] }),
      Domain.Field(
        "example",
        zip(names, senses).map { name, sense in sense.examples.filter { Self.holds(name, in: $0) } }),
    ].filter { $0.textCount > 0 }
    groups = senses.map(\.synset)
    (self.names, self.places) = (names, places)
    source = Domain.Source(
      name: "WordNet 3.0, data.noun, data.verb, data.adj and data.adv one after the other",
      sha256: try Self.hash(folder), licence: Self.licence)
  }

  /// Two letters of English or more.
  private static func isWord(_ word: String) -> Bool {
    word.utf8.count >= 2 && word.utf8.allSatisfy { (0x61...0x7A).contains($0) }
  }

  /// Whether a sentence holds the word, or a longer one that begins with it.
  private static func holds(_ word: String, in sentence: String) -> Bool {
    sentence.lowercased().split { !$0.isLetter }.contains { $0.hasPrefix(word) && $0.count <= word.count + 3 }
  }

  private static func hash(_ folder: String) throws(FileError) -> String {
    var hash = SHA256()
    for part in PartOfSpeech.allCases {
      let file = try FileReader(path: "\(folder)/data.\(part.rawValue)")
      let bytes = try file.bytes(at: 0, count: file.count)
      hash.update(bytes.span)
    }
    return hexadecimal(hash.finalized())
  }
}
