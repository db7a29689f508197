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
    let sequences = usable.map { model.tokenizer.encode(set.items[$0].prompt) }
    let rows = sequences.map { options.allPositions ? $0.count : 1 }
    var own: [[[Int]]] = []
    var (chance, null): ([[[Double]]], [[Double]]) = ([], [])
    // A ``Patchscope`` runs its own prompt once for all items of a group.
    for group in Batch.groups(lengths: rows, limit: 128) {
      JobProgress.current.tell(group.lowerBound, of: usable.count, "items from \(group.lowerBound + 1) on")
      let states = try model.states(
        of: Array(sequences[group]), at: lens.layers, positions: options.allPositions ? .all : .last)
      let items = group.map { index in
        let own = words[usable[index]]
        return RankReader.Item(
          rows: rows[index], words: own,
          others: draws.map { draw in words[draw[index]].filter { !own.contains($0) } })
      }
      for (item, found) in zip(items, try reader.read(states, through: lens, items)) {
        own.append(found.ranks)
        chance.append(
          item.others.map { other in ranks.map { Self.share(other.map(found.best(ofAny:)), within: $0) } })
      }
      guard let random else { continue }
      for found in try reader.read(states, through: random, items.map(\.withoutOthers)) {
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

  struct Item {
    /// How many states of each layer are its own.
    let rows: Int
    /// The tokens that stand for each of its words.
    let words: [[Int]]
    /// Those of other items' words, a list a draw.
    let others: [[[Int]]]

    var withoutOthers: Item { Item(rows: rows, words: words, others: []) }
  }

  struct Found {
    /// `ranks[word][layer]`: the best over its forms and the positions, from 1.
    var ranks: [[Int]]
    /// The best rank within reach of every token that was looked for, at any layer and position.
    var reached: [Int: Int] = [:]

    func best(ofAny tokens: [Int]) -> Int { tokens.compactMap { reached[$0] }.min() ?? .max }
  }

  /// - Parameter states: of each layer, item after item.
  func read(
    _ states: [Int: Matrix<Float>], through lens: any Lens, _ items: [Item]
  ) throws -> [Found] {
    let owners = items.indices.flatMap { Array(repeating: $0, count: items[$0].rows) }
    let layers = lens.layers
    var rows: [Float] = []
    var places: [(item: Int, layer: Int)] = []
    for (index, layer) in layers.enumerated() {
      guard let state = states[layer] else { continue }
      rows += try lens.transported(state, from: layer).elements
      places += owners.map { ($0, index) }
    }
    let width = lens.model.configuration.width
    let all = Matrix(rows: places.count, columns: width, elements: rows)
    let wanted = items.map { Set($0.others.joined().joined()) }
    var found = items.map { item in
      Found(ranks: item.words.map { _ in Array(repeating: Int.max, count: layers.count) })
    }
    for start in stride(from: 0, to: all.rows, by: 128) {
      let part = Array(start..<min(all.rows, start + 128))
      let logits = masked(try lens.model.unembed(all.selecting(rows: part)))
      let read: [(own: [Int], top: [Int])] = parallelMap(count: part.count) { [places] row in
        let numbers = logits.elements.span.extracting(logits.range(ofRow: row))
        let item = places[part[row]].item
        return (
          items[item].words.map { word in
            1 + count(above: word.map { numbers[$0] }.max() ?? .infinity, in: numbers)
          },
          wanted[item].isEmpty ? [] : largest(reach, of: numbers)
        )
      }
      for (row, read) in zip(part, read) {
        let (item, layer) = places[row]
        for (word, rank) in read.own.enumerated() {
          found[item].ranks[word][layer] = min(found[item].ranks[word][layer], rank)
        }
        for (place, token) in read.top.enumerated() where wanted[item].contains(token) {
          found[item].reached[token] = min(found[item].reached[token] ?? .max, place + 1)
        }
      }
    }
    return found
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
