internal import Statistics
public import Tensors

extension FittedMap {
  /// Scores the map on held-out tokens, as `TokenTransfer.scores` does; for logit matching it is the source's rows
  /// that are predicted.
  ///
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: shapes that fit the map, positions inside.
  public func scores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> AlignmentScores {
    try heldOutScores(source: source, target: target, heldOut: heldOut, classes: nil, options: options).all
  }

  func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    vocabularies: BothVocabularies? = nil, options: ScoringOptions
  ) throws(AlignmentError) -> HeldOutScores {
    let (from, to) = predictsSourceRows ? (target, source) : (source, target)
    return try rowMap.heldOutScores(
      source: from, target: to, heldOut: heldOut, classes: classes,
      vocabulary: predictsSourceRows ? vocabularies?.source : vocabularies?.target, options: options,
      predictedSide: predictsSourceRows ? "source" : "target")
  }
}

extension TokenTransfer {
  /// Scores a transfer, such as a composition of maps, on tokens that no fit of it has seen.
  ///
  /// As ``heldOutScores(source:target:heldOut:classes:options:)`` without classes.
  public func scores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> AlignmentScores {
    try heldOutScores(source: source, target: target, heldOut: heldOut, classes: nil, options: options).all
  }

  /// Scores a transfer on tokens that no fit of it has seen, all of them and class by class.
  ///
  /// O(h m d) for h held-out tokens and m candidates, in tiles. Deterministic in the seed up to the rounding
  /// of BLAS.
  ///
  /// - Parameters:
  ///   - source: all matched rows of the source, n x d_S.
  ///   - target: all matched rows of the target, n x d_T.
  ///   - heldOut: positions that the fit has not seen.
  ///   - classes: a label for each row, as for each token; nil for none.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: shapes that fit, positions inside, one label a row.
  public func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> HeldOutScores {
    try heldOutScores(
      source: source, target: target, heldOut: heldOut, classes: classes, vocabulary: nil, options: options,
      predictedSide: "target")
  }

  /// Scores this transfer and another one on the same tokens, which no fit of them has seen.
  ///
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: shapes that fit both, positions inside.
  public func scores(
    beside other: some TokenTransfer, source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int],
    options: ScoringOptions = ScoringOptions()
  ) throws(AlignmentError) -> PairedScores {
    let own = try tokenScores(source: source, target: target, heldOut: heldOut, options: options)
    let others = try other.tokenScores(source: source, target: target, heldOut: heldOut, options: options)
    return own.scores(beside: others, options.resampling)
  }

  fileprivate func heldOutScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    vocabulary: VocabularyRows?, options: ScoringOptions, predictedSide: String
  ) throws(AlignmentError) -> HeldOutScores {
    let table = try tokenScores(
      source: source, target: target, heldOut: heldOut, vocabulary: vocabulary, options: options,
      predictedSide: predictedSide)
    return HeldOutScores(table, heldOut: heldOut, classes: classes, options.resampling)
  }

  private func tokenScores(
    source: Matrix<Float>, target: Matrix<Float>, heldOut: [Int], vocabulary: VocabularyRows? = nil,
    options: ScoringOptions, predictedSide: String = "target"
  ) throws(AlignmentError) -> TokenScores {
    precondition(
      source.rows == target.rows && heldOut.allSatisfy { $0 >= 0 && $0 < source.rows },
      "held-out positions outside \(source.rows) source and \(target.rows) target rows")
    return try TokenScores(
      mapped: applied(toPoints: source.selecting(rows: heldOut)), mean: targetMean, target: target,
      heldOut: heldOut, vocabulary: vocabulary, options: options, predictedSide: predictedSide)
  }
}

/// The scores of all held-out tokens, and of each class of them.
public struct HeldOutScores: Sendable, Equatable, Codable {
  public let all: AlignmentScores
  /// By label, the classes with two held-out tokens or more that vary; empty where none were asked for. The map and
  /// the candidates are those of all held-out tokens, and R² is about the mean of all of them, so that the
  /// classes' errors compare.
  public let classes: [String: AlignmentScores]

  /// Scores rows that are mapped already.
  ///
  /// - Parameters:
  ///   - mapped: one row a held-out token.
  ///   - mean: about which rows are judged.
  ///   - target: all matched rows of the predicted side.
  ///   - classes: a label for each row of the target.
  ///   - vocabulary: all rows of the predicted side, where they are searched.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  init(
    mapped: Matrix<Float>, mean: [Float], target: Matrix<Float>, heldOut: [Int], classes: [String]?,
    vocabulary: VocabularyRows?, options: ScoringOptions, predictedSide: String
  ) throws(AlignmentError) {
    let table = try TokenScores(
      mapped: mapped, mean: mean, target: target, heldOut: heldOut, vocabulary: vocabulary, options: options,
      predictedSide: predictedSide)
    self.init(table, heldOut: heldOut, classes: classes, options.resampling)
  }

  /// - Precondition: a label for each matched row.
  fileprivate init(_ table: TokenScores, heldOut: [Int], classes: [String]?, _ options: Resampling) {
    all = table.scores(options)
    self.classes = classes.map { table.scores(of: $0, heldOut: heldOut, options) } ?? [:]
  }
}
