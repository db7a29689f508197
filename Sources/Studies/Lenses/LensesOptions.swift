public import Lenses
internal import Workflow

/// Which lenses a study judges and compares: the section `lenses` of its file.
public struct LensesOptions: Sendable, Equatable {
  /// Sets of prompts with words that should be readable before the answer.
  public var sets: [NamedFile] = []
  public var kinds: [LensKind] = [.logit]
  /// The models whose lenses are judged; all where it is empty.
  public var models: [String] = []
  public var positions = LensPositions.all
  /// Also read lenses between random rotations; doubles the time.
  public var readsRandom = true
  /// Pairs `A--B` whose lenses are compared over matched tokens, and judged among the tokens that both know.
  public var pairs: [String] = []
  /// Matched tokens of a comparison.
  public var tokens = LensComparisonOptions().tokens
  /// Neighbours of its mutual kNN.
  public var neighbours = LensComparisonOptions().neighbours
  /// Permutations of its null.
  public var permutations = LensComparisonOptions().permutations

  /// Nothing is judged.
  public init() {}

  /// Whether nothing is asked about lenses.
  var isEmpty: Bool { sets.isEmpty && pairs.isEmpty }

  func evaluation(seed: UInt64) -> EvaluationOptions {
    var options = EvaluationOptions()
    (options.allPositions, options.readsRandom, options.seed) = (positions == .all, readsRandom, seed)
    return options
  }

  func comparison(seed: UInt64) -> LensComparisonOptions {
    var options = LensComparisonOptions()
    (options.tokens, options.neighbours, options.permutations) = (tokens, neighbours, permutations)
    options.seed = seed
    return options
  }
}

/// Which positions of a prompt are searched.
public enum LensPositions: String, Sendable, Equatable, Codable, CaseIterable {
  case all
  /// The last alone, as published numbers have it.
  case last
}
