import Foundation
import Tensors

/// How text is continued.
public struct GenerationOptions: Sendable, Equatable {
  /// Tokens after which a sequence ends in any case; larger values take longer.
  public var maximumTokens: Int
  /// 0 takes the most probable token; larger values (to about 1.5) give more varied text.
  public var temperature: Double
  /// Only the `topK` most probable tokens are drawn from; 0: all.
  public var topK: Int
  /// Only the most probable tokens whose probabilities first reach `topP` together, in (0, 1]; 1: all.
  public var topP: Double
  /// Sequence i draws from the seed `seed + i`, whatever else is in the batch.
  public var seed: UInt64
  /// Ids that end a sequence; `nil`: those of the tokenizer.
  public var stopTokens: Set<Int>?
  /// What keys and values are kept in, but for prompts that go on from a cache of their own.
  public var cache: CachePrecision

  public init(
    maximumTokens: Int = 64, temperature: Double = 0, topK: Int = 0, topP: Double = 1, seed: UInt64 = 0,
    stopTokens: Set<Int>? = nil, cache: CachePrecision = .f32
  ) {
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
    self.stopTokens = stopTokens
    self.cache = cache
  }

  /// Throws `TransformerError.option` for a number out of its range; needs no model.
  package func validate() throws(TransformerError) {
    func demand(_ holds: Bool, _ name: String, _ expected: String, _ actual: String) throws(TransformerError)
    {
      if !holds { throw .option(name: name, expected: expected, actual: actual) }
    }
    try demand(maximumTokens >= 0, "maximumTokens", "0 or more", "\(maximumTokens)")
    try demand(temperature >= 0 && temperature.isFinite, "temperature", "0 or more", "\(temperature)")
    try demand(topK >= 0, "topK", "0 (all) or more", "\(topK)")
    try demand(topP > 0 && topP <= 1, "topP", "a number in (0, 1]", "\(topP)")
  }
}

/// Draws tokens of one sequence.
struct Sampler {
  let options: GenerationOptions
  private var random: SeededRandom

  init(_ options: GenerationOptions, sequence: Int) {
    self.options = options
    random = SeededRandom(seed: options.seed &+ UInt64(sequence))
  }

  /// The next token from a row of logits. Ties go to the lower id.
  ///
  /// Tokens e^40 times less probable than the best are never drawn: together they weigh less than 1e-11.
  mutating func next(_ logits: Span<Float>) -> Int {
    let best = largest(1, of: logits).first ?? 0
    guard options.temperature > 0 else { return best }
    let inverse = 1 / options.temperature
    let most = Double(logits[best])
    var candidates: [(id: Int, weight: Double)] = []
    for i in logits.indices {
      let exponent = (Double(logits[i]) - most) * inverse
      if exponent > -40 { candidates.append((i, exp(exponent))) }
    }
    candidates.sort { ($0.weight, $1.id) > ($1.weight, $0.id) }
    if options.topK > 0, candidates.count > options.topK {
      candidates.removeSubrange(options.topK...)
    }
    let total = candidates.reduce(0) { $0 + $1.weight }
    var kept = 0
    var mass = 0.0
    while kept < candidates.count, mass < options.topP * total {
      mass += candidates[kept].weight
      kept += 1
    }
    var target = random.uniform() * mass
    for candidate in candidates.prefix(kept) {
      target -= candidate.weight
      if target < 0 { return candidate.id }
    }
    return best
  }
}
