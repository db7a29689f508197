public import Tensors

/// A map fitted on the training tokens, its scores on the held-out ones, and the same for a shuffled match.
public struct AlignmentEvaluation: Sendable, Equatable {
  public let fitted: FittedMap
  public let scores: AlignmentScores
  /// The control: fitted with the target rows of the training tokens permuted, scored on true pairs. What
  /// it scores owes nothing to which token is which.
  public let shuffled: FittedMap
  public let shuffledScores: AlignmentScores
}

extension AlignmentMethod {
  /// Fits the map on pairs whose target rows are permuted: same rows, same spectra, no match.
  ///
  /// For ridge the λ is chosen anew, so that the control is as good as a control can be.
  ///
  /// - Throws: as `fit(source:target:options:)`.
  /// - Precondition: equally many rows.
  public func fitShuffled(
    source: Matrix<Float>, target: Matrix<Float>, seed: UInt64,
    options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) -> FittedMap {
    var random = SeededRandom(seed: seed)
    let order = random.permutation(target.rows)
    return try fit(source: source, target: target.selecting(rows: order), options: options)
  }

  /// Fits on the split's training tokens and scores on its held-out ones, with the shuffled control.
  ///
  /// - Parameter shuffleSeed: seed of the control's permutation.
  /// - Throws: as `fit(source:target:options:)` and `FittedMap.scores`.
  /// - Precondition: equally many rows; the split's positions lie inside.
  public func evaluate(
    source: Matrix<Float>, target: Matrix<Float>, split: HoldOutSplit,
    options: AlignmentOptions = AlignmentOptions(), scoring: ScoringOptions = ScoringOptions(),
    shuffleSeed: UInt64 = 1
  ) throws(AlignmentError) -> AlignmentEvaluation {
    let x = source.selecting(rows: split.training)
    let y = target.selecting(rows: split.training)
    let fitted = try fit(source: x, target: y, options: options)
    let shuffled = try fitShuffled(source: x, target: y, seed: shuffleSeed, options: options)
    return AlignmentEvaluation(
      fitted: fitted,
      scores: try fitted.scores(source: source, target: target, heldOut: split.heldOut, options: scoring),
      shuffled: shuffled,
      shuffledScores: try shuffled.scores(
        source: source, target: target, heldOut: split.heldOut, options: scoring))
  }
}
