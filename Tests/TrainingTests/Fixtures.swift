import Foundation
import LinearAlgebra
import Tensors
import Testing
import Training

/// `y = W x` on random data: `Σ ½ ‖W x - y‖²`, whose gradient is `Σ (W x - y) xᵀ`.
struct LinearRegression: Trainable {
  let inputs: Matrix<Float>
  let outputs: Matrix<Float>
  let truth: Matrix<Float>
  var data = "d0"
  /// From this example on the loss is not a number.
  var broken = Int.max

  init(examples: Int = 24, inputs d: Int = 5, outputs k: Int = 3, seed: UInt64 = 11) {
    var random = SeededRandom(seed: seed)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(
        rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
    }
    inputs = matrix(examples, d)
    truth = matrix(k, d)
    outputs = multiply(inputs, truth, transposingB: true)
  }

  var identity: TrainableIdentity { TrainableIdentity(what: "a linear map", model: "", data: data) }
  var exampleCount: Int { inputs.rows }

  func initialParameters(seed: UInt64) -> ParameterSet {
    var random = SeededRandom(seed: seed)
    let map = Matrix(
      rows: truth.rows, columns: truth.columns,
      elements: truth.elements.map { _ in Float(0.1 * random.normal()) })
    return ParameterSet([
      Parameter("map", map),
      Parameter("bias", Matrix(rows: 1, columns: truth.rows, repeating: 0), isDecayed: false),
    ])
  }

  func loss(of examples: [Int], at parameters: ParameterSet) -> BatchLoss {
    let x = inputs.selecting(rows: examples)
    var error = multiply(x, parameters["map"], transposingB: true)
    let y = outputs.selecting(rows: examples)
    let bias = parameters["bias"]
    for row in 0..<error.rows {
      for column in 0..<error.columns { error[row, column] += bias[0, column] - y[row, column] }
    }
    var gradients = parameters.zeros
    gradients["map"] = multiply(error, x, transposingA: true)
    for row in 0..<error.rows {
      for column in 0..<error.columns { gradients["bias"][0, column] += error[row, column] }
    }
    let total = error.elements.reduce(0.0) { $0 + Double($1) * Double($1) } / 2
    return BatchLoss(
      total: examples.contains { $0 >= broken } ? .nan : total, count: examples.count, gradients: gradients)
  }
}

/// Bits, so that zeros of both signs differ.
func bits(_ set: ParameterSet) -> [[UInt32]] { set.parameters.map { $0.values.elements.map(\.bitPattern) } }

func bits(_ state: TrainingState) -> [[UInt32]] {
  bits(state.parameters) + bits(state.moments.first) + bits(state.moments.second)
    + [state.curve.map(\.loss.bitPattern), state.curve.map(\.gradientNorm.bitPattern)]
}
