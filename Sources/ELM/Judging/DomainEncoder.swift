internal import Foundation
public import Stores
internal import Tensors

/// E_D: the vector that a text has in a domain.
///
/// ```
/// E_D(text) = Σ w(m) x(m) / Σ w(m)    over the marks m of the text, each as often as it stands there
/// ```
/// | domain | marks | x | w |
/// | -- | -- | -- | -- |
/// | words (`wordnet-glove`, `tokens:MODEL`) | words that are items | the item's row | a / (a + p), a = 10⁻⁴ (Arora, Liang, Ma 2017, without their common component) |
/// | films (`movielens`) | words of titles, genres, decades | the mean of the training films that have it | log(films / films that have it) |
///
/// The data have no counts of words, so p is taken by rank: `p = 1 / (rank · H_n)` (Zipf), the rank being the item's place in the domain, which
/// has the most frequent first. The name of the item that is spoken of never counts: a model that says nothing but the name says nothing.
/// Vectors of a user's own have no encoder: what made them cannot be asked for the vector of a text. O(words · d) a text.
public struct DomainEncoder: Sendable {
  /// What it does, in words.
  public let method: String
  private let vectors: Matrix<Float>
  private let marks: [String: Mark]
  private let kind: Kind

  /// A word, or what a word stands for.
  private struct Mark {
    let row: Int
    let weight: Double
  }

  private enum Kind { case words, films }

  /// a, of 10⁻³ to 10⁻⁴ that Arora and others recommend: glosses of WordNet lie nearer to their words' rows of GloVe.
  private static let smoothing = 1e-4
  /// Marks that fewer films have say nothing that two films could share.
  private static let leastFilms = 3

  /// - Parameter training: the items that centroids of films are taken from; nothing of the others may be known.
  /// - Returns: nil for a domain without an encoder; ``reason(against:)`` says why.
  public init?(_ domain: Domain, training: [Int]) {
    switch Self.kind(of: domain) {
    case .words: self.init(words: domain)
    case .films: self.init(films: domain, training: training)
    case nil: return nil
    }
  }

  /// Why a domain has no encoder.
  public static func reason(against domain: Domain) -> String {
    "\(domain.name) is made \(domain.recipe.isEmpty ? "of vectors of unknown origin" : domain.recipe): what made its vectors "
      + "cannot be asked for the vector of a text"
  }

  private static func kind(of domain: Domain) -> Kind? {
    if domain.recipe.hasPrefix("wordnet-glove") || domain.recipe.hasPrefix("tokens:") { return .words }
    return domain.recipe.hasPrefix("movielens") ? .films : nil
  }

  private init(words domain: Domain) {
    let harmonic = (1...max(1, domain.count)).reduce(0.0) { $0 + 1 / Double($1) }
    kind = .words
    vectors = domain.vectors
    marks = Dictionary(
      domain.names.enumerated().map { row, name in
        let frequency = 1 / (Double(row + 1) * harmonic)
        return (name.lowercased(), Mark(row: row, weight: Self.smoothing / (Self.smoothing + frequency)))
      }, uniquingKeysWith: { first, _ in first })
    method = "mean of the rows of the text's words, weighted by a / (a + p), a = 0.0001, p by rank"
  }

  private init(films domain: Domain, training: [Int]) {
    var members: [String: [Int]] = [:]
    for item in training {
      let texts = ["title", "genres", "year"].compactMap { domain.field($0)?[item] }.joined()
      for mark in Set(texts.flatMap { Self.marks(in: $0, .films) }) {
        members[mark, default: []].append(item)
      }
    }
    let known = members.filter { $0.value.count >= Self.leastFilms }.sorted { $0.key < $1.key }
    var centroids = Matrix<Float>(rows: known.count, columns: domain.width, repeating: 0)
    var marks: [String: Mark] = [:]
    for (row, mark) in known.enumerated() {
      for item in mark.value {
        for (column, index) in domain.vectors.range(ofRow: item).enumerated() {
          centroids[row, column] += domain.vectors.elements[index] / Float(mark.value.count)
        }
      }
      marks[mark.key] = Mark(row: row, weight: log(Double(training.count) / Double(mark.value.count)))
    }
    (kind, vectors, self.marks) = (.films, centroids, marks)
    method =
      "mean of the centroids of the text's words, genres and decades among training films, weighted by log(films / films that have it)"
  }

  /// The vector of a text.
  ///
  /// - Parameter names: of the items that are spoken of; their words are passed over.
  /// - Returns: d numbers in the domain's units; nil where no mark of the text is known.
  public func vector(of text: String, leavingOut names: [String]) -> [Double]? {
    let own = Set(names.flatMap { Self.marks(in: $0, kind) })
    var sum = [Double](repeating: 0, count: vectors.columns)
    var total = 0.0
    for word in Self.marks(in: text, kind) where !own.contains(word) {
      guard let mark = marks[word], mark.weight > 0 else { continue }
      total += mark.weight
      for (column, index) in vectors.range(ofRow: mark.row).enumerated() {
        sum[column] += mark.weight * Double(vectors.elements[index])
      }
    }
    guard total > 0 else { return nil }
    return sum.map { $0 / total }
  }

  /// The marks of a text, in its order: its words in lower case; of films a year is its decade.
  private static func marks(in text: String, _ kind: Kind) -> [String] {
    let words = TextWords.words(of: text)
    guard kind == .films else { return words }
    return words.map { word in
      guard word.count == 4, let year = Int(word), (1880..<2100).contains(year) else { return word }
      return "\(year / 10)0s"
    }
  }
}
