public import Statistics
public import Tensors

/// How well a map predicts rows that it has not seen; every number with an interval over tokens or groups of them:
/// percentiles of resampled sums, for shares Wilson's.
///
/// ŷ is the mapped row, y the true one, ȳ the mean of the held-out true rows and μ the map's target mean
/// (zero without centring). For logit matching, rows of the source are predicted from the target's.
public struct AlignmentScores: Sendable, Equatable, Codable {
  /// `1 - Σ ‖y - ŷ‖² / Σ ‖y - ȳ‖²`: R² with dimensions weighted by their variance (scikit-learn's
  /// `variance_weighted`). Negative when the held-out mean predicts better.
  public let r2: Estimate
  /// `1 - Σ ‖y - ŷ‖² / Σ ‖y‖²`: R² about zero, which flatters a map that has learned the common mean.
  public let r2AboutZero: Estimate
  /// Mean cosine of ŷ and y.
  public let cosine: Estimate
  /// Mean cosine of ŷ - μ and y - μ: what is left of it without the common mean.
  public let centredCosine: Estimate
  /// `Σ ‖ŷ‖ / Σ ‖y‖`: 1 keeps the norm, less shrinks.
  public let normRatio: Estimate
  /// `Σ ‖ŷ - μ‖ / Σ ‖y - μ‖`: how much a direction shrinks; what a transferred vector must be scaled by.
  public let centredNormRatio: Estimate
  /// How often the true row is found, among the most rows first; the last is among the held-out rows.
  public let retrieval: [Retrieval]

  /// Among the held-out rows.
  public var amongHeldOut: Retrieval { retrieval[retrieval.count - 1] }
}

/// How often tokens are found among the rows of one set.
public struct Retrieval: Sendable, Equatable, Codable {
  public let candidates: CandidateSet
  /// Rows among which each token was looked for; chance of P@k is k over this.
  public let candidateCount: Int
  /// Share of tokens whose true row is the nearest, among the 5 and the 10 nearest, by cosine about μ.
  public let nearestNeighbour: RetrievalScores
  /// The same by CSLS, whose densities are over the held-out tokens whatever the candidates are.
  public let csls: RetrievalScores
}

/// The rows among which held-out tokens are looked for; each set holds the one before it.
public enum CandidateSet: String, CaseIterable, Sendable, Codable {
  case heldOut = "held-out"
  case matched
  case vocabulary

  /// As a sentence has it.
  public var words: String {
    switch self {
    case .heldOut: "held-out tokens"
    case .matched: "matched tokens"
    case .vocabulary: "whole vocabulary"
    }
  }

  /// This set and those that it holds.
  public var withSmaller: [CandidateSet] {
    Self.allCases.prefix { $0 != self } + [self]
  }
}

/// All rows of one side, and which of them are the matched tokens'.
public struct VocabularyRows: Sendable, Equatable {
  public let rows: Matrix<Float>
  /// The row of each matched token, each once.
  public let matched: [Int]

  public init(rows: Matrix<Float>, matched: [Int]) {
    (self.rows, self.matched) = (rows, matched)
  }
}

/// Precision at 1, 5 and 10.
public struct RetrievalScores: Sendable, Equatable, Codable {
  public let at1: Estimate
  public let at5: Estimate
  public let at10: Estimate
}

/// Two transfers scored on the same tokens.
public struct PairedScores: Sendable, Equatable, Codable {
  public let own: AlignmentScores
  public let other: AlignmentScores
  public let advantage: ScoreAdvantage
}

/// What one transfer scores more than another one on the same tokens, with intervals over the same resamples: what
/// both find easy or hard is not in them.
public struct ScoreAdvantage: Sendable, Equatable, Codable {
  /// R², own less other.
  public let r2: Estimate
  public let centredCosine: Estimate
  /// By CSLS.
  public let precisionAt1: Estimate
}

/// How maps are scored.
public struct ScoringOptions: Sendable, Equatable, Codable {
  /// Neighbours k of CSLS, 1 or more; larger values measure hubs more broadly.
  public var cslsNeighbours = 10
  /// The largest set of rows among which each held-out token is looked for; the smaller ones come with it. More rows are harder
  /// to tell apart, and take as many times as long.
  public var candidates = CandidateSet.heldOut
  /// Resamples, coverage and seed of the intervals; its groups, of all matched tokens, stay together in them.
  public var resampling = Resampling()

  public init() {}
}
