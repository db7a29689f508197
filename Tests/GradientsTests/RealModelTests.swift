import Checkpoints
import Foundation
import Gradients
import Tensors
import Testing
import Transformers

@Suite struct RealModelTests {
  private static let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"]

  /// The model's file, or `nil` with a message that nothing was tested.
  private func path(_ file: String) -> String? {
    let path = Self.folder.map { $0 + "/" + file }
    if let path, FileManager.default.fileExists(atPath: path) { return path }
    print("SKIPPED, NOT TESTED: \(file): set SEXTANT_MODELS to a folder that holds it")
    return nil
  }

  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func derivativesEqualCentralDifferences(_ file: String) throws {
    guard let path = path(file) else { return }
    let model = try Model.load(Checkpoint.open(path))
    let text = model.tokenizer.encode("The capital of France is Paris, and the river there is the Seine")
    let tape = try model.tape([text])
    // Sums over the last four blocks: through all of them f32 leaves no digits of a difference.
    let block = model.configuration.blockCount - 4
    let states = tape.states[block]
    let (v, w) = (
      normal(states.rows, states.columns, seed: 1), normal(states.rows, states.columns, seed: 2)
    )
    let forth = try model.pushforward(v, through: tape, from: block)
    let back = try model.pullback(w, through: tape, to: block)
    let (left, right) = (product(forth, w), product(v, back))
    let size = (product(forth, forth) * product(w, w)).squareRoot()
    #expect(abs(left - right) <= 1e-5 * size)
    let step = Float(0.01 * (product(states, states) / product(v, v)).squareRoot())
    func moved(_ factor: Float) throws -> Matrix<Float> {
      var x = states
      for i in x.elements.indices { x.elements[i] += factor * v.elements[i] }
      return try model.tape(entering: block, states: x, lengths: tape.lengths).finalStates
    }
    let (above, below) = (try moved(step), try moved(-step))
    var difference = above
    for i in difference.elements.indices {
      difference.elements[i] = (above.elements[i] - below.elements[i]) / (2 * step)
    }
    #expect(relativeDistance(difference, forth) <= 0.02)
  }
}
