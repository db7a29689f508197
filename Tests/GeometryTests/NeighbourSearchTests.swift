import Geometry
import Tensors
import TestSupport
import Testing

/// What the fast search must not change: whatever is multiplied in whatever order, the answer is the same.
@Suite struct NeighbourSearchTests {
  /// Crowds of near copies around a few centres: many more rows than k lie within the rounding of bf16.
  private func crowds(_ rows: Int, _ columns: Int, spread: Float, seed: UInt64) -> Matrix<Float> {
    let centres = gaussian(max(rows / 400, 1), columns, seed: seed, shift: 0.5)
    let noise = gaussian(rows, columns, seed: seed + 1)
    return Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map {
        centres[$0 / columns % centres.rows, $0 % columns] + spread * noise.elements[$0]
      })
  }

  /// The definition, from scores that a pair's rows alone determine.
  private func nearest(_ k: Int, to query: Int, in matrix: Matrix<Float>, _ metric: NeighbourMetric)
    -> [Int32]
  {
    func row(_ index: Int) -> [Double] { matrix.elements[matrix.range(ofRow: index)].map(Double.init) }
    func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let own = row(query)
    let scores = (0..<matrix.rows).map { other -> Double in
      let theirs = row(other)
      if metric == .euclidean { return -norm(zip(own, theirs).map { $0 - $1 }) }
      let lengths = norm(own) * norm(theirs)
      return lengths > 0 ? zip(own, theirs).reduce(0) { $0 + $1.0 * $1.1 } / lengths : 0
    }
    return (0..<matrix.rows).filter { $0 != query }.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(k)
      .map { Int32($0) }
  }

  @Test(.enabled(if: HalfRows.isSupported), arguments: NeighbourMetric.allCases)
  func coarseAndFullSearchGiveTheSameBits(_ metric: NeighbourMetric) throws {
    try forSeeds(0..<3) { seed in
      for (matrix, k) in [
        (gaussian(1500, 37, seed: seed), 10), (crowds(1300, 24, spread: 1e-3, seed: seed), 7),
        (crowds(2000, 64, spread: 0.05, seed: seed), 100),
      ] {
        let coarse = try Neighbours.graph(of: matrix, k: k, metric: metric, isCoarse: true)
        let full = try Neighbours.graph(of: matrix, k: k, metric: metric, isCoarse: false)
        #expect(coarse == full, "seed \(seed), k \(k)")
        let queries = [0, 481, 5, matrix.rows - 1]
        for isCoarse in [true, false] {
          let some = try Neighbours.graph(
            of: matrix, queries: queries, k: k, metric: metric, isCoarse: isCoarse)
          #expect(some == full.selecting(queries), "seed \(seed), k \(k)")
        }
      }
    }
  }

  @Test func equalsTheDefinition() throws {
    // Rows far from the origin, whose distances cancel, and a zero row.
    var matrix = gaussian(1100, 20, seed: 8, shift: 30)
    for column in 0..<20 { matrix[3, column] = 0 }
    let graph = try Neighbours.graph(of: matrix, k: 5, metric: .euclidean)
    for query in [0, 3, 479, 480, 1099] {
      #expect(graph.neighbours(query).elementsEqual(nearest(5, to: query, in: matrix, .euclidean)))
    }
    let centred = Normalisation.centred.applied(to: matrix)
    let cosines = try Neighbours.graph(of: centred, k: 5)
    for query in [0, 3, 479, 480, 1099] {
      #expect(cosines.neighbours(query).elementsEqual(nearest(5, to: query, in: centred, .cosine)))
    }
  }

  /// All rows near one of them are in the sample, so that it promises too much: the row must be searched for again.
  @Test func rowsThatBeganTooHighAreFoundAgain() throws {
    let (rows, k) = (8300, 200)
    var matrix = gaussian(rows, 12, seed: 4)
    let sampled = (0..<2048).map { $0 * rows / 2048 }
    for row in sampled.prefix(150) {
      for column in 0..<12 { matrix[row, column] = (column == 0 ? 9 : 0) + 0.01 * matrix[row, column] }
    }
    let graph = try Neighbours.graph(of: matrix, k: k)
    for query in [sampled[0], sampled[149], 1, 8299] {
      let expected = Set(nearest(k, to: query, in: matrix, .cosine))
      // Cosines in Float may swap the last ones.
      #expect(Set(graph.neighbours(query)).intersection(expected).count >= k - 1, "row \(query)")
    }
  }
}
