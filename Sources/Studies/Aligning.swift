internal import Alignment
internal import Foundation
internal import Geometry
internal import Stores
internal import Tensors

/// A number with its interval, as the scores keep it.
public struct ScoreInterval: Sendable, Codable {
  public let value: Double
  public let lower: Double
  public let upper: Double
}

/// Held-out scores of one map.
public struct ScoreSummary: Sendable, Codable {
  /// Tokens that the fit has not seen.
  public let heldOut: Int
  public let rSquared: ScoreInterval
  public let meanCosine: ScoreInterval
  /// P@1, P@5, P@10 by nearest neighbour (cosine) among the held-out tokens.
  public let nearest: [ScoreInterval]
  /// The same by CSLS.
  public let csls: [ScoreInterval]
  /// Median of ‖mapped‖ / ‖true‖: how far the map shrinks.
  public let normRatio: ScoreInterval
  /// P@1 of guessing.
  public let chance: Double
}

/// The alignment method of a name; the error lists the names.
func alignmentMethod(_ name: String) throws -> AlignmentMethod {
  guard let method = AlignmentMethod(name: name) else {
    throw StudyError.study(
      path: "study", place: "align.methods",
      expected: AlignmentMethod.all.map(\.name).joined(separator: ", "), actual: name)
  }
  return method
}

func alignmentOptions(_ study: Study) -> AlignmentOptions {
  var options = AlignmentOptions()
  options.seed = study.seed
  return options
}

extension StudyRunner {
  /// Fits one map on the training tokens, scores it and its shuffled twin on the others, and writes its file.
  func align(
    _ spaces: MatchedSpaces, _ source: ModelSummary, _ target: ModelSummary, method name: String
  ) throws -> AlignmentResult {
    let method = try alignmentMethod(name)
    let options = alignmentOptions(study)
    let split = try HoldOutSplit(count: spaces.pairs.count, testFraction: study.align.heldOut, seed: study.seed)
    let x = spaces.a.selecting(rows: split.training)
    let y = spaces.b.selecting(rows: split.training)
    let fitted = try method.fit(source: x, target: y, options: options)
    var random = SeededRandom(seed: study.seed &+ 1000)
    let shuffled = try method.fit(
      source: x, target: y.selecting(rows: random.permutation(y.rows)), options: options)
    let heldOut = (spaces.a.selecting(rows: split.heldOut), spaces.b.selecting(rows: split.heldOut))
    let scores = try summary(fitted, heldOut.0, heldOut.1)
    let path = AlignmentStore.path(
      folder: folders.alignments, nameA: source.name, nameB: target.name, method: method.name)
    try FileManager.default.createDirectory(atPath: folders.alignments, withIntermediateDirectories: true)
    try record(fitted, spaces, split, source, target, scores).write(to: path)
    return AlignmentResult(
      source: source.name, target: target.name, method: method.name, path: path,
      identity: try AlignmentStore.open(path).identity, trainingTokens: split.training.count,
      conditionNumber: fitted.diagnostics.conditionNumber,
      lambda: fitted.diagnostics.ridgePath.map { $0.lambdas[$0.best] }, scores: scores,
      shuffled: try summary(shuffled, heldOut.0, heldOut.1))
  }

  private func record(
    _ fitted: FittedMap, _ spaces: MatchedSpaces, _ split: HoldOutSplit, _ source: ModelSummary,
    _ target: ModelSummary, _ scores: ScoreSummary
  ) throws -> AlignmentRecord {
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let reasons = MatchReason.allCases
    return AlignmentRecord(
      method: fitted.map.method, space: study.align.space, weights: fitted.map.weights,
      meanA: fitted.map.sourceMean, meanB: fitted.map.targetMean,
      storeA: StoreReference(name: source.name, identity: source.storeIdentity),
      storeB: StoreReference(name: target.name, identity: target.storeIdentity),
      match: MatchTable(
        rowsA: spaces.pairs.map { Int32($0.rowA) }, rowsB: spaces.pairs.map { Int32($0.rowB) },
        reasons: spaces.pairs.map { UInt8(reasons.firstIndex(of: $0.reason) ?? 0) },
        reasonNames: reasons.map(\.rawValue)),
      heldOut: split.heldOut.map(Int32.init), options: try json(alignmentOptions(study)),
      scores: try json(scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }
}
