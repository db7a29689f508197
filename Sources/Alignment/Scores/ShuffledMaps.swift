internal import LinearAlgebra
public import Tensors

/// One direction carried through maps that are fitted on shuffled pairs, without forming the maps.
///
/// With centred rows and `u = (XᵀX + α I)⁻¹ v`, ridge on pairs (xᵢ, y_π(i)) gives `v W_π = Σᵢ ⟨u, xᵢ⟩ y_π(i)`: shuffling changes the cross
/// moment only, so the system is solved once and a draw costs O(n d_T) instead of O(n d_S d_T + d³). Equal to fitting each map, up to
/// rounding. λ is that of the real map; ``LinearMethod/fitShuffled(source:target:seed:options:)`` chooses it anew.
public struct ShuffledMaps: Sendable {
  private let source: Matrix<Float>
  private let target: Matrix<Float>
  private let sourceMean: [Double]
  private let equations: NormalEquations
  private let alpha: Double

  /// Prepares the fit of all shuffles; O(n d_S² + d_S³).
  ///
  /// - Parameter lambda: as of ``Ridge/lambda``; 0 for least squares.
  /// - Throws: `AlignmentError` as the fit of a map.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, lambda: Double,
    options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) {
    precondition(
      source.rows == target.rows, "matched rows: \(source.rows) of the source, \(target.rows) of the target")
    (self.source, self.target) = (source, target)
    let centred = try CentredMoments(PairMoments(source, target), options)
    sourceMean = centred.sourceMean
    equations = try NormalEquations(gram: centred.moments.sourceGram)
    alpha = lambda * meanEigenvalue(centred.moments)
  }

  /// `v W_π` for `count` random permutations π.
  ///
  /// - Precondition: the direction has the source's width.
  public func carried(_ direction: [Float], count: Int, seed: UInt64) -> [[Float]] {
    precondition(
      direction.count == source.columns,
      "a direction of width \(direction.count) through maps from width \(source.columns)")
    let column = Matrix(rows: direction.count, columns: 1, elements: direction.map(Double.init))
    let weights = weights(equations.solution(cross: column, alpha: alpha).elements)
    var random = SeededRandom(seed: seed)
    let seeds = (0..<count).map { _ in random.next() }
    return parallelMap(count: count) { index in
      var random = SeededRandom(seed: seeds[index])
      return weightedSum(weights, random.permutation(target.rows))
    }
  }

  /// The same, a row a draw, by one product of the permuted weights with the target: for many directions; rounded as `Float`.
  ///
  /// - Precondition: the direction has the source's width.
  package func images(of direction: [Float], count: Int, seed: UInt64) -> Matrix<Float> {
    let column = Matrix(rows: direction.count, columns: 1, elements: direction.map(Double.init))
    let weights = weights(equations.solution(cross: column, alpha: alpha).elements).map { Float($0) }
    var random = SeededRandom(seed: seed)
    let seeds = (0..<count).map { _ in random.next() }
    var permuted = Matrix<Float>(rows: count, columns: target.rows, repeating: 0)
    permuted.parallelUpdateRows(chunk: 1) { rows, elements in
      for (place, row) in rows.enumerated() {
        var random = SeededRandom(seed: seeds[row])
        let order = random.permutation(weights.count)
        for index in order.indices { elements[place * weights.count + order[index]] = weights[index] }
      }
    }
    return multiply(permuted, target)
  }

  /// `⟨u, xᵢ - μ⟩` for every row; their sum is 0, so that the target's mean plays no part.
  private func weights(_ u: [Double]) -> [Double] {
    let shift = zip(u, sourceMean).reduce(0) { $0 + $1.0 * $1.1 }
    let (elements, factors) = (source.elements.span, u.span)
    return (0..<source.rows).map { row in
      var sum = -shift
      for j in 0..<factors.count { sum += factors[j] * Double(elements[row * factors.count + j]) }
      return sum
    }
  }

  private func weightedSum(_ weights: [Double], _ order: [Int]) -> [Float] {
    let width = target.columns
    var sums = [Double](repeating: 0, count: width)
    var totals = sums.mutableSpan
    let (elements, factors) = (target.elements.span, weights.span)
    for (row, other) in order.enumerated() {
      let factor = factors[row]
      for j in 0..<width { totals[j] += factor * Double(elements[other * width + j]) }
    }
    return sums.map { Float($0) }
  }
}
