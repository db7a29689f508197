import Checkpoints
import Files
import Foundation
import Lenses
import LinearAlgebra
import Statistics
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct LensTests {
  private func record(_ model: Model, kind: String = "jacobian", identity: StoreReference) -> LensRecord {
    let (width, layers) = (model.configuration.width, model.configuration.blockCount)
    return LensRecord(
      kind: kind, model: identity, layers: (0..<layers).map { Int32($0 - 1) },
      matrices: normal(layers * width, width, seed: 2), offsets: normal(layers, width, seed: 3),
      corpus: "mine",
      corpusSHA256: LensCorpus.passages.sha256, prompts: 3, seed: 18_446_744_073_709_551_615, options: "{}",
      scores: "[]",
      toolVersion: "sextant 1.2.3", date: "2026-11-27T00:00:00Z")
  }

  @Test func aFileIsReadAsItWasWritten() throws {
    let (folder, model) = (try TemporaryFolder(), try TinyModel.load("llama"))
    let identity = TinyModel.identity("llama")
    let path = LensStore.path(folder: folder.url.path, model: "llama", kind: "jacobian")
    #expect(path.hasSuffix("/llama.jacobian.lens.h5"))
    let written = record(model, identity: identity)
    try written.write(to: path)
    let store = try LensStore.open(path)
    #expect(store.record == written)
    try StoreFile.verify(path)
    #expect(throws: StoreError.exists(path: path)) { try written.write(to: path) }
    try StoreFile.convert(path, to: folder.file("again.lens.h5"))
    #expect(try LensStore.open(folder.file("again.lens.h5")).identity == store.identity)
    #expect("\(try StoreFile.inspect(path))".contains("sextant-lens"))
    // A byte that has changed is found.
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: folder.file("damaged.lens.h5")))
    #expect(throws: StoreError.self) { try StoreFile.verify(folder.file("damaged.lens.h5")) }
  }

  @Test func aLensOfAnotherModelIsRefused() throws {
    let (folder, model) = (try TemporaryFolder(), try TinyModel.load("llama"))
    try record(model, identity: TinyModel.identity("other")).write(to: folder.file("a.lens.h5"))
    let store = try LensStore.open(folder.file("a.lens.h5"))
    do {
      _ = try FittedLens(store, for: model, TinyModel.identity("llama"))
      Issue.record("read a lens of another model")
    } catch let error as StoreError {
      #expect(error.kind == .misfit && "\(error)".contains("other"))
    }
    #expect(throws: LensError.self) {
      _ = try FittedLens(record(model, kind: "spectacles", identity: TinyModel.identity("llama")), for: model)
    }
    let gemma = try TinyModel.load("gemma3")
    #expect(throws: LensError.self) {
      _ = try FittedLens(record(gemma, identity: TinyModel.identity("llama")), for: model)
    }
  }

  @Test func layersOfOneDirectionATokenStandForEachOther() throws {
    let model = try TinyModel.load("llama")
    let lens = LogitLens(model)
    let last = try #require(lens.layers.last)
    #expect(lens.layersOfDirections == [last])
    for layer in lens.layers {
      #expect(
        try lens.directions(promoting: [5, 9], layer: layer)
          == lens.directions(promoting: [5, 9], layer: last))
    }
    let fitted = try FittedLens(record(model, identity: TinyModel.identity("llama")), for: model)
    #expect(fitted.layersOfDirections == fitted.layers && fitted.layers.count > 1)
  }

  @Test(arguments: TinyModel.names)
  func theLogitLensAtTheLastLayerIsTheModel(_ name: String) throws {
    let model = try TinyModel.load(name)
    let tokens = [5, 9, 2, 40, 41]
    let last = model.configuration.blockCount - 1
    let states = try #require(try model.states(of: [tokens], at: [last])[last])
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    let logits = try model.forward([tokens], cache: &cache, logits: .all).logits
    #expect(
      relativeDistance(try LogitLens(model).logits(states, layer: last).elements, logits.elements) <= 1e-6)
    let reading = try LensReading(
      LogitLens(model), prompt: "abcde", layers: [last], positions: .all, count: 3)
    #expect(reading.cells.allSatisfy { $0.divergence <= 1e-5 && $0.top.count == 3 })
    #expect(
      reading.cells.allSatisfy { cell in
        zip(cell.top, cell.top.dropFirst()).allSatisfy { $0.value >= $1.value }
      })
  }

  /// The linear part is the derivative of the logits but for the norm: it orders tokens as a long step along the direction does
  /// where no bias and no cap stands between.
  @Test func directionsAreReadThroughTheLinearPart() throws {
    let model = try TinyModel.load("llama")
    let lens = try FittedLens(record(model, identity: TinyModel.identity("llama")), for: model)
    let v = normal(1, model.configuration.width, seed: 8)
    let linear = try lens.logits(directions: v, layer: 0).elements
    var far = v
    for i in far.elements.indices { far.elements[i] *= 1e6 }
    let logits = try lens.logits(far, layer: 0).elements
    // Up to the norm's factor they are proportional.
    let share =
      zip(linear, logits).reduce(0.0) { $0 + Double($1.0 * $1.1) }
      / linear.reduce(0.0) { $0 + Double($1 * $1) }
    #expect(relativeDistance(logits, linear.map { $0 * Float(share) }) <= 1e-3)
    // Rows of the lens: their product with a direction is its logit.
    let rows = try lens.directions(promoting: [3, 17], layer: 0)
    for (index, token) in [3, 17].enumerated() {
      let product = zip(rows.row(index), v.elements).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(product - linear[token]) <= 1e-3 * (1 + abs(linear[token])))
    }
  }

  @Test func randomRotationsKeepTheSpectrum() throws {
    let model = try TinyModel.load("llama")
    let lens = try FittedLens(record(model, identity: TinyModel.identity("llama")), for: model)
    let random = try RotatedLens(lens, by: RandomRotations(width: model.configuration.width, seed: 7))
    let unit = identity(model.configuration.width)
    for layer in [-1, 0, 2] {
      let own = try singularValues(of: lens.transported(directions: unit, from: layer).widened())
      let rotated = try singularValues(of: random.transported(directions: unit, from: layer).widened())
      #expect(zip(own, rotated).allSatisfy { abs($0 - $1) <= 1e-4 * own[0] })
    }
    let (v, w) = (normal(1, unit.rows, seed: 1), normal(1, unit.rows, seed: 2))
    let forwards = zip(try random.transported(directions: v, from: 0).elements, w.elements).reduce(0) {
      $0 + $1.0 * $1.1
    }
    let backwards = zip(try random.pulledBack(w, to: 0).elements, v.elements).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(forwards - backwards) <= 1e-3 * (1 + abs(forwards)))
    #expect(
      relativeDistance(
        try random.transported(directions: v, from: 0).elements,
        lens.transported(directions: v, from: 0).elements
      ) > 0.5)
  }

  @Test func layersWidthsAndPositionsThatAreNotThereAreNamed() throws {
    let model = try TinyModel.load("llama")
    let lens = LogitLens(model)
    #expect(throws: LensError.layer(3, lens: "logit", model: model.name, known: [-1, 0, 1, 2])) {
      _ = try lens.logits(normal(1, 32, seed: 1), layer: 3)
    }
    #expect(throws: LensError.width(31, expected: 32, model: model.name)) {
      _ = try lens.logits(directions: normal(1, 31, seed: 1), layer: 0)
    }
    #expect(throws: LensError.self) {
      _ = try LensReading(lens, prompt: "abc", positions: .some([-9]))
    }
    #expect(
      try LensReading(lens, prompt: "abc", layers: [0], positions: .some([-1, 0])).cells.map(\.position).last
        == 0)
  }

  @Test func textsAreReadFromLinesAndFromJSONLines() throws {
    let folder = try TemporaryFolder()
    try "one text\n\n  \nanother\n".write(toFile: folder.file("a.txt"), atomically: true, encoding: .utf8)
    #expect(try LensCorpus.load(folder.file("a.txt")).texts == ["one text", "another"])
    try "\"one\\ntext\"\n{\"text\": \"another\", \"id\": 3}\n".write(
      toFile: folder.file("a.jsonl"), atomically: true, encoding: .utf8)
    #expect(try LensCorpus.load(folder.file("a.jsonl")).texts == ["one\ntext", "another"])
    try "\"one\"\n{\"txt\": \"another\"}\n".write(
      toFile: folder.file("b.jsonl"), atomically: true, encoding: .utf8)
    #expect(throws: FileError.self) { _ = try LensCorpus.load(folder.file("b.jsonl")) }
    #expect(LensCorpus.passages.texts.count == 32 && Set(LensCorpus.passages.texts).count == 32)
    #expect(LensCorpus(name: "", texts: ["a", "b"]).sha256 != LensCorpus(name: "", texts: ["ab"]).sha256)
  }
}
