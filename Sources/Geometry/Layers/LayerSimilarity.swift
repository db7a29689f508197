internal import LinearAlgebra
public import Statistics
public import Tensors

/// What is compared between two layers.
public enum LayerMeasure: String, Sendable, Codable, CaseIterable {
  /// Linear CKA, unbiased (``CKA``): all the variance, by its amount.
  case alignment = "cka"
  /// Pearson's r of the cosines of all pairs (``RelativeOrientation``).
  case orientation
  /// Shared nearest neighbours by cosine (``MutualNeighbours``).
  case neighbours = "mutual_knn"
}

/// How layers are compared.
public struct LayerSimilarityOptions: Sendable, Equatable, Codable {
  /// Neighbours of the mutual kNN; larger values look at larger neighbourhoods.
  public var k = 10
  /// A layer in which more than this share of the samples has an identical twin has no neighbours to speak of, in
  /// [0, 1].
  public var duplicateLimit = 0.1
  /// Permutations, level and seed of the null.
  public var resampling = Resampling()

  public init() {}
}

/// One measure of every layer of a model against every layer of another, on the same samples.
///
/// Each of the measures is the cosine of two n × n matrices, one a layer:
///
///     s(X, Y) = ⟨M(X), M(Y)⟩ / (‖M(X)‖ ‖M(Y)‖)
///     CKA_u:        M = X Xᵀ without its diagonal, U-centred (Székely, Rizzo 2014)
///     orientation:  M = cosines of the rows without the diagonal, less their mean
///     mutual kNN:   M_ij = 1 if j is one of the k nearest neighbours of i
///
/// so that all layer pairs are one matrix product, and so they are after a permutation of the second model's
/// samples, which only permutes rows and columns of M(Y). The values are those of ``CKA``,
/// ``RelativeOrientation`` and ``MutualNeighbours`` up to Float rounding (1e-5).
///
/// *Null*: K permutations, the same for every layer pair and every measure, so that the largest value of the grid
/// can be held against the largest values of the null (max-T; Gröger, Wen, Brbić 2026, section 4).
/// *Uncertainty*: none here; the largest of many values has no honest interval from the same samples, and for a
/// pair chosen beforehand the three measures above give one.
///
/// Cost: O(K n² (L_A L_B + L_B)) and 4 n² (L_A + L_B) bytes: with 1000 samples and 31 × 19 layers 0.2 GB and about
/// 0.1 s of one processor a permutation. Take a sample of at most a few thousand. Deterministic in the seed.
public struct LayerSimilarity: Sendable, Equatable {
  public let grid: LayerGrid
  /// The null, `draws[draw][layer of A][layer of B]`; 0 where a layer is not evaluable.
  public let draws: [[[Double]]]

  /// - Parameters: the layers of each model, `[n x d]`; row i is the same sample in all of them.
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens` for less than 5 samples, or not more than k.
  /// - Precondition: at least one layer each, equal numbers of rows.
  public init(
    _ a: [Matrix<Float>], _ b: [Matrix<Float>], _ measure: LayerMeasure,
    _ options: LayerSimilarityOptions = LayerSimilarityOptions()
  ) throws(GeometryError) {
    precondition(!a.isEmpty && !b.isEmpty, "grids of \(a.count) x \(b.count) layers")
    let count = a[0].rows
    precondition((a + b).allSatisfy { $0.rows == count }, "layers differ in their number of samples")
    let needed = measure == .neighbours ? max(5, options.k + 1) : 5
    guard count >= needed else {
      throw .tooFewTokens(measure: "layer similarity", needed: needed, actual: count)
    }
    let (first, second) = (
      try PairMatrices(a, measure, options, "first model"),
      try PairMatrices(b, measure, options, "second model")
    )
    let (observed, draws) = withSingleThreadedBLAS {
      (
        first.products(second, TokenImage(identity: count)),
        TokenPermutations(count: count, options.resampling).map { image, _ in first.products(second, image) }
      )
    }
    self.draws = draws.map { draw in draw.map { row in row.map { $0 ?? 0 } } }
    grid = LayerGrid(
      measure, count: count, values: observed, draws: draws, reasonsA: first.reasons,
      reasonsB: second.reasons, significance: options.resampling.significance)
  }
}

/// What a layer × layer search found; small enough to be kept.
public struct LayerGrid: Sendable, Equatable, Codable {
  public let measure: LayerMeasure
  /// Samples that it rests on.
  public let n: Int
  /// `values[layer of A][layer of B]`; nil where one of the layers is not evaluable.
  public let values: [[Double?]]
  /// Mean of the null of each pair.
  public let nullMeans: [[Double?]]
  /// (1 + #{null ≥ value}) / (K + 1), each pair by itself.
  public let pValues: [[Double?]]
  /// (1 + #{largest of the null's grid ≥ value}) / (K + 1): holds for all pairs at once (max-T).
  public let adjustedPValues: [[Double?]]
  /// Why a layer is not evaluable; nil where it is.
  public let reasonsA: [String?]
  public let reasonsB: [String?]
  /// The largest value, against the largest values of the null; without an interval.
  public let maximum: Evaluation
  /// Where it is; nil when no pair is evaluable. Equal values: the first by rows.
  public let best: LayerPair?

  init(
    _ measure: LayerMeasure, count: Int, values: [[Double?]], draws: [[[Double?]]], reasonsA: [String?],
    reasonsB: [String?], significance: Double
  ) {
    self.measure = measure
    n = count
    self.values = values
    (self.reasonsA, self.reasonsB) = (reasonsA, reasonsB)
    let largest = draws.map { $0.joined().compactMap { $0 }.max() ?? 0 }
    func map(_ transform: (_ value: Double, _ a: Int, _ b: Int) -> Double) -> [[Double?]] {
      values.enumerated().map { a, row in
        row.enumerated().map { b, value in value.map { transform($0, a, b) } }
      }
    }
    let k = Double(draws.count)
    nullMeans = map { _, a, b in draws.reduce(0) { $0 + ($1[a][b] ?? 0) } / k }
    pValues = map { value, a, b in Double(1 + draws.count { ($0[a][b] ?? 0) >= value }) / (k + 1) }
    adjustedPValues = map { value, _, _ in Double(1 + largest.count { $0 >= value }) / (k + 1) }
    var best: LayerPair?
    for (a, row) in values.enumerated() {
      for (b, value) in row.enumerated() {
        guard let value, value > best.flatMap({ values[$0.a][$0.b] }) ?? -.infinity else { continue }
        best = LayerPair(a: a, b: b)
      }
    }
    self.best = best
    guard let best, let value = values[best.a][best.b] else {
      maximum = .notEvaluable(
        reason: (reasonsA + reasonsB).compactMap { $0 }.first ?? "no layer pair is evaluable")
      return
    }
    maximum = .estimate(
      Estimate(
        value: value, n: count,
        null: .sampled(
          largest, observed: value, maximum: 1, significance: significance,
          meaning: "the largest value over all layer pairs, the second model's samples permuted")))
  }
}

/// One layer of each of two models.
public struct LayerPair: Sendable, Hashable, Codable {
  public let a: Int
  public let b: Int

  public init(a: Int, b: Int) { (self.a, self.b) = (a, b) }

  /// For each layer of A the layer of B at the same share of the depth: `round(a (L_B - 1) / (L_A - 1))`.
  ///
  /// - Precondition: at least one layer each.
  public static func matchedDepth(layersA: Int, layersB: Int) -> [LayerPair] {
    precondition(layersA > 0 && layersB > 0, "matched depths of \(layersA) and \(layersB) layers")
    return (0..<layersA).map { a in
      let depth = layersA > 1 ? Double(a) / Double(layersA - 1) : 1
      return LayerPair(a: a, b: Int((depth * Double(layersB - 1)).rounded()))
    }
  }
}
