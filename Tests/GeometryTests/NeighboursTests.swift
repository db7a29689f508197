import Geometry
import Tensors
import TestSupport
import Testing

@Suite struct NeighboursTests {
  @Test(arguments: NeighbourMetric.allCases) func equalsScikitLearn(_ metric: NeighbourMetric) throws {
    let golden = try Golden.load()
    let graph = try Neighbours.graph(of: golden.matrixA, k: 10, metric: metric)
    let indices = metric == .cosine ? golden.cosineIndices : golden.euclideanIndices
    let distances = metric == .cosine ? golden.cosineDistances : golden.euclideanDistances
    for query in 0..<golden.n {
      #expect(graph.neighbours(query).map(Int.init) == indices[query], "row \(query)")
      for (rank, expected) in distances[query].enumerated() {
        let found = Double(graph.similarities[query * 10 + rank])
        #expect(isClose(metric == .cosine ? 1 - found : -found, expected, 1e-6))
      }
    }
  }

  /// Small integers have exact Float products, so ties are real and every tile shape gives the same bits.
  @Test(arguments: NeighbourMetric.allCases)
  func tilesQueriesAndDefinitionAgreeOnTies(_ metric: NeighbourMetric) throws {
    var random = SeededRandom(seed: 5)
    let rows = 1100
    let matrix = Matrix<Float>(
      rows: rows, columns: 4,
      elements: (0..<rows * 4).map { _ in Float(random.next(upperBound: UInt64(9))) + 1 })
    let graph = try Neighbours.graph(of: matrix, k: 7, metric: metric)
    let queries = [0, 3, 512, 1023, 1024, 1099]
    let some = try Neighbours.graph(of: matrix, queries: queries, k: 7, metric: metric)
    #expect(some == graph.selecting(queries))
    let unit = unitRows(matrix)
    for query in queries {
      func score(_ other: Int) -> Float {
        if metric == .cosine {
          return dot(
            unit.elements.span.extracting(unit.range(ofRow: query)),
            unit.elements.span.extracting(unit.range(ofRow: other)))
        }
        return -Float(
          (0..<4).reduce(0.0) {
            $0 + Double((matrix[query, $1] - matrix[other, $1]) * (matrix[query, $1] - matrix[other, $1]))
          }.squareRoot())
      }
      let scores = (0..<rows).map(score)
      let best = (0..<rows).filter { $0 != query }.map { scores[$0] }.sorted(by: >).prefix(7)
      #expect(Set(graph.neighbours(query)).count == 7, "row \(query)")
      if metric == .euclidean {
        #expect(graph.neighbours(query).map { scores[Int($0)] } == Array(best), "row \(query)")
      } else {
        for (found, wanted) in zip(graph.similarities[query * 7..<query * 7 + 7], best) {
          #expect(abs(found - wanted) < 1e-6)
        }
      }
    }
  }

  @Test func manyNeighboursOfFewRows() throws {
    let matrix = gaussian(30, 3, seed: 2)
    let graph = try Neighbours.graph(of: matrix, k: 29, metric: .euclidean)
    for query in 0..<30 {
      #expect(graph.neighbours(query).map(Int.init).sorted() == (0..<30).filter { $0 != query })
      #expect(graph.distances(query) == graph.distances(query).sorted())
    }
    #expect(graph.prefix(5) == (try Neighbours.graph(of: matrix, k: 5, metric: .euclidean)))
  }

  @Test func copiesAreAtDistanceZeroAndCounted() throws {
    var matrix = gaussian(50, 6, seed: 3, shift: 10)
    for column in 0..<6 {
      matrix[40, column] = matrix[7, column]
      matrix[41, column] = matrix[7, column]
    }
    let graph = try Neighbours.graph(of: matrix, k: 3, metric: .euclidean)
    #expect(Set(graph.neighbours(7).prefix(2)) == [40, 41])
    #expect(Set(graph.neighbours(41).prefix(2)) == [7, 40])
    #expect(graph.distances(40)[0] == 0 && graph.distances(40)[1] == 0 && graph.distances(40)[2] > 0)
    #expect(Neighbours.duplicateRows(of: matrix) == 3)
    #expect(Neighbours.duplicateRows(of: gaussian(50, 6, seed: 4)) == 0)
  }

  @Test func rowOrderDoesNotMatter() throws {
    try forSeeds(0..<3) { seed in
      let matrix = gaussian(200, 5, seed: seed)
      var random = SeededRandom(seed: seed)
      let order = random.permutation(200)
      let graph = try Neighbours.graph(of: matrix, k: 6, metric: .euclidean)
      let shuffled = try Neighbours.graph(of: matrix.selecting(rows: order), k: 6, metric: .euclidean)
      for position in 0..<200 {
        let named = shuffled.neighbours(position).map { Int32(order[Int($0)]) }
        #expect(named == Array(graph.neighbours(order[position])), "seed \(seed)")
      }
    }
  }

  @Test func refusesWhatHasNoNeighbours() throws {
    #expect(throws: GeometryError.tooFewTokens(measure: "5 nearest neighbours", needed: 6, actual: 5)) {
      try Neighbours.graph(of: gaussian(5, 2, seed: 1), k: 5)
    }
    let most = "\(Int.max) nearest neighbours"
    #expect(throws: GeometryError.tooFewTokens(measure: most, needed: .max, actual: 5)) {
      try Neighbours.graph(of: gaussian(5, 2, seed: 1), k: .max)
    }
    var broken = gaussian(8, 2, seed: 1)
    broken[6, 1] = .infinity
    #expect(throws: GeometryError.notFinite(matrix: "embedding", row: 6)) {
      try Neighbours.graph(of: broken, k: 2)
    }
  }
}
