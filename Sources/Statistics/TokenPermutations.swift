package import Distribution
package import Tensors

/// The random permutations of the second model's tokens under which all sampled nulls are drawn.
///
/// Draw k pairs token i of the first model with token `self[k][i]` of the second. The same seed gives the same
/// permutations to every measure, so that draws of different measures or layers belong together and their
/// largest can be held against the largest observed (``MaxT``); fewer draws are a prefix of more. Permutations
/// are made when asked for: O(n) time and memory each. With `strata` in the options, tokens change places only within their
/// stratum.
public struct TokenPermutations: Sendable {
  /// Tokens n.
  public let count: Int
  private let generators: [SeededRandom]
  private let strata: [[Int]]?

  /// - Parameters:
  ///   - count: tokens n.
  ///   - options: K, the seed and the strata.
  /// - Precondition: strata of as many tokens.
  public init(count: Int, _ options: Resampling = Resampling()) {
    self.count = count
    precondition(
      options.strata.map { $0.labels.count == count } ?? true,
      "strata of \(options.strata?.labels.count ?? 0) tokens for \(count)")
    generators = options.generators(options.permutations, stream: 3)
    strata = options.strata?.members
  }

  package init(count: Int, draws: Int, seed: UInt64) {
    var options = Resampling()
    (options.permutations, options.seed) = (draws, seed)
    self.init(count: count, options)
  }

  /// How many there are, K.
  public var draws: Int { generators.count }

  /// The permutation of draw k, 0 ≤ k < `draws`.
  public subscript(draw: Int) -> [Int] {
    var random = generators[draw]
    return permutation(&random)
  }

  /// Fisher–Yates, stratum by stratum.
  private func permutation(_ random: inout SeededRandom) -> [Int] {
    guard let strata else { return random.permutation(count) }
    var images = [Int](repeating: 0, count: count)
    for members in strata {
      for (place, taken) in random.permutation(members.count).enumerated() {
        images[members[place]] = members[taken]
      }
    }
    return images
  }

  /// A measure under each permutation, in parallel; `value` may draw on from where the permutation ended.
  package func map<Value: Sendable>(
    _ value: @Sendable (_ image: TokenImage, _ random: inout SeededRandom) -> Value
  ) -> [Value] {
    parallelMap(count: generators.count) { draw in
      var random = generators[draw]
      let image = TokenImage(permutation: permutation(&random))
      return value(image, &random)
    }
  }

  /// The same for numbers, by the current workers.
  ///
  /// - Parameter key: the measure and all that `value` depends on, the permutations' seed and number included.
  package func map(
    _ key: BlockKey, _ value: @Sendable (_ image: TokenImage, _ random: inout SeededRandom) -> Double
  ) -> [Double] {
    spreadDraws(key, count: generators.count) { draw in
      var random = generators[draw]
      let image = TokenImage(permutation: permutation(&random))
      return value(image, &random)
    }
  }
}
