import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

/// The made-up films of Golden/generate.py, in the form that R gives them.
@Suite struct FilmDomainTests {
  private func films(_ space: FilmDomains.Space, least: Int = 1, folder: String = golden("dslabs")) throws
    -> Domain
  {
    var options = FilmDomains.Options()
    options.leastRatings = least
    (options.factorisation.factors, options.factorisation.sweeps) = (3, 5)
    return try FilmDomains.movieLens(
      space, name: "films", folder: folder, options: options, toolVersion: "t", date: "d")
  }

  @Test(arguments: FilmDomains.Space.allCases)
  func filmsHaveTheirTexts(space: FilmDomains.Space) throws {
    let domain = try films(space)
    // Untitled has neither genre nor year, and no word that three films have.
    #expect(
      Set(domain.names)
        == Set(
          ["The Matrix (1999)", "Toy Story (1995)", "Toy Story (1995) [5]", "Amélie (2001)"]
            + (space == .behavioural ? ["Untitled"] : [])))
    #expect(domain.recipe.contains("1 films without any mark") == (space == .semantic))
    #expect(domain.width == 3 && domain.recipe.hasPrefix("movielens, \(space.rawValue)"))
    #expect(domain.sources.count == 1 && domain.sources[0].licence.contains("no redistribution"))
    let matrix = try #require(domain.row(of: "The Matrix (1999)"))
    func texts(_ field: String, _ row: Int) -> [String] { domain.field(field).map { Array($0[row]) } ?? [] }
    #expect(texts("title", matrix) == ["The Matrix"] && texts("year", matrix) == ["1999"])
    #expect(texts("genres", matrix) == ["Action", "Sci-Fi", "Thriller"])
    if let untitled = domain.row(of: "Untitled") {
      #expect(texts("genres", untitled).isEmpty && texts("year", untitled).isEmpty)
    }
    // Nine of twelve people rated film 1.
    #expect(texts("rating", matrix)[0].hasSuffix("from 9 people"))
  }

  @Test func likesGoByWhatWasToBeExpected() throws {
    let domain = try films(.semantic)
    let liked = try #require(domain.field("also-liked"))
    let disliked = try #require(domain.field("not-liked"))
    for row in 0..<domain.count { #expect(Set(liked[row]).isDisjoint(with: disliked[row])) }
  }

  @Test func rareFilmsAreLeftOut() throws {
    #expect(try films(.semantic, least: 9).count == 4)
    let none = #expect(throws: DomainError.self) { try films(.semantic, least: 13) }
    #expect(none?.kind == .notEvaluable)
  }

  @Test func whatIsMissingIsSaidWithItsCommand() throws {
    let error = #expect(throws: DomainError.self) { try films(.semantic, folder: "/nowhere") }
    #expect(error?.kind == .badInput && said(error).contains("apt-get install r-cran-dslabs"))
  }

  @Test func aFlippedByteIsNoticed() throws {
    try TemporaryFolder.with { folder in
      try FileManager.default.copyItem(atPath: golden("dslabs"), toPath: folder.path("dslabs"))
      let expected = try films(.semantic)
      for name in ["Rdata.rdb", "Rdata.rdx"] {
        let path = URL(filePath: folder.path("dslabs/data/\(name)"))
        let whole = try Data(contentsOf: path)
        for place in whole.indices {
          var changed = whole
          changed[place] ^= 0x02
          try changed.write(to: path)
          // Other objects of the file and gzip's header do not matter.
          guard let read = try? films(.semantic, folder: folder.path("dslabs")) else { continue }
          #expect(read.names == expected.names && read.vectors == expected.vectors, "\(name), byte \(place)")
        }
        try whole.write(to: path)
      }
    }
  }
}
