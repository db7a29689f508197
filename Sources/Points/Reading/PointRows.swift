public import Geometry
internal import Statistics
internal import Steering
internal import Stores
public import Tensors
internal import Tokenizers
internal import Transformers
internal import Vocabularies
internal import Workflow

/// What points of a space are held against: the rows of a matrix, or the states of texts at a block.
public struct PointRows: Sendable {
  public let space: PointSpace
  /// [n x d_model].
  public let rows: Matrix<Float>
  /// Rows that do not count: those that training has not told apart, and copies.
  public let leavingOut: Set<Int>
  /// What the rows are, with their count.
  public let words: String
  /// The text whose state each row is, for states of texts.
  private let groups: TokenGroups?
  /// The text up to each state; empty for rows of a matrix.
  private let texts: [String]

  /// Whether a row is a token's row.
  public var areTokens: Bool { texts.isEmpty }

  /// What a row is called.
  public func word(_ row: Int, in model: PointModel) -> String { areTokens ? model.word(row) : texts[row] }

  /// The rows of a space of a model.
  ///
  /// Of the residual stream: the states of the bundled texts, one of each group of variants, at all positions but the first, which
  /// is an attention sink. Cost: reads the matrix, or one pass over the texts.
  /// - Throws: `StoreError`; `PointGap` for a space of blocks without a checkpoint; what the model throws.
  public init(_ space: PointSpace, of model: PointModel) throws {
    guard let point = space.activationPoint else {
      let rows = try model.store.rows(of: space == .input ? .input : .output)
      let untrained = UntrainedTokens(rows, tokens: model.tokens)
      self.init(
        space: space, rows: rows, leavingOut: Set(untrained.kinds.keys),
        words: "\(rows.rows - untrained.kinds.count) rows of \(space.words)", groups: nil, texts: [])
      return
    }
    guard let running = model.runnable?.model else {
      throw model.gap ?? PointGap("\(model.name) can't be run")
    }
    try self.init(space, at: point, of: running, texts: LayerTexts.bundled().oneOfEach)
  }

  private init(_ space: PointSpace, at point: ActivationPoint, of model: Model, texts: [String]) throws {
    let sequences = texts.map { model.tokenizer.encode($0) }.filter { $0.count > 1 }
    guard let all = try model.activations(sequences, at: [point], positions: .all)[point] else {
      throw SteeringError.missingActivation(point)
    }
    var (kept, labels, groups): ([Int], [String], [Int]) = ([], [], [])
    var start = 0
    for (group, ids) in sequences.enumerated() {
      for position in ids.indices.dropFirst() {
        kept.append(start + position)
        groups.append(group)
        let tail = ids[max(1, position - 3)...position]
        labels.append((position > 4 ? "…" : "") + model.tokenizer.decode(Array(tail)))
      }
      start += ids.count
    }
    self.init(
      space: space, rows: all.selecting(rows: kept), leavingOut: [],
      words: "\(kept.count) states of \(sequences.count) texts at \(space.words)",
      groups: TokenGroups(groups), texts: labels)
  }

  private init(
    space: PointSpace, rows: Matrix<Float>, leavingOut: Set<Int>, words: String, groups: TokenGroups?,
    texts: [String]
  ) {
    (self.space, self.rows, self.leavingOut, self.words) = (space, rows, leavingOut, words)
    (self.groups, self.texts) = (groups, texts)
  }

  /// What geometry says of points among these rows. Where rows are few, the neighbourhood is at most a third of them.
  public func geometry(_ options: PointOptions) throws(GeometryError) -> PointGeometry {
    var options = options
    let counted = rows.rows - leavingOut.count
    options.neighbourhood = min(options.neighbourhood, max(options.neighbours + 1, counted / 3))
    options.components = min(options.components, max(1, options.neighbourhood / 2))
    return try PointGeometry(rows, leavingOut: leavingOut, groups: groups, options)
  }

  /// Random rows that count, of states one a text; fewer where there are fewer.
  func sample(_ count: Int, seed: UInt64) -> [Int] {
    var random = SeededRandom(seed: seed)
    let order = random.permutation(rows.rows).filter { !leavingOut.contains($0) }
    guard let groups else { return Array(order.prefix(count)) }
    var seen: Set<Int32> = []
    return Array(order.filter { seen.insert(groups.labels[$0]).inserted }.prefix(count))
  }

  /// Mean of the rows that count.
  package var mean: [Double] {
    var sums = [Double](repeating: 0, count: rows.columns)
    let counted = (0..<rows.rows).filter { !leavingOut.contains($0) }
    _ = addColumns(of: rows, rows: counted.map { UInt32(truncatingIfNeeded: $0) }[...], to: &sums)
    return sums.map { $0 / Double(max(1, counted.count)) }
  }

  /// Of the rows that count, ascending.
  var norms: [Double] {
    rowNorms(rows).enumerated().filter { !leavingOut.contains($0.offset) }.map(\.element).sorted()
  }
}
