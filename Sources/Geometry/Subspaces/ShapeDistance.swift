internal import Foundation
internal import LinearAlgebra
public import Statistics
public import Tensors

/// How far apart two clouds of matched rows are as shapes: Procrustes and its generalisations.
///
/// Each centred side is scaled to a mean eigenvalue of 1 and partly whitened by
/// `Z = V (α + (1-α) Λ^{-1/2}) Vᵀ`. With the best rotation of one onto the other,
///
///     cos θ = ‖(X Z_X)ᵀ (Y Z_Y)‖_* / (‖X Z_X‖_F ‖Y Z_Y‖_F)
///
/// θ is a metric between shapes: symmetric, with the triangle inequality, so that models can be clustered and
/// drawn by it (Williams, Kunz, Kornblith, Linderman 2021). α = 1 is Procrustes: blind to rotation, translation
/// and isotropic scale. α = 0 sees only what no invertible linear map can change; there
/// cos θ = Σ ρᵢ / √(rank X · rank Y). Widths may differ: the narrower side counts as padded with zeros.
///
/// netrep whitens the rows as they are, so that its α between 0 and 1 depends on their unit; the scaling here
/// takes the unit out. O(n d²) once, O(d³) for each left-out group and permutation.
public struct ShapeDistance: Sendable, Equatable, Codable, GramMeasure {
  /// One degree of whitening.
  public struct Shape: Sendable, Equatable, Codable {
    /// α in [0, 1].
    public let alpha: Double
    /// cos θ, from 0 to 1.
    public let similarity: Evaluation
    /// θ in radians, from 0 to π/2.
    public let angle: Evaluation
    /// Euclidean distance of the two at unit norm, √(2 - 2 cos θ), from 0 to √2; for α = 1 the orthogonal
    /// Procrustes distance of Ding, Denain, Steinhardt 2021.
    public let euclidean: Evaluation
  }

  /// In the order of `LinearSimilarityOptions.shapeAlphas`.
  public let shapes: [Shape]

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`, `.option`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    try self.init(of: a, b, options)
  }

  init(reason: String, _ options: LinearSimilarityOptions) {
    let none = Evaluation.notEvaluable(reason: reason)
    shapes = options.shapeAlphas.map { Shape(alpha: $0, similarity: none, angle: none, euclidean: none) }
  }

  init(_ values: GramValues, _ options: LinearSimilarityOptions) {
    shapes = options.shapeAlphas.indices.map { index in
      let alpha = options.shapeAlphas[index]
      let position = 3 * index
      return Shape(
        alpha: alpha, similarity: values.similarity(position, whitens: alpha < 1),
        angle: values.distance(position + 1, whitens: alpha < 1),
        euclidean: values.distance(position + 2, whitens: alpha < 1))
    }
  }

  static let words = "shape distance"

  static func statistics(
    _ view: GramView, _ options: LinearSimilarityOptions
  ) throws(GeometryError) -> [Double] {
    var values: [Double] = []
    for alpha in options.shapeAlphas {
      try requireOption("shapeAlphas", alpha, "0 to 1", alpha >= 0 && alpha <= 1)
      let cosine = try cosine(view.centred, alpha: alpha)
      values += [cosine, acos(cosine), max(2 - 2 * cosine, 0).squareRoot()]
    }
    return values
  }

  private static func cosine(_ joint: JointSpectra, alpha: Double) throws(GeometryError) -> Double {
    let (f, normA) = partialWhitening(joint.a, alpha: alpha)
    let (g, normB) = partialWhitening(joint.b, alpha: alpha)
    let nuclear = try decomposing("shape distance") { () throws(LinearAlgebraError) in
      try singularValues(of: joint.scaled(f, g)).reduce(0, +)
    }
    return min(nuclear / (normA * normB), 1)
  }

  /// The factors of each direction and the norm of the side after them.
  private static func partialWhitening(
    _ side: Spectrum, alpha: Double
  ) -> (factors: [Double], norm: Double) {
    let unit = side.total / Double(side.rank)
    let factors = side.values.map { alpha / unit.squareRoot() + (1 - alpha) / $0.squareRoot() }
    let energy = zip(side.values, factors).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    return (factors, energy.squareRoot())
  }
}
