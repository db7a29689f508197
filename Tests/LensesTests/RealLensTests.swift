import Checkpoints
import Foundation
import Lenses
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct RealLensTests {
  private func model() throws -> Model? {
    try realCheckpoint("SmolLM2-135M-Instruct.Q4_1.gguf").map { try Model.load(Checkpoint.open($0)) }
  }

  @Test func atTheLastLayerTheLogitLensIsTheModel() throws {
    guard let model = try model() else { return }
    let prompt = model.tokenizer.encodeStart("The capital of France is")
    let last = model.configuration.blockCount - 1
    let state = try #require(try model.states(of: [prompt], at: [last])[last])
    let places = prompt.indices.map { SequencePosition(sequence: 0, position: $0) }
    let own = try model.logits(continuing: model.prefix([prompt], before: 0), selecting: places)
    let read = try LogitLens(model).logits(state, layer: last)
    #expect(relativeDistance(read.elements, own.elements) <= 1e-5)
    let final = read.row(read.rows - 1)
    let best = try #require(final.indices.max { final[$0] < final[$1] })
    #expect(model.tokenizer.decode([best]) == " Paris")
  }

  /// Two short texts, so that it takes seconds: the second is fitted over what the killed fit of the first has left.
  @Test func aJacobianLensThatWasKilledIsReadThrough() throws {
    guard let model = try model() else { return }
    let folder = try TemporaryFolder()
    let kept = folder.file(".blocks")
    let identity = StoreReference(name: "smollm2", identity: "sha")
    let corpus = LensCorpus(name: "two", texts: Array(LensCorpus.passages.texts.prefix(2)))
    var options = JacobianOptions()
    (options.tokens, options.skippedPositions) = (6, 1)
    func fit(_ texts: [String], in folder: String?) throws -> JacobianFit {
      try JacobianFit(
        model, identity, corpus: LensCorpus(name: "two", texts: texts), options: options, keepingIn: folder,
        toolVersion: "sextant 1.2.3")
    }
    let first = try fit([corpus.texts[0]], in: kept).run()
    let left = try FileManager.default.contentsOfDirectory(atPath: kept)
    #expect(!left.isEmpty)
    let resumed = try fit(corpus.texts, in: kept)
    let both = try resumed.run()
    resumed.removeKept()
    #expect(!FileManager.default.fileExists(atPath: kept))
    let second = try fit([corpus.texts[1]], in: nil).run()
    let mean = zip(first.matrices.elements, second.matrices.elements).map { ($0 + $1) / 2 }
    #expect(relativeDistance(both.matrices.elements, mean) <= 1e-5)
    // Read from its file; a direction goes through it as the tangents of both texts carry it.
    let path = LensStore.path(folder: folder.url.path, model: "smollm2", kind: "jacobian")
    try both.write(to: path)
    let lens = try FittedLens(LensStore.open(path), for: model, identity)
    let token = try #require(model.tokenizer.id(form: "ĠParis"))
    let direction = try lens.directions(promoting: [token], layer: 20)
    let image = try JacobianDirection.image(
      of: direction.elements, layer: 20, in: model, corpus: corpus, prompts: 2, options: options)
    #expect(relativeDistance(image.image, lens.transported(directions: direction, from: 20).elements) <= 1e-3)
    let logits = try lens.logits(directions: direction, layer: 20)
    // Along the direction that promotes a token, its logit grows by the direction's square.
    let square = direction.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(Double(logits[0, token]) - square) <= 1e-3 * square)
  }
}
