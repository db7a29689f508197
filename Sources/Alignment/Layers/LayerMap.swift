public import Statistics
public import Tensors

/// How maps between hidden states are fitted and judged.
public struct LayerMapOptions: Sendable, Equatable, Codable {
  /// Share of the groups (texts) that the fit never sees, in (0, 1).
  public var heldOut = 0.2
  /// Divide every dimension by its standard deviation before the fit, and undo it in the map: ridge then shrinks
  /// all dimensions alike instead of serving the massive ones. The map is one of plain states either way.
  public var isStandardised = true
  /// λ of the ridge, in units of the mean eigenvalue; nil: chosen by cross-validation on the training states.
  public var lambda: Double?
  /// Resamples (of groups), coverage and seed of the intervals; the seed is that of the split and the folds, too.
  public var resampling = Resampling()

  public init() {}
}

/// How well a map predicts the states of texts that it has not seen; intervals resample texts with replacement.
public struct LayerMapScores: Sendable, Equatable, Codable {
  /// `1 - Σ ‖y - ŷ‖² / Σ ‖y - ȳ‖²`: dimensions count by their variance, which a massive one dominates.
  public let r2: Estimate
  /// The same with every dimension divided by its standard deviation: all count alike.
  public let standardisedR2: Estimate
  /// Mean cosine of ŷ and y about the training mean, in standardised dimensions.
  public let cosine: Estimate
  /// `standardisedR2` of predicting, for each position, the mean training state of the same target token (the
  /// overall mean for an unseen one): what token identity alone gives. A map below it carries no context.
  public let tokenR2: Estimate
  /// `standardisedR2` of the same fit on shuffled rows.
  public let shuffledR2: Estimate
}

/// An affine map of the residual stream of one model at one depth to that of another.
public struct LayerMap: Sendable, Equatable {
  /// `y = (x - μ_S) W + μ_T` for states; a direction takes `W` only (``LinearMap/applied(toDirection:)``).
  public let map: LinearMap
  public let lambda: Double
  public let scores: LayerMapScores
  /// Positions that were fitted on and judged on.
  public let trainingRows: Int
  public var heldOutRows: Int { heldOut.count }
  public let heldOutGroups: Int
  /// The rows that the fit has not seen, ascending.
  public let heldOut: [Int]
  private let isStandardised: Bool

  /// Fits affine ridge on paired states and scores it on the groups that were held out.
  ///
  /// Cost: one ridge with cross-validation, O(n d² + d³), and one with a fixed λ as control.
  /// - Parameters:
  ///   - source: `[n x d_S]`.
  ///   - target: `[n x d_T]`, row i at the same place of the same text.
  ///   - groups: the text of each row; rows of one text stay on one side of the split.
  ///   - tokens: the target's token at each row, for the control.
  /// - Throws: `AlignmentError` as a ridge does; `.tooFewTokens` for less than 5 groups.
  /// - Precondition: one group and one token a row.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, groups: [Int], tokens: [Int],
    options: LayerMapOptions = LayerMapOptions()
  ) throws(AlignmentError) {
    precondition(
      source.rows == target.rows && groups.count == source.rows && tokens.count == source.rows,
      "\(source.rows) source and \(target.rows) target rows, \(groups.count) groups, \(tokens.count) tokens")
    let texts = TokenGroups(groups)
    guard texts.count >= 5 else {
      throw .tooFewTokens(purpose: "a map between layers (texts)", needed: 5, actual: texts.count)
    }
    let split = try HoldOutSplit(
      count: groups.count, testFraction: options.heldOut, groups: texts, seed: options.resampling.seed)
    let x = source.selecting(rows: split.training)
    let y = target.selecting(rows: split.training)
    try requireFinite(x, side: "source")
    try requireFinite(y, side: "target")
    let (scaleX, scaleY) = (deviations(x), deviations(y))
    let ones = options.isStandardised
    let fitting = ScaledFit(
      source: ones ? scaleX : scaleX.map { _ in 1 }, target: ones ? scaleY : scaleY.map { _ in 1 },
      seed: options.resampling.seed)
    let fitted = try fitting.fit(x, y, lambda: options.lambda)
    let shuffled = try fitting.fit(
      x, y.selecting(rows: shuffledOrder(y.rows, options.resampling.seed)), lambda: fitted.lambda)
    let judge = LayerMapJudge(
      truth: target.selecting(rows: split.heldOut), groups: split.heldOut.map { groups[$0] }, scale: scaleY,
      mean: fitted.map.targetMean)
    let held = source.selecting(rows: split.heldOut)
    let means = TokenMeans(y, tokens: split.training.map { tokens[$0] }, fallback: fitted.map.targetMean)
    scores = try judge.scores(
      of: fitted.map.applied(toPoints: held), shuffled: shuffled.map.applied(toPoints: held),
      byToken: means.predictions(split.heldOut.map { tokens[$0] }), options.resampling)
    (map, lambda, isStandardised) = (fitted.map, fitted.lambda, options.isStandardised)
    (trainingRows, heldOut) = (split.training.count, split.heldOut)
    heldOutGroups = Set(split.heldOut.map { groups[$0] }).count
  }

  /// `v W_π` for `count` maps fitted as this one on the same training states, with the target's rows shuffled
  /// (``ShuffledMaps``).
  ///
  /// - Parameters: the states that this map was fitted on.
  /// - Throws: `AlignmentError` as the fit.
  public func carriedThroughShuffled(
    _ direction: [Float], source: Matrix<Float>, target: Matrix<Float>, count: Int, seed: UInt64
  ) throws(AlignmentError) -> [[Float]] {
    let held = Set(heldOut)
    let training = (0..<source.rows).filter { !held.contains($0) }
    let (x, y) = (source.selecting(rows: training), target.selecting(rows: training))
    let scaleX = isStandardised ? deviations(x) : Array(repeating: 1, count: x.columns)
    let scaleY = isStandardised ? deviations(y) : Array(repeating: 1, count: y.columns)
    let maps = try ShuffledMaps(
      source: divided(x, by: scaleX), target: divided(y, by: scaleY), lambda: lambda)
    return maps.carried(zip(direction, scaleX).map { $0 / $1 }, count: count, seed: seed).map { carried in
      zip(carried, scaleY).map { $0 * $1 }
    }
  }
}

/// Standard deviation of each column; 1 for one that does not vary.
private func deviations(_ matrix: Matrix<Float>) -> [Float] {
  var (sums, squares) = (
    [Double](repeating: 0, count: matrix.columns), [Double](repeating: 0, count: matrix.columns)
  )
  let elements = matrix.elements.span
  for row in 0..<matrix.rows {
    for column in sums.indices { sums[column] += Double(elements[row * matrix.columns + column]) }
  }
  let means = sums.map { $0 / Double(matrix.rows) }
  for row in 0..<matrix.rows {
    for column in sums.indices {
      let difference = Double(elements[row * matrix.columns + column]) - means[column]
      squares[column] += difference * difference
    }
  }
  return squares.map { $0 > 0 ? Float(($0 / Double(matrix.rows)).squareRoot()) : 1 }
}

private func shuffledOrder(_ count: Int, _ seed: UInt64) -> [Int] {
  var random = SeededRandom(seed: seed)
  return random.permutation(count)
}

/// Ridge on columns divided by a scale, told in the columns' own units.
private struct ScaledFit {
  let source: [Float]
  let target: [Float]
  let seed: UInt64

  func fit(
    _ x: Matrix<Float>, _ y: Matrix<Float>, lambda: Double?
  ) throws(AlignmentError) -> (map: LinearMap, lambda: Double) {
    var options = AlignmentOptions()
    options.seed = seed
    let fitted = try Ridge(lambda: lambda).fit(
      source: divided(x, by: source), target: divided(y, by: target), options: options)
    let scaled = fitted.map
    var weights = scaled.weights
    for row in 0..<weights.rows {
      for column in 0..<weights.columns { weights[row, column] *= target[column] / source[row] }
    }
    let map = LinearMap(
      weights: weights, sourceMean: zip(scaled.sourceMean, source).map { $0 * $1 },
      targetMean: zip(scaled.targetMean, target).map { $0 * $1 }, method: scaled.method)
    let path = fitted.diagnostics.ridgePath
    return (map, lambda ?? path.map { $0.lambdas[$0.best] } ?? 0)
  }
}

private func divided(_ matrix: Matrix<Float>, by scale: [Float]) -> Matrix<Float> {
  guard scale.contains(where: { $0 != 1 }) else { return matrix }
  return .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 256) { rows, part in
    let (source, scale) = (matrix.elements.span, scale.span)
    for (local, row) in rows.enumerated() {
      for column in scale.indices {
        part[local * scale.count + column] = source[row * scale.count + column] / scale[column]
      }
    }
  }
}
