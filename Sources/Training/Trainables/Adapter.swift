internal import Foundation
internal import LinearAlgebra
public import Tensors
internal import Transformers

/// A map from the vectors of a domain to K pseudo-tokens of a model, each as long as the model's tokens are.
///
/// ```
/// linear      u = W x + b                       W [K d_model x d]
/// two layers  u = W₂ f(W₁ x + b₁) + b₂          f(z) = z / (1 + e^-z), W₁ [hidden x d], W₂ [K d_model x hidden]
/// out         t_k = r u_k / ‖u_k‖
/// ```
/// The adapter of Embedding Language Models (Tennenholtz et al. 2024), with the norm r fixed to that of the model's token rows:
/// pseudo-tokens of other norms are what the model has never read. O(d · K · d_model) a vector, or `(d + K · d_model) · hidden`.
public struct Adapter: Sendable, Equatable {
  /// The map's layers.
  public enum Layers: Sendable, Equatable {
    case linear
    case two(hidden: Int)
  }

  public let layers: Layers
  /// d, the width of the domain's vectors.
  public let inputWidth: Int
  /// K.
  public let tokenCount: Int
  /// d_model.
  public let modelWidth: Int
  /// r, in the units of the residual stream that enters block 0.
  public let norm: Float

  public init(_ layers: Layers, inputWidth: Int, tokenCount: Int, modelWidth: Int, norm: Float) {
    precondition(
      inputWidth > 0 && tokenCount > 0 && modelWidth > 0 && norm > 0,
      "an adapter of \(inputWidth) to \(tokenCount) x \(modelWidth), norm \(norm)")
    (self.layers, self.inputWidth, self.tokenCount) = (layers, inputWidth, tokenCount)
    (self.modelWidth, self.norm) = (modelWidth, norm)
  }

  /// Weights from N(0, 1 / inputs of the layer), biases 0.
  public func initialParameters(seed: UInt64) -> ParameterSet {
    var random = SeededRandom(seed: seed)
    func weights(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      let scale = 1 / Double(columns).squareRoot()
      return Matrix(
        rows: rows, columns: columns,
        elements: (0..<rows * columns).map { _ in Float(scale * random.normal()) })
    }
    func bias(_ count: Int) -> Matrix<Float> { Matrix(rows: 1, columns: count, repeating: 0) }
    let outputs = tokenCount * modelWidth
    switch layers {
    case .linear:
      return ParameterSet([
        Parameter("weight", weights(outputs, inputWidth)),
        Parameter("bias", bias(outputs), isDecayed: false),
      ])
    case .two(let hidden):
      return ParameterSet([
        Parameter("weight.1", weights(hidden, inputWidth)),
        Parameter("bias.1", bias(hidden), isDecayed: false),
        Parameter("weight.2", weights(outputs, hidden)), Parameter("bias.2", bias(outputs), isDecayed: false),
      ])
    }
  }

  /// The pseudo-tokens of some vectors.
  ///
  /// - Parameter inputs: `[n x d]`.
  /// - Returns: `[n · K x d_model]`, vector after vector.
  public func pseudoTokens(of inputs: Matrix<Float>, at parameters: ParameterSet) -> Matrix<Float> {
    forward(inputs, parameters).tokens
  }

  /// What the second of two layers reads, `f(W₁ x + b₁)`: `[n x hidden]`.
  /// - Precondition: two layers.
  package func features(of inputs: Matrix<Float>, at parameters: ParameterSet) -> Matrix<Float> {
    affine(inputs, parameters["weight.1"], parameters["bias.1"]).mapped { $0 * sigmoid($0) }
  }

  // MARK: - Forward and back

  /// What the way back needs.
  struct Trace {
    /// z of the first layer; nil where there is one layer only.
    let inner: Matrix<Float>?
    /// u, `[n · K x d_model]`.
    let outputs: Matrix<Float>
    /// t.
    let tokens: Matrix<Float>
  }

  func forward(_ inputs: Matrix<Float>, _ parameters: ParameterSet) -> Trace {
    precondition(inputs.columns == inputWidth, "vectors of \(inputs.columns) for an adapter of \(inputWidth)")
    var inner: Matrix<Float>?
    var outputs: Matrix<Float>
    switch layers {
    case .linear: outputs = affine(inputs, parameters["weight"], parameters["bias"])
    case .two:
      let z = affine(inputs, parameters["weight.1"], parameters["bias.1"])
      inner = z
      outputs = affine(z.mapped { $0 * sigmoid($0) }, parameters["weight.2"], parameters["bias.2"])
    }
    outputs = Matrix(rows: inputs.rows * tokenCount, columns: modelWidth, elements: outputs.elements)
    return Trace(inner: inner, outputs: outputs, tokens: outputs.scalingRows(toNorm: norm))
  }

  /// The gradient in the parameters of cotangents of the pseudo-tokens.
  func gradients(
    _ cotangents: Matrix<Float>, _ trace: Trace, _ inputs: Matrix<Float>, _ parameters: ParameterSet
  ) -> ParameterSet {
    var gradients = parameters.zeros
    let outputs = trace.outputs.pullbackOfScaling(cotangents, norm: norm)
    let du = Matrix(rows: inputs.rows, columns: tokenCount * modelWidth, elements: outputs.elements)
    switch layers {
    case .linear:
      gradients["weight"] = multiply(du, inputs, transposingA: true)
      gradients["bias"] = du.columnSums
    case .two:
      guard let z = trace.inner else { return gradients }
      let bent = z.mapped { $0 * sigmoid($0) }
      gradients["weight.2"] = multiply(du, bent, transposingA: true)
      gradients["bias.2"] = du.columnSums
      var dz = multiply(du, parameters["weight.2"])
      for index in dz.elements.indices {
        let s = sigmoid(z.elements[index])
        dz.elements[index] *= s * (1 + z.elements[index] * (1 - s))
      }
      gradients["weight.1"] = multiply(dz, inputs, transposingA: true)
      gradients["bias.1"] = dz.columnSums
    }
    return gradients
  }
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

/// `x Wᵀ + b`.
private func affine(_ x: Matrix<Float>, _ weight: Matrix<Float>, _ bias: Matrix<Float>) -> Matrix<Float> {
  var y = multiply(x, weight, transposingB: true)
  y.addToRows(bias.elements)
  return y
}

extension Matrix<Float> {
  fileprivate func mapped(_ f: (Float) -> Float) -> Matrix<Float> {
    Matrix(rows: rows, columns: columns, elements: elements.map(f))
  }

  /// `[1 x columns]`.
  fileprivate var columnSums: Matrix<Float> {
    var sums = Matrix(rows: 1, columns: columns, repeating: 0)
    for row in 0..<rows { for column in 0..<columns { sums[0, column] += self[row, column] } }
    return sums
  }

  /// `r u / ‖u‖` of every row; a zero row stays zero.
  fileprivate func scalingRows(toNorm norm: Float) -> Matrix<Float> {
    var scaled = self
    for row in 0..<rows {
      let factor = norm * inverseNorm(ofRow: row)
      for index in range(ofRow: row) { scaled.elements[index] *= factor }
    }
    return scaled
  }

  /// Cotangents of ``scalingRows(toNorm:)`` to those of its rows u: `(r / ‖u‖) (d - û (û · d))`.
  fileprivate func pullbackOfScaling(_ cotangents: Matrix<Float>, norm: Float) -> Matrix<Float> {
    var result = cotangents
    for row in 0..<rows {
      let inverse = inverseNorm(ofRow: row)
      let along = dot(
        elements.span.extracting(range(ofRow: row)), cotangents.elements.span.extracting(range(ofRow: row)))
      for index in range(ofRow: row) {
        result.elements[index] =
          norm * inverse * (cotangents.elements[index] - elements[index] * along * inverse * inverse)
      }
    }
    return result
  }

  /// 0 for a zero row.
  private func inverseNorm(ofRow row: Int) -> Float {
    let values = elements.span.extracting(range(ofRow: row))
    let square = dot(values, values)
    return square > 0 ? 1 / square.squareRoot() : 0
  }
}
