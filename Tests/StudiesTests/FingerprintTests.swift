import Alignment
import Checkpoints
import Foundation
import Steering
import Studies
import Tensors
import Testing
import Transformers

/// Which steps each option of a study has done again.
@Suite struct FingerprintTests {
  private static let all: Set = ["compare", "align ridge", "align procrustes", "curve", "layers", "transfer"]
  private static let matched = all.union(["match"])
  private static let maps: Set = ["align ridge", "align procrustes", "curve", "transfer"]

  private static func base() throws -> Study {
    try Study.parse(
      """
      name: s
      models: [a, b, c]
      compare: {layers: true, also: [isotropy]}
      align: {methods: [ridge, procrustes], learning_curve: [ridge]}
      steer: {behaviours: [tense]}
      """, path: "s.yaml")
  }

  /// One change of an option, and the kinds of steps that it concerns.
  private typealias Option = (name: String, change: @Sendable (inout Study) -> Void, steps: Set<String>)
  private static let words = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString).tsv")

  /// In the order of the structs.
  private static let tokens: [Option] = [
    ("lettersOnly", { $0.tokens.lettersOnly = false }, matched),
    ("wholeWords", { $0.tokens.wholeWords = true }, matched),
    ("untrained", { $0.tokens.untrained = .keep }, matched),
    ("minimumNormQuantile", { $0.tokens.minimumNormQuantile = 0.1 }, matched),
    ("sharedByAll", { $0.tokens.sharedByAll = true }, matched),
  ]
  private static let compare: [Option] = [
    ("neighbours", { $0.compare.neighbours = 11 }, ["compare"]),
    ("dimensionNeighbours", { $0.compare.dimensionNeighbours = 100 }, ["compare"]),
    ("dimensionTokens", { $0.compare.dimensionTokens = 100 }, ["compare"]),
    ("spaces", { $0.compare.spaces = [.output] }, []),
    ("also", { $0.compare.also = [.isotropy, .neighbourGraphs] }, ["compare"]),
    ("relations", { $0.compare.relations = words.path }, ["compare"]),
    ("layers", { $0.compare.layers?.tokens = 60 }, ["layers"]),
    ("isStratified", { $0.compare.isStratified = false }, ["compare"]),
    ("layerPairs", { $0.compare.layerPairs = ["a--b", "a--c", "b--c"] }, []),
  ]
  private static let align: [Option] = [
    ("methods", { $0.align.methods.append("least-squares") }, ["align least-squares"]),
    ("space", { $0.align.space = .output }, maps.union(["output", "layers"])),
    ("heldOut", { $0.align.heldOut = 0.3 }, maps),
    ("heldOutGroups", { $0.align.heldOutGroups = true }, maps),
    ("candidates", { $0.align.candidates = .matched }, ["align ridge", "align procrustes"]),
    ("byClass", { $0.align.byClass = true }, ["align ridge", "align procrustes"]),
    ("learningCurve", { $0.align.learningCurve = ["ridge", "procrustes"] }, ["curve procrustes"]),
  ]
  private static let steer: [Option] = [
    ("behaviours", { $0.steer.behaviours.append("certainty") }, ["transfer certainty"]),
    ("map", { $0.steer.map = .layer }, ["transfer"]),
    ("method", { $0.steer.method = "procrustes" }, ["transfer"]),
    ("depth", { $0.steer.depth = 0.25 }, ["transfer"]),
    ("layer", { $0.steer.layer = .bestSeparation }, ["transfer"]),
    ("position", { $0.steer.position = .mean }, ["transfer"]),
    ("extraction", { $0.steer.extraction = "principal-component" }, ["transfer"]),
    ("divergence", { $0.steer.divergence = 0.25 }, ["transfer"]),
    ("items", { $0.steer.items = 3 }, ["transfer"]),
    ("randomVectors", { $0.steer.randomVectors = 39 }, ["transfer"]),
    ("permutedLabels", { $0.steer.permutedLabels = 39 }, ["transfer"]),
    ("shuffledMaps", { $0.steer.shuffledMaps = 39 }, ["transfer"]),
    ("margin", { $0.steer.margin = 0.25 }, ["transfer"]),
    ("generatedTokens", { $0.steer.generatedTokens = 1 }, ["transfer"]),
    ("bothDirections", { $0.steer.bothDirections = true }, ["back"]),
  ]

  @Test func eachOptionHasItsStepsDoneAgain() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    try Data("sun\tmoon\n".utf8).write(to: Self.words)
    defer { try? FileManager.default.removeItem(at: Self.words) }
    var random = SeededRandom(seed: 1)
    for name in ["a", "b", "c"] {
      _ = try tiny.store(name, normalMatrix(4, 3, &random), ["a", "b", "c", "d"])
    }
    func plan(_ study: Study) throws -> [String: Fingerprint] {
      var folders = StudyFolders()
      folders.models = tiny.folder.path
      let runner = StudyRunner(
        study, folders: folders, catalog: try Catalog.parse("format: 1\nmodels: []", path: "-"))
      let steps = try runner.plan()
      #expect(Set(steps.map(\.step)).count == steps.count)
      return Dictionary(uniqueKeysWithValues: steps.map { ($0.step, $0) })
    }
    /// The kind of a step of the pair a--b, as the tables above name it.
    func kind(_ step: String) -> String? {
      switch step {
      case "vocabulary/a", "vocabulary/b": "vocabulary"
      case "match/a--b": "match"
      case "compare/a--b": "compare"
      case "compare/a--b.output": "output"
      case "layers/a--b": "layers"
      case "learning-curve/a--b/ridge": "curve"
      case "transfer/a--b/tense": "transfer"
      case _ where step.contains("b--a"): "back"
      case _ where step.hasPrefix("align/a--b/"): "align " + step.dropFirst("align/a--b/".count)
      case _ where step.hasPrefix("learning-curve/a--b/"):
        "curve " + step.dropFirst("learning-curve/a--b/".count)
      case _ where step.hasPrefix("transfer/a--b/"): "transfer " + step.dropFirst("transfer/a--b/".count)
      default: nil
      }
    }
    let base = try Self.base()
    let before = try plan(base)
    for (options, value) in [
      (Self.tokens, base.tokens as Any), (Self.compare, base.compare), (Self.align, base.align),
      (Self.steer, base.steer),
    ] {
      // A new option needs a line in the tables above.
      #expect(Mirror(reflecting: value).children.compactMap(\.label) == options.map(\.name))
      for (name, change, expected) in options {
        var study = base
        change(&study)
        let after = try plan(study)
        let again = Set(after.filter { before[$0.key] != $0.value }.compactMap { kind($0.key) })
        #expect(again == expected, "\(name): \(again)")
      }
    }
    var seeded = base
    seeded.seed = 2
    let found = try plan(seeded).filter { before[$0.key] == $0.value }.keys
    #expect(
      found.sorted() == [
        "match/a--b", "match/a--c", "match/b--c", "vocabulary/a", "vocabulary/b", "vocabulary/c",
      ])
    // The order of groups and the words of a study change nothing.
    var same = base
    (same.name, same.question, same.hypotheses) = ("t", "why?", [])
    #expect(try plan(same) == before)
  }

  @Test func partsAreCanonical() throws {
    let first = try Fingerprint("a", version: 1).with("x", ["b": 1.5, "a": 0.1]).with("y", "é/")
    let second = try Fingerprint("a", version: 1).with("y", "é/").with("x", ["a": 0.1, "b": 1.5])
    #expect(first == second && first.parts["x"] == #"{"a":0.1,"b":1.5}"#)
    #expect(try first.sha256 == second.sha256)
    #expect(
      try first.sha256 != Fingerprint("a", version: 2).with("y", "é/").with("x", ["a": 0.1, "b": 1.5]).sha256)
    #expect(throws: (any Error).self) { try first.with("z", Double.nan) }
  }
}
