public import Statistics
public import Tensors

/// What a method scores on tokens that it has not seen, and what its shuffled control does.
public struct TransferEvaluation: Sendable, Equatable {
  /// The matrix; nil for a method without one.
  public let fitted: FittedMap?
  /// The anchors that the method found; nil where they were given.
  public let found: FoundAnchors?
  public let scores: HeldOutScores
  /// The control: the same method on target rows that are permuted against the source's, scored on true pairs.
  /// For a method that finds its anchors, these are permuted, and only its last fit is done again.
  public let shuffledScores: AlignmentScores
}

/// Anchors that were found, held against the true match of the training tokens.
public struct FoundAnchors: Sendable, Equatable, Codable {
  /// Pairs that are each other's nearest.
  public let count: Int
  /// Share of them that are the same token; nil without any. Chance is 1 over the tokens that were searched.
  public let correct: Estimate?
  /// The same of the start, before any refinement.
  public let correctAtStart: Estimate?
  /// Tokens of each side that were searched.
  public let searched: Int
  public let iterations: Int
}

/// How frequent each row's token is on each side, by rank: 0 is the most frequent.
public struct FrequencyRanks: Sendable, Equatable {
  public let source: [Int]
  public let target: [Int]

  /// - Precondition: equally many.
  public init(source: [Int], target: [Int]) {
    precondition(
      source.count == target.count, "ranks of \(source.count) source and \(target.count) target rows")
    (self.source, self.target) = (source, target)
  }

  /// Unknown frequencies: both sides in an order of their own, which says nothing about the match.
  init(unknown count: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    (source, target) = (random.permutation(count), random.permutation(count))
  }
}

/// All rows of both sides; a map is searched in that of the side whose rows it predicts.
public struct BothVocabularies: Sendable, Equatable {
  public let source: VocabularyRows
  public let target: VocabularyRows

  public init(source: VocabularyRows, target: VocabularyRows) {
    (self.source, self.target) = (source, target)
  }
}

extension AlignmentMethod {
  /// Fits on the split's training tokens and scores on its held-out ones, with the shuffled control.
  ///
  /// A method that finds its anchors gets the training rows of both sides, each in its own order of frequency, and
  /// is not told which are the same token.
  ///
  /// - Parameters:
  ///   - source: n x d_S rows of matched tokens.
  ///   - target: n x d_T rows of the same tokens.
  ///   - ranks: frequencies, used only by a method that finds its anchors; nil where they are not known.
  ///   - classes: a label for each row, to score each class by itself; nil for none.
  ///   - vocabularies: all rows of both sides, where `scoring.candidates` is the whole vocabulary. The control is looked for
  ///     among the held-out rows only, where it finds the most.
  ///   - shuffleSeed: seed of the control's permutation.
  /// - Throws: `AlignmentError`, as the method and the scores do.
  /// - Precondition: equally many rows, ranks and labels; the split's positions lie inside.
  public func evaluate(
    source: Matrix<Float>, target: Matrix<Float>, split: HoldOutSplit, ranks: FrequencyRanks? = nil,
    classes: [String]? = nil, vocabularies: BothVocabularies? = nil,
    options: AlignmentOptions = AlignmentOptions(), scoring: ScoringOptions = ScoringOptions(),
    shuffleSeed: UInt64 = 1
  ) throws(AlignmentError) -> TransferEvaluation {
    try evaluate(
      on: HeldOutBench(
        source: source, target: target, split: split, ranks: ranks, classes: classes,
        vocabularies: vocabularies, options: options, scoring: scoring, shuffleSeed: shuffleSeed))
  }
}

extension LinearMethod {
  /// The method and its control, each fitted by itself.
  public func evaluate(on bench: HeldOutBench) throws(AlignmentError) -> TransferEvaluation {
    try bench.map(self)
  }
}

extension LookUpMethod {
  /// The method and its control, by one search.
  public func evaluate(on bench: HeldOutBench) throws(AlignmentError) -> TransferEvaluation {
    try bench.lookUp(self)
  }
}

extension UnpairedMethod {
  /// The method, which is not told the pairs, and as a control its finish on permuted anchors.
  public func evaluate(on bench: HeldOutBench) throws(AlignmentError) -> TransferEvaluation {
    try bench.unpaired(self)
  }
}

/// What a method is fitted and judged on in one evaluation: the rows of both sides, their split, and the options.
public struct HeldOutBench: Sendable {
  let source: Matrix<Float>
  let target: Matrix<Float>
  let split: HoldOutSplit
  let ranks: FrequencyRanks?
  let classes: [String]?
  let vocabularies: BothVocabularies?
  let options: AlignmentOptions
  let scoring: ScoringOptions
  let shuffleSeed: UInt64

  private var controlScoring: ScoringOptions {
    var control = scoring
    control.candidates = .heldOut
    return control
  }

  func map(_ method: some LinearMethod) throws(AlignmentError) -> TransferEvaluation {
    let x = source.selecting(rows: split.training)
    let y = target.selecting(rows: split.training)
    return try evaluation(
      method.fit(source: x, target: y, options: options),
      shuffled: method.fitShuffled(source: x, target: y, seed: shuffleSeed, options: options))
  }

  func evaluation(
    _ fitted: FittedMap, shuffled: FittedMap, found: FoundAnchors? = nil
  ) throws(AlignmentError) -> TransferEvaluation {
    TransferEvaluation(
      fitted: fitted, found: found,
      scores: try fitted.heldOutScores(
        source: source, target: target, heldOut: split.heldOut, classes: classes, vocabularies: vocabularies,
        options: scoring),
      shuffledScores: try shuffled.scores(
        source: source, target: target, heldOut: split.heldOut, options: controlScoring))
  }

  /// What a token is written with depends on the source alone, so that one search carries it to the true rows
  /// and to the permuted ones, which stand beside them.
  func lookUp(_ method: some LookUpMethod) throws(AlignmentError) -> TransferEvaluation {
    var random = SeededRandom(seed: shuffleSeed)
    let order = random.permutation(split.training.count).map { split.training[$0] }
    let transfer = try method.transfer(
      source: source.selecting(rows: split.training),
      target: beside(target.selecting(rows: split.training), target.selecting(rows: order)), options: options)
    let mapped = transfer.applied(toPoints: source.selecting(rows: split.heldOut))
    func scores(
      _ half: Int, _ classes: [String]?, _ scoring: ScoringOptions
    ) throws(AlignmentError) -> HeldOutScores {
      let columns = half * target.columns..<(half + 1) * target.columns
      return try HeldOutScores(
        mapped: selecting(columns, of: mapped), mean: Array(transfer.targetMean[columns]), target: target,
        heldOut: split.heldOut, classes: classes, vocabulary: vocabularies?.target, options: scoring,
        predictedSide: "target")
    }
    return TransferEvaluation(
      fitted: nil, found: nil, scores: try scores(0, classes, scoring),
      shuffledScores: try scores(1, nil, controlScoring).all)
  }

  func unpaired(_ method: some UnpairedMethod) throws(AlignmentError) -> TransferEvaluation {
    let ranks = ranks ?? FrequencyRanks(unknown: source.rows, seed: shuffleSeed)
    precondition(
      ranks.source.count == source.rows, "\(ranks.source.count) frequency ranks for \(source.rows) rows")
    let rows = split.training.sorted { (ranks.source[$0], $0) < (ranks.source[$1], $1) }
    let columns = split.training.sorted { (ranks.target[$0], $0) < (ranks.target[$1], $1) }
    let (x, y) = (source.selecting(rows: rows), target.selecting(rows: columns))
    let result = try method.search(source: x, target: y, options: options)
    func correct(_ anchors: [UnsupervisedMap.Anchor]) -> Estimate? {
      guard !anchors.isEmpty else { return nil }
      let hits = anchors.map { rows[$0.source] == columns[$0.target] ? 1.0 : 0 }
      var resampling = scoring.resampling
      resampling.groups = resampling.groups?.selecting(anchors.map { rows[$0.source] })
      return ResampledSums(hits, width: 1, resampling).share { $0[0] / Double(hits.count) }
    }
    let shuffled = try method.finish.fitShuffled(
      source: x.selecting(rows: result.anchors.map(\.source)),
      target: y.selecting(rows: result.anchors.map(\.target)), seed: shuffleSeed, options: options)
    return try evaluation(
      result.fitted, shuffled: shuffled,
      found: FoundAnchors(
        count: result.anchors.count, correct: correct(result.anchors), correctAtStart: correct(result.start),
        searched: result.searched, iterations: result.iterations))
  }
}

private func beside(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
  var elements: [Float] = []
  elements.reserveCapacity(a.elements.count + b.elements.count)
  for row in 0..<a.rows {
    elements += a.elements[a.range(ofRow: row)]
    elements += b.elements[b.range(ofRow: row)]
  }
  return Matrix(rows: a.rows, columns: a.columns + b.columns, elements: elements)
}

private func selecting(_ columns: Range<Int>, of matrix: Matrix<Float>) -> Matrix<Float> {
  Matrix(
    rows: matrix.rows, columns: columns.count,
    elements: (0..<matrix.rows).flatMap { row in
      matrix.elements[
        row * matrix.columns + columns.lowerBound..<row * matrix.columns + columns.upperBound]
    })
}
