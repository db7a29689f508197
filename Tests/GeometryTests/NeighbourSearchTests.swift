import Geometry
import Tensors
import TestSupport
import Testing

/// Every way to search gives the graph of the definition, bit for bit.
@Suite struct NeighbourSearchTests {
  @Test(arguments: NeighbourMetric.allCases) func everyWayEqualsTheDefinition(_ metric: NeighbourMetric)
    throws
  {
    try forSeeds(0..<2) { seed in
      let matrix = cloud(1600 + Int(seed), 19, seed: seed)
      let nearest = definition(matrix, k: 130, metric: metric)
      for k in [1, 10, 130] {
        let expected = nearest.prefix(k)
        for options in ways {
          let graph = try Neighbours.graph(
            of: matrix, panel: 0..<matrix.rows, k: k, metric: metric, options: options)
          #expect(isDefinition(graph, expected, matrix), "seed \(seed), k = \(k), \(options)")
          #expect(
            graph == (try Neighbours.graph(of: matrix, k: k, metric: metric)), "seed \(seed), \(options)")
        }
      }
    }
  }

  @Test(arguments: NeighbourMetric.allCases) func panelsAndQueriesArePartsOfTheGraph(
    _ metric: NeighbourMetric
  ) throws {
    let matrix = cloud(1650, 33, seed: 8)
    let whole = try Neighbours.graph(of: matrix, k: 12, metric: metric)
    for panel in [0..<1, 0..<700, 700..<1569, 1569..<1650, 5..<5] {
      let part = try Neighbours.graph(of: matrix, panel: panel, k: 12, metric: metric)
      #expect(part == whole.selecting(Array(panel)), "\(panel)")
    }
    let queries = [1649, 3, 3, 800, 0] + Array(100..<500)
    #expect(
      try Neighbours.graph(of: matrix, queries: queries, k: 12, metric: metric) == whole.selecting(queries))
  }

  /// More equal rows than candidates that are kept: bounds cannot tell them apart, exact scores must.
  @Test(arguments: NeighbourMetric.allCases) func manyCopiesTieAtRandom(_ metric: NeighbourMetric) throws {
    var matrix = gaussian(900, 7, seed: 4)
    for row in stride(from: 0, to: 900, by: 2) {
      for column in 0..<7 { matrix[row, column] = row % 4 == 0 ? 0 : 1 + Float(column) }
    }
    let graph = try Neighbours.graph(of: matrix, k: 5, metric: metric)
    #expect(isDefinition(graph, definition(matrix, k: 5, metric: metric), matrix))
    // 225 copies of each kind: no row is favoured. In 225 queries, each copy is drawn 5 times on average.
    var drawn = [Int](repeating: 0, count: 900)
    for row in stride(from: 2, to: 900, by: 4) {
      for neighbour in graph.neighbours(row) { drawn[Int(neighbour)] += 1 }
    }
    let copies = stride(from: 2, to: 900, by: 4).map { drawn[$0] }
    #expect(copies.reduce(0, +) == 5 * 225 && (copies.max() ?? 0) < 20)
  }

  @Test(arguments: NeighbourMetric.allCases) func scalesOfRowsDoNotMatter(_ metric: NeighbourMetric) throws {
    for scale: Float in [1e-37, 1e-20, 1e18] {
      var matrix = gaussian(300, 9, seed: 6)
      for row in 0..<300 {
        for column in 0..<9 { matrix[row, column] *= row % 3 == 0 ? scale : row % 3 == 1 ? 1 : 1e-6 }
      }
      let expected = definition(matrix, k: 8, metric: metric)
      for options in ways {
        let graph = try Neighbours.graph(of: matrix, panel: 0..<300, k: 8, metric: metric, options: options)
        #expect(isDefinition(graph, expected, matrix), "scale \(scale), \(options)")
      }
    }
  }

  @Test func kernelsEqualTheirDefinition() throws {
    forSeeds(0..<4) { seed in
      for count in [0, 1, 7, 8, 9, 40, 63] {
        let (x, y) = (gaussian(1, count, seed: seed).elements, gaussian(1, count, seed: seed + 9).elements)
        let product = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let distance = zip(x, y).reduce(0.0) {
          $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
        }
        let rows = Matrix(rows: 7, columns: count, elements: (0..<7).flatMap { $0 == 3 ? x : y })
        var products = [Double](repeating: 9, count: 6)
        innerProducts(of: 3, with: [UInt32](arrayLiteral: 0, 1, 3, 6, 5, 2).span, in: rows, into: &products)
        let (own, other) = (innerProduct(x.span, x.span), innerProduct(x.span, y.span))
        #expect(products == [other, other, own, other, other, other])
        #expect(isClose(innerProduct(x.span, y.span), product, 1e-12))
        #expect(isClose(squaredDistance(x.span, y.span), distance, 1e-12))
      }
    }
  }

  private var ways: [NeighbourSearchOptions] {
    var single = NeighbourSearchOptions()
    single.arithmetic = .single
    // A start that nearly no row's neighbours reach: all are repaired. And one that some rows' do.
    var short = NeighbourSearchOptions()
    short.start = .sample(rank: 1)
    var some = single
    some.start = .sample(rank: 11)
    var small = NeighbourSearchOptions()
    small.candidateBytes = 1
    return [NeighbourSearchOptions(), single, short, some, small]
  }

  /// Clusters around a common mean, with copies, zero rows and nearly equal rows: what embeddings have.
  private func cloud(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
    var matrix = gaussian(rows, columns, seed: seed, shift: 0.5)
    let centres = gaussian(12, columns, seed: seed + 100)
    for row in 0..<rows {
      for column in 0..<columns {
        matrix[row, column] = 0.3 * matrix[row, column] + centres[row % 12, column]
      }
    }
    for row in 0..<rows where row % 9 == 4 {
      for column in 0..<columns { matrix[row, column] = row % 27 == 4 ? 0 : matrix[row - 4, column] }
      if row % 27 == 13 { matrix[row, 0] = matrix[row, 0].nextUp }
    }
    return matrix
  }

  /// The same scores, at rows that have them: ties may be in any order.
  private func isDefinition(
    _ graph: NeighbourGraph, _ expected: NeighbourGraph, _ matrix: Matrix<Float>
  ) -> Bool {
    guard graph.similarities == expected.similarities else { return false }
    let norms = rowNorms(matrix)
    return (0..<graph.count).allSatisfy { row in
      let x = matrix.elements.span.extracting(matrix.range(ofRow: row))
      let found = graph.neighbours(row).enumerated().allSatisfy { rank, other in
        let y = matrix.elements.span.extracting(matrix.range(ofRow: Int(other)))
        let norm = norms[row] * norms[Int(other)]
        let score =
          graph.metric == .euclidean
          ? -Float(squaredDistance(x, y).squareRoot()) : norm > 0 ? Float(innerProduct(x, y) / norm) : 0
        return Int(other) != row && score == graph.similarities[row * graph.k + rank]
      }
      return found && Set(graph.neighbours(row)).count == graph.k
    }
  }

  private func definition(_ matrix: Matrix<Float>, k: Int, metric: NeighbourMetric) -> NeighbourGraph {
    let norms = rowNorms(matrix)
    let lists: [[(score: Float, row: Int)]] = parallelMap(count: matrix.rows) { row in
      let x = matrix.elements.span.extracting(matrix.range(ofRow: row))
      let scores = (0..<matrix.rows).map { other -> Float in
        let y = matrix.elements.span.extracting(matrix.range(ofRow: other))
        if metric == .euclidean { return -Float(squaredDistance(x, y).squareRoot()) }
        let norm = norms[row] * norms[other]
        return norm > 0 ? Float(innerProduct(x, y) / norm) : 0
      }
      let nearest = (0..<matrix.rows).filter { $0 != row }.sorted { (scores[$1], $0) < (scores[$0], $1) }
      return nearest.prefix(k).map { (scores[$0], $0) }
    }
    return NeighbourGraph(
      queries: Array(0..<matrix.rows), candidates: matrix.rows, k: k, metric: metric,
      indices: lists.flatMap { $0.map { Int32($0.row) } }, similarities: lists.flatMap { $0.map(\.score) })
  }
}
