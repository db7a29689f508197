import Alignment
import Checkpoints
import Foundation
import Geometry
import Steering
import Stores
import Studies
import Tensors
import TestSupport
import Testing
import Transformers
import Workflow

/// Which steps each option of a study has done again.
@Suite struct FingerprintTests {
  /// What a study says, by key, on which every step depends.
  private static let base = [
    "name": "s", "models": "[a, b, c]", "compare.layers": "true", "compare.layer_neighbours": "9",
    "compare.also": "[token-profiles]", "align.methods": "[ridge, procrustes]",
    "align.learning_curve": "[ridge]", "steer.behaviours": "[tense]",
    "points.read": "{g: ['token:#1', {two: 'token:#2'}]}",
    "points.paths": "{w: {from: 'token:#1', to: 'token:#2'}}",
    "points.relations": "[\(pairs.path)]", "lenses.sets": "[\(items.path)]", "lenses.compare": "all",
    "elms.judge": "[\(elm.path)]", "elms.between": "true", "elms.cav": "[kind=even]", "elms.tokens": "true",
  ]
  private static let elm = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString)/tiny.elm.h5")
  private static let pairs = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString).json")
  private static let items = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString).json")
  private static let words = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString).tsv")

  /// Another value of every option that has not one of two or a number.
  private static let others = [
    "name": "t", "question": "why?", "models": "[a, b, d]", "compare.spaces": "[output]",
    "compare.also": "[token-profiles, all-pair-ranks]", "compare.relations": words.path,
    "compare.layer_pairs": "[a--b]", "compare.layer_carrier": "Here is", "compare.layer_position": "mean",
    "compare.layer_gauges": "[raw]",
    "tokens.untrained": "keep", "align.methods": "[ridge, procrustes, least-squares]",
    "align.space": "output", "align.candidates": "matched", "align.learning_curve": "[ridge, procrustes]",
    "steer.behaviours": "[tense, certainty]", "steer.map": "layer", "steer.method": "procrustes",
    "figures.formats": "[pdf, svg]", "figures.width": "85mm", "figures.font": "DejaVu Serif",
    "figures.labels": "{a: Model A}",
    "steer.layer": "best-separation", "steer.extraction": "principal-component", "steer.position": "mean",
    "points.read": "{g: ['token:#1', {two: 'token:#2'}, 'token:#3']}", "points.models": "[a]",
    "points.lenses": "[logit, patchscope]",
    "points.paths":
      "{w: {from: 'token:#1', to: 'token:#2'}, v: {from: 'token:#1', along: 'token:#2 - token:#3'}}",
    "points.relations": "[\(pairs.path), {again: \(pairs.path)}]",
    "lenses.sets": "[\(items.path), {again: \(items.path)}]",
    "lenses.kinds": "[logit, patchscope]", "lenses.models": "[a]", "lenses.positions": "last",
    "lenses.compare": "[a--b]",
    "elms.judge": "[\(elm.path), {again: \(elm.path)}]", "elms.tasks": "[gloss]",
    "elms.cav_method": "logistic",
    "elms.cav": "[kind=even, kind=odd]", "elms.lambdas": "[-1, 1]",
    "hypotheses": "[{name: h, metric: a--b/raw/cka, op: '>', threshold: 0}]",
  ]

  /// The steps that options add or take away.
  private static let asked: [String: Set<String>] = [
    "models": [
      "vocabulary", "match", "layers", "compare", "picture", "align", "learning-curve", "transfer", "points",
      "carried", "path", "relations", "lens", "lens-shared", "lens-pair",
    ],
    "points.read": ["points", "carried"], "points.models": ["points", "carried", "path", "relations"],
    "points.elsewhere": ["carried"], "points.paths": ["path"], "points.relations": ["relations"],
    "lenses.sets": ["lens", "lens-shared"], "lenses.kinds": ["lens", "lens-shared", "lens-pair"],
    "elms.judge": ["elm", "elm-between", "elm-cav", "elm-tokens"], "elms.tasks": ["elm"],
    "elms.draws": ["elm"],
    "elms.between": ["elm-between"], "elms.cav": ["elm-cav"], "elms.tokens": ["elm-tokens"],
    "lenses.models": [], "lenses.compare": ["lens-shared", "lens-pair"],
    "compare.layers": ["layers"], "compare.layer_pairs": ["layers"],
    "align.space": ["match", "compare", "picture"], "align.methods": ["align"],
    "align.learning_curve": ["learning-curve"],
    "steer.behaviours": ["transfer"],
    "steer.both_directions": ["align", "learning-curve", "transfer", "carried"],
  ]

  private static func study(_ values: [String: String]) throws -> Study {
    var sections: [String: [String]] = [:]
    for (key, value) in values {
      let parts = key.split(separator: ".").map(String.init)
      sections[parts.count == 2 ? parts[0] : "", default: []].append("\(parts[parts.count - 1]): \(value)")
    }
    let head = sections.removeValue(forKey: "") ?? []
    let text = head + sections.map { "\($0): {\($1.joined(separator: ", "))}" }
    return try Study.parse(text.joined(separator: "\n"), path: "s.yaml")
  }

  /// Another value than the one in use: of the table, or the other of two, or a number nearby.
  private static func other(_ parameter: any AnyParameter) throws -> String {
    if let other = others[parameter.key] { return other }
    switch base[parameter.key] ?? parameter.standardText {
    case "true": return "false"
    case "false": return "true"
    case let text:
      if let number = Int(text) { return "\(number + 1)" }
      return "\(try #require(Double(text), "\(parameter.key) needs another value") * 0.75)"
    }
  }

  @Test func eachOptionHasItsStepsDoneAgain() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try Data("sun\tmoon\n".utf8).write(to: Self.words)
    try Data(#"[["sun", "moon"]]"#.utf8).write(to: Self.pairs)
    try Data(#"{"items": [{"prompt": "sun", "intermediates": ["moon"]}]}"#.utf8).write(to: Self.items)
    _ = try TinyElm(
      in: tiny.folder, model: StoreReference(name: "a", identity: "ab", source: nil), width: 3)
    try FileManager.default.createDirectory(
      at: Self.elm.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.moveItem(at: tiny.folder.appending(path: "tiny.elm.h5"), to: Self.elm)
    defer {
      for file in [Self.words, Self.pairs, Self.items, Self.elm.deletingLastPathComponent()] {
        try? FileManager.default.removeItem(at: file)
      }
    }
    var random = SeededRandom(seed: 1)
    for name in ["a", "b", "c", "d"] {
      _ = try tiny.store(name, normalMatrix(4, 3, &random), ["a", "b", "c", "d"])
    }
    func plan(_ study: Study) throws -> [String: Fingerprint] {
      var folders = WorkFolders()
      folders.models = tiny.folder.path
      let runner = StudyRunner(
        study, folders: folders, catalog: .empty)
      let steps = try runner.plan()
      #expect(Set(steps.map(\.step)).count == steps.count)
      return Dictionary(uniqueKeysWithValues: steps.map { ($0.step, $0) })
    }
    func kinds(_ steps: some Sequence<String>) -> Set<String> {
      Set(steps.map { String($0.prefix { $0 != "/" }) })
    }
    let base = try Self.study(Self.base)
    let before = try plan(base)
    #expect(kinds(before.keys) == Set(StepKind.allCases.map(\.rawValue)).subtracting(["import"]))
    let unchanged = fields(base)
    var reached: Set<String> = []
    for parameter in Parameters.all {
      let other = try Self.other(parameter)
      let study = try Self.study(Self.base.merging([parameter.key: other]) { $1 })
      #expect(study != base, "\(parameter.key): \(other) changes nothing")
      reached.formUnion(fields(study).filter { $0.value != unchanged[$0.key] }.keys)
      let after = try plan(study)
      let again = kinds(after.keys.filter { before[$0] != nil && before[$0] != after[$0] })
      #expect(again == Set(parameter.affects.map(\.rawValue)), "\(parameter.key): \(again)")
      let asked = kinds(Set(after.keys).symmetricDifference(before.keys))
      #expect(asked == Self.asked[parameter.key] ?? [], "\(parameter.key): \(asked)")
    }
    // A new option needs a line in the list.
    #expect(reached == Set(unchanged.keys).subtracting(["file"]))
  }

  /// What a study and its options hold, by the path of each field.
  private func fields(_ study: Study) -> [String: String] {
    func members(_ value: Any) -> [(label: String, value: Any)] {
      Mirror(reflecting: value).children.map { ($0.label ?? "", $0.value) }
    }
    var fields: [String: String] = [:]
    for (label, value) in members(study) {
      let sections: [Any] = [
        study.tokens, study.compare, study.align, study.steer, study.points, study.lenses, study.elms,
        study.figures,
      ]
      if sections.contains(where: { type(of: $0) == type(of: value) }) {
        for member in members(value) { fields["\(label).\(member.label)"] = "\(member.value)" }
      } else {
        fields[label] = "\(value)"
      }
    }
    return fields
  }
}
