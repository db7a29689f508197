internal import Files
internal import Foundation
internal import Stores
internal import Tensors

/// Films and how people rated them: MovieLens latest-small, as the R package dslabs has it.
///
/// GroupLens allows use for research and no redistribution: the file is read where the package put it, and nothing of it is part of this project.
struct MovieLens {
  struct Film {
    let id: Int32
    /// As it is said: `The Matrix`.
    let title: String
    let year: Int?
    let genres: [String]
  }

  struct Rating {
    /// Position among the users.
    let user: Int
    /// Position among the films.
    let film: Int
    /// Half to five stars.
    let stars: Double
  }

  let films: [Film]
  let userCount: Int
  let ratings: [Rating]
  let source: Domain.Source

  /// Where Debian's `r-cran-dslabs` puts the package.
  static let debianFolder = "/usr/lib/R/site-library/dslabs"

  static let licence =
    "GroupLens Research, University of Minnesota: for research, no redistribution without permission, no commercial use. "
    + "Cite F. M. Harper and J. A. Konstan (2015), The MovieLens Datasets, ACM TiiS 5(4), 19."

  /// - Parameter folder: of the package, which has a folder `data`.
  init(folder: String) throws {
    guard FileManager.default.fileExists(atPath: "\(folder)/data/Rdata.rdx") else {
      throw DomainError.missing(
        what: "the films of MovieLens (R package dslabs)", place: folder,
        remedy: "install them with `apt-get install r-cran-dslabs`, or give the package's folder (--dslabs)")
    }
    let database = try RDatabase(folder: "\(folder)/data")
    let table = try database.object("movielens")
    func column<Value>(_ name: String, _ read: (RObject) -> [Value]?) throws(FileError) -> [Value] {
      guard let column = table[name], let values = read(column) else {
        throw .entry(
          path: database.path, place: "movielens", expected: "a column \(name)", actual: "none of its type")
      }
      return values
    }
    let ids = try column("movieId", \.integers)
    let titles = try column("title", \.words)
    let years = try column("year", \.integers)
    let genres = try column("genres", \.words)
    let users = try column("userId", \.integers)
    let stars = try column("rating", \.reals)
    guard [titles.count, years.count, genres.count, users.count, stars.count].allSatisfy({ $0 == ids.count })
    else {
      throw FileError.entry(
        path: database.path, place: "movielens", expected: "columns of one length", actual: "others")
    }
    var films: [Film] = []
    var (places, people): ([Int32: Int], [Int32: Int]) = ([:], [:])
    var ratings: [Rating] = []
    for row in ids.indices {
      // Without a title there is nothing to call it by.
      guard let title = titles[row], (0.5...5).contains(stars[row]) else { continue }
      let film =
        places[ids[row]]
        ?? {
          films.append(
            Film(
              id: ids[row], title: Self.spoken(title), year: years[row] == .min ? nil : Int(years[row]),
              genres: Self.list(genres[row] ?? "")))
          places[ids[row]] = films.count - 1
          return films.count - 1
        }()
      let user = people[users[row], default: people.count]
      people[users[row]] = user
      ratings.append(Rating(user: user, film: film, stars: stars[row]))
    }
    (self.films, self.ratings, userCount) = (films, ratings, people.count)
    source = Domain.Source(
      name: "MovieLens latest-small, movielens of the R package dslabs",
      sha256: try MappedFile(path: database.path).sha256(), licence: Self.licence)
  }

  /// `Matrix, The` is written for sorting.
  static func spoken(_ title: String) -> String {
    guard let match = title.wholeMatch(of: /(.+), (The|A|An|Les|La|Le|L'|Das|Der|Die|Il|El|Los)( \(.*\))?/)
    else {
      return title
    }
    let article = String(match.2)
    return article + (article.hasSuffix("'") ? "" : " ") + match.1 + (match.3.map(String.init) ?? "")
  }

  private static func list(_ genres: String) -> [String] {
    genres.split(separator: "|").map(String.init).filter { !$0.hasPrefix("(") }
  }
}
