internal import Alignment
internal import Crypto
internal import Foundation
internal import Geometry
internal import Stores
internal import Tensors

/// The alignment method of a name; the error lists the names.
func alignmentMethod(_ name: String) throws -> AlignmentMethod {
  guard let method = AlignmentMethod(name: name) else {
    throw StudyError.study(
      path: "study", place: "align.methods",
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
  /// Fits one map on the training tokens, scores it and its shuffled twin on the others, and writes its file.
  func align(
    _ spaces: MatchedSpaces, _ source: ModelSummary, _ target: ModelSummary, method name: String
  ) throws -> AlignmentResult {
    let method = try alignmentMethod(name)
    let split = try HoldOutSplit(
      count: spaces.pairs.count, testFraction: study.align.heldOut, seed: study.seed)
    var scoring = ScoringOptions()
    scoring.resampling.seed = study.seed
    let evaluation = try method.evaluate(
      source: spaces.a, target: spaces.b, split: split, options: alignmentOptions(study), scoring: scoring,
      shuffleSeed: study.seed)
    let (path, identity) = try keep(record(evaluation, spaces, split, source, target))
    let diagnostics = evaluation.fitted.diagnostics
    return AlignmentResult(
      source: source.name, target: target.name, method: method.name, path: path, identity: identity,
      trainingTokens: split.training.count,
      heldOutTokens: split.heldOut.count, conditionNumber: diagnostics.conditionNumber,
      lambda: diagnostics.ridgePath.map { $0.lambdas[$0.best] }, scores: evaluation.scores,
      shuffled: evaluation.shuffledScores)
  }

  /// Writes a map to `A--B.METHOD.h5`; beside it, with a hash of what it was fitted on in the name, if another map stands there.
  /// A run that was killed finds its own file again.
  private func keep(_ record: AlignmentRecord) throws -> (path: String, identity: String) {
    try FileManager.default.createDirectory(atPath: folders.alignments, withIntermediateDirectories: true)
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
    _ evaluation: AlignmentEvaluation, _ spaces: MatchedSpaces, _ split: HoldOutSplit, _ source: ModelSummary,
    _ target: ModelSummary
  ) throws -> AlignmentRecord {
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let map = evaluation.fitted.map
    let reasons = MatchReason.allCases
    return AlignmentRecord(
      method: map.method, space: study.align.space.rawValue, weights: map.weights, meanA: map.sourceMean,
      meanB: map.targetMean, storeA: StoreReference(name: source.name, identity: source.storeIdentity),
      storeB: StoreReference(name: target.name, identity: target.storeIdentity),
      match: MatchTable(
        rowsA: spaces.pairs.map { Int32($0.rowA) }, rowsB: spaces.pairs.map { Int32($0.rowB) },
        reasons: spaces.pairs.map { UInt8(reasons.firstIndex(of: $0.reason) ?? 0) },
        reasonNames: reasons.map(\.rawValue)),
      heldOut: split.heldOut.map { Int32($0) }, options: try json(alignmentOptions(study)),
      scores: try json(evaluation.scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }
}
