internal import Checkpoints
internal import LinearAlgebra
public import Tensors
public import Transformers

/// The null of a lens: its maps between random rotations, `Q₁ M_l Q₂`, of the same singular values, that know nothing of the model.
///
/// Q₁ and Q₂ are uniform (Haar) on the orthogonal matrices, one pair for all layers: the eigenvectors of random symmetric Gaussian
/// matrices with random signs. What such a lens reads is what a map of that spectrum reads by chance. Two decompositions of d³.
public struct RotatedLens: Lens {
  private let lens: any Lens
  /// Q₁ᵀ and Q₂ᵀ, for rows.
  private let after: Matrix<Float>
  private let before: Matrix<Float>

  /// - Throws: `LinearAlgebraError`.
  public init(_ lens: any Lens, seed: UInt64) throws {
    self.lens = lens
    var random = SeededRandom(seed: seed)
    after = try Self.rotation(lens.model.configuration.width, &random)
    before = try Self.rotation(lens.model.configuration.width, &random)
  }

  public var name: String { "random " + lens.name }
  public var model: Model { lens.model }
  public var layers: [Int] { lens.layers }

  /// States of a layer, carried to the final residual stream: `[rows x d_model]`.
  public func transported(_ states: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    multiply(try lens.transported(multiply(states, before), from: layer), after)
  }

  /// Directions of a layer, carried by the linear part.
  public func transported(directions: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    multiply(try lens.transported(directions: multiply(directions, before), from: layer), after)
  }

  /// Covectors of the final residual stream, taken back to a layer.
  public func pulledBack(_ covectors: Matrix<Float>, to layer: Int) throws -> Matrix<Float> {
    multiply(
      try lens.pulledBack(multiply(covectors, after, transposingB: true), to: layer), before,
      transposingB: true)
  }

  private static func rotation(_ width: Int, _ random: inout SeededRandom) throws -> Matrix<Float> {
    var symmetric = Matrix<Double>(rows: width, columns: width, repeating: 0)
    for i in 0..<width {
      for j in 0...i {
        symmetric[i, j] = random.normal() * (i == j ? 2.0.squareRoot() : 1)
        symmetric[j, i] = symmetric[i, j]
      }
    }
    var vectors = try symmetricEigen(symmetric).vectors
    for row in 0..<width where random.next() & 1 == 1 {
      for column in 0..<width { vectors[row, column] *= -1 }
    }
    return vectors.narrowed()
  }
}
