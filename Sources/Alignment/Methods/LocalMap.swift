internal import LinearAlgebra
public import Tensors

/// Each vector from its nearest shared tokens (``LocalMap``).
public struct LocalMethod: LookUpMethod {
  public static let name = "local"
  /// Neighbours, 1 or more, or all shared tokens where there are fewer; larger values average more.
  public var neighbours: Int

  public init(neighbours: Int = 50) { self.neighbours = neighbours }

  /// The map from the matched tokens, of all neighbours that there are where they are fewer.
  public func transfer(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions
  ) throws(AlignmentError) -> any TokenTransfer {
    try LocalMap(
      source: source, target: target, neighbours: min(neighbours, source.rows), isCentred: options.isCentred)
  }
}

/// A point's image from its k nearest shared tokens: the weights that rebuild it from their source rows, applied to
/// their target rows.
///
/// Points: barycentric weights as in locally linear embedding, `min ‖x - Σ wᵢ aᵢ‖²` with `Σ wᵢ = 1`, from
/// `(C + ε tr(C)/k I) w ∝ 1`, C the Gram matrix of aᵢ - x. Directions have no place, so theirs are least-squares
/// weights without the sum, `(A Aᵀ + ε tr/k I) w = A v`, of the k rows with the largest cosine. Neighbours by cosine
/// about the mean, ties to the lower position. Saul, Roweis 2003; `common_interpolation` of mergekit's
/// tokensurgeon. O(n d_S + k² d_S + k³) a vector.
public struct LocalMap: TokenTransfer, Equatable {
  public let method = LocalMethod.name
  public let neighbours: Int
  public let regularisation: Double
  let table: TokenTable

  public var sourceWidth: Int { table.unit.columns }
  public var targetWidth: Int { table.target.columns }
  public var targetMean: [Float] { table.targetMean }

  /// - Parameters:
  ///   - source: n x d_S rows of the shared tokens.
  ///   - target: n x d_T rows of the same tokens.
  ///   - neighbours: k, 1 or more; larger values average more.
  ///   - regularisation: ε > 0; larger values level the weights.
  ///   - isCentred: subtract the means of both sides first.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, neighbours: Int = 50, regularisation: Double = 1e-3,
    isCentred: Bool = true
  ) throws(AlignmentError) {
    guard neighbours >= 1 else {
      throw .option(name: "neighbours", expected: "1 or more", actual: "\(neighbours)")
    }
    guard regularisation > 0, regularisation.isFinite else {
      throw .option(name: "regularisation", expected: "a number above 0", actual: "\(regularisation)")
    }
    self.neighbours = neighbours
    self.regularisation = regularisation
    table = try TokenTable(
      source, target, isCentred: isCentred, purpose: "a local map", needed: max(neighbours, 2))
  }

  /// Barycentric weights over the neighbours of each point, applied to the target's rows.
  public func applied(toPoints points: Matrix<Float>) -> Matrix<Float> {
    let images = images(shifted(points, by: table.sourceMean, sign: -1), isAffine: true)
    return shifted(images, by: table.targetMean, sign: 1)
  }

  /// Least-squares weights over the neighbours of each direction, applied to the target's rows; no mean is added.
  public func applied(toDirections directions: Matrix<Float>) -> Matrix<Float> {
    images(directions, isAffine: false)
  }

  private func images(_ vectors: Matrix<Float>, isAffine: Bool) -> Matrix<Float> {
    precondition(
      vectors.columns == sourceWidth,
      "a local map from width \(sourceWidth) applied to rows of width \(vectors.columns)")
    let block = 32
    let parts: [[Float]] = withSingleThreadedBLAS {
      parallelMap(count: (vectors.rows + block - 1) / block) { index in
        let rows = Array(index * block..<min(vectors.rows, (index + 1) * block))
        var scores = [Float](repeating: 0, count: rows.count * table.unit.rows)
        table.products(vectors.selecting(rows: rows), into: &scores)
        return rows.enumerated().flatMap { local, row in
          let tokens = largest(
            neighbours, of: scores.span.extracting(local * table.unit.rows..<(local + 1) * table.unit.rows))
          let weights = weights(of: vectors.row(row).map { Double($0) }, tokens, isAffine: isAffine)
          return table.synthesis(tokens, weights)
        }
      }
    }
    return Matrix(rows: vectors.rows, columns: targetWidth, elements: parts.flatMap { $0 })
  }

  private func weights(of vector: [Double], _ tokens: [Int], isAffine: Bool) -> [Double] {
    var rows = tokens.map { token in table.unit.row(token).map { Double($0) * table.lengths[token] } }
    let right = isAffine ? [Double](repeating: 1, count: tokens.count) : rows.map { product($0, vector) }
    if isAffine {
      for index in rows.indices { for i in vector.indices { rows[index][i] -= vector[i] } }
    }
    var gram = Matrix(
      rows: rows.count, columns: rows.count, elements: rows.flatMap { row in rows.map { product(row, $0) } })
    let trace = rows.indices.reduce(0) { $0 + gram[$1, $1] }
    let equal = [Double](repeating: isAffine ? 1 / Double(tokens.count) : 0, count: tokens.count)
    guard trace > 0 else { return equal }
    for i in rows.indices { gram[i, i] += regularisation * trace / Double(rows.count) }
    let sides = Matrix(rows: right.count, columns: 1, elements: right)
    // Rounding can make the matrix indefinite.
    guard let solution = try? solvePositiveDefinite(gram, sides).elements else { return equal }
    guard isAffine else { return solution }
    let sum = solution.reduce(0, +)
    return sum > 0 ? solution.map { $0 / sum } : equal
  }
}
