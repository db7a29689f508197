import Checkpoints
import Tensors
import TestSupport
import Testing
import Training
import Transformers

/// One batch of a run, of which the same inputs are left out each time.
private struct OneBatch: Trainable {
  let inner: AdapterTraining
  let batch: Int

  var identity: TrainableIdentity { inner.identity }
  var exampleCount: Int { inner.exampleCount }

  func initialParameters(seed: UInt64) throws -> ParameterSet { try inner.initialParameters(seed: seed) }

  func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    try inner.loss(of: examples, at: parameters, batch: batch)
  }
}

@Suite struct LowRankDropoutTests {
  private func training(_ rate: Float, seed: UInt64 = 1, family: String = "qwen2") throws -> AdapterTraining {
    let plain = try tinyModel(family).addingLowRank(
      to: [.query, .value, .down], rank: 2, alpha: 3, seed: 4)
    var random = SeededRandom(seed: 12)
    // B is not zero, so that A has a gradient.
    let model = try plain.replacing(
      Dictionary(
        uniqueKeysWithValues: plain.lowRankWeights.map { weight in
          let values = try plain.values(of: weight)
          let own = normalMatrix(values.rows, values.columns, &random).elements.map { 0.1 * $0 }
          return (weight, Matrix(rows: values.rows, columns: values.columns, elements: own))
        }))
    let adapter = Adapter(
      .linear, inputWidth: 4, tokenCount: 2, modelWidth: plain.configuration.width,
      norm: plain.medianTokenNorm)
    return AdapterTraining(
      adapter, weights: model.lowRankWeights, dropout: LowRankDropout(rate: rate, seed: seed), for: model,
      modelHash: "", inputs: normalMatrix(3, 4, &random),
      examples: [
        .init([.vector(2), .tokens([5, 9]), .vector(0), .tokens([7])], target: [3, 8, 0]),
        .init([.tokens([4, 6])], target: [2, 2]),
        .init([.tokens([11]), .vector(1)], target: [1, 40, 41, 0]),
      ])
  }

  /// As many are left out as asked for, the others made up for; rows and seeds draw others.
  @Test(arguments: [Float(0.05), 0.3, 0.9], [99, 100]) func inputsAreLeftOut(rate: Float, width: Int) {
    let ones = Matrix<Float>(rows: 300, columns: width, repeating: 1)
    let masked = LowRankDropout(rate: rate, seed: 7).masked(ones)
    let left = masked.elements.count { $0 == 0 }
    let expected = Double(rate) * Double(masked.elements.count)
    #expect(abs(Double(left) - expected) < 4 * (expected * Double(1 - rate)).squareRoot())
    #expect(masked.elements.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-5 })
    #expect(LowRankDropout(rate: rate, seed: 7).masked(ones) == masked)
    #expect(LowRankDropout(rate: rate, seed: 8).masked(ones) != masked)
    #expect(Set((0..<300).map { masked.row($0).map { $0 == 0 } }).count > 250 || rate < 0.1)
    // Each column is left out now and then.
    #expect((0..<width).allSatisfy { column in (0..<300).contains { masked[$0, column] == 0 } })
  }

  @Test(arguments: ["llama", "qwen2", "gemma3"]) func gradientsAreCentralDifferences(_ family: String) throws
  {
    let batch = OneBatch(inner: try training(0.4, family: family), batch: 3)
    #expect(try gradientError(batch, examples: [0, 1, 2], step: 0.01) < 0.05)
  }

  /// Batches draw others, known from their number; the loss that is told of without a batch leaves out nothing.
  @Test func batchesDrawAnew() throws {
    let (some, none) = (try training(0.4), try training(0))
    let parameters = try some.initialParameters(seed: 1)
    func loss(_ training: AdapterTraining, _ batch: Int) throws -> BatchLoss {
      try training.loss(of: [0, 1, 2], at: parameters, batch: batch)
    }
    let whole = try some.loss(of: [0, 1, 2], at: parameters)
    #expect(try loss(none, 5).total == whole.total && loss(none, 5).gradients == whole.gradients)
    let totals = try (0..<6).map { try loss(some, $0).total }
    #expect(Set(totals + [whole.total]).count == 7)
    #expect(try loss(some, 4).gradients == loss(some, 4).gradients)
    #expect(try loss(training(0.4, seed: 2), 4).total != totals[4])
    #expect(some.identity.what.contains("dropout 0.4") && !none.identity.what.contains("dropout"))
  }
}
