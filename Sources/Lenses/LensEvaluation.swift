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
    self = try Self.evaluations(lens, on: set, among: [shared], rotations: rotations, options: options)[0]
  }

  /// The same among several choices of tokens, nil for all, at hardly more than the cost of one: each prompt runs once.
  /// - Throws: as for each of them.
  public static func evaluations(
    _ lens: any Lens, on set: LensSet, among vocabularies: [[Int]?], rotations: RandomRotations? = nil,
    options: EvaluationOptions = EvaluationOptions()
  ) throws -> [LensEvaluation] {
    let model = lens.model
    let forms = WordForms(model.tokenizer)
    func readers(of lens: any Lens, draws: Int) throws(LensError) -> [RankReader] {
      try vocabularies.map { shared throws(LensError) in
        try RankReader(of: lens, on: set, forms, among: shared, options, draws: draws)
      }
    }
    let random =
      try options.readsRandom
      ? RotatedLens(
        lens, by: rotations ?? RandomRotations(width: model.configuration.width, seed: options.seed)) : nil
    var own = try readers(of: lens, draws: options.chanceDraws)
    var null = try random.map { try readers(of: $0, draws: 0) } ?? []
    let usable = set.items.indices.filter { item in own.contains { !$0.words[item].isEmpty } }
    let sequences = usable.map { model.tokenizer.encode(set.items[$0].prompt) }
    let rows = sequences.map { options.allPositions ? $0.count : 1 }
    // A ``Patchscope`` runs its own prompt once for all items of a group.
    for group in Batch.groups(lengths: rows, limit: 128) {
      JobProgress.current.tell(group.lowerBound, of: usable.count, "items from \(group.lowerBound + 1) on")
      let states = try model.states(
        of: Array(sequences[group]), at: lens.layers, positions: options.allPositions ? .all : .last)
      let items = group.flatMap { Array(repeating: usable[$0], count: rows[$0]) }
      try read(states, of: items, through: lens, into: &own)
      if let random { try read(states, of: items, through: random, into: &null) }
    }
    return own.indices.map { index in
      LensEvaluation(own[index], random: random.map { _ in null[index].ranks }, lens, set, options)
    }
  }

  private init(
    _ reader: RankReader, random: [[[Int]]]?, _ lens: any Lens, _ set: LensSet, _ options: EvaluationOptions
  ) {
    (self.set, self.lens) = (set.name, lens.name)
    (scored, leftOut) = (reader.usable.count, set.items.count - reader.usable.count)
    positions = options.allPositions ? "all" : "last"
    vocabulary = reader.vocabulary
    let own = reader.usable.map { reader.ranks[$0] }
    let null = random.map { ranks in reader.usable.map { ranks[$0] } }
    let chance = reader.drawnRanks
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    results = options.ranks.sorted().map { k in
      let score = wilsonMean(own.map { Self.share($0.map(best), within: k) }) ?? Estimate(value: 0, n: 0)
      let means = chance.map { draw in mean(draw.map { Self.share($0, within: k) }) }
      return Result(
        k: k,
        score: means.isEmpty
          ? score
          : score.with(
            null: .sampled(
              means, observed: score.value, maximum: 1, significance: 0.05,
              meaning: "another item's intermediates in place of the item's own"), plainNull: nil),
        random: null.flatMap { wilsonMean($0.map { Self.share($0.map(best), within: k) }) })
    }
    var resampling = Resampling()
    resampling.seed = options.seed
    resampling.groups = TokenGroups(own.indices.flatMap { item in own[item].map { _ in item } })
    medianRank = medianEstimate(own.joined().map { Double(best($0)) }, resampling)
    let k = options.ranks.max() ?? 1
    byLayer = lens.layers.enumerated().map { position, layer in
      LayerScore(layer: layer, score: mean(own.map { Self.share($0.map { $0[position] }, within: k) }))
    }
  }

  private static func share(_ ranks: [Int], within k: Int) -> Double {
    ranks.isEmpty ? 0 : Double(ranks.count { $0 <= k }) / Double(ranks.count)
  }
}

/// The best of some ranks; beyond all ranks without one.
private func best(_ ranks: [Int]) -> Int { ranks.min() ?? .max }

/// The item and the place among the lens's layers of a row of logits.
private typealias Place = (item: Int, layer: Int)

/// Reads all layers' states, 128 rows of logits at a time.
/// - Parameter items: of each state of a layer, which are the same at all layers.
private func read(
  _ states: [Int: Matrix<Float>], of items: [Int], through lens: any Lens, into readers: inout [RankReader]
) throws {
  var rows: [Float] = []
  var places: [Place] = []
  for (index, layer) in lens.layers.enumerated() {
    guard let state = states[layer] else { continue }
    rows += try lens.transported(state, from: layer).elements
    places += items.map { ($0, index) }
  }
  let all = Matrix(rows: places.count, columns: lens.model.configuration.width, elements: rows)
  for start in stride(from: 0, to: all.rows, by: 128) {
    let part = start..<min(all.rows, start + 128)
    let logits = try lens.model.unembed(all.selecting(rows: Array(part)))
    for index in readers.indices { readers[index].read(logits, Array(places[part])) }
  }
}

/// Ranks of a set's words among some of the tokens, as they are read.
private struct RankReader {
  /// `words[item][word]`: the tokens that stand for each word of an item; words without one are left out.
  let words: [[[Int]]]
  /// Items with words.
  let usable: [Int]
  /// Tokens that take part.
  let vocabulary: Int
  /// `ranks[item][word][layer]`: the best over a word's forms and the positions, from 1.
  private(set) var ranks: [[[Int]]]

  /// Of each item the best rank within reach of every token that was looked for, at any layer and position.
  private var reached: [[Int: Int]]
  /// Of each token; nil where all take part.
  private let isOut: [Bool]?
  /// `others[item][draw]`: the words of another item.
  private let others: [[[[Int]]]]
  private let draws: Int
  /// Tokens of other items' words, of each item.
  private let wanted: [Set<Int>]
  /// Ranks beyond it need not be known of other items' words.
  private let reach: Int

  /// - Parameter draws: of other items' words.
  /// - Throws: `LensError.nothingToScore`.
  init(
    of lens: any Lens, on set: LensSet, _ forms: WordForms, among shared: [Int]?,
    _ options: EvaluationOptions,
    draws count: Int
  ) throws(LensError) {
    let allowed = shared.map(Set.init)
    let words = set.items.map { item in
      item.intermediates.map { word in forms.tokens(of: word).filter { allowed?.contains($0) ?? true } }
        .filter { !$0.isEmpty }
    }
    let usable = words.indices.filter { !words[$0].isEmpty }
    guard !usable.isEmpty else { throw .nothingToScore(set: set.name, model: lens.model.name) }
    let draws = Self.draws(of: usable, count: count, seed: options.seed)
    var others = words.map { _ in [[[Int]]]() }
    for draw in draws {
      for (item, other) in zip(usable, draw) {
        others[item].append(words[other].filter { !words[item].contains($0) })
      }
    }
    let size = lens.model.configuration.vocabularySize
    (self.words, self.usable, vocabulary) = (words, usable, shared?.count ?? size)
    (self.others, self.draws) = (others, draws.count)
    wanted = others.map { Set($0.joined().joined()) }
    isOut = allowed.map { allowed in (0..<size).map { !allowed.contains($0) } }
    reach = options.ranks.max() ?? 1
    ranks = words.map { $0.map { _ in Array(repeating: Int.max, count: lens.layers.count) } }
    reached = words.map { _ in [:] }
  }

  /// `ranks[draw][item][word]`: of another item's words in place of the item's own.
  var drawnRanks: [[[Int]]] {
    (0..<draws).map { draw in
      usable.map { item in others[item][draw].map { best($0.compactMap { reached[item][$0] }) } }
    }
  }

  mutating func read(_ logits: Matrix<Float>, _ places: [Place]) {
    for ((item, layer), row) in zip(places, found(masked(logits), places)) {
      for (word, rank) in row.ranks.enumerated() {
        ranks[item][word][layer] = min(ranks[item][word][layer], rank)
      }
      for (place, token) in row.top.enumerated() where wanted[item].contains(token) {
        reached[item][token] = min(reached[item][token] ?? .max, place + 1)
      }
    }
  }

  /// Of each row the ranks of its item's words and, for other items' words, the most probable tokens.
  private func found(_ logits: Matrix<Float>, _ places: [Place]) -> [(ranks: [Int], top: [Int])] {
    parallelMap(count: places.count) { row in
      let numbers = logits.elements.span.extracting(logits.range(ofRow: row))
      let item = places[row].item
      return (
        words[item].map { 1 + count(above: $0.map { numbers[$0] }.max() ?? .infinity, in: numbers) },
        wanted[item].isEmpty ? [] : largest(reach, of: numbers)
      )
    }
  }

  /// Tokens that do not take part fall behind all others.
  private func masked(_ logits: Matrix<Float>) -> Matrix<Float> {
    guard let isOut else { return logits }
    var masked = logits
    masked.parallelUpdateRows(chunk: 8) { rows, elements in
      for row in 0..<rows.count {
        for i in isOut.indices where isOut[i] { elements[row * isOut.count + i] = -.infinity }
      }
    }
    return masked
  }

  /// `draws[draw][place]`: another usable item, uniformly, for each of them.
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
