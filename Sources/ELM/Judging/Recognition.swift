/// Which of some texts a model finds most probable beside a vector, and which vector beside a text.
///
/// ```
/// score(text j; vector i) = ln p(text j | vector i) - ln p(text j | mean vector)
/// ```
/// What a text gains by its vector: without the second term a short text wins beside every vector. Ranks are of the true pair, from 1; ties
/// take the middle. A model that hears nothing has all scores of a column equal, so its ranks are those of the texts' own probabilities.
public struct Recognition: Sendable, Equatable, Codable {
  /// Ranks of item i's own text among all texts, beside vector i.
  public let textRanks: [Double]
  /// Ranks of item i's vector among all vectors, beside its text.
  public let vectorRanks: [Double]
  /// Texts among which ranks are taken.
  public let texts: Int
  /// Vectors among which ranks are taken.
  public let vectors: Int

  /// - Parameter scores: of each vector its texts'; text i belongs to vector i, and more texts may follow.
  /// - Precondition: at least as many texts as vectors, rows of one length.
  public init(scores: [[Double]]) {
    let texts = scores.first?.count ?? 0
    precondition(
      texts >= scores.count && scores.allSatisfy { $0.count == texts },
      "\(scores.count) vectors beside \(texts) texts")
    (self.texts, vectors) = (texts, scores.count)
    textRanks = scores.enumerated().map { item, row in Self.rank(of: item, in: row) }
    vectorRanks = scores.indices.map { item in Self.rank(of: item, in: scores.map { $0[item] }) }
  }

  /// The same scores less one number a text, for pairs scored beside a vector that says nothing.
  public static func less(_ scores: [[Double]], _ base: [Double]) -> [[Double]] {
    scores.map { row in zip(row, base).map { $0 - $1 } }
  }

  static func rank(of place: Int, in scores: [Double]) -> Double {
    let own = scores[place]
    let (above, equal) = scores.reduce((0, 0)) { ($0.0 + ($1 > own ? 1 : 0), $0.1 + ($1 == own ? 1 : 0)) }
    return 1 + Double(above) + Double(equal - 1) / 2
  }
}
