internal import Tensors

/// The random permutations of the second model's tokens under which all sampled nulls are drawn.
///
/// Draw k pairs token i of the first model with token `self[k][i]` of the second. The same seed gives the same
/// permutations to every measure, so that draws of different measures or layers belong together and their
/// largest can be held against the largest observed (``MaxT``); fewer draws are a prefix of more. Permutations
/// are made when asked for: O(n) time and memory each.
public struct TokenPermutations: Sendable {
  /// Tokens n.
  public let count: Int
  private let generators: [SeededRandom]

  /// - Parameters:
  ///   - count: tokens n.
  ///   - options: K and the seed.
  public init(count: Int, _ options: Resampling = Resampling()) {
    self.count = count
    generators = options.generators(options.permutations, stream: 3)
  }

  init(count: Int, draws: Int, seed: UInt64) {
    var options = Resampling()
    (options.permutations, options.seed) = (draws, seed)
    self.init(count: count, options)
  }

  /// How many there are, K.
  public var draws: Int { generators.count }

  /// The permutation of draw k, 0 ≤ k < `draws`.
  public subscript(draw: Int) -> [Int] {
    var random = generators[draw]
    return random.permutation(count)
  }

  /// A measure under each permutation, in parallel; `value` may draw on from where the permutation ended.
  func map<Value: Sendable>(
    _ value: @Sendable (_ image: TokenImage, _ random: inout SeededRandom) -> Value
  ) -> [Value] {
    parallelMap(count: generators.count) { draw in
      var random = generators[draw]
      let image = TokenImage(permutation: random.permutation(count))
      return value(image, &random)
    }
  }
}
