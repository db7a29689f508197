internal import Domains
internal import Foundation
public import Stores
internal import Tensors
public import Transformers

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
/// Of words that a sentence encoder has turned into vectors (`encoder:MODEL`), E_D is the encoder itself: nothing stands in its place, and a text is read
/// in its order. Words of the item's name are taken out of the text before.
///
/// The data have no counts of words, so p is taken by rank: `p = 1 / (rank · H_n)` (Zipf), the rank being the item's place in the domain, which
/// has the most frequent first. The name of the item that is spoken of never counts: a model that says nothing but the name says nothing.
/// Vectors of a user's own have no encoder: what made them cannot be asked for the vector of a text. O(words · d) a text.
public struct DomainEncoder: Sendable {
  private let source: Source

  /// What reads a text.
  private enum Source {
    case marks(Marks)
    case sentences(SentenceEncoder)
  }

  private enum Kind { case words, films, sentences }

  /// a, of 10⁻³ to 10⁻⁴ that Arora and others recommend: glosses of WordNet lie nearer to their words' rows of GloVe.
  private static let smoothing = 1e-4
  /// Marks that fewer films have say nothing that two films could share.
  private static let leastFilms = 3

  /// - Parameters:
  ///   - training: the items that centroids of films are taken from; nothing of the others may be known.
  ///   - sentences: the sentence encoder that made the vectors, where one did.
  /// - Returns: nil for a domain without an encoder; ``reason(against:)`` says why.
  public init?(_ domain: Domain, training: [Int], sentences: SentenceEncoder? = nil) {
    switch Self.kind(of: domain) {
    case .words: source = .marks(Self.words(domain))
    case .films: source = .marks(Self.films(domain, training: training))
    case .sentences:
      guard let sentences else { return nil }
      source = .sentences(sentences)
    case nil: return nil
    }
  }

  /// Why a domain has no encoder.
  public static func reason(against domain: Domain) -> String {
    if let encoder = WordDomains.encoder(of: domain) {
      return "the sentence encoder \(encoder), which made the vectors of \(domain.name), was not loaded"
    }
    return
      "\(domain.name) is made \(domain.recipe.isEmpty ? "of vectors of unknown origin" : domain.recipe): what made its vectors "
      + "cannot be asked for the vector of a text"
  }

  /// What the encoder of a domain does, in words; nil where it has none.
  public static func method(of domain: Domain) -> String? {
    switch kind(of: domain) {
    case .words: "mean of the rows of the text's words, weighted by a / (a + p), a = 0.0001, p by rank"
    case .films:
      "mean of the centroids of the text's words, genres and decades among training films, weighted by log(films / films that have it)"
    case .sentences: WordDomains.encoder(of: domain).map { "\($0), which made the vectors" }
    case nil: nil
    }
  }

  private static func kind(of domain: Domain) -> Kind? {
    if domain.recipe.hasPrefix("wordnet-glove") || domain.recipe.hasPrefix("tokens:") { return .words }
    if WordDomains.encoder(of: domain) != nil { return .sentences }
    return domain.recipe.hasPrefix("movielens") ? .films : nil
  }

  private static func words(_ domain: Domain) -> Marks {
    let harmonic = (1...max(1, domain.count)).reduce(0.0) { $0 + 1 / Double($1) }
    let marks = Dictionary(
      domain.names.enumerated().map { row, name in
        let frequency = 1 / (Double(row + 1) * harmonic)
        return (name.lowercased(), Marks.Mark(row: row, weight: smoothing / (smoothing + frequency)))
      }, uniquingKeysWith: { first, _ in first })
    return Marks(vectors: domain.vectors, marks: marks, kind: .words)
  }

  private static func films(_ domain: Domain, training: [Int]) -> Marks {
    var members: [String: [Int]] = [:]
    for item in training {
      let texts = ["title", "genres", "year"].compactMap { domain.field($0)?[item] }.joined()
      for mark in Set(texts.flatMap { Marks.marks(of: $0, .films) }) {
        members[mark, default: []].append(item)
      }
    }
    let known = members.filter { $0.value.count >= leastFilms }.sorted { $0.key < $1.key }
    var centroids = Matrix<Float>(rows: known.count, columns: domain.width, repeating: 0)
    var marks: [String: Marks.Mark] = [:]
    for (row, mark) in known.enumerated() {
      for item in mark.value {
        for (column, index) in domain.vectors.range(ofRow: item).enumerated() {
          centroids[row, column] += domain.vectors.elements[index] / Float(mark.value.count)
        }
      }
      marks[mark.key] = Marks.Mark(row: row, weight: log(Double(training.count) / Double(mark.value.count)))
    }
    return Marks(vectors: centroids, marks: marks, kind: .films)
  }

  /// The vectors of texts.
  ///
  /// - Parameter names: of each text those of the items that it speaks of; their words are passed over.
  /// - Returns: d numbers in the domain's units a text; nil where nothing of it is known.
  /// - Throws: `TransformerError` of a sentence encoder.
  public func vectors(of texts: [String], leavingOut names: [[String]]) throws -> [[Double]?] {
    switch source {
    case .marks(let marks):
      return zip(texts, names).map { marks.vector(of: $0, leavingOut: $1) }
    case .sentences(let encoder):
      let left = zip(texts, names).map { Self.text($0, leavingOut: $1) }
      // Most texts hold none of many items' names, and are one.
      let known = Set(left).subtracting([""]).sorted()
      let rows = try encoder.encode(cutting: known)
      let vectors = Dictionary(
        uniqueKeysWithValues: known.enumerated().map { ($1, rows.row($0).map { Double($0) }) })
      return left.map { vectors[$0] }
    }
  }

  /// The same of one text.
  public func vector(of text: String, leavingOut names: [String]) throws -> [Double]? {
    try vectors(of: [text], leavingOut: [names])[0]
  }

  /// A text without the pieces between spaces that are words of names and nothing else.
  private static func text(_ text: String, leavingOut names: [String]) -> String {
    let own = Set(names.flatMap(TextWords.words))
    return text.split(whereSeparator: \.isWhitespace).filter { piece in
      let words = TextWords.words(of: String(piece))
      return words.isEmpty || !words.allSatisfy(own.contains)
    }.joined(separator: " ")
  }
}

/// The rows that marks of a text stand for.
private struct Marks {
  let vectors: Matrix<Float>
  let marks: [String: Mark]
  let kind: Kind

  enum Kind { case words, films }

  /// A word, or what a word stands for.
  struct Mark {
    let row: Int
    let weight: Double
  }

  func vector(of text: String, leavingOut names: [String]) -> [Double]? {
    let own = Set(names.flatMap { Self.marks(of: $0, kind) })
    var sum = [Double](repeating: 0, count: vectors.columns)
    var total = 0.0
    for word in Self.marks(of: text, kind) where !own.contains(word) {
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
  static func marks(of text: String, _ kind: Kind) -> [String] {
    let words = TextWords.words(of: text)
    guard kind == .films else { return words }
    return words.map { word in
      guard word.count == 4, let year = Int(word), (1880..<2100).contains(year) else { return word }
      return "\(year / 10)0s"
    }
  }
}
