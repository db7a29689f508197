public import Statistics
public import Tensors

/// Standard errors of the measures that rest on locally linear weights, from random halves of the tokens.
///
/// In each half both models' neighbours are those of the half and the weights are solved anew, which costs as much as solving
/// them once for all tokens; the three measures share them. See ``LocallyLinearSimilarity`` and ``CrossReconstruction``.
public struct LocallyLinearHalves: Sendable {
  /// Of the mean cosine of the weights, of the first model's rows under the second's weights, and the reverse.
  let cosine: Double?
  let firstRebuilt: Double?
  let secondRebuilt: Double?
  private let splits: HalfSplits

  /// Solves for both halves of 8 splits. O(8 n k² d).
  ///
  /// - Parameters:
  ///   - a: the first model's rows, with a full graph that is wide enough for halves
  ///     (``NeighbourGraph/width(forIntervalsOf:count:)``).
  ///   - b: the second model's, row i the same token.
  ///   - k: neighbours of the weights.
  /// - Returns: nil where the graphs have no margin.
  public init?(
    _ a: Matrix<Float>, _ graphA: NeighbourGraph, _ b: Matrix<Float>, _ graphB: NeighbourGraph, k: Int,
    _ options: LocallyLinearOptions = LocallyLinearOptions()
  ) {
    guard graphA.hasMargin(k), graphB.hasMargin(k) else { return nil }
    splits = HalfSplits(count: a.rows, options.resampling)
    let errors = splits.standardErrors(splits: Self.count) { half in
      guard half.count > k + 1 else { return [.nan, .nan, .nan] }
      let (x, y) = (a.selecting(rows: half), b.selecting(rows: half))
      let weightsX = LocallyLinearWeights(x, graphA.restricted(to: half, k: k), options)
      let weightsY = LocallyLinearWeights(y, graphB.restricted(to: half, k: k), options)
      return [
        LocallyLinearSimilarity.mean(weightsX, weightsY), CrossReconstruction.score(weightsY, of: x),
        CrossReconstruction.score(weightsX, of: y),
      ]
    }
    guard errors.count == 3 else { return nil }
    (cosine, firstRebuilt, secondRebuilt) = (errors[0], errors[1], errors[2])
  }

  /// Each costs as much as the weights of all tokens; Student's quantile makes up for few.
  private static let count = 8

  /// The evaluation with an interval.
  func evaluation(
    _ evaluation: Evaluation, _ error: KeyPath<LocallyLinearHalves, Double?>, least: Double = -.infinity
  ) -> Evaluation {
    guard let estimate = evaluation.estimate else { return evaluation }
    // The null of a part of the tokens is too wide to be what is left without a relation.
    let interval = splits.interval(
      estimate.value, standardError: self[keyPath: error], splits: Self.count,
      null: error == \.cosine ? estimate.null : nil)
    return .estimate(estimate.with(interval, .halfSplits, least: least, largest: 1))
  }

  /// The first model's rows under the second's weights, with an interval.
  public func first(_ evaluation: Evaluation) -> Evaluation { self.evaluation(evaluation, \.firstRebuilt) }

  /// The second model's rows under the first's weights, with an interval.
  public func second(_ evaluation: Evaluation) -> Evaluation { self.evaluation(evaluation, \.secondRebuilt) }
}
