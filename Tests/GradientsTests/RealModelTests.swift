import Checkpoints
import Foundation
import Gradients
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct RealModelTests {
  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func derivativesEqualCentralDifferences(_ file: String) throws {
    guard let path = realCheckpoint(file) else { return }
    let model = try Model.load(Checkpoint.open(path))
    let text = model.tokenizer.encode("The capital of France is Paris, and the river there is the Seine")
    let tape = try model.tape([text])
    // Sums over the last four blocks: through all of them f32 leaves no digits of a difference.
    let block = model.configuration.blockCount - 4
    let states = tape.states[block]
    let w = normal(states.rows, states.columns, seed: 2)
    // Each row moves by its own measure: the first one's stream is many times as long as the others.
    var v = normal(states.rows, states.columns, seed: 1)
    for row in 0..<states.rows {
      let norm = states.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<states.columns { v[row, column] *= norm / Float(states.columns).squareRoot() }
    }
    let forth = try model.pushforward(v, through: tape, from: block)
    let back = try model.pullback(w, through: tape, to: block)
    let (left, right) = (product(forth, w), product(v, back))
    let size = (product(forth, forth) * product(w, w)).squareRoot()
    #expect(abs(left - right) <= 1e-5 * size)
    func moved(_ factor: Float) throws -> Matrix<Float> {
      var x = states
      for i in x.elements.indices { x.elements[i] += factor * v.elements[i] }
      return try model.tape(entering: block, states: x, lengths: tape.lengths).finalStates
    }
    func difference(_ step: Float) throws -> [Float] {
      zip(try moved(step).elements, try moved(-step).elements).map { ($0 - $1) / (2 * step) }
    }
    // Richardson: f32 allows no step whose error of second order is small.
    let extrapolated = zip(try difference(5e-4), try difference(1e-3)).map { (4 * $0 - $1) / 3 }
    #expect(relativeDistance(extrapolated, forth.elements) <= 1e-3)
  }
}
