internal import Files
internal import Foundation
public import Stores
internal import Tensors

/// Domains of films, from MovieLens latest-small.
public enum FilmDomains {
  /// What a film's vector stands for.
  public enum Space: String, CaseIterable, Sendable {
    /// Who watched it: item factors by ``WeightedFactorisation``.
    case behavioural
    /// What it is: its genres, its year and the words of its title, by truncated singular values.
    case semantic
  }

  /// How the vectors are made.
  public struct Options: Sendable, Equatable {
    /// Films with fewer ratings are left out, 1 or more: of those nothing is known that others would share.
    public var leastRatings = 5
    /// Of the behavioural space; its number of factors is the width of the semantic one too.
    public var factorisation = WeightedFactorisation.Options()

    public init() {}
  }

  /// Where Debian's `r-cran-dslabs` puts the package.
  public static let debianFolder = MovieLens.debianFolder

  /// Films with at least some ratings, in the order of the data.
  ///
  /// - Parameter folder: of the R package dslabs.
  /// - Throws: ``DomainError/missing(what:place:remedy:)`` where the package is not there.
  public static func movieLens(
    _ space: Space, name: String, folder: String = debianFolder, options: Options = Options(),
    toolVersion: String,
    date: String
  ) throws -> Domain {
    JobProgress.current.tell("reading MovieLens")
    let all = try MovieLens(folder: folder)
    let data = try all.keepingFilms(withRatings: options.leastRatings)
    var recipe = "movielens, \(space.rawValue): films with at least \(options.leastRatings) ratings; "
    let vectors: Matrix<Float>
    switch space {
    case .behavioural:
      let observations = data.ratings.map {
        WeightedFactorisation.Observation(user: $0.user, item: $0.film, strength: $0.stars)
      }
      let (users, films) = (data.userCount, data.films.count)
      let rank = try WeightedFactorisation.percentileRank(
        of: observations, users: users, items: films, options: options.factorisation)
      let fit = try WeightedFactorisation(
        of: observations, users: users, items: films, options: options.factorisation)
      vectors = fit.items.narrowed()
      func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
      recipe +=
        "weighted matrix factorisation of \(observations.count) ratings by \(users) people, \(options.factorisation.words); "
        + "of \(rank.count) ratings held out the mean percentile rank is \(percent(rank.factors)), by popularity "
        + "\(percent(rank.popularity)) (difference ± \(percent(rank.standardError)), standard error over people), by chance 50 %"
    case .semantic:
      let marks = FilmMarks(data.films)
      let width = min(options.factorisation.factors, marks.columns)
      let semantics = try LatentSemantics(marks.marks, columns: marks.columns, width: width)
      vectors = semantics.vectors
      recipe +=
        "genres, years and words of titles, \(marks.columns) marks, \(width) dimensions that keep "
        + String(format: "%.0f %%", 100 * semantics.keptShare)
    }
    // A film without genre, year and known words has no direction in the semantic space.
    let placed = vectors.rowsThatPoint
    if placed.count < vectors.rows {
      recipe += "; \(vectors.rows - placed.count) films without any mark left out"
    }
    let films = data.keeping(placed)
    let named = NamedVectors(names: films.names, vectors: vectors.selecting(rows: placed))
    try named.validate(all.source.name)
    return Domain(
      name: name, recipe: recipe, sources: [all.source], names: named.names, vectors: named.vectors,
      fields: FilmTexts(films).fields, toolVersion: toolVersion, date: date)
  }
}

extension Matrix<Float> {
  /// Rows that are not zero.
  fileprivate var rowsThatPoint: [Int] {
    (0..<rows).filter { row in elements[range(ofRow: row)].contains { $0 != 0 } }
  }
}

/// What a film bears that its semantic vector is made of.
private struct FilmMarks {
  let marks: [[(column: Int, weight: Double)]]
  let columns: Int

  /// Words of titles that fewer films have say nothing that two films could share.
  private static let leastFilms = 3

  init(_ films: [MovieLens.Film]) {
    let words = films.map { film in
      Set(film.title.lowercased().split { !$0.isLetter }.filter { $0.count > 2 }.map(String.init))
    }
    var counts: [String: Int] = [:]
    for word in words.joined() { counts[word, default: 0] += 1 }
    var columns: [String: Int] = [:]
    func column(_ mark: String) -> Int {
      let column = columns[mark, default: columns.count]
      columns[mark] = column
      return column
    }
    marks = zip(films, words).map { film, words in
      let genres = film.genres.map {
        (column: column("genre " + $0), weight: 1 / Double(film.genres.count).squareRoot())
      }
      // A film of 1994 lies between those of 1990 and 2000.
      let years = film.year.map { year -> [(column: Int, weight: Double)] in
        let (decade, share) = (year / 10, Double(year % 10) / 10)
        return [
          (column("decade \(decade)"), 0.7 * (1 - share)), (column("decade \(decade + 1)"), 0.7 * share),
        ]
      }
      let known = words.filter { (counts[$0] ?? 0) >= Self.leastFilms }.sorted()
      let weights = known.map { Foundation.log(Double(films.count) / Double(counts[$0] ?? 1)) }
      let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let title = zip(known, weights).map { (column: column("word " + $0), weight: 0.7 * $1 / norm) }
      return genres + (years ?? []) + title
    }
    self.columns = columns.count
  }
}
