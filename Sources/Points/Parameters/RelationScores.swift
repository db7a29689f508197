internal import Checkpoints
internal import Files
internal import LinearAlgebra
public import Statistics
package import Tensors
public import Transformers

/// How relation scores are made.
public struct RelationOptions: Sendable {
  /// The target counts as found among so many largest products; nil takes 10, and 1 for pairs of a token with itself.
  public var k: Int?
  /// Fewer pairs of single tokens say nothing.
  public var minimumPairs = 30
  /// Permutations of the null.
  public var permutations = 999
  public var seed: UInt64 = 1
  /// Coverage of intervals.
  public var confidence = 0.95

  public init() {}
}

/// How far the heads of a model implement a relation, told from their parameters alone.
///
/// A head's score is the share of source tokens s whose target is among the k largest of
///
///     φ(e_s) W_VO diag(γ) W_U,   φ(e) = e in block 0, MLP₀(ln₂(e)) above
///
/// with W_VO = W_V W_O and the norms' weights folded in. Two nulls say what the relation adds: targets permuted among the
/// sources, the same for all heads. p is corrected for the search over all heads by the largest head of each draw
/// (``MaxT``). O(heads · vocabulary · d_head · (d_model + sources)), memory of a head's products.
///
/// Elhelo, Geva 2025 (MAPS, arXiv 2412.11965), section 3; k = 10, 1 for copying, at least 30 pairs. That paper has no null.
public struct RelationScores: Sendable, Codable {
  public let relation: TokenRelation
  public let k: Int
  /// Blocks x heads; nil where there are too few pairs.
  public let search: MaxT?
  /// Of every head, block after block: Wilson's interval, and the null of permuted targets.
  public let heads: [Estimate]
  /// Why there is no score.
  public let reason: String?

  /// Heads per block.
  public let headCount: Int

  /// The heads by score, the best first; of equals the earlier one.
  public var ranked: [(block: Int, head: Int, score: Estimate, cell: MaxT.Cell)] {
    guard let search else { return [] }
    return heads.indices.compactMap { index in
      search.cells[index].map { (index / headCount, index % headCount, heads[index], $0) }
    }.sorted { ($0.score.value, -$0.block, -$0.head) > ($1.score.value, -$1.block, -$1.head) }
  }

  /// Heads whose corrected p is at most `level`.
  public func significantHeads(at level: Double = 0.05) -> Int {
    search?.cells.count { $0.map { $0.adjustedPValue <= level } ?? false } ?? 0
  }

  /// - Parameter found: for every head whether target j is among the k largest of source i, `[sources x sources]`.
  package init(
    _ relation: TokenRelation, k: Int, found: [Matrix<Bool>], headCount: Int, options: RelationOptions
  ) {
    (self.relation, self.k, self.headCount) = (relation, k, headCount)
    let n = relation.sources.count
    reason = nil
    let observed = found.map { Self.share($0) { $0 } }
    let permutations = TokenPermutations(count: n, draws: options.permutations, seed: options.seed)
    let draws: [[Double]] = parallelMap(count: options.permutations, chunk: 16) { draw in
      let images = permutations[draw]
      return found.map { Self.share($0) { images[$0] } }
    }
    func matrix(_ shares: [Double]) -> Matrix<Double> {
      Matrix(rows: found.count / headCount, columns: headCount, elements: shares)
    }
    search = MaxT(observed: matrix(observed), draws: draws.map { matrix($0) }, tokens: n)
    heads = observed.enumerated().map { head, share in
      let interval = wilsonInterval(share, n: Double(n), confidence: options.confidence)
      return Estimate(
        value: share, n: n, lower: interval.lower, upper: interval.upper, confidence: options.confidence,
        uncertainty: .score,
        null: .sampled(
          draws.map { $0[head] }, observed: share, maximum: 1, significance: 1 - options.confidence,
          meaning: "targets permuted among the sources"))
    }
  }

  init(_ relation: TokenRelation, k: Int, headCount: Int, reason: String) {
    (self.relation, self.k, self.headCount, self.reason) = (relation, k, headCount, reason)
    (search, heads) = (nil, [])
  }

  private static func share(_ found: Matrix<Bool>, _ image: (Int) -> Int) -> Double {
    Double((0..<found.rows).count { found[$0, image($0)] }) / Double(found.rows)
  }
}

/// Scores every head of a model on every relation; all relations share the products of a head with the vocabulary.
public func relationScores(
  of relations: [TokenRelation], in model: Model, options: RelationOptions = RelationOptions()
) -> [RelationScores] {
  let c = model.configuration
  let evaluable = relations.filter { $0.sources.count >= options.minimumPairs }
  let sources = evaluable.flatMap(\.sources)
  guard !sources.isEmpty else { return relations.map { tooFew($0, c.headCount, options) } }
  let raw = model.embed(sources)
  let mixed = model.firstFeedForward(raw)
  var found: [[Matrix<Bool>]] = evaluable.map { _ in [] }
  let progress = JobProgress.current
  for block in 0..<c.blockCount {
    for head in 0..<c.headCount {
      progress.tell(block * c.headCount + head, of: c.blockCount * c.headCount, "head \(block).\(head)")
      let weights = model.head(head, block: block)
      let coordinates = withSingleThreadedBLAS {
        multiply(block == 0 ? raw : mixed, weights.value, transposingB: true)
      }
      let written = model.vocabularyProducts(weights.output, normed: true)
      var first = 0
      for (index, relation) in evaluable.enumerated() {
        let rows = first..<first + relation.sources.count
        found[index].append(
          targetsFound(coordinates, rows: rows, written, targets: relation.targets, k: relation.k(options)))
        first = rows.upperBound
      }
    }
  }
  var scored = zip(evaluable, found).map {
    RelationScores($0, k: $0.k(options), found: $1, headCount: c.headCount, options: options)
  }[...]
  return relations.map { relation in
    relation.sources.count >= options.minimumPairs
      ? scored.removeFirst() : tooFew(relation, c.headCount, options)
  }
}

extension TokenRelation {
  fileprivate func k(_ options: RelationOptions) -> Int { options.k ?? (isCopying ? 1 : 10) }
}

private func tooFew(_ relation: TokenRelation, _ headCount: Int, _ options: RelationOptions) -> RelationScores
{
  RelationScores(
    relation, k: options.k ?? 10, headCount: headCount,
    reason: "\(relation.sources.count) of \(relation.pairCount) pairs are single tokens, "
      + "\(options.minimumPairs) are needed")
}

/// Whether target j is among the k largest products of source i, for all i and j of a relation.
///
/// - Parameters:
///   - coordinates: of all sources in a head, `[sources x d_head]`; `rows` are the relation's.
///   - written: what each coordinate of the head says of every token, `[d_head x vocabulary]`.
package func targetsFound(
  _ coordinates: Matrix<Float>, rows: Range<Int>, _ written: Matrix<Float>, targets: [Int], k: Int
) -> Matrix<Bool> {
  let block = 64
  let blocks: [[Bool]] = withSingleThreadedBLAS {
    parallelMap(count: (rows.count + block - 1) / block) { index in
      let part = rows.lowerBound + index * block..<min(rows.upperBound, rows.lowerBound + (index + 1) * block)
      let products = multiply(coordinates.selecting(rows: Array(part)), written)
      return (0..<part.count).flatMap { row -> [Bool] in
        let values = products.elements.span.extracting(products.range(ofRow: row))
        let best = Set(largest(k, of: values))
        return targets.map { best.contains($0) }
      }
    }
  }
  return Matrix(rows: rows.count, columns: targets.count, elements: blocks.flatMap(\.self))
}
