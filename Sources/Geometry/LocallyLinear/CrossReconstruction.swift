internal import Distribution
public import Statistics
public import Tensors

/// Do one model's locally linear weights rebuild the other model's tokens?
///
///     R²(A → B) = 1 - Σᵢ ‖bᵢ - Σ_j w^A_ij b_j‖² / Σᵢ ‖bᵢ - b̄‖²
///
/// with A's neighbours j and weights w^A (``LocallyLinearWeights``) put on B's rows. 1: what A knows of a token's
/// place among its neighbours is all that B needs; 0: no better than B's mean row; negative where foreign
/// neighbours mislead. The ceiling is B under its own weights, not 1. The step that carries weights across models is that of
/// Lee et al. 2025; the score is the R² of the reconstruction that Roweis, Saul 2000 minimise.
///
/// O(n k d); deterministic in the seed; of B invariant to rotation, scale and translation. *Uncertainty*: random halves of the tokens,
/// whose neighbours and weights are found anew (``LocallyLinearHalves``); without them there is no interval. *Null*: B's tokens permuted, K sampled permutations; each averages at most 4096 random
/// tokens, O(K 4096 k d), which widens the null a little.
public struct CrossReconstruction: Sendable, Equatable, Codable {
  /// R² of the second model's tokens under the first model's weights.
  public let score: Evaluation
  /// R² of the second model's tokens under its own weights; nil where all its rows are alike.
  public let ceiling: Double?

  /// - Parameters:
  ///   - weights: the first model's, over a full graph.
  ///   - own: the second model's, over a full graph of the same tokens.
  ///   - rows: the second model's rows, row i the same token as in the first.
  ///   - interval: puts an interval to the score, from halves of the same rows.
  /// - Precondition: every row is a query of both graphs.
  public init(
    weights: LocallyLinearWeights, of rows: Matrix<Float>, own: LocallyLinearWeights,
    _ options: Resampling = Resampling(), interval: ((Evaluation) -> Evaluation)? = nil
  ) {
    requireFull(weights.graph, own.graph)
    precondition(
      weights.graph.count == rows.rows, "weights of \(weights.graph.count) tokens for \(rows.rows) rows")
    let spread = Self.meanSquaredDeviation(rows)
    guard spread > 0 else {
      (score, ceiling) = (.notEvaluable(reason: "all rows of the rebuilt model are alike"), nil)
      return
    }
    let key = BlockKey("cross-reconstruction", weights.graph, own.graph)
      .adding([.floats(weights.weights), .floats(rows.elements)])
    let mean = tokenMean(key, (weights.graph, own.graph), nullTokens: 4096, options) { row, image in
      1 - Self.squaredError(rows, weights, row: row, image: image) / spread
    }.mean
    score = interval?(mean) ?? mean
    let identity = TokenImage(identity: rows.rows)
    let errors: [Double] = parallelMap(count: rows.rows, chunk: 256) {
      Self.squaredError(rows, own, row: $0, image: identity)
    }
    ceiling = 1 - errors.reduce(0, +) / Double(rows.rows) / spread
  }

  /// The score alone; NaN where all rows are alike.
  static func score(_ weights: LocallyLinearWeights, of rows: Matrix<Float>) -> Double {
    let spread = meanSquaredDeviation(rows)
    guard spread > 0 else { return .nan }
    let identity = TokenImage(identity: rows.rows)
    let error = (0..<rows.rows).reduce(0.0) { $0 + squaredError(rows, weights, row: $1, image: identity) }
    return 1 - error / Double(rows.rows) / spread
  }

  /// ‖b_π(i) - Σ_j w_ij b_π(j)‖².
  private static func squaredError(
    _ rows: Matrix<Float>, _ weights: LocallyLinearWeights, row: Int, image: TokenImage
  ) -> Double {
    let k = weights.graph.k
    let elements = rows.elements.span
    var residual = rows.row(image[row])
    var left = residual.mutableSpan
    for position in row * k..<(row + 1) * k {
      let neighbour = rows.range(ofRow: image[Int(weights.graph.indices[position])])
      let other = elements.extracting(neighbour)
      let weight = weights.weights[position]
      for column in left.indices { left[column] -= weight * other[column] }
    }
    return squaredNorm(residual.span)
  }

  /// Mean of ‖bᵢ - b̄‖².
  private static func meanSquaredDeviation(_ rows: Matrix<Float>) -> Double {
    let n = Double(rows.rows)
    let means = columnSums(rows).map { $0 / n }
    let squares = columnSums(rows) { column, x in (x - means[column]) * (x - means[column]) }
    return squares.reduce(0, +) / n
  }
}

/// Both models' locally linear weights held against one another, and put on one another's rows: they share the weights, and the
/// halves that their intervals are made from.
public struct LocalReconstruction: Sendable, Equatable, Codable {
  public let weights: LocallyLinearSimilarity
  /// The first model's tokens under the second model's weights.
  public let firstRebuilt: CrossReconstruction
  /// The second model's tokens under the first model's weights.
  public let secondRebuilt: CrossReconstruction
}

extension LocalReconstruction: PairMeasure {
  public static let name = "locally_linear"
  public static let version = 1
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "Each token is rebuilt from its neighbours: the cosine of the two models' weights, and how well one "
      + "model's tokens are rebuilt with the other's.",
    high:
      "High values mean that a token stands in the same place among its neighbours: the weights that rebuild it in one model point the same way in the other, and rebuild it there.",
    cite:
      "Cite the centred `lle_cosine`, and R² beside the ceiling that the model's own weights reach, which is not 1."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<LocalReconstruction>] {
    let rebuilt = "of the rebuilt space also to translation"
    return [
      Metric(
        "lle_cosine", "LLE weights, mean cosine",
        Invariance(
          .local, [.orthogonal, .scaling], remark: "the weights also to translation, the neighbours not"),
        isHeadline: true
      ) { $0.weights.meanCosine },
      Metric(
        "rebuilt_a", "{a} rebuilt with {b}'s LLE weights, R²",
        Invariance(.local, [.orthogonal, .scaling], of: .second, remark: rebuilt),
        aside: { $0.firstRebuilt.aside },
        value: { $0.firstRebuilt.score }),
      Metric(
        "rebuilt_b", "{b} rebuilt with {a}'s LLE weights, R²",
        Invariance(.local, [.orthogonal, .scaling], remark: rebuilt), aside: { $0.secondRebuilt.aside },
        value: { $0.secondRebuilt.score }),
    ]
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<LocalReconstruction>] {
    [
      TokenColumn("lle_cosine", "cosine of the LLE weights that rebuild the token in the two models") {
        found, _ in found.weights.perToken
      }
    ]
  }

  public static func measure(_ pair: PairBench) throws -> LocalReconstruction {
    let ((x, y), graphs) = (try pair.rows, try pair.wideGraphs(k: pair.options.neighbours))
    let (k, resampling) = (pair.options.neighbours, pair.options.resampling)
    var options = LocallyLinearOptions()
    options.resampling = resampling
    let weightsX = LocallyLinearWeights(x, graphs.a.prefix(k), options)
    let weightsY = LocallyLinearWeights(y, graphs.b.prefix(k), options)
    let halves = LocallyLinearHalves(x, graphs.a, y, graphs.b, k: k, options)
    return LocalReconstruction(
      weights: LocallyLinearSimilarity(weightsX, weightsY, options, halves: halves),
      firstRebuilt: CrossReconstruction(
        weights: weightsY, of: x, own: weightsX, resampling, interval: halves?.first),
      secondRebuilt: CrossReconstruction(
        weights: weightsX, of: y, own: weightsY, resampling, interval: halves?.second))
  }
}

extension CrossReconstruction {
  /// What the rows' own weights come to.
  fileprivate var aside: Aside? { ceiling.map { Aside(", ", $0, " with its own") } }
}
