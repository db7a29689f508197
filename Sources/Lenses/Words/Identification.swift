import Statistics
import Tensors

/// How well an answer tells its point from others of the same place.
public struct Identification: Sendable, Equatable, Codable {
  /// 1 + the number of other points that the answer fits at least as well; chance: (others + 2) / 2 on average.
  public let rank: Int
  public let others: Int
  /// rank / (others + 1): exact where the answer does not depend on the point and the point was drawn as the others were.
  public let pValue: Double
  /// Ends of the percentile interval of the rank over the answers drawn anew; nil with one answer.
  public let lower: Int?
  public let upper: Int?
  /// How well the answers fit the point: a mean cosine, or nats.
  public let score: Double
  /// The mean of the others' scores.
  public let othersScore: Double

  /// Ranks by scores averaged over the answers.
  ///
  /// - Parameter scores: for every answer, how well it fits the point, then each other point.
  /// - Precondition: at least one answer, and one other point.
  init(_ scores: [[Double]], seed: UInt64) {
    let mean = Self.mean(scores, of: Array(scores.indices))
    others = mean.count - 1
    rank = Self.rank(mean)
    pValue = Double(rank) / Double(mean.count)
    score = mean[0]
    othersScore = mean.dropFirst().reduce(0, +) / Double(others)
    guard scores.count > 1 else {
      (lower, upper) = (nil, nil)
      return
    }
    var random = SeededRandom(seed: seed)
    let ranks = (0..<Self.draws).map { _ in
      Double(
        Self.rank(
          Self.mean(
            scores, of: scores.indices.map { _ in Int(random.next(upperBound: UInt64(scores.count))) })))
    }.sorted()
    lower = Int(quantile(ofSorted: ranks, 0.025))
    upper = Int(quantile(ofSorted: ranks, 0.975).rounded(.up))
  }

  private static let draws = 400

  private static func mean(_ scores: [[Double]], of answers: [Int]) -> [Double] {
    scores[0].indices.map { point in
      answers.reduce(0) { $0 + scores[$1][point] } / Double(answers.count)
    }
  }

  /// Ties count against the point.
  static func rank(_ scores: [Double]) -> Int { 1 + scores.dropFirst().count { $0 >= scores[0] } }
}

/// An identification, or the reason why there is none.
public enum Identified: Sendable, Equatable, Codable {
  case ranked(Identification)
  case notEvaluable(reason: String)

  public var identification: Identification? {
    if case .ranked(let identification) = self { identification } else { nil }
  }

  public var reason: String? {
    if case .notEvaluable(let reason) = self { reason } else { nil }
  }
}
