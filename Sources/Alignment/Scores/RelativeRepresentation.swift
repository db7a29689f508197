internal import Geometry
internal import LinearAlgebra
public import Statistics
public import Tensors

/// How relative representations are compared.
public struct RelativeRepresentationOptions: Sendable, Equatable, Codable {
  /// Anchors m, 1 or more; larger values describe each token more finely, at m times the cost.
  public var anchors = 300
  /// Subtract the means of both sides first; without it a shared mean makes all cosines alike.
  public var isCentred = true
  /// Tokens that are compared, at most, drawn without replacement from those that are no anchors.
  public var tokens = 5000
  /// Neighbours k of CSLS.
  public var cslsNeighbours = 10
  /// Seed of the anchors and tokens.
  public var seed: UInt64 = 1
  public var resampling = Resampling()

  public init() {}
}

/// How alike two spaces look from the same anchors: tokens are told by their cosines to m shared tokens in each.
///
/// `r_x = (cos(x, a₁), …, cos(x, aₘ))`, in both spaces, for tokens that are no anchors. Needs no map and no equal
/// widths, and ignores rotation and scale on each side. Moschella et al. 2023 (arXiv 2209.15430). O(t m d) and
/// O(t² m) for t tokens.
public struct RelativeRepresentation: Sendable, Equatable, Codable {
  /// Mean cosine of a token's two relative representations, each less its side's mean over tokens (with
  /// centring), so that what all tokens share does not count.
  public let cosine: Estimate
  /// Share of tokens whose own target representation is the nearest, among the 5 and the 10 nearest.
  public let nearestNeighbour: RetrievalScores
  /// The same by CSLS.
  public let csls: RetrievalScores
  /// Tokens compared; chance of P@k is k over this.
  public let candidateCount: Int
  public let anchorCount: Int

  /// - Parameters:
  ///   - source: n x d_S rows of the shared tokens.
  ///   - target: n x d_T rows of the same tokens.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>,
    options: RelativeRepresentationOptions = RelativeRepresentationOptions()
  ) throws(AlignmentError) {
    guard options.anchors >= 1, options.tokens >= 2 else {
      throw .option(
        name: "anchors and tokens", expected: "1 or more and 2 or more",
        actual: "\(options.anchors) and \(options.tokens)")
    }
    let from = try TokenTable(
      source, target, isCentred: options.isCentred, purpose: "relative representations",
      needed: options.anchors + 2)
    let toUnit = unitRows(from.target)
    var random = SeededRandom(seed: options.seed)
    let order = random.permutation(source.rows)
    let anchors = Array(order.prefix(options.anchors))
    let tokens = Array(order.dropFirst(options.anchors).prefix(options.tokens))
    func relative(_ unit: Matrix<Float>) -> Matrix<Float> {
      let cosines = multiply(
        unit.selecting(rows: tokens), unit.selecting(rows: anchors), transposingB: true)
      guard options.isCentred else { return cosines }
      return shifted(cosines, by: columnMeans(cosines).map { Float($0) }, sign: -1)
    }
    let (a, b) = (relative(from.unit), relative(toUnit))
    let ranks = try retrievalRanks(
      queries: a, candidates: b, truth: Array(tokens.indices), neighbours: options.cslsNeighbours)
    let (unitA, unitB) = (unitRows(a), unitRows(b))
    let contributions: [[Double]] = parallelMap(count: tokens.count, chunk: 64) { row in
      let own = innerProduct(
        unitA.elements.span.extracting(unitA.range(ofRow: row)),
        unitB.elements.span.extracting(unitB.range(ofRow: row)))
      return [own]
        + [ranks.nearestNeighbour[row], ranks.csls[row]].flatMap { rank in [1, 5, 10].map(rank.hit) }
    }
    let sums = ResampledSums(contributions.flatMap { $0 }, width: 7, options.resampling)
    func mean(_ column: Int) -> Estimate { sums.estimate { $0[column] / Double(tokens.count) } }
    cosine = mean(0)
    nearestNeighbour = RetrievalScores(at1: mean(1), at5: mean(2), at10: mean(3))
    csls = RetrievalScores(at1: mean(4), at5: mean(5), at10: mean(6))
    candidateCount = tokens.count
    anchorCount = anchors.count
  }
}
