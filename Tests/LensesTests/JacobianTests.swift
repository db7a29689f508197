import Checkpoints
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

@Suite struct JacobianTests {
  @Test(arguments: TinyModel.names)
  func jacobiansAndReadingsEqualTransformerLens(_ name: String) throws {
    let (golden, model) = (try GoldenLens.load(name), try TinyModel.load(name))
    let record = try golden.fit(name, model).run()
    let width = model.configuration.width
    #expect(record.layers.map(Int.init) == [-1] + golden.layers)
    for (index, layer) in golden.layers.enumerated() {
      let own = record.matrices.elements[(index + 1) * width * width..<(index + 2) * width * width]
      #expect(relativeDistance(own, golden.jacobians[index]) <= 1e-4, "layer \(layer)")
    }
    let lens = try FittedLens(record, for: model)
    let states = try model.states(of: [golden.prompts[0]], at: lens.layers)
    for (index, layer) in golden.layers.enumerated() {
      let state = try #require(states[layer])
      let last = state.selecting(rows: [state.rows - 1])
      #expect(
        relativeDistance(try lens.logits(last, layer: layer).elements, golden.jacobianLogits[index]) <= 1e-4)
      #expect(
        relativeDistance(try LogitLens(model).logits(last, layer: layer).elements, golden.logitLogits[index])
          <= 1e-4)
    }
  }

  @Test(arguments: TinyModel.names)
  func oneDirectionByOnePassIsTheFittedLens(_ name: String) throws {
    let model = try TinyModel.load(name)
    let corpus = LensCorpus(name: "two", texts: Array(LensCorpus.passages.texts.prefix(2)))
    let options: JacobianOptions = {
      var options = JacobianOptions()
      options.tokens = 40
      return options
    }()
    let lens = try FittedLens(
      JacobianFit(
        model, TinyModel.identity(name), corpus: corpus, options: options, toolVersion: "sextant 1.2.3"
      ).run(), for: model)
    let v = normal(1, model.configuration.width, seed: 4)
    for layer in lens.layers {
      let image = try JacobianDirection.image(
        of: v.elements, layer: layer, in: model, corpus: corpus, prompts: 2, options: options)
      #expect(relativeDistance(image.image, lens.transported(directions: v, from: layer).elements) <= 1e-4)
      let back = try JacobianDirection.pulledBack(
        v.elements, layer: layer, in: model, corpus: corpus, prompts: 2, options: options)
      #expect(relativeDistance(back.image, lens.pulledBack(v, to: layer).elements) <= 1e-4)
      #expect(image.perPrompt.rows == 2)
      #expect(image.relativeError.map { layer == lens.layers.last ? $0 == 0 : $0 > 0 } == true)
    }
  }

  @Test func aFitThatWasKilledGoesOnWhereItWas() throws {
    let (golden, model) = (try GoldenLens.load("llama"), try TinyModel.load("llama"))
    let folder = try TemporaryFolder()
    let kept = folder.file(".blocks")
    let whole = try golden.fit("llama", model).run()
    // The first prompt is done, then the process is gone: nothing was removed.
    let first = try golden.fit("llama", model, prompts: 1, in: kept).run()
    #expect(first.scores.contains("norm") && !first.scores.contains("relativeError"))
    let left = try FileManager.default.contentsOfDirectory(atPath: kept)
    #expect(!left.isEmpty)
    let fit = golden.fit("llama", model, in: kept)
    let resumed = try fit.run()
    #expect(resumed.matrices == whole.matrices && resumed.scores == whole.scores)
    // Damaged files count as absent.
    for name in try FileManager.default.contentsOfDirectory(atPath: kept) {
      try Data("damaged".utf8).write(to: URL(filePath: kept + "/" + name))
    }
    #expect(try fit.run().matrices == whole.matrices)
    fit.removeKept()
    #expect(!FileManager.default.fileExists(atPath: kept))
  }

  @Test func theStandardErrorIsThatOfTheMeanOverPrompts() throws {
    var mean = RunningMean(layers: 1, width: 2)
    let draws = (0..<4).map { normal(2, 2, seed: UInt64($0)).elements }
    for draw in draws { mean.add(draw) }
    let average = (0..<4).map { i in draws.reduce(0.0) { $0 + Double($1[i]) } / 4 }
    let squares = draws.reduce(0.0) { sum, draw in
      sum + zip(draw, average).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    }
    let norm = average.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs((mean.relativeError(of: 0) ?? 0) - (squares / 12).squareRoot() / norm) <= 1e-6)
  }

  @Test func shortTextsAreNamed() throws {
    let model = try TinyModel.load("llama")
    let corpus = LensCorpus(name: "mine", texts: [LensCorpus.passages.texts[0], "too short"])
    #expect(
      throws: LensError.shortPrompt(
        corpus: "mine", prompt: 1, tokens: model.tokenizer.encode("too short").count, needed: 19,
        what: "a Jacobian lens that leaves out 17 positions")
    ) { _ = try JacobianFit(model, TinyModel.identity("llama"), corpus: corpus, toolVersion: "") }
    #expect(throws: LensError.fewPrompts(corpus: "mine", count: 2, needed: 3)) {
      _ = try JacobianFit(model, TinyModel.identity("llama"), corpus: corpus, prompts: 3, toolVersion: "")
    }
  }
}
