internal import Files
internal import LinearAlgebra
public import Tensors

/// Factors of users and items from what users did (Hu, Koren, Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets").
///
/// ```
/// min  Σ_ui c_ui (p_ui - x_uᵀ y_i)² + λ (Σ ‖x_u‖² + Σ ‖y_i‖²)
/// p_ui = 1 where user u has rated item i, else 0;   c_ui = 1 + α r_ui
/// x_u = (YᵀY + Yᵀ(Cᵘ - 1)Y + λ)⁻¹ Yᵀ Cᵘ p_u         and the same for y_i, in turn
/// ```
/// A sweep costs O(ratings · factors² + (users + items) · factors³). The same seed gives the same bits on one machine.
public struct WeightedFactorisation: Sendable {
  /// How the factors are found.
  public struct Options: Sendable, Equatable {
    /// Numbers of a vector, 1 or more; larger values fit finer and generalise less.
    public var factors = 32
    /// α, how much more a rating weighs than none; 0 or more.
    public var confidence = 10.0
    /// λ, above 0: larger values pull rarely rated items to zero. This and α ranked held-out ratings of MovieLens latest-small best, of
    /// twelve settings that were tried with seed 1.
    public var regularisation = 100.0
    /// Times that both sides are solved, 1 or more.
    public var sweeps = 15
    /// Of the first item factors, and of what ``WeightedFactorisation/percentileRank(of:users:items:options:share:)`` holds out.
    public var seed: UInt64 = 1

    public init() {}

    /// In words, for the recipe of a domain.
    var words: String {
      "\(factors) factors, alpha \(confidence), lambda \(regularisation), \(sweeps) sweeps, seed \(seed)"
    }
  }

  /// One observation: user, item and r.
  public struct Observation: Sendable, Equatable {
    public let user: Int
    public let item: Int
    /// r, 0 or more.
    public let strength: Double

    public init(user: Int, item: Int, strength: Double) {
      (self.user, self.item, self.strength) = (user, item, strength)
    }
  }

  /// X, `[users x factors]`.
  public let users: Matrix<Double>
  /// Y, `[items x factors]`.
  public let items: Matrix<Double>

  /// - Precondition: users and items within the counts; options within their ranges.
  /// - Throws: `LinearAlgebraError` where a system cannot be solved.
  public init(
    of observations: [Observation], users userCount: Int, items itemCount: Int, options: Options
  ) throws {
    precondition(
      options.factors > 0 && options.confidence >= 0 && options.regularisation > 0 && options.sweeps > 0,
      "options out of range: \(options)")
    var random = SeededRandom(seed: options.seed)
    var items = Matrix(
      rows: itemCount, columns: options.factors,
      elements: (0..<itemCount * options.factors).map { _ in 0.1 * random.normal() })
    var users = Matrix(rows: userCount, columns: options.factors, repeating: 0.0)
    let ofUsers = Self.lists(userCount, observations.map { ($0.user, $0.item, $0.strength) })
    let ofItems = Self.lists(itemCount, observations.map { ($0.item, $0.user, $0.strength) })
    try withSingleThreadedBLAS {
      for sweep in 0..<options.sweeps {
        JobProgress.current.tell(sweep, of: options.sweeps, "factors of users and items")
        users = try Self.solved(ofUsers, against: items, options)
        items = try Self.solved(ofItems, against: users, options)
      }
    }
    (self.users, self.items) = (users, items)
  }

  package init(users: Matrix<Double>, items: Matrix<Double>) { (self.users, self.items) = (users, items) }

  private typealias List = [(other: Int, strength: Double)]

  private static func lists(_ count: Int, _ entries: [(Int, Int, Double)]) -> [List] {
    var lists = [List](repeating: [], count: count)
    for (own, other, strength) in entries { lists[own].append((other, strength)) }
    return lists
  }

  /// One side from the other.
  private static func solved(
    _ lists: [List], against others: Matrix<Double>, _ options: Options
  ) throws -> Matrix<Double> {
    let width = others.columns
    let gram = multiply(others, others, transposingA: true)
    let rows: [Result<[Double], LinearAlgebraError>] = parallelMap(count: lists.count, chunk: 16) { own in
      guard !lists[own].isEmpty else { return .success(Array(repeating: 0, count: width)) }
      var system = gram
      var right = Matrix(rows: width, columns: 1, repeating: 0.0)
      for index in 0..<width { system[index, index] += options.regularisation }
      for (other, strength) in lists[own] {
        let weight = options.confidence * strength
        let start = other * width
        for i in 0..<width {
          let first = others.elements[start + i]
          right.elements[i] += (1 + weight) * first
          for j in 0...i { system.elements[i * width + j] += weight * first * others.elements[start + j] }
        }
      }
      return Result { () throws(LinearAlgebraError) in try solvePositiveDefinite(system, right).elements }
    }
    return Matrix(rows: lists.count, columns: width, elements: try rows.flatMap { try $0.get() })
  }

  /// How well what users did is foreseen.
  public struct PercentileRank: Sendable, Equatable {
    /// The mean by the factors.
    public let factors: Double
    /// The mean by how often an item was observed.
    public let popularity: Double
    /// Of the difference popularity - factors, users drawn as they are (one user's observations belong together).
    public let standardError: Double
    /// Observations that were held out.
    public let count: Int
  }

  /// How well what users did is foreseen: the mean percentile, 0 the first, of observations that were held out, among the items that
  /// their user has no other observation of (the paper's rank, unweighted; 0.5 by chance).
  ///
  /// - Parameter share: of the observations that are held out, drawn by the seed.
  public static func percentileRank(
    of observations: [Observation], users: Int, items: Int, options: Options, share: Double = 0.1
  ) throws -> PercentileRank {
    var random = SeededRandom(seed: options.seed &+ 1)
    let held = Set(random.sample(Int(share * Double(observations.count)), of: observations.count))
    let kept = observations.indices.filter { !held.contains($0) }.map { observations[$0] }
    let fit = try WeightedFactorisation(of: kept, users: users, items: items, options: options)
    var popularity = [Double](repeating: 0, count: items)
    var seen = [Set<Int>](repeating: [], count: users)
    for one in kept {
      popularity[one.item] += 1
      seen[one.user].insert(one.item)
    }
    let tests = Dictionary(grouping: held.map { observations[$0] }, by: \.user)
    let people = tests.keys.sorted()
    let ranks = parallelMap(count: people.count, chunk: 4) { [seen, popularity] index -> (Double, Double) in
      let user = people[index]
      let own = fit.users.row(user)
      let scores = (0..<items).map { item in
        (0..<own.count).reduce(0.0) { $0 + own[$1] * fit.items[item, $1] }
      }
      let open = (0..<items).filter { !seen[user].contains($0) }
      func rank(_ item: Int, _ scores: [Double]) -> Double {
        // Ties count half.
        let above = open.reduce(0.0) {
          $0 + (scores[$1] > scores[item] ? 1 : scores[$1] == scores[item] && $1 != item ? 0.5 : 0)
        }
        return above / Double(max(1, open.count - 1))
      }
      return (tests[user] ?? []).reduce((0, 0)) {
        ($0.0 + rank($1.item, scores), $0.1 + rank($1.item, popularity))
      }
    }
    let count = Double(max(1, held.count))
    let means = (ranks.reduce(0) { $0 + $1.0 } / count, ranks.reduce(0) { $0 + $1.1 } / count)
    let squares = zip(people, ranks).reduce(0.0) { sum, one in
      let own = Double(tests[one.0]?.count ?? 0)
      let off = one.1.1 - one.1.0 - own * (means.1 - means.0)
      return sum + off * off
    }
    return PercentileRank(
      factors: means.0, popularity: means.1, standardError: squares.squareRoot() / count, count: held.count)
  }
}
