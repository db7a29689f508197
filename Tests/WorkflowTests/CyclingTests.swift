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
import Workflow

@Suite struct CyclingTests {
  private func rotation(_ rows: Int, _ columns: Int, _ random: inout SeededRandom) throws -> Matrix<Float> {
    try singularValueDecomposition(normalMatrix(rows, columns, &random).widened()).vTransposed.narrowed()
  }

  private var all: CycleOptions {
    var options = CycleOptions()
    options.tokens.lettersOnly = false
    options.tokens.minimumNormQuantile = 0
    return options
  }

  /// Three stores of rotated rows, each in an order of its own, the last without the first 40 tokens.
  private func rotated(_ tiny: TinyStores) throws -> StoreCycle {
    var random = SeededRandom(seed: 3)
    let count = 240
    let x = normalMatrix(count, 12, &random)
    let y = multiply(x, try rotation(12, 12, &random))
    let z = multiply(y, try rotation(12, 14, &random))
    func store(_ name: String, _ rows: Matrix<Float>, _ order: [Int]) throws -> (String, EmbeddingStore) {
      try tiny.store(name, rows.selecting(rows: order), order.map { " " + TinyStores.letters($0) })
    }
    let (first, second) = (random.permutation(count), random.permutation(count))
    return StoreCycle(
      [
        try store("a", x, first), try store("b", y, second),
        try store("c", z, random.permutation(count).filter { $0 >= 40 }),
      ], all)
  }

  @Test(arguments: ["least-squares", "procrustes"])
  func rotationsComeBackAndMayBeComposed(method: String) throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var cycle = try rotated(tiny)
    cycle.options.method = method
    let told = Mutex<[String]>([])
    let progress = JobProgress { event in
      if case .began(let step, _) = event { told.withLock { $0.append(step) } }
    }
    let result = try JobProgress.$current.withValue(progress) { try cycle.measured() }
    let begun = told.withLock { $0 }
    #expect(begun.count == 1 + 3 + 3 + 3)
    #expect(result.sharedTokens == 200 && result.heldOutTokens == 40 && result.trainingTokens == 160)
    #expect(
      result.cycles.map(\.way) == [["a", "b", "c", "a"], ["b", "c", "a", "b"], ["c", "a", "b", "c"]])
    for cycle in result.cycles {
      #expect(cycle.consistency.error.value < 1e-3 && cycle.consistency.cosine.value > 1 - 1e-5)
      #expect(cycle.consistency.floor < 1e-3 && cycle.consistency.narrowestWidth == 12)
      #expect(cycle.shuffled.error.value > 0.9 && abs(cycle.shuffled.cosine.value) < 0.3)
    }
    #expect(result.detours.map(\.way) == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]])
    for detour in result.detours {
      #expect(detour.composed.r2.value > 1 - 1e-5 && detour.direct.r2.value > 1 - 1e-5)
      #expect(
        detour.composed.amongHeldOut.csls.at1.value == 1 && detour.direct.amongHeldOut.csls.at1.value == 1)
    }
    let kept = try JSONDecoder().decode(CycleResult.self, from: JSONEncoder().encode(result))
    #expect(kept.cycles.map(\.consistency) == result.cycles.map(\.consistency))
  }

  /// The way through a narrow, noisy model loses at least what does not fit into it, and what the noise takes.
  @Test func aNarrowModelInTheMiddleCosts() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 4)
    let x = normalMatrix(300, 12, &random)
    var narrow = multiply(x, normalMatrix(12, 5, &random))
    for (index, noise) in normalMatrix(300, 5, &random).elements.enumerated() {
      narrow.elements[index] += noise
    }
    let wide = multiply(x, try rotation(12, 12, &random))
    let texts = (0..<300).map(TinyStores.letters)
    let cycle = StoreCycle(
      [try tiny.store("a", x, texts), try tiny.store("b", narrow, texts), try tiny.store("c", wide, texts)],
      all)
    let result = try cycle.measured()
    for entry in result.cycles {
      let (kept, isNarrow) = (entry.consistency, entry.way[0] == "b")
      #expect(kept.narrowestWidth == 5 && (isNarrow ? kept.floor == 0 : kept.floor > 0.4))
      #expect(kept.error.value > kept.floor && kept.error.value < entry.shuffled.error.value)
      #expect(try #require(kept.error.upper) > kept.error.value)
    }
    for detour in result.detours {
      // Through the narrow model there is a cost, to it and from it there is none.
      let (more, difference) = (detour.advantage.r2, detour.composed.r2.value - detour.direct.r2.value)
      #expect(abs(more.value - difference) < 1e-12)
      #expect(detour.way[1] == "b" ? more.upper ?? 0 < -0.3 : abs(more.value) < 0.02, "\(detour.way)")
    }
  }

  /// Two stores are matched, filtered and split as `align` does it, so that the numbers belong together.
  @Test func twoStoresShareTheTokensOfAnAlignment() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 6)
    let texts = (0..<200).map { $0 % 9 == 0 ? "\($0)" : TinyStores.letters($0) }
    let a = try tiny.store("a", normalMatrix(200, 6, &random), texts)
    let b = try tiny.store("b", normalMatrix(190, 7, &random), texts.dropLast(10).reversed())
    var options = CycleOptions()
    options.tokens.minimumNormQuantile = 0.1
    var pair = StorePair(a, b)
    pair.options.tokens = options.tokens
    pair.options.align.methods = ["ridge"]
    pair.folders.alignments = tiny.folder.path
    let map = try #require(try pair.aligned().maps.first)
    let result = try StoreCycle([a, b], options).measured()
    #expect(result.trainingTokens == map.trainingTokens && result.heldOutTokens == map.heldOutTokens)
    #expect(result.sharedTokens < 170 && result.detours.isEmpty)
  }

  @Test func whatCannotGoAroundIsNamed() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let cycle = try rotated(tiny)
    #expect(
      throws: WorkflowError.option(of: "cycle", name: "stores", expected: "two or more", actual: "1")
    ) { try StoreCycle(Array(cycle.stores.prefix(1)), all).measured() }
    for method in ["bogus", "logit-matching", "local", "unsupervised"] {
      var other = cycle
      other.options.method = method
      let error = #expect(throws: WorkflowError.self) { try other.measured() }
      #expect("\(try #require(error))".contains("reduced-rank, procrustes"), "\(method)")
    }
    var random = SeededRandom(seed: 8)
    let texts = (0..<39).map { " " + TinyStores.letters(40 + $0) }
    let few = try tiny.store("few", normalMatrix(39, 4, &random), texts)
    #expect(throws: WorkflowError.tooFewTokens(pair: "a--b--few", count: 39, needed: 40)) {
      try StoreCycle(Array(cycle.stores.prefix(2)) + [few], all).measured()
    }
  }
}
