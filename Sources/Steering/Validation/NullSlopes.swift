internal import Foundation

/// What a carried vector has to beat: directions that lack one thing that makes it what it is.
public enum SteeringNull: String, Sendable, CaseIterable, Codable {
  /// `N(0, Σ)` with the covariance Σ of the target's residual stream at the edited block, over neutral text: directions
  /// as the target's own states take them, without a trait.
  case residualNoise = "residual noise"
  /// The source set with the two texts of exactly half of its pairs exchanged, through the real map: the same texts and the
  /// same map, without the trait's labels.
  case permutedLabels = "permuted labels"
  /// The source vector through maps fitted on shuffled token pairs: the trait, without a match of tokens. Such a vector is a sum of
  /// thousands of rows in random order with weights of mean 0: close to normal, with the covariance of the target's rows.
  case shuffledMaps = "shuffled maps"
}

/// How vectors are made comparable before they are compared.
public enum DoseRule: String, Sendable, CaseIterable, Codable {
  /// All have the norm at which the carried vector reaches the chosen divergence.
  case equalNorm = "equal norm"
  /// Each has the norm at which it disturbs neutral text as much as the carried vector does.
  case equalDivergence = "equal divergence"
}

/// The effects of one null's directions, each standing for two draws: itself and its opposite.
///
/// An effect is odd in the direction, `e(-v) = -e(v)`, and the nulls are symmetric: `-v` is as likely as `v`. So one
/// measurement gives both draws, and the carried vector's opposite is one more: K directions are 2K + 1 draws. Under a null,
/// the carried vector is equally likely to be any of these 2K + 2, which makes the p-value exact.
public struct NullSlopes: Sendable, Equatable, Codable {
  /// Of the measured directions, nats a dose.
  public let slopes: [Double]

  public init(_ slopes: [Double]) { self.slopes = slopes }

  /// Draws: two a direction, and the opposite of the vector that is tested.
  public var draws: Int { 2 * slopes.count + 1 }

  /// `(1 + #{draws with an effect of at least this}) / (draws + 1)`, one-sided.
  public func pValue(of slope: Double) -> Double {
    let above = slopes.reduce(-slope >= slope ? 1 : 0) { $0 + ($1 >= slope ? 1 : 0) + (-$1 >= slope ? 1 : 0) }
    return Double(1 + above) / Double(draws + 1)
  }

  /// The draws' mean is 0; their standard deviation `√(Σ e² / K)`, nats a dose.
  public var deviation: Double {
    slopes.isEmpty ? 0 : (slopes.reduce(0) { $0 + $1 * $1 } / Double(slopes.count)).squareRoot()
  }

  /// Standard deviations of the draws between their mean, 0, and this effect; nil if the draws do not vary.
  public func standardScore(of slope: Double) -> Double? { deviation > 0 ? slope / deviation : nil }

  /// The largest effect among the draws.
  public var largest: Double { slopes.map(abs).max() ?? 0 }

  /// Directions that give at least `draws` draws.
  public static func directions(for draws: Int) -> Int { max(1, draws / 2) }
}

/// One null against the carried vector, by both rules.
public struct NullResult: Sendable, Codable {
  public let null: SteeringNull
  /// At the carried vector's norm.
  public let equalNorm: NullSlopes
  /// Each at its own norm.
  public let equalDivergence: NullSlopes
  /// The norm of each direction at equal divergence, over that of the carried vector.
  public let ownDoses: [Double]
  /// Directions for which no norm within the search range has the divergence; they stand at the last norm tried.
  public let unreached: Int
  /// Directions that there are, where that is less than was asked for.
  public let limit: Int?

  /// The effects by one rule.
  public func slopes(_ rule: DoseRule) -> NullSlopes {
    rule == .equalNorm ? equalNorm : equalDivergence
  }
}
