internal import Tensors

/// Adam with decoupled weight decay (Kingma, Ba 2015; Loshchilov, Hutter 2019, algorithm 2).
///
/// With the gradient g of step t = 1, 2, … and the learning rate η of that step:
/// ```
/// m ← β₁ m + (1 - β₁) g          v ← β₂ v + (1 - β₂) g²
/// θ ← θ - η λ θ - η · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
/// ```
/// As `torch.optim.AdamW`; the decay does not pass through the moments. λ acts on parameters that are decayed alone
/// (``Parameter/isDecayed``). Numbers and moments are f32, factors are Double; element by element, so the bits depend on nothing
/// but the input. O(parameters) time; two numbers of state a parameter.
public struct AdamW: Sendable, Equatable, Codable {
  /// β₁, in [0, 1): larger values average the gradient over more steps.
  public var beta1 = 0.9
  /// β₂, in [0, 1): larger values average its square over more steps.
  public var beta2 = 0.999
  /// ε, above 0: larger values slow parameters of small gradients.
  public var epsilon = 1e-8
  /// λ, 0 or more: larger values pull harder towards zero.
  public var weightDecay = 0.01

  public init() {}

  /// The averages that a step needs of those before it.
  public struct Moments: Sendable, Equatable {
    /// m.
    public internal(set) var first: ParameterSet
    /// v.
    public internal(set) var second: ParameterSet

    /// Those before the first step.
    public init(for parameters: ParameterSet) {
      (first, second) = (parameters.zeros, parameters.zeros)
    }

    init(first: ParameterSet, second: ParameterSet) { (self.first, self.second) = (first, second) }
  }

  /// One step, in place.
  ///
  /// - Parameters:
  ///   - step: t, from 1.
  ///   - learningRate: η.
  /// - Precondition: gradients and moments have the parameters' names and shapes.
  public func update(
    _ parameters: inout ParameterSet, by gradients: ParameterSet, _ moments: inout Moments, step: Int,
    learningRate: Double
  ) {
    precondition(step >= 1, "steps count from 1, got \(step)")
    parameters.requireSameShapes(gradients)
    parameters.requireSameShapes(moments.first)
    parameters.requireSameShapes(moments.second)
    let rate = Float(learningRate / (1 - power(beta1, step)))
    let root = Float((1 - power(beta2, step)).squareRoot())
    let (b1, b2) = (Float(beta1), Float(beta2))
    let (c1, c2) = (Float(1 - beta1), Float(1 - beta2))
    let floor = Float(epsilon)
    for (index, parameter) in gradients.parameters.enumerated() {
      let kept = parameters.parameters[index].isDecayed ? Float(1 - learningRate * weightDecay) : 1
      let g = parameter.values.elements.span
      parameters.update(index) { theta in
        moments.first.update(index) { m in
          moments.second.update(index) { v in
            for i in g.indices {
              m[i] = b1 * m[i] + c1 * g[i]
              v[i] = b2 * v[i] + c2 * (g[i] * g[i])
              theta[i] = kept * theta[i] - rate * m[i] / (v[i].squareRoot() / root + floor)
            }
          }
        }
      }
    }
  }
}

/// `xⁿ` by repeated squares: the same bits on every machine.
private func power(_ x: Double, _ n: Int) -> Double {
  var (result, square, rest) = (1.0, x, n)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
