public import Alignment
internal import Files
internal import Statistics
internal import Tensors

/// What maps from model to model and back to the first lose on tokens that they have not seen.
public struct CycleResult: Sendable, Codable {
  /// The maps of all steps, one after the other, back to where they began.
  public struct Cycle: Sendable, Codable {
    /// The models on the way, the last of them the first.
    public let way: [String]
    public let consistency: CycleConsistency
    /// The control: every step's map fitted on permuted tokens, each by its own permutation.
    public let shuffled: CycleConsistency
  }

  /// Two or more steps to another model, beside the map that leads there at once.
  public struct Detour: Sendable, Codable {
    public let way: [String]
    /// The maps of the steps, one after the other.
    public let composed: AlignmentScores
    /// A map that was fitted from the first model of the way to the last, on the same tokens.
    public let direct: AlignmentScores
    /// What the way scores more than the direct map; below zero it costs something.
    public let advantage: ScoreAdvantage

    init(way: [String], _ scores: PairedScores) {
      self.way = way
      (composed, direct, advantage) = (scores.own, scores.other, scores.advantage)
    }
  }

  public let method: String
  public let space: EmbeddingSpace
  /// Tokens that all models share and that pass the filter.
  public let sharedTokens: Int
  public let trainingTokens: Int
  public let heldOutTokens: Int
  /// The cycle, begun at each of the models: the maps are the same, the space that is looked at is another.
  public let cycles: [Cycle]
  /// All ways of two or more steps along the cycle that end at another model; none for two models.
  public let detours: [Detour]
}

/// Fits and judges the maps of a cycle over rows that are matched already.
///
/// Cost for m models: m (m - 2) direct maps, m maps of the cycle and m shuffled ones, O(n d²) each.
struct CycleBench {
  let names: [String]
  /// One matrix a model; row i is the same token in all.
  let rows: [Matrix<Float>]
  let method: any LinearMethod
  let split: HoldOutSplit
  let options: Alignment.AlignmentOptions
  let scoring: ScoringOptions

  /// - Throws: `AlignmentError`.
  func measured(_ space: EmbeddingSpace) throws -> CycleResult {
    let training = rows.map { $0.selecting(rows: split.training) }
    func fit(_ source: Int, _ target: Int) throws -> LinearMap {
      JobProgress.current.begin("fitting \(names[source]) → \(names[target])")
      return try method.fit(source: training[source], target: training[target], options: options).map
    }
    let steps = try rows.indices.map { try fit($0, next($0)) }
    var random = SeededRandom(seed: options.seed)
    let shuffled = try rows.indices.map { source in
      JobProgress.current.begin("fitting \(names[source]) → \(names[next(source)]) on shuffled tokens")
      return try method.fitShuffled(
        source: training[source], target: training[next(source)], seed: random.next(), options: options
      ).map
    }
    return CycleResult(
      method: method.name, space: space, sharedTokens: rows[0].rows, trainingTokens: split.training.count,
      heldOutTokens: split.heldOut.count, cycles: try cycles(steps, shuffled),
      detours: try detours(steps, fit))
  }

  private func cycles(_ steps: [LinearMap], _ shuffled: [LinearMap]) throws -> [CycleResult.Cycle] {
    try rows.indices.map { start in
      let way = way(from: start, steps: rows.count)
      let points = rows[start].selecting(rows: split.heldOut)
      func consistency(_ maps: [LinearMap]) throws -> CycleConsistency {
        try CycleConsistency(
          way.dropLast().map { maps[$0] }, points: points,
          resampling: scoring.resampling.selecting(split.heldOut))
      }
      return CycleResult.Cycle(
        way: way.map { names[$0] }, consistency: try consistency(steps), shuffled: try consistency(shuffled))
    }
  }

  private func detours(
    _ steps: [LinearMap], _ fit: (_ source: Int, _ target: Int) throws -> LinearMap
  ) throws -> [CycleResult.Detour] {
    try rows.indices.flatMap { start in
      try (2..<max(rows.count, 2)).map { count in
        let way = way(from: start, steps: count)
        let end = way[count]
        let composed = way[1..<count].reduce(steps[start]) { $0.followed(by: steps[$1]) }
        return CycleResult.Detour(
          way: way.map { names[$0] },
          try composed.scores(
            beside: fit(start, end), source: rows[start], target: rows[end], heldOut: split.heldOut,
            options: scoring))
      }
    }
  }

  private func next(_ model: Int) -> Int { (model + 1) % rows.count }

  /// The models on so many steps along the cycle, both ends included.
  private func way(from start: Int, steps: Int) -> [Int] { (0...steps).map { (start + $0) % rows.count } }
}
