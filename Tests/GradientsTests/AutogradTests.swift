import Checkpoints
import Foundation
import Gradients
import Tensors
import TestSupport
import Testing
import Transformers

/// Gradients of the tiny models as torch's autograd has them.
@Suite struct AutogradTests {
  private struct Golden: Decodable {
    let tokens: [Int]
    /// Cotangents of the stream entering a block, for w[t, i] = sin(0.7 t + 1.3 i).
    let pulled: [String: [Double]]
    let loss: Double
    let gradients: [String: [Double]]
  }

  private func golden(_ name: String) throws -> Golden {
    let file = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  @Test(arguments: TinyModel.names) func cotangentsEqualTorch(_ name: String) throws {
    let golden = try golden(name)
    let model = try TinyModel.load(name)
    let tape = try model.tape([golden.tokens])
    let width = model.configuration.width
    let w = Matrix(
      rows: golden.tokens.count, columns: width,
      elements: golden.tokens.indices.flatMap { t in
        (0..<width).map { i in sin(0.7 * Float(t) + 1.3 * Float(i)) }
      })
    #expect(golden.pulled.count == 2)
    for (block, expected) in golden.pulled {
      let found = try model.pullback(w, through: tape, to: try #require(Int(block)))
      #expect(relativeDistance(found.elements, expected) <= 1e-4, "block \(block)")
    }
  }

  @Test(arguments: TinyModel.names) func weightGradientsEqualTorch(_ name: String) throws {
    let golden = try golden(name)
    let model = try TinyModel.load(name)
    let wanted = model.weights.filter { golden.gradients.keys.contains($0.name) }
    #expect(wanted.count == golden.gradients.count && wanted.count >= 8)
    let targets = golden.tokens.indices.dropLast().map {
      (place: SequencePosition(sequence: 0, position: $0), token: golden.tokens[$0 + 1])
    }
    let (loss, gradients) = try model.lossGradients(
      of: [golden.tokens], targets: targets, Set(wanted))
    #expect(abs(loss - golden.loss) <= 1e-5)
    for weight in wanted {
      let found = try #require(gradients[weight])
      let expected = try #require(golden.gradients[weight.name])
      // A bias of keys moves no attention: its gradient is rounding in both.
      let size = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard size > 1e-6 else {
        #expect(product(found, found).squareRoot() <= 1e-5, "\(weight.name)")
        continue
      }
      #expect(relativeDistance(found.elements, expected) <= 1e-4, "\(weight.name)")
    }
  }
}
