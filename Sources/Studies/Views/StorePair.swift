internal import Alignment
internal import Checkpoints
internal import Foundation
internal import Geometry
public import Reports
public import Stores
internal import Tokenizers

/// Two stores that are matched, compared or aligned without a study file.
public struct StorePair: Sendable {
  let a: (name: String, store: EmbeddingStore)
  let b: (name: String, store: EmbeddingStore)
  /// The options of every step; names and models are those of the pair.
  public var study: Study
  public var folders = StudyFolders()
  /// Called with what the user should know though the work goes on.
  public var warn: @Sendable (String) -> Void = { _ in }

  /// Two open stores with their names; the seed is that of every step.
  public init(
    _ a: (name: String, store: EmbeddingStore), _ b: (name: String, store: EmbeddingStore), seed: UInt64 = 1
  ) {
    self.a = a
    self.b = b
    study = Study(name: "\(a.name)--\(b.name)", models: [a.name, b.name])
    study.seed = seed
  }

  /// Every matched pair of tokens before the filter: rows, forms and the reason.
  /// - Throws: `StoreError`.
  public func matchTable() throws -> Table {
    let (tokensA, tokensB) = (try a.store.readTokens(), try b.store.readTokens())
    let match = TokenMatch(tokensA, tokensB)
    return Table(
      "Matched tokens of \(a.name) (\(match.sideA.count) rows, coverage \(percent(match.sideA.coverage))) and "
        + "\(b.name) (\(match.sideB.count) rows, coverage \(percent(match.sideB.coverage))).",
      columns: [
        .init("row a", .integer), .init("token a"), .init("row b", .integer), .init("token b"),
        .init("reason"),
      ],
      rows: match.pairs.map { pair in
        [
          .integer(pair.rowA), .text(tokensA[pair.rowA].form), .integer(pair.rowB),
          .text(tokensB[pair.rowB].form), .text(pair.reason.rawValue),
        ]
      })
  }

  private func percent(_ share: Double) -> String {
    (NumberFormat.decimals(1).text(100 * share) ?? "0") + " %"
  }

  /// Counts of the match, for people.
  /// - Throws: `StoreError`.
  public func matchSummary() throws -> Table {
    let match = TokenMatch(try a.store.readTokens(), try b.store.readTokens())
    var table = Table(
      "Token match of \(a.name) and \(b.name). Collisions are forms that occur twice in a vocabulary.",
      columns: [
        .init("model"), .init("rows", .integer), .init("matched", .integer), .init("unmatched", .integer),
        .init("unused", .integer), .init("collisions", .integer),
        .init("coverage", unit: "%", .number(.decimals(1))),
      ])
    for (name, side) in [(a.name, match.sideA), (b.name, match.sideB)] {
      table.append([
        .text(name), .integer(side.count), .integer(side.matched), .integer(side.unmatched),
        .integer(side.unused),
        .integer(side.collisions.count), .number(100 * side.coverage),
      ])
    }
    return table
  }

  /// Every measure of the pair; neighbour graphs are kept beside the stores.
  /// - Throws: `StudyError.tooFewTokens`, `StoreError`, `GeometryError`; for a bad file of relations before anything else.
  public func compared() throws -> PairResult {
    let runner = try runner
    return try runner.compared(
      ModelSummary(a), ModelSummary(b), study.compare.spaces.first ?? .input, runner.relations)
  }

  /// Fits and scores the study's methods and writes each map to `FOLDER/A--B.METHOD.h5`, with the learning curves
  /// that the study asks for.
  ///
  /// - Parameter progress: called with what begins.
  /// - Throws: `StudyError` for an unknown method, before anything is fitted; `AlignmentError`, `StoreError`.
  public func aligned(
    progress: (String) -> Void = { _ in }
  ) throws -> (maps: [AlignmentResult], curves: [AlignmentCurve]) {
    let (a, b, runner) = (ModelSummary(a), ModelSummary(b), try runner)
    for method in study.align.methods { _ = try transferMethod(method) }
    let spaces = try runner.matched(a, b, study.align.space)
    let maps = try study.align.methods.map { method in
      progress("fitting \(method)")
      return try runner.align(spaces, a, b, method: method)
    }
    let curves = try study.align.learningCurve.map { method in
      progress("\(method) over the number of anchors")
      return try runner.curve(spaces, a, b, method: method)
    }
    return (maps, curves)
  }

  private var runner: StudyRunner {
    get throws {
      StudyRunner(
        study, folders: folders, catalog: try Catalog.parse("format: 1\nmodels: []", path: "no catalog"),
        warn: warn)
    }
  }
}

extension PairResult {
  /// The tables of the comparison, as the report prints them.
  public var comparisonTables: [Table] {
    let tables = ComparisonTables(pair: self)
    return [tables.match] + tables.similarities.map(\.table) + [tables.dimensions, tables.dimensionAgreement]
  }
}

extension [AlignmentResult] {
  /// The scores as the report prints them; with the anchors that were found and the classes, where there are any.
  public var tables: [Table] {
    let tables = AlignmentTables(alignments: self)
    return [tables.scores] + [tables.found, tables.classes].compactMap { $0 }
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
  public static var anchoredMethods: [String] { methodNames(where: \.needsPairs) }
}
