internal import Foundation
internal import Stores

/// What is said of films, as fields of a domain.
///
/// | field | texts |
/// | -- | -- |
/// | `title`, `year`, `genres` | of the data |
/// | `rating` | mean stars and how many people rated it |
/// | `also-liked`, `not-liked` | films that those who gave it 4 stars or more rated above, below what was to be expected, the clearest first |
///
/// Expected of a user and a film are the user's mean and the film's mean about the mean of all; the mean difference is shrunk by 5
/// ratings towards none, and counts where 5 people or more rated both.
struct FilmTexts {
  let fields: [Domain.Field]

  private static let shrinkage = 5.0
  private static let leastShared = 5
  private static let liking = 4.0
  private static let listed = 5

  init(_ data: MovieLens) {
    let films = data.films
    let mean = data.ratings.reduce(0) { $0 + $1.stars } / Double(max(1, data.ratings.count))
    func means(_ count: Int, _ key: (MovieLens.Rating) -> Int) -> (mean: [Double], count: [Int]) {
      var (sums, counts) = ([Double](repeating: 0, count: count), [Int](repeating: 0, count: count))
      for rating in data.ratings {
        sums[key(rating)] += rating.stars
        counts[key(rating)] += 1
      }
      return (zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : mean }, counts)
    }
    let (ofUsers, ofFilms) = (means(data.userCount, \.user), means(films.count, \.film))
    var byUser = [[MovieLens.Rating]](repeating: [], count: data.userCount)
    var lovers = [[Int]](repeating: [], count: films.count)
    for rating in data.ratings {
      byUser[rating.user].append(rating)
      if rating.stars >= Self.liking { lovers[rating.film].append(rating.user) }
    }
    var (liked, disliked): ([[String]], [[String]]) = ([], [])
    for film in films.indices {
      var found: [Int: (sum: Double, count: Int)] = [:]
      for user in lovers[film] {
        for other in byUser[user] where other.film != film {
          let expected = ofUsers.mean[user] + ofFilms.mean[other.film] - mean
          found[other.film, default: (0, 0)].sum += other.stars - expected
          found[other.film, default: (0, 0)].count += 1
        }
      }
      let scored = found.filter { $0.value.count >= Self.leastShared }.map {
        (film: $0.key, score: $0.value.sum / (Double($0.value.count) + Self.shrinkage))
      }.sorted { ($0.score, $1.film) > ($1.score, $0.film) }
      liked.append(scored.prefix(Self.listed).filter { $0.score > 0 }.map { films[$0.film].title })
      disliked.append(
        scored.suffix(Self.listed).reversed().filter { $0.score < 0 }.map { films[$0.film].title })
    }
    fields = [
      Domain.Field("title", films.map { [$0.title] }),
      Domain.Field("year", films.map { $0.year.map { ["\($0)"] } ?? [] }),
      Domain.Field("genres", films.map(\.genres)),
      Domain.Field(
        "rating",
        films.indices.map {
          [String(format: "%.1f of 5 stars from \(ofFilms.count[$0]) people", ofFilms.mean[$0])]
        }),
      Domain.Field("also-liked", liked), Domain.Field("not-liked", disliked),
    ]
  }
}

extension MovieLens {
  /// Those films that so many people rated, with their ratings.
  func keepingFilms(withRatings least: Int) throws(DomainError) -> MovieLens {
    guard least >= 1 else { throw .option(name: "leastRatings", expected: "1 or more", actual: "\(least)") }
    var counts = [Int](repeating: 0, count: films.count)
    for rating in ratings { counts[rating.film] += 1 }
    let kept = films.indices.filter { counts[$0] >= least }
    guard kept.count > 1 else {
      throw .empty(what: "films", domain: source.name, reason: "none has \(least) ratings")
    }
    return keeping(kept)
  }

  /// Some of the films, with their ratings.
  func keeping(_ kept: [Int]) -> MovieLens {
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    let left = ratings.compactMap { rating in
      places[rating.film].map { Rating(user: rating.user, film: $0, stars: rating.stars) }
    }
    return MovieLens(films: kept.map { films[$0] }, userCount: userCount, ratings: left, source: source)
  }

  private init(films: [Film], userCount: Int, ratings: [Rating], source: Domain.Source) {
    (self.films, self.userCount, self.ratings, self.source) = (films, userCount, ratings, source)
  }

  /// `The Matrix (1999)`; the second of two that would be called the same bears its number in the data too.
  var names: [String] {
    var taken: Set<String> = []
    return films.map { film in
      let name = film.year.map { "\(film.title) (\($0))" } ?? film.title
      return taken.insert(name).inserted ? name : "\(name) [\(film.id)]"
    }
  }
}
