import Alignment
import Files
import Foundation
import LinearAlgebra
import Statistics
import Stores
import Synchronization
import Tensors
import TestSupport
import Testing
import Tokenizers
import Vocabularies
import Workflow

@Suite struct AligningTests {
  /// Two stores of the same tokens in other orders, the second a rotated copy of the first with noise.
  private struct TinyPair {
    let stores: TinyStores
    let pair: StorePair

    init(count: Int = 240) throws {
      stores = try TinyStores()
      var random = SeededRandom(seed: 1)
      let x = normalMatrix(count, 12, &random)
      let rotation = try singularValueDecomposition(normalMatrix(12, 14, &random).widened()).vTransposed
      var y = multiply(x, rotation.narrowed())
      for (index, value) in normalMatrix(count, 14, &random).elements.enumerated() {
        y.elements[index] += 0.1 * value
      }
      let order = random.permutation(count)
      var tiny = StorePair(
        try stores.store("a", x, (0..<count).map(Self.text)),
        try stores.store("b", y.selecting(rows: order), order.map(Self.text)))
      tiny.options.tokens.lettersOnly = false
      tiny.options.tokens.minimumNormQuantile = 0
      tiny.folders.alignments = stores.folder.appending(path: "alignments").path
      pair = tiny
    }

    func remove() { stores.remove() }

    /// Words, continuations, numbers and another script.
    private static func text(_ number: Int) -> String {
      let letters = TinyStores.letters(number)
      return switch number % 4 {
      case 0, 1: " w" + letters
      case 2: "c" + letters
      default: number % 8 == 3 ? "\(number)" : "д" + letters
      }
    }
  }

  @Test func allMethodsStandSideBySide() throws {
    let tiny = try TinyPair()
    defer { tiny.remove() }
    var pair = tiny.pair
    pair.options.align.methods = MapOptions.allMethods
    let told = Mutex<[String]>([])
    let progress = JobProgress { event in
      if case .began(let step, _) = event { told.withLock { $0.append(step) } }
    }
    let (maps, curves) = try JobProgress.$current.withValue(progress) { try pair.aligned() }
    let begun = told.withLock { $0 }
    #expect(maps.map(\.method) == MapOptions.allMethods && begun.count == maps.count)
    #expect(curves.isEmpty)
    for map in maps {
      let hasMatrix = !["token-pursuit", "local"].contains(map.method)
      #expect((map.path != nil) == hasMatrix && (map.conditionNumber != nil) == hasMatrix)
      if let path = map.path { #expect(FileManager.default.fileExists(atPath: path)) }
      #expect((map.found != nil) == (map.method == "unsupervised") && map.classes == nil)
      if map.method != "unsupervised" {
        #expect(map.scores.amongHeldOut.csls.at1.value > 0.6, "\(map.method)")
      }
      #expect(map.shuffled.amongHeldOut.csls.at1.value < 0.2, "\(map.method)")
    }
    for map in maps {
      let found = map.scores.retrieval.map(\.csls.at1.value)
      #expect(found == found.sorted() && map.scores.retrieval[0].candidates == .vocabulary)
    }
    // The map is found again.
    pair.options.align.methods = ["unsupervised"]
    #expect(try pair.aligned().maps.map(\.path) == maps.filter { $0.method == "unsupervised" }.map(\.path))
  }

  /// Forms of a word stay on one side; fewer rows are searched where that is asked for.
  @Test func wordsAreHeldOutWhole() throws {
    let tiny = try TinyPair()
    defer { tiny.remove() }
    var pair = tiny.pair
    (pair.options.align.methods, pair.options.align.heldOutGroups) = (["ridge"], true)
    pair.options.align.candidates = .matched
    let map = try #require(try pair.aligned().maps.first)
    #expect(map.scores.retrieval.map(\.candidates) == [.matched, .heldOut])
    #expect(map.trainingTokens + map.heldOutTokens == 240 && map.heldOutTokens > 20)
  }

  @Test func classesAndCurvesAreMeasuredWhereAskedFor() throws {
    let tiny = try TinyPair()
    defer { tiny.remove() }
    var pair = tiny.pair
    pair.options.align.methods = ["ridge", "local"]
    pair.options.align.byClass = true
    pair.options.align.learningCurve = ["ridge", "logit-matching"]
    let (maps, curves) = try pair.aligned()
    let classes = try #require(maps[0].classes)
    let names = classes.map(\.tokenClass)
    for tokenClass in [TokenClass.wordStart, .continuation, .nonLatin, .rare] {
      #expect(names.contains(tokenClass))
    }
    #expect(classes.reduce(0) { $0 + $1.scores.cosine.n } <= maps[0].heldOutTokens)

    #expect(curves.map(\.method) == ["ridge", "logit-matching"])
    let points = curves[0].curve.points
    #expect(points.map(\.anchorCount) == [100, 192])
    #expect(points[1].r2.value > 0.8 && points[1].r2.n == 5)
    #expect(curves[1].curve.points[1].r2.value > 0.3)
    #expect(curves[1].curve.points.count == 2)
  }

  @Test func methodsThatDoNotFitThrow() throws {
    let tiny = try TinyPair(count: 80)
    defer { tiny.remove() }
    var pair = tiny.pair
    pair.options.align.methods = ["ridge", "bogus"]
    #expect(throws: WorkflowError.self) { try pair.aligned() }
    #expect(!FileManager.default.fileExists(atPath: pair.folders.alignments))
    pair.options.align.methods = ["ridge"]
    pair.options.align.learningCurve = ["unsupervised"]
    #expect(throws: WorkflowError.self) { try pair.aligned() }
  }
}
