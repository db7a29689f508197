internal import Alignment
internal import Checkpoints
internal import Crypto
internal import Files
internal import Foundation
internal import Geometry
internal import Stores
internal import Tensors
internal import Tokenizers

/// The names of all methods, or of some.
func methodNames(where isWanted: (TransferMethod) -> Bool = { _ in true }) -> [String] {
  TransferMethod.all.filter(isWanted).map(\.name)
}

/// The method of a name; the error lists the names.
func transferMethod(_ name: String) throws -> TransferMethod {
  guard let method = TransferMethod(name: name) else {
    throw StudyError.study(
      path: "study", place: "align.methods", expected: methodNames().joined(separator: ", "),
      actual: name + suggestion(for: name, among: methodNames()))
  }
  return method
}

/// The method of a name that fits a matrix on anchors; the error lists the names.
func alignmentMethod(_ name: String) throws -> AlignmentMethod {
  guard let method = AlignmentMethod(name: name) else {
    throw StudyError.study(
      path: "study", place: "steer.method",
      expected: AlignmentMethod.all.map(\.name).joined(separator: ", "), actual: name)
  }
  return method
}

func alignmentOptions(_ study: Study) -> Alignment.AlignmentOptions {
  var options = Alignment.AlignmentOptions()
  options.seed = study.seed
  return options
}

extension StudyRunner {
  /// Fits one map on the training tokens, scores it and its shuffled twin on the others, and writes its file, where it
  /// has a matrix.
  func align(
    _ spaces: MatchedSpaces, _ source: ModelSummary, _ target: ModelSummary, method name: String
  ) throws -> AlignmentResult {
    let method = try transferMethod(name).seeded(study.seed)
    let split = try HoldOutSplit(
      count: spaces.pairs.count, testFraction: study.align.heldOut, seed: study.seed)
    let classes = study.align.byClass ? try tokenClasses(spaces, source) : nil
    let evaluation = try method.evaluate(
      source: spaces.a, target: spaces.b, split: split,
      ranks: FrequencyRanks(source: spaces.pairs.map(\.rowA), target: spaces.pairs.map(\.rowB)),
      classes: classes?.map(\.rawValue), options: alignmentOptions(study), scoring: scoringOptions,
      shuffleSeed: study.seed)
    let file = try evaluation.fitted.map {
      try keep(record($0, method.name, evaluation.scores.all, spaces, split, source, target))
    }
    let diagnostics = evaluation.fitted?.diagnostics
    return AlignmentResult(
      source: source.name, target: target.name, method: method.name, path: file?.path,
      identity: file?.identity, trainingTokens: split.training.count, heldOutTokens: split.heldOut.count,
      conditionNumber: diagnostics?.conditionNumber,
      lambda: diagnostics?.ridgePath.map { $0.lambdas[$0.best] }, scores: evaluation.scores.all,
      shuffled: evaluation.shuffledScores, found: evaluation.found,
      classes: classes.map { _ in
        TokenClass.allCases.compactMap { tokenClass in
          evaluation.scores.classes[tokenClass.rawValue].map { .init(tokenClass: tokenClass, scores: $0) }
        }
      })
  }

  /// Scores of one method over the number of anchors.
  func curve(
    _ spaces: MatchedSpaces, _ source: ModelSummary, _ target: ModelSummary, method name: String
  ) throws -> AlignmentCurve {
    let method = try transferMethod(name)
    guard method.needsPairs else {
      throw StudyError.study(
        path: "study", place: "align.learning_curve",
        expected: methodNames(where: \.needsPairs).joined(separator: ", "), actual: name)
    }
    var options = LearningCurveOptions()
    options.testFraction = study.align.heldOut
    options.seed = study.seed
    // Logit matching is scored from the target's rows to the source's.
    let isBack = method.predictsSourceRows
    let fit = alignmentOptions(study)
    let curve = try LearningCurve(
      source: isBack ? spaces.b : spaces.a, target: isBack ? spaces.a : spaces.b, options: options,
      scoring: scoringOptions
    ) { from, to throws(AlignmentError) in
      try method.fit(source: isBack ? to : from, target: isBack ? from : to, options: fit)
    }
    return AlignmentCurve(source: source.name, target: target.name, method: method.name, curve: curve)
  }

  private var scoringOptions: ScoringOptions {
    var scoring = ScoringOptions()
    scoring.resampling.seed = study.seed
    return scoring
  }

  /// The class of each matched token, by the source's tokens; the last tenth of their ids counts as rare.
  private func tokenClasses(_ spaces: MatchedSpaces, _ source: ModelSummary) throws -> [TokenClass] {
    let tokens = try EmbeddingStore.open(source.storePath).readTokens()
    return TokenClass.classes(of: spaces.pairs.map { tokens[$0.rowA] }, rarity: .lastIds(share: 0.1))
  }

  /// Writes a map to `A--B.METHOD.h5`; beside it, with a hash of what it was fitted on in the name, if another map stands there.
  /// A run that was killed finds its own file again.
  private func keep(_ record: AlignmentRecord) throws -> (path: String, identity: String) {
    try OutputFile.makeFolder(folders.alignments)
    let inputs = "\(record.storeA) \(record.storeB) \(record.options) \(record.match.count) \(record.heldOut)"
    let hash = SHA256.hash(data: Data(inputs.utf8)).prefix(4).map { String(format: "%02x", $0) }.joined()
    let paths = [record.method, "\(record.method).\(hash)"].map {
      AlignmentStore.path(
        folder: folders.alignments, nameA: record.storeA.name, nameB: record.storeB.name, method: $0)
    }
    for path in paths where FileManager.default.fileExists(atPath: path) {
      let found = try AlignmentStore.open(path)
      var same = record
      same.date = found.record.date
      if found.record == same { return (path, found.identity) }
    }
    let path = paths.first { !FileManager.default.fileExists(atPath: $0) } ?? paths[0]
    try record.write(to: path)
    return (path, try AlignmentStore.open(path).identity)
  }

  private func record(
    _ fitted: FittedMap, _ method: String, _ scores: AlignmentScores, _ spaces: MatchedSpaces,
    _ split: HoldOutSplit, _ source: ModelSummary, _ target: ModelSummary
  ) throws -> AlignmentRecord {
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let map = fitted.map
    let reasons = MatchReason.allCases
    return AlignmentRecord(
      method: method, space: study.align.space.rawValue, weights: map.weights, meanA: map.sourceMean,
      meanB: map.targetMean, storeA: source.reference, storeB: target.reference,
      match: MatchTable(
        rowsA: spaces.pairs.map { Int32($0.rowA) }, rowsB: spaces.pairs.map { Int32($0.rowB) },
        reasons: spaces.pairs.map { UInt8(reasons.firstIndex(of: $0.reason) ?? 0) },
        reasonNames: reasons.map(\.rawValue)),
      heldOut: split.heldOut.map { Int32($0) }, options: try json(alignmentOptions(study)),
      scores: try json(scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }
}
