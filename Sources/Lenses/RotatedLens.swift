internal import Checkpoints
internal import LinearAlgebra
public import Tensors
public import Transformers

/// The null of a lens: its maps between random rotations, `Q₁ M_l Q₂`, of the same singular values, that know nothing of the model.
///
/// What such a lens reads is what a map of that spectrum reads by chance. One pair of rotations for all layers.
public struct RotatedLens: Lens {
  private let lens: any Lens
  private let rotations: RandomRotations

  /// - Precondition: rotations of the lens's width.
  public init(_ lens: any Lens, by rotations: RandomRotations) {
    precondition(rotations.width == lens.model.configuration.width, "rotations of \(rotations.width)")
    (self.lens, self.rotations) = (lens, rotations)
  }

  public var name: String { "random " + lens.name }
  public var model: Model { lens.model }
  public var layers: [Int] { lens.layers }

  /// States of a layer, carried to the final residual stream: `[rows x d_model]`.
  public func transported(_ states: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    multiply(try lens.transported(multiply(states, rotations.before), from: layer), rotations.after)
  }

  /// Directions of a layer, carried by the linear part.
  public func transported(directions: Matrix<Float>, from layer: Int) throws -> Matrix<Float> {
    multiply(
      try lens.transported(directions: multiply(directions, rotations.before), from: layer), rotations.after)
  }

  /// Covectors of the final residual stream, taken back to a layer.
  public func pulledBack(_ covectors: Matrix<Float>, to layer: Int) throws -> Matrix<Float> {
    multiply(
      try lens.pulledBack(multiply(covectors, rotations.after, transposingB: true), to: layer),
      rotations.before,
      transposingB: true)
  }
}

/// Two rotations that are uniform (Haar) on the orthogonal matrices: the eigenvectors of random symmetric Gaussian matrices with random
/// signs. Two decompositions of d³, which all lenses of a model can share.
public struct RandomRotations: Sendable {
  /// Q₁ᵀ and Q₂ᵀ, for rows.
  let after: Matrix<Float>
  let before: Matrix<Float>
  /// d_model.
  var width: Int { after.rows }

  /// - Throws: `LinearAlgebraError`.
  public init(width: Int, seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    after = try Self.rotation(width, &random)
    before = try Self.rotation(width, &random)
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
