import Domains
import LinearAlgebra
import Tensors
import TestSupport
import Testing

@Suite struct WeightedFactorisationTests {
  private typealias Observation = WeightedFactorisation.Observation

  /// Two tastes: even users watch even items, odd users odd ones, one in three.
  private func tastes(users: Int, items: Int, seed: UInt64) -> [WeightedFactorisation.Observation] {
    var random = SeededRandom(seed: seed)
    return (0..<users).flatMap { user in
      (0..<items).compactMap { item in
        item % 2 == user % 2 && random.uniform() < 0.33
          ? Observation(user: user, item: item, strength: 1 + 4 * random.uniform()) : nil
      }
    }
  }

  /// The paper's objective, by its definition.
  private func objective(
    _ fit: WeightedFactorisation, _ observations: [WeightedFactorisation.Observation],
    _ options: WeightedFactorisation.Options
  ) -> Double {
    var strengths: [Int: Double] = [:]
    for one in observations { strengths[one.user * fit.items.rows + one.item] = one.strength }
    var sum = 0.0
    for user in 0..<fit.users.rows {
      for item in 0..<fit.items.rows {
        let r = strengths[user * fit.items.rows + item]
        let product = zip(fit.users.row(user), fit.items.row(item)).reduce(0) { $0 + $1.0 * $1.1 }
        sum +=
          (1 + options.confidence * (r ?? 0)) * ((r == nil ? 0 : 1) - product)
          * ((r == nil ? 0 : 1) - product)
      }
    }
    let squares = (fit.users.elements + fit.items.elements).reduce(0) { $0 + $1 * $1 }
    return sum + options.regularisation * squares
  }

  @Test func everySweepLowersTheObjective() throws {
    try forSeeds(1..<4) { seed in
      let observations = tastes(users: 14, items: 11, seed: seed)
      var options = WeightedFactorisation.Options()
      (options.factors, options.confidence, options.regularisation, options.seed) = (3, 2, 0.5, seed)
      var last = Double.infinity
      for sweeps in 1..<6 {
        options.sweeps = sweeps
        let fit = try WeightedFactorisation(of: observations, users: 14, items: 11, options: options)
        let value = objective(fit, observations, options)
        #expect(value <= last + 1e-9, "seed \(seed), sweep \(sweeps)")
        last = value
      }
    }
  }

  /// The last half sweep solved for the items: no step of one number lowers the objective.
  @Test func itemsAreAtTheirMinimum() throws {
    let observations = tastes(users: 9, items: 8, seed: 5)
    var options = WeightedFactorisation.Options()
    (options.factors, options.confidence, options.regularisation, options.sweeps) = (2, 3, 0.7, 3)
    let fit = try WeightedFactorisation(of: observations, users: 9, items: 8, options: options)
    let least = objective(fit, observations, options)
    for index in fit.items.elements.indices {
      for step in [-1e-3, 1e-3] {
        var items = fit.items
        items.elements[index] += step
        #expect(objective(.init(users: fit.users, items: items), observations, options) > least)
      }
    }
  }

  @Test func tastesAreForeseen() throws {
    let observations = tastes(users: 60, items: 40, seed: 2)
    var options = WeightedFactorisation.Options()
    (options.factors, options.confidence, options.regularisation) = (2, 10, 1)
    let rank = try WeightedFactorisation.percentileRank(
      of: observations, users: 60, items: 40, options: options)
    #expect(rank.count == observations.count / 10)
    // Of 40 items 20 are of the right taste, some of them seen: the best mean rank is near a fifth.
    #expect(rank.factors < 0.3 && rank.popularity > 0.35)
    let again = try WeightedFactorisation.percentileRank(
      of: observations, users: 60, items: 40, options: options)
    #expect(
      again == rank && rank.standardError > 0 && rank.popularity - rank.factors > 4 * rank.standardError)
  }
}
