import Checkpoints
import Foundation
import Geometry
import Stores
import Studies
import Tensors
import TestSupport
import Testing
import Workflow

/// Each measure is kept by itself.
@Suite struct MeasureStepsTests {
  /// The steps of a comparison of two small stores, by name.
  private func steps(
    _ tiny: TinyStores, also: [MeasureGroup], _ list: [any Measure.Type] = Measures.all,
    _ change: (inout Study) -> Void = { _ in }
  ) throws -> [String: Fingerprint] {
    var study = try Study.parse("name: s\nmodels: [a, b]\n", path: "s.yaml")
    study.compare.also = also
    change(&study)
    var folders = WorkFolders()
    folders.models = tiny.folder.path
    let runner = StudyRunner(
      study, folders: folders, catalog: .empty)
    let steps = try runner.plan(list).filter {
      $0.step.hasPrefix("compare/") && !$0.step.hasSuffix("/untrained")
    }
    #expect(Set(steps.map(\.step)).count == steps.count)
    return Dictionary(uniqueKeysWithValues: steps.map { ($0.step, $0) })
  }

  private static func twoStores(_ tiny: TinyStores) throws {
    var random = SeededRandom(seed: 1)
    for name in ["a", "b"] {
      _ = try tiny.store(name, normalMatrix(4, 3, &random), ["a", "b", "c", "d"])
    }
  }

  /// The measures whose steps differ.
  private func measures(_ before: [String: Fingerprint], _ after: [String: Fingerprint]) -> Set<String> {
    Set(
      Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.map {
        String($0.split(separator: "/")[2])
      })
  }

  @Test func optionsAndGroupsConcernTheirOwnMeasures() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try Self.twoStores(tiny)
    let all = try steps(tiny, also: MeasureGroup.allCases)
    #expect(all["compare/a--b/cka/centred"]?.version == CKA.version)
    #expect(Set(all.values.map { $0.step.split(separator: "/")[2] }).count == Measures.all.count)
    // The order of groups changes nothing, and a group more only adds its own.
    #expect(try steps(tiny, also: MeasureGroup.allCases.reversed()) == all)
    for group in MeasureGroup.allCases where group != .allPairRanks {
      let fewer = try steps(tiny, also: MeasureGroup.allCases.filter { $0 != group })
      let own = Measures.all.filter { $0.group == group }.map { $0.name }
      #expect(!own.isEmpty && measures(fewer, all) == Set(own), "\(group)")
    }
    #expect(
      try measures(steps(tiny, also: MeasureGroup.allCases.filter { $0 != .allPairRanks }), all)
        == ["orientation_ranks", "representational_similarity"])
    // An option concerns the measures that say so, and those that use them.
    let options: [(MeasureOptions.Field, (inout Study) -> Void)] = [
      (.neighbours, { $0.compare.neighbours = 11 }),
      (.dimensionNeighbours, { $0.compare.dimensionNeighbours = 100 }),
      (.dimensionTokens, { $0.compare.dimensionTokens = 100 }),
      (.strata, { $0.compare.isStratified = false }),
    ]
    for (field, change) in options {
      let concerned = Measures.all.filter { measure in
        measure.depends.contains(field) || measure.uses.contains { $0.depends.contains(field) }
      }
      let again = measures(all, try steps(tiny, also: MeasureGroup.allCases, Measures.all, change))
      #expect(again == Set(concerned.map { $0.name }), "\(field)")
    }
  }

  /// CKA whose numbers have changed.
  private enum NewerCKA: PairMeasure {
    static let name = CKA.name
    static let version = CKA.version + 1
    static let depends = CKA.depends
    static func metrics(_ options: MeasureOptions) -> [Metric<CKA>] { CKA.metrics(options) }
    static func measure(_ pair: PairBench) throws -> CKA { try CKA.measure(pair) }
  }

  @Test func aVersionConcernsItsMeasureAlone() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try Self.twoStores(tiny)
    let before = try steps(tiny, also: MeasureGroup.allCases)
    let newer = Measures.all.map { $0 == CKA.self ? NewerCKA.self : $0 }
    let after = try steps(tiny, also: MeasureGroup.allCases, newer)
    #expect(Set(after.keys) == Set(before.keys) && measures(before, after) == ["cka"])
    // What a measure uses is part of what it depends on.
    for measure in Measures.all {
      let own = try #require(before.values.first { $0.step.split(separator: "/")[2] == measure.name })
      for used in measure.uses { #expect(own.parts[used.name] != nil, "\(measure.name), \(used.name)") }
    }
  }
}
