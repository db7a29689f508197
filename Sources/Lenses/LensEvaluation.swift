internal import Checkpoints
internal import Files
public import Statistics
internal import Tensors
internal import Tokenizers
internal import Transformers

/// How lenses are judged.
public struct EvaluationOptions: Sendable, Equatable, Codable {
  /// Read every position of a prompt, or the last alone, as the sets' authors do.
  public var allPositions = true
  /// Ranks that count as read.
  public var ranks = [1, 5, 10]
  /// Draws of other items' intermediates.
  public var chanceDraws = 20
  /// Whether a lens of random maps of the same spectrum is read as well; doubles the time.
  public var readsRandom = true
  public var seed: UInt64 = 1

  public init() {}
}

/// How much of what should be readable a lens reads.
///
/// An item's score at k is the share of its intermediates that have rank ≤ k at their best layer and position; an intermediate is
/// looked for in every form that is one token (``WordForms``), and items without such a form are left out. *Interval*: Wilson's, over items. *Chance*:
/// in place of an item's intermediates those of another item, the same for all ranks, 20 draws; as many layers and positions are
/// searched, so it is what the search finds by itself. *Null*: the same lens between random rotations (``RotatedLens``).
public struct LensEvaluation: Sendable, Codable {
  public let set: String
  public let lens: String
  /// Items that were scored, and those without an intermediate of one token.
  public let scored: Int
  public let leftOut: Int
  public let positions: String
  /// Tokens among which ranks were taken.
  public let vocabulary: Int
  public let results: [Result]
  /// The median over intermediates of the best rank; the bootstrap draws an item's intermediates together.
  public let medianRank: Estimate
  /// Of each layer by itself: the mean score at the largest k.
  public let byLayer: [LayerScore]

  /// At one k.
  public struct Result: Sendable, Codable {
    public let k: Int
    /// With chance as its null.
    public let score: Estimate
    /// Of the lens of random maps; nil where it was not read.
    public let random: Estimate?
  }

  /// What one layer alone reads.
  public struct LayerScore: Sendable, Codable {
    public let layer: Int
    public let score: Double
  }

  /// - Parameters:
  ///   - shared: ranks are taken among these tokens alone, which another model knows too; nil takes all.
  ///   - rotations: of the null, where several evaluations of a model share them; nil draws them by the seed of the options.
  /// - Throws: ``LensError`` where no item can be scored; `TransformerError`.
  public init(
    _ lens: any Lens, on set: LensSet, among shared: [Int]? = nil, rotations: RandomRotations? = nil,
    options: EvaluationOptions = EvaluationOptions()
  ) throws {
    let model = lens.model
    let forms = WordForms(model.tokenizer)
    let allowed = shared.map(Set.init)
    let words = set.items.map { item in
      item.intermediates.map { word in forms.tokens(of: word).filter { allowed?.contains($0) ?? true } }
        .filter { !$0.isEmpty }
    }
    let usable = words.indices.filter { !words[$0].isEmpty }
    guard !usable.isEmpty else { throw LensError.nothingToScore(set: set.name, model: model.name) }
    let draws = Self.draws(of: usable, count: options.chanceDraws, seed: options.seed)
    let random =
      try options.readsRandom
      ? RotatedLens(
        lens, by: rotations ?? RandomRotations(width: model.configuration.width, seed: options.seed)) : nil
    let ranks = options.ranks.sorted()
    let reader = RankReader(allowed: allowed, reach: ranks.last ?? 1)
    var own: [[[Int]]] = []
    var (chance, null): ([[[Double]]], [[Double]]) = ([], [])
    for (index, item) in usable.enumerated() {
      JobProgress.current.tell(index, of: usable.count, "item \(index + 1) of \(usable.count)")
      let sequence = model.tokenizer.encode(set.items[item].prompt)
      let places = options.allPositions ? Array(sequence.indices) : [sequence.count - 1]
      let states = try model.states(of: [sequence], at: lens.layers).mapValues { $0.selecting(rows: places) }
      let others = draws.map { draw in words[draw[index]].filter { !words[item].contains($0) } }
      let found = try reader.read(states, through: lens, words[item], others: others)
      own.append(found.ranks)
      chance.append(
        others.map { other in ranks.map { Self.share(other.map(found.best(ofAny:)), within: $0) } })
      if let random {
        let found = try reader.read(states, through: random, words[item], others: [])
        null.append(ranks.map { k in Self.share(found.ranks.map { $0.min() ?? .max }, within: k) })
      }
    }
    (self.set, self.lens) = (set.name, lens.name)
    (scored, leftOut) = (usable.count, set.items.count - usable.count)
    positions = options.allPositions ? "all" : "last"
    vocabulary = shared?.count ?? model.configuration.vocabularySize
    results = ranks.indices.map { index in
      let values = own.map { words in Self.share(words.map { $0.min() ?? .max }, within: ranks[index]) }
      let means = draws.indices.map { draw in
        chance.reduce(0) { $0 + $1[draw][index] } / Double(chance.count)
      }
      let score = wilsonMean(values) ?? Estimate(value: 0, n: 0)
      let rotated = null.isEmpty ? nil : wilsonMean(null.map { $0[index] })
      return Result(
        k: ranks[index],
        score: means.isEmpty
          ? score
          : score.with(
            null: .sampled(
              means, observed: score.value, maximum: 1, significance: 0.05,
              meaning: "another item's intermediates in place of the item's own"), plainNull: nil),
        random: rotated)
    }
    var resampling = Resampling()
    resampling.seed = options.seed
    resampling.groups = TokenGroups(own.indices.flatMap { item in own[item].map { _ in item } })
    medianRank = medianEstimate(own.joined().map { Double($0.min() ?? .max) }, resampling)
    byLayer = lens.layers.enumerated().map { position, layer in
      LayerScore(
        layer: layer,
        score: own.reduce(0) { $0 + Self.share($1.map { $0[position] }, within: ranks.last ?? 1) }
          / Double(own.count))
    }
  }

  private static func share(_ ranks: [Int], within k: Int) -> Double {
    ranks.isEmpty ? 0 : Double(ranks.count { $0 <= k }) / Double(ranks.count)
  }

  /// `draws[draw][item]`: another usable item, uniformly.
  private static func draws(of usable: [Int], count: Int, seed: UInt64) -> [[Int]] {
    guard usable.count > 1 else { return [] }
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
      usable.indices.map { index in
        let other = Int(random.next(upperBound: UInt64(usable.count - 1)))
        return usable[other < index ? other : other + 1]
      }
    }
  }
}

/// Ranks of words in what lenses read.
private struct RankReader {
  let allowed: Set<Int>?
  /// Ranks beyond it need not be known of other items' words.
  let reach: Int

  struct Found {
    /// `ranks[word][layer]`: the best over its forms and the positions, from 1.
    let ranks: [[Int]]
    /// The best rank within reach of every token that was looked for, at any layer and position.
    let reached: [Int: Int]

    func best(ofAny tokens: [Int]) -> Int { tokens.compactMap { reached[$0] }.min() ?? .max }
  }

  func read(
    _ states: [Int: Matrix<Float>], through lens: any Lens, _ words: [[Int]], others: [[[Int]]]
  ) throws -> Found {
    let layers = lens.layers
    var rows: [Float] = []
    var layerOfRow: [Int] = []
    for (index, layer) in layers.enumerated() {
      guard let state = states[layer] else { continue }
      rows += try lens.transported(state, from: layer).elements
      layerOfRow += Array(repeating: index, count: state.rows)
    }
    let width = lens.model.configuration.width
    let all = Matrix(rows: layerOfRow.count, columns: width, elements: rows)
    let wanted = Set(others.joined().joined())
    var ranks = words.map { _ in Array(repeating: Int.max, count: layers.count) }
    var reached: [Int: Int] = [:]
    for start in stride(from: 0, to: all.rows, by: 128) {
      let part = Array(start..<min(all.rows, start + 128))
      let logits = masked(try lens.model.unembed(all.selecting(rows: part)))
      let (reach, isWanted) = (reach, !wanted.isEmpty)
      let found: [(own: [Int], top: [Int])] = parallelMap(count: part.count) { row in
        let numbers = logits.elements.span.extracting(logits.range(ofRow: row))
        return (
          words.map { word in 1 + count(above: word.map { numbers[$0] }.max() ?? .infinity, in: numbers) },
          isWanted ? largest(reach, of: numbers) : []
        )
      }
      for (row, found) in zip(part, found) {
        for (word, rank) in found.own.enumerated() {
          ranks[word][layerOfRow[row]] = min(ranks[word][layerOfRow[row]], rank)
        }
        for (place, token) in found.top.enumerated() where wanted.contains(token) {
          reached[token] = min(reached[token] ?? .max, place + 1)
        }
      }
    }
    return Found(ranks: ranks, reached: reached)
  }

  /// Tokens that do not take part fall behind all others.
  private func masked(_ logits: Matrix<Float>) -> Matrix<Float> {
    guard let allowed else { return logits }
    var masked = logits
    let isOut = (0..<logits.columns).map { !allowed.contains($0) }
    masked.parallelUpdateRows(chunk: 8) { rows, elements in
      for row in 0..<rows.count {
        for i in isOut.indices where isOut[i] { elements[row * isOut.count + i] = -.infinity }
      }
    }
    return masked
  }
}
