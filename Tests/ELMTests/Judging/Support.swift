import Domains
import ELM
import Files
import Stores
import Tensors
import Testing

/// Four words on two axes, in the order of their frequency, as a recipe would make them.
func fourWords(recipe: String = "wordnet-glove: the 4 most frequent words at most") -> Domain {
  Domain(
    name: "four", recipe: recipe, sources: [.init(name: "none", sha256: "00", licence: "free")],
    names: ["king", "queen", "man", "woman"],
    vectors: Matrix(rows: 4, columns: 2, elements: [3, 1, 1, 3, 3, -1, -1, 3]),
    fields: [
      .init("gloss", [["a male ruler"], ["a female ruler"], ["an adult male"], ["an adult female"]]),
      .init("kind", [["ruler"], ["ruler"], ["person"], ["person"]]),
    ], toolVersion: "test", date: "2026-01-01T00:00:00Z")
}

/// Items 0, 1, … around a circle, in `wordnet-glove`'s manner.
func circle(_ count: Int, recipe: String = "wordnet-glove: words", width: Int = 2) -> Domain {
  var random = SeededRandom(seed: 5)
  let vectors = (0..<count * width).map { _ in Float(random.normal()) }
  return Domain(
    name: "cloud", recipe: recipe, sources: [.init(name: "none", sha256: "00", licence: "free")],
    names: (0..<count).map { "w\($0)" }, vectors: Matrix(rows: count, columns: width, elements: vectors),
    fields: [
      .init("gloss", (0..<count).map { ["number \($0) after w\(($0 + count - 1) % count)"] }),
      .init("kind", (0..<count).map { [$0 % 2 == 0 ? "even" : "odd", "number"] }),
      .init("place", (0..<count).map { $0 == 0 ? ["home"] : [] }),
    ], toolVersion: "test", date: "2026-01-01T00:00:00Z")
}

func isNear(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
  a.map { abs($0 - b) <= tolerance } ?? false
}

/// What a body throws, as it is told; nothing, with an issue, where it throws none.
func said<Value>(_ body: () throws -> Value) -> String {
  do {
    _ = try body()
    Issue.record("no error")
    return ""
  } catch {
    return "\(error)"
  }
}
