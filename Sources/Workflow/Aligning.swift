internal import Alignment
internal import Checkpoints
internal import Files
internal import Foundation
internal import Statistics
internal import Stores
internal import Tensors
internal import Tokenizers
internal import Vocabularies

/// The method of a name; the error lists the names.
func transferMethod(_ name: String) throws -> any AlignmentMethod {
  guard let method = AlignmentMethods.named(name) else {
    let known = MapOptions.allMethods
    throw WorkflowError.option(
      of: "align", name: "method", expected: known.joined(separator: ", "),
      actual: name + suggestion(for: name, among: known))
  }
  return method
}

/// The method of a name that fits a matrix on anchors; the error lists the names.
func linearMethod(_ name: String) throws -> any LinearMethod {
  guard let method = AlignmentMethods.named(name) as? any LinearMethod else {
    let known = AlignmentMethods.linear.map { $0.name }
    throw WorkflowError.option(
      of: "steer", name: "method", expected: known.joined(separator: ", "),
      actual: name + suggestion(for: name, among: known))
  }
  return method
}

extension Alignment.AlignmentOptions {
  /// The standard fit with this seed.
  static func seeded(_ seed: UInt64) -> Alignment.AlignmentOptions {
    var options = Alignment.AlignmentOptions()
    options.seed = seed
    return options
  }
}

extension Steps {
  /// The tokens that a map is fitted on and those it is judged on.
  ///
  /// - Parameter tokens: the matched tokens, as the source spells them.
  func heldOutSplit(_ tokens: [Token]) throws -> HoldOutSplit {
    try HoldOutSplit(
      count: tokens.count, testFraction: options.align.heldOut, groups: heldOutGroups(tokens),
      seed: options.seed)
  }

  /// As the source spells them.
  func matchedTokens(_ spaces: MatchedSpaces, _ source: ModelSummary) throws -> [Token] {
    let tokens = try vocabulary(source, options.align.space).tokens
    return spaces.pairs.map { tokens[$0.rowA] }
  }

  func heldOutGroups(_ tokens: [Token]) -> TokenGroups? {
    options.align.heldOutGroups ? .forms(of: tokens) : nil
  }
}

/// What all maps from one model to another are fitted and scored on.
package struct AlignBench {
  private let steps: Steps
  private let source: ModelSummary
  private let target: ModelSummary
  private let spaces: MatchedSpaces
  private let vocabularies: BothVocabularies
  /// The matched tokens, as the source spells them.
  private let tokens: [Token]
  private let split: HoldOutSplit

  package init(_ steps: Steps, _ source: ModelSummary, _ target: ModelSummary) throws {
    (self.steps, self.source, self.target) = (steps, source, target)
    let space = steps.options.align.space
    spaces = try steps.matched(source, target, space)
    vocabularies = BothVocabularies(
      source: VocabularyRows(
        rows: try steps.workspace.rows(source, space), matched: spaces.pairs.map(\.rowA)),
      target: VocabularyRows(
        rows: try steps.workspace.rows(target, space), matched: spaces.pairs.map(\.rowB)))
    tokens = try steps.matchedTokens(spaces, source)
    split = try steps.heldOutSplit(tokens)
  }

  private var options: StepOptions { steps.options }

  private var scoring: ScoringOptions {
    var scoring = ScoringOptions()
    (scoring.resampling.seed, scoring.resampling.groups) = (options.seed, .forms(of: tokens))
    return scoring
  }

  /// Fits a map on the training tokens, scores it and its shuffled twin on the others, and writes its file if it has a matrix.
  package func align(_ name: String) throws -> AlignmentResult {
    let method = try transferMethod(name).seeded(options.seed)
    // The last tenth of the source's ids counts as rare.
    let classes = options.align.byClass ? TokenClass.classes(of: tokens, rarity: .lastIds(share: 0.1)) : nil
    var scoring = self.scoring
    scoring.candidates = options.align.candidates
    let evaluation = try method.evaluate(
      source: spaces.a, target: spaces.b, split: split,
      ranks: FrequencyRanks(source: spaces.pairs.map(\.rowA), target: spaces.pairs.map(\.rowB)),
      classes: classes?.map(\.rawValue), vocabularies: vocabularies, options: .seeded(options.seed),
      scoring: scoring, shuffleSeed: options.seed)
    let file = try evaluation.fitted.map { try keep(record($0, method.name, evaluation.scores.all)) }
    return result(evaluation, method, file)
  }

  private func result(
    _ evaluation: TransferEvaluation, _ method: any AlignmentMethod, _ file: (path: String, identity: String)?
  ) -> AlignmentResult {
    let diagnostics = evaluation.fitted?.diagnostics
    return AlignmentResult(
      source: source.name, target: target.name, method: method.name, path: file?.path,
      identity: file?.identity, trainingTokens: split.training.count, heldOutTokens: split.heldOut.count,
      conditionNumber: diagnostics?.conditionNumber,
      lambda: diagnostics?.ridgePath.map { $0.lambdas[$0.best] }, scores: evaluation.scores.all,
      shuffled: evaluation.shuffledScores, found: evaluation.found,
      classes: options.align.byClass
        ? TokenClass.allCases.compactMap { tokenClass in
          evaluation.scores.classes[tokenClass.rawValue].map { .init(tokenClass: tokenClass, scores: $0) }
        } : nil)
  }

  /// Scores of one method over the number of anchors.
  package func curve(_ name: String) throws -> AlignmentCurve {
    guard let method = try transferMethod(name) as? any PairedMethod else {
      let known = MapOptions.anchoredMethods
      throw WorkflowError.option(
        of: "align", name: "learning curve", expected: known.joined(separator: ", "),
        actual: name + suggestion(for: name, among: known))
    }
    var curveOptions = LearningCurveOptions()
    curveOptions.testFraction = options.align.heldOut
    curveOptions.heldOutGroups = steps.heldOutGroups(tokens)
    curveOptions.seed = options.seed
    // Logit matching is scored from the target's rows to the source's.
    let isBack = method.predictsSourceRows
    let fit = Alignment.AlignmentOptions.seeded(options.seed)
    let curve = try LearningCurve(
      source: isBack ? spaces.b : spaces.a, target: isBack ? spaces.a : spaces.b, options: curveOptions,
      scoring: scoring
    ) { from, to throws(AlignmentError) in
      try method.transfer(source: isBack ? to : from, target: isBack ? from : to, options: fit)
    }
    return AlignmentCurve(source: source.name, target: target.name, method: method.name, curve: curve)
  }

  /// Writes a map to `A--B.METHOD.h5`; beside it, with a hash of what it was fitted on in the name, if another map stands there.
  /// A run that was killed finds its own file again.
  private func keep(_ record: AlignmentRecord) throws -> (path: String, identity: String) {
    let folder = steps.folders.alignments
    try OutputFile.makeFolder(folder)
    let inputs = "\(record.storeA) \(record.storeB) \(record.options) \(record.match.count) \(record.heldOut)"
    let hash = sha256Hex(of: Array(inputs.utf8)).prefix(8)
    let paths = [record.method, "\(record.method).\(hash)"].map {
      AlignmentStore.path(
        folder: folder, nameA: record.storeA.name, nameB: record.storeB.name, method: $0)
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
    _ fitted: FittedMap, _ method: String, _ scores: AlignmentScores
  ) throws -> AlignmentRecord {
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let map = fitted.map
    return AlignmentRecord(
      method: method, space: options.align.space.rawValue, weights: map.weights, meanA: map.sourceMean,
      meanB: map.targetMean, storeA: source.reference, storeB: target.reference,
      match: MatchTable(spaces.pairs), heldOut: split.heldOut.map { Int32($0) },
      options: try json(Alignment.AlignmentOptions.seeded(options.seed)),
      scores: try json(scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }
}
