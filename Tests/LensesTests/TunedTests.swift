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

/// A ridge by numpy.
private struct GoldenRidge: Decodable {
  let x, y, testX, testY, matrix, offset: [Float]
  let width: Int
  let lambda: Double

  private func rows(_ elements: [Float]) -> Matrix<Float> {
    Matrix(rows: elements.count / width, columns: width, elements: elements)
  }
  var training: (x: Matrix<Float>, y: Matrix<Float>) { (rows(x), rows(y)) }
  var heldOut: (x: Matrix<Float>, y: Matrix<Float>) { (rows(testX), rows(testY)) }
}

@Suite struct TunedTests {
  @Test func theRidgeEqualsNumpy() throws {
    let url = try #require(
      Bundle.module.url(forResource: "ridge", withExtension: "json", subdirectory: "Golden"))
    let golden = try JSONDecoder().decode(GoldenRidge.self, from: Data(contentsOf: url))
    let start = try RidgeStart(training: golden.training, heldOut: golden.heldOut)
    #expect(start.lambda == golden.lambda)
    #expect(relativeDistance(start.map.matrix.elements, golden.matrix) <= 1e-5)
    #expect(relativeDistance(start.map.offset, golden.offset) <= 1e-5)
  }

  private func options(steps: Int) -> TunedOptions {
    var options = TunedOptions()
    (options.tokens, options.steps, options.batch) = (48, steps, 32)
    return options
  }

  private func fit(_ name: String, _ model: Model, steps: Int, in folder: String? = nil) throws -> TunedFit {
    try TunedFit(
      model, TinyModel.identity(name), prompts: 6, options: options(steps: steps), keepingIn: folder,
      toolVersion: "sextant 1.2.3")
  }

  @Test(arguments: TinyModel.names)
  func stepsGoDownFromTheRidge(_ name: String) throws {
    let model = try TinyModel.load(name)
    let record = try fit(name, model, steps: 40).run()
    let scores = try JSONDecoder().decode([TunedFit.Score].self, from: Data(record.scores.utf8))
    #expect(scores.map(\.layer) == record.layers.map(Int.init))
    for score in scores {
      #expect(score.tuned.value <= score.ridge.value, "layer \(score.layer)")
      #expect(score.bestStep > 0 || score.tuned == score.ridge)
      #expect(score.tuned.lower.map { $0 <= score.tuned.value } == true)
    }
    #expect(scores.contains { $0.bestStep > 0 && $0.tuned.value < $0.ridge.value })
    let lens = try FittedLens(record, for: model)
    #expect(lens.layers == Array(-1..<model.configuration.blockCount))
  }

  @Test func divergencesAreThoseOfTheTextbook() {
    let (p, logits) = (normal(3, 7, seed: 1), normal(3, 7, seed: 2))
    let (found, gradient) = (divergences(p, logits), divergenceGradients(p, logits))
    for row in 0..<3 {
      func softmax(_ x: [Float]) -> [Double] {
        let exponentials = x.map { exp(Double($0)) }
        return exponentials.map { $0 / exponentials.reduce(0, +) }
      }
      let (a, b) = (softmax(p.row(row)), softmax(logits.row(row)))
      #expect(abs(found[row] - zip(a, b).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }) <= 1e-5)
      for i in 0..<7 { #expect(abs(Double(gradient[row, i]) - (b[i] - a[i])) <= 1e-6) }
    }
  }

  @Test func finishedLayersAreKept() throws {
    let model = try TinyModel.load("qwen2")
    let folder = try TemporaryFolder()
    let whole = try fit("qwen2", model, steps: 5).run()
    let interrupted = try fit("qwen2", model, steps: 5, in: folder.file("kept"))
    #expect(try interrupted.run().matrices == whole.matrices)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("kept")).count == whole.layers.count)
    #expect(try interrupted.run().matrices == whole.matrices)
    interrupted.removeKept()
    #expect(!FileManager.default.fileExists(atPath: folder.file("kept")))
  }
}
