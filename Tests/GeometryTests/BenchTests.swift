import Geometry
import Synchronization
import Tensors
import Testing

/// Searches, and counts how often and how wide.
final class CountingGraphs: GraphStore {
  private let asked = Mutex<[String]>([])

  /// `METRIC GAUGE k`, in order.
  var searches: [String] { asked.withLock { $0 } }

  func graph(
    of rows: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric
  ) throws -> NeighbourGraph {
    asked.withLock { $0.append("\(metric) \(gauge) \(k)") }
    return try Neighbours.graph(of: rows, k: k, metric: metric)
  }
}

@Suite struct BenchTests {
  /// Rows on a lattice: many are equally near.
  private let tied = {
    var rows = gaussian(120, 2, seed: 1)
    for i in rows.elements.indices { rows.elements[i] = (2 * rows.elements[i]).rounded() + 0.5 }
    return rows
  }()

  @Test(arguments: NeighbourMetric.allCases)
  func theFirstOfAWideGraphAreTheNarrowOne(metric: NeighbourMetric) throws {
    let wide = try Neighbours.graph(of: tied, k: 50, metric: metric)
    func tenthIsTied(_ row: Int) -> Bool {
      let tenth = 50 * row + 9
      return wide.similarities[tenth] == wide.similarities[tenth + 1]
    }
    #expect((0..<120).contains(where: tenthIsTied))
    for k in [1, 5, 10, 49] {
      #expect(wide.prefix(k) == (try Neighbours.graph(of: tied, k: k, metric: metric)), "k = \(k)")
    }
  }

  @Test func oneSearchServesAllThatAreNarrower() throws {
    let graphs = CountingGraphs()
    let space = SpaceBench("a", tied, graphs: graphs)
    space.expect(30)
    space.expect(7)
    for k in [5, 30, 12] { #expect(try space.graph(k: k) == Neighbours.graph(of: tied, k: k)) }
    #expect(graphs.searches == ["cosine raw 30"])
    _ = try space.graph(k: 31)
    _ = try space.graph(in: .centred, k: 4)
    _ = try space.graph(k: 4, metric: .euclidean)
    #expect(graphs.searches.dropFirst() == ["cosine raw 31", "cosine centred 4", "euclidean raw 4"])
    // More than there are is never searched for on expectation alone.
    space.expect(500, metric: .euclidean)
    _ = try space.graph(k: 5, metric: .euclidean)
    #expect(graphs.searches.last == "euclidean raw 119")
  }

  @Test func aGaugeIsFoundOnceAndDropped() throws {
    let graphs = CountingGraphs()
    let rows = gaussian(60, 4, seed: 2, shift: 1)
    let unembedding = try RowCovariance(gaussian(80, 4, seed: 3))
    let space = SpaceBench("a", rows, graphs: graphs, unembedding: unembedding)
    #expect(space.gauges == Gauge.allCases && SpaceBench("b", rows).gauges == Gauge.allCases.dropLast())
    for _ in 0..<2 {
      for gauge in space.gauges {
        #expect(try space.rows(in: gauge) == gauge.applied(to: rows, unembedding: unembedding))
        _ = try space.graph(in: gauge, k: 3)
      }
    }
    #expect(graphs.searches.count == 6)
    for gauge in [Gauge.raw, .whitened] {
      space.drop(gauge)
      _ = try space.graph(in: gauge, k: 3)
    }
    #expect(graphs.searches.dropFirst(6) == ["cosine whitened 3"])
  }

  @Test func aDamagedGraphIsTheStoresError() throws {
    struct Damaged: Error {}
    struct Broken: GraphStore {
      func graph(
        of rows: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric
      ) throws -> NeighbourGraph { throw Damaged() }
    }
    let space = SpaceBench("a", tied, graphs: Broken())
    #expect(throws: Damaged.self) { try space.graph(k: 3) }
    #expect(throws: GeometryError.self) { try SpaceBench("a", tied).graph(k: 120) }
  }

  /// Rows of a size whose products a Float does not hold are looked at in another unit.
  @Test func extremeRowsAreInAModerateUnit() {
    var huge = gaussian(20, 3, seed: 4)
    for i in huge.elements.indices { huge.elements[i] *= 1e30 }
    let rows = SpaceBench("a", huge).rows
    #expect(rows.elements.allSatisfy { abs($0) < 0x1p60 })
    let scale = huge[3, 1] / rows[3, 1]
    #expect(zip(huge.elements, rows.elements).allSatisfy { $0 == $1 * scale })
  }
}
