internal import Foundation
internal import Geometry
public import Statistics
internal import Stores
internal import Tensors
internal import Tokenizers
internal import Vocabularies

/// What ``UntrainedTokens`` found in one vocabulary.
public struct UntrainedSummary: Sendable, Codable {
  /// Rows equal, byte for byte, to that of another token, and the sets that they form.
  public let identicalRows: Int
  public let identicalSets: Int
  /// Rows that are zero, or shorter than a tenth of the median.
  public let zero: Int
  public let short: Int
  /// Rows where training has told none apart, and how many such places there are.
  public let untrained: Int
  public let points: Int
  /// Copies of rows elsewhere; the first of each set is not counted.
  public let duplicates: Int
  /// Reserved entries and rows beyond the vocabulary, and how many of them are among the untrained.
  public let reserved: Int
  public let reservedUntrained: Int
  /// How near to such a place a row is untrained, as a share of the rows' median distance from their centre.
  public let radius: Double
  /// Some of the tokens, by their row: the first, the last, and evenly between.
  public let examples: [String]

  init(_ found: UntrainedTokens, _ tokens: [Token]) {
    (identicalRows, identicalSets) = (found.identicalRows, found.identicalSets)
    (zero, short) = (found.count(.zero), found.count(.short))
    (untrained, points) = (found.count(.untrained), found.points)
    duplicates = found.count(.duplicate)
    (reserved, reservedUntrained) = (found.reservedRows, found.reservedUntrained)
    radius = found.options.radius
    let rows = found.kinds.keys.filter { tokens[$0].kind != .unused }.sorted()
    let shown = min(rows.count, 12)
    examples = (0..<shown).map { index in
      tokens[rows[shown == 1 ? 0 : index * (rows.count - 1) / (shown - 1)]].word
    }
  }
}

/// What tokens that no training has told apart, and copies of rows, do to the headline measures of a pair.
public struct UntrainedEffect: Sendable, Codable {
  /// The measures of centred rows over one set of tokens.
  public struct Headline: Sendable, Codable {
    public let tokens: Int
    public let orientation: Evaluation
    public let cka: Evaluation
    public let mutualNeighbours: Evaluation
    public let locallyLinear: Evaluation
  }

  /// Matched tokens with such a row in either model that pass the filter otherwise.
  public let tokens: Int
  /// Whether the comparison leaves them out.
  public let areLeftOut: Bool
  public let neighbours: Int
  public let with: Headline
  /// nil where too few tokens are left.
  public let without: Headline?
}

extension Steps {
  /// The headline measures with the tokens that the comparison leaves out, or without those that it keeps; nil where no
  /// such tokens were matched, or too few others.
  ///
  /// Cost: two graphs, O(n² d).
  func untrainedHeadline(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ match: PairMatch
  ) throws -> UntrainedEffect.Headline? {
    let odd = Set(match.untrained)
    let pairs =
      leavesOutUntrained
      ? (match.pairs + match.untrained).sorted { $0.rowA < $1.rowA }
      : match.pairs.filter { !odd.contains($0) }
    guard pairs.count != match.pairs.count, pairs.count >= leastTokens else { return nil }
    return try headline(a, b, space, pairs)
  }

  /// - Parameter other: the ``untrainedHeadline(_:_:_:_:)`` of the match.
  func untrainedEffect(
    of match: PairMatch, beside other: UntrainedEffect.Headline?, _ findings: Findings
  ) -> UntrainedEffect? {
    let odd = Set(match.untrained)
    // Of those kept, some may be below the norm's floor.
    let concerned = leavesOutUntrained ? odd.count : match.pairs.count { odd.contains($0) }
    guard concerned > 0, let orientation = findings(RelativeOrientation.self, in: .centred)?.pearson,
      let cka = findings(CKA.self, in: .centred)?.unbiased,
      let mutual = findings(MutualNeighbours.self, in: .centred)?.overlap,
      let linear = findings(LocalReconstruction.self, in: .centred)?.weights.meanCosine
    else { return nil }
    let own = UntrainedEffect.Headline(
      tokens: match.pairs.count, orientation: orientation, cka: cka, mutualNeighbours: mutual,
      locallyLinear: linear)
    return UntrainedEffect(
      tokens: concerned, areLeftOut: leavesOutUntrained, neighbours: options.compare.neighbours,
      with: leavesOutUntrained ? other ?? own : own, without: leavesOutUntrained ? own : other)
  }

  var leavesOutUntrained: Bool { options.tokens.untrained == .leaveOut }

  private func headline(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ pairs: [TokenPair]
  ) throws -> UntrainedEffect.Headline {
    var resampling = Resampling()
    resampling.seed = options.seed
    func side(_ model: ModelSummary, _ rows: [Int]) throws -> (rows: Matrix<Float>, graph: NeighbourGraph) {
      let store = try EmbeddingStore.open(model.storePath)
      let centred = try workspace.rows(model, space).selecting(rows: rows).centred()
      return (
        centred,
        try KeptNeighbours(store, name: model.name, space: space, rows: rows, warn: warn)
          .graph(of: centred, in: .centred, k: options.compare.neighbours)
      )
    }
    let (x, y) = (try side(a, pairs.map(\.rowA)), try side(b, pairs.map(\.rowB)))
    var orientation = RelativeOrientationOptions()
    orientation.seed = options.seed
    var linear = LocallyLinearOptions()
    linear.resampling = resampling
    return UntrainedEffect.Headline(
      tokens: pairs.count, orientation: try RelativeOrientation(x.rows, y.rows, orientation).pearson,
      cka: try CKA(x.rows, y.rows).unbiased,
      mutualNeighbours: MutualNeighbours(x.graph, y.graph, resampling).overlap,
      locallyLinear: LocallyLinearSimilarity(
        LocallyLinearWeights(x.rows, x.graph, linear), LocallyLinearWeights(y.rows, y.graph, linear), linear
      ).meanCosine)
  }
}
