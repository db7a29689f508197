internal import Alignment
internal import Checkpoints
internal import Foundation
internal import Geometry
public import Reports
public import Stores
internal import Tokenizers
internal import Vocabularies

/// Two stores that are matched, compared or aligned without a study file.
public struct StorePair: Sendable {
  let a: (name: String, store: EmbeddingStore)
  let b: (name: String, store: EmbeddingStore)
  /// The options of every step; names and models are those of the pair.
  public var study: Study
  public var folders = StudyFolders()
  /// Called with what the user should know though the work goes on.
  public var warn: @Sendable (String) -> Void = { _ in }
  private let workspace = Workspace()

  /// Two open stores with their names; the seed is that of every step.
  public init(
    _ a: (name: String, store: EmbeddingStore), _ b: (name: String, store: EmbeddingStore), seed: UInt64 = 1
  ) {
    self.a = a
    self.b = b
    study = Study(
      name: "\(a.name)--\(b.name)", models: [a, b].map { Study.Model($0.store.path, name: $0.name) })
    study.seed = seed
  }

  /// Every matched pair of tokens before the filter: rows, forms, the reason, and what is wrong with a row.
  /// - Throws: `StoreError`.
  public func matchTable() throws -> Table {
    let (first, second) = try vocabularies()
    let match = TokenMatch(first.tokens, second.tokens)
    return Table(
      "Matched tokens of \(a.name) (\(match.sideA.count) rows, coverage \(percent(match.sideA.coverage))) and "
        + "\(b.name) (\(match.sideB.count) rows, coverage \(percent(match.sideB.coverage))).",
      columns: [
        .init("row a", .integer), .init("token a"), .init("row b", .integer), .init("token b"),
        .init("reason"), .init("row a is"), .init("row b is"),
      ],
      rows: match.pairs.map { pair in
        [
          .integer(pair.rowA), .text(first.tokens[pair.rowA].form), .integer(pair.rowB),
          .text(second.tokens[pair.rowB].form), .text(pair.reason.rawValue),
          .text(first.untrained.kinds[pair.rowA]?.rawValue ?? ""),
          .text(second.untrained.kinds[pair.rowB]?.rawValue ?? ""),
        ]
      })
  }

  private func vocabularies() throws -> (TokenRows, TokenRows) {
    defer { workspace.finish(study.name) }
    let space = study.compare.spaces.first ?? .input
    return (
      try runner.vocabulary(ModelSummary(a), space), try runner.vocabulary(ModelSummary(b), space)
    )
  }

  private func percent(_ share: Double) -> String {
    (NumberFormat.decimals(1).text(100 * share) ?? "0") + " %"
  }

  /// Counts of the match, for people.
  /// - Throws: `StoreError`.
  public func matchSummary() throws -> Table {
    let (first, second) = try vocabularies()
    let match = TokenMatch(first.tokens, second.tokens)
    let left = match.pairs.count {
      first.untrained.kinds[$0.rowA] != nil || second.untrained.kinds[$0.rowB] != nil
    }
    var table = Table(
      "Token match of \(a.name) and \(b.name). Collisions are forms that occur twice in a vocabulary. Identical rows are those of "
        + "another token byte for byte; untrained ones lie where training has told none apart. \(left) matched tokens have an "
        + "untrained row or a copy in either model: comparisons leave them out.",
      columns: [
        .init("model"), .init("rows", .integer), .init("matched", .integer), .init("unmatched", .integer),
        .init("unused", .integer), .init("collisions", .integer),
        .init("coverage", unit: "%", .number(.decimals(1))), .init("untrained", .integer),
        .init("identical rows", .integer),
      ])
    for (name, side, rows) in [(a.name, match.sideA, first), (b.name, match.sideB, second)] {
      let found = rows.untrained
      table.append([
        .text(name), .integer(side.count), .integer(side.matched), .integer(side.unmatched),
        .integer(side.unused),
        .integer(side.collisions.count), .number(100 * side.coverage),
        .integer(found.count(.untrained) + found.count(.zero) + found.count(.short)),
        .integer(found.identicalRows),
      ])
    }
    return table
  }

  /// Every measure of the pair; neighbour graphs are kept beside the stores.
  /// - Throws: `StudyError.tooFewTokens`, `StoreError`, `GeometryError`; `VocabularyError` for a bad file of relations, before anything else.
  public func compared() throws -> PairResult {
    try runner.compared(
      ModelSummary(a), ModelSummary(b), study.compare.spaces.first ?? .input, study.relations(),
      findings: MeasuredFindings())
  }

  /// Fits and scores the study's methods and writes each map to `FOLDER/A--B.METHOD.h5`, with the learning curves
  /// that the study asks for.
  ///
  /// - Parameter progress: called with what begins.
  /// - Throws: `StudyError` for an unknown method, before anything is fitted; `AlignmentError`, `StoreError`.
  public func aligned(
    progress: (String) -> Void = { _ in }
  ) throws -> (maps: [AlignmentResult], curves: [AlignmentCurve]) {
    let (a, b) = (ModelSummary(a), ModelSummary(b))
    for method in study.align.methods { _ = try transferMethod(method) }
    defer { workspace.finish(study.name) }
    let bench = try AlignBench(runner, a, b)
    let maps = try study.align.methods.map { method in
      progress("fitting \(method)")
      return try bench.align(method)
    }
    let curves = try study.align.learningCurve.map { method in
      progress("\(method) over the number of anchors")
      return try bench.curve(method)
    }
    return (maps, curves)
  }

  private var runner: StudyRunner {
    StudyRunner(study, folders: folders, catalog: .empty, workspace: workspace, warn: warn)
  }
}

extension PairResult {
  /// The tables of the comparison, as the report prints them.
  public var comparisonTables: [Table] {
    let tables = ComparisonTables(pair: self)
    let untrained = UntrainedTables(pair: self)
    return [tables.match] + [untrained.found, untrained.effect].compactMap { $0 }
      + tables.similarities.map(\.table) + [tables.dimensions, tables.dimensionAgreement]
  }
}

extension [AlignmentResult] {
  /// The scores as the report prints them; with the anchors that were found and the classes, where there are any.
  public var tables: [Table] {
    let tables = AlignmentTables(alignments: self)
    return [tables.scores, tables.retrieval] + [tables.found, tables.classes].compactMap { $0 }
  }
}

extension [AlignmentCurve] {
  /// The scores over the number of anchors as the report prints them; nil for no curves.
  public var table: Table? { isEmpty ? nil : LearningCurveTables(curves: self).table }
}

extension Study.AlignOptions {
  /// Names of all methods.
  public static var allMethods: [String] { methodNames() }
  /// Names of the methods that are fitted on anchors, which can be counted.
  public static var anchoredMethods: [String] { methodNames { $0 is any PairedMethod } }
}
