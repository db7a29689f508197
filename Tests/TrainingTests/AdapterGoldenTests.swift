import Checkpoints
import Foundation
import Tensors
import Testing
import Training
import Transformers

/// Losses and gradients of adapters and low-rank updates as torch's autograd has them (Golden/generate_adapter.py).
@Suite struct AdapterGoldenTests {
  private struct Golden: Decodable, CustomTestStringConvertible {
    let model: String
    let tokens: Int
    let hidden: Int
    let loss: Double
    let gradients: [String: [Double]]

    var testDescription: String { "\(model), K = \(tokens), hidden \(hidden)" }
  }

  private static let golden: [Golden] = {
    guard let file = Bundle.module.url(forResource: "adapter", withExtension: "json", subdirectory: "Golden"),
      let cases = try? JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    else { return [] }
    return cases
  }()

  /// scale · sin(0.37 i + phase) at place i, row by row.
  private func wave(_ rows: Int, _ columns: Int, _ phase: Double, _ scale: Double) -> Matrix<Float> {
    Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { Float(scale * sin(0.37 * Double($0) + phase)) })
  }

  @Test func everyFamilyIsThere() { #expect(Self.golden.count == 9) }

  @Test(arguments: golden) private func gradientsEqualTorch(_ golden: Golden) throws {
    let plain = try tinyModel(golden.model).addingLowRank(
      to: [.query, .key, .value], rank: 2, alpha: 3, seed: 1)
    let factors = try plain.lowRankWeights.map { weight in
      let values = try plain.values(of: weight)
      let block = try #require(Double(weight.name.split(separator: ".")[1]))
      let phase = weight.name.hasSuffix("lora_a") ? 0.5 : 0.7
      return (weight, wave(values.rows, values.columns, phase + block, 0.2))
    }
    let model = try plain.replacing(Dictionary(uniqueKeysWithValues: factors))
    let width = model.configuration.width
    let adapter = Adapter(
      golden.hidden == 0 ? .linear : .two(hidden: golden.hidden), inputWidth: 5, tokenCount: golden.tokens,
      modelWidth: width, norm: 2.5)
    let outputs = golden.tokens * width
    let start =
      golden.hidden == 0
      ? [Parameter("weight", wave(outputs, 5, 0.1, 0.6)), Parameter("bias", wave(1, outputs, 0.2, 0.3))]
      : [
        Parameter("weight.1", wave(golden.hidden, 5, 0.1, 0.6)),
        Parameter("bias.1", wave(1, golden.hidden, 0.2, 0.3)),
        Parameter("weight.2", wave(outputs, golden.hidden, 0.3, 0.5)),
        Parameter("bias.2", wave(1, outputs, 0.4, 0.2)),
      ]
    let training = AdapterTraining(
      adapter, startingFrom: ParameterSet(start), weights: model.lowRankWeights, for: model, modelHash: "",
      inputs: wave(3, 5, 0.9, 1.3),
      examples: [
        .init(
          [.tokens([5, 9]), .vector(2), .tokens([7, 11]), .vector(0), .tokens([3])], target: [3, 8, 0]),
        .init([.tokens([4, 6, 20])], target: [2, 2]),
        .init([.tokens([13]), .vector(1)], target: [1, 40, 41, 0]),
      ])
    let found = try training.loss(of: [0, 1, 2], at: training.initialParameters(seed: 1))
    #expect(found.count == 9)
    #expect(abs(found.total - golden.loss) <= 1e-5 * golden.loss)
    // Two factors of three layers in the first block, and the adapter.
    #expect(golden.gradients.count == 6 + start.count)
    for (name, expected) in golden.gradients {
      let own = found.gradients[name].elements
      try #require(own.count == expected.count, "\(name)")
      let size = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let error = zip(own, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        .squareRoot()
      #expect(size > 1e-4 && error <= 1e-4 * size, "\(name): \(error) of \(size)")
    }
  }
}
