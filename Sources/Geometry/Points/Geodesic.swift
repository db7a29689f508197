internal import RealModule
public import Statistics
internal import Tensors

/// How curved the rows lie between two points: the shortest way from row to row over the straight distance.
///
/// The graph joins each of a sample of rows, and both points, with its k nearest of the sample by Euclidean distance (Tenenbaum, de
/// Silva, Langford 2000); edges are as long as they are in the space. A ratio near 1 says that rows lie all along the straight line. Sparse
/// rows alone make it larger, so it is held against pairs of held-out rows in the same samples.
public struct Geodesic: Sendable, Equatable, Codable {
  /// The mean over samples, ≥ 1, with Student's interval over them; not evaluable where the points coincide or no way joins them.
  public let ratio: Evaluation
  /// Where the ratio stands among pairs of held-out rows; nil without a ratio.
  public let standing: PointStanding?
  /// Rows of each sample.
  public let sampleRows: Int
  /// Disjoint samples that the mean is taken over.
  public let samples: Int
}

/// Graphs of some rows, and the ratios of pairs of held-out rows in them.
struct GeodesicSamples: Sendable {
  private struct Edge: Sendable {
    let row: Int
    let length: Double
  }

  private struct Sample: Sendable {
    let rows: Matrix<Float>
    let edges: [[Edge]]
  }

  private let samples: [Sample]
  private let neighbours: Int
  /// Ascending.
  private let pairs: [Double]

  private static let count = 4
  private static let largest = 1500
  private static let pairsOfHeldOut = 100

  init(
    _ rows: PointRows, _ rest: [Int], _ heldOut: [Int], neighbours: Int, _ random: inout SeededRandom
  ) throws(GeometryError) {
    let size = min(Self.largest, rest.count / Self.count)
    self.neighbours = min(neighbours, size - 1)
    var samples: [Sample] = []
    if size > 1 {
      let order = random.permutation(rest.count)
      for sample in 0..<Self.count {
        let own = order[sample * size..<(sample + 1) * size].map { rest[$0] }
        samples.append(try Self.sample(rows.matrix.selecting(rows: own), neighbours: self.neighbours))
      }
    }
    self.samples = samples
    let drawn = (0..<Self.pairsOfHeldOut).map { _ in
      let pair = random.sample(2, of: heldOut.count)
      return (rows.matrix.row(heldOut[pair[0]]), rows.matrix.row(heldOut[pair[1]]))
    }
    let (graphs, k) = (samples, self.neighbours)
    let ratios: [Double?] = parallelMap(count: samples.isEmpty ? 0 : drawn.count) { pair in
      let found = graphs.compactMap { Self.ratio(drawn[pair].0, drawn[pair].1, in: $0, neighbours: k) }
      return found.count == graphs.count ? found.reduce(0, +) / Double(found.count) : nil
    }
    pairs = ratios.compactMap { $0 }.sorted()
  }

  /// Between two points.
  func geodesic(_ a: [Float], _ b: [Float]) -> Geodesic {
    func without(_ reason: String) -> Geodesic {
      Geodesic(
        ratio: .notEvaluable(reason: reason), standing: nil, sampleRows: samples.first?.rows.rows ?? 0,
        samples: samples.count)
    }
    guard !samples.isEmpty, !pairs.isEmpty else { return without("too few rows for a graph of a sample") }
    guard a != b else { return without("both points are the same") }
    let ratios = samples.compactMap { Self.ratio(a, b, in: $0, neighbours: neighbours) }
    guard ratios.count == samples.count, let mean = studentMean(ratios, least: 1) else {
      return without("no way from row to row joins the points in each sample")
    }
    return Geodesic(
      ratio: .estimate(mean), standing: PointStanding(mean.value, among: pairs),
      sampleRows: samples[0].rows.rows, samples: samples.count)
  }

  private static func sample(_ rows: Matrix<Float>, neighbours: Int) throws(GeometryError) -> Sample {
    let graph = try Neighbours.graph(of: rows, k: neighbours, metric: .euclidean)
    var edges = [[Edge]](repeating: [], count: rows.rows)
    for row in 0..<rows.rows {
      for (other, length) in zip(graph.neighbours(row), graph.distances(row)) {
        edges[row].append(Edge(row: Int(other), length: length))
        edges[Int(other)].append(Edge(row: row, length: length))
      }
    }
    return Sample(rows: rows, edges: edges)
  }

  /// The shortest way (Dijkstra 1959) over ‖a - b‖; nil where there is none.
  private static func ratio(_ a: [Float], _ b: [Float], in sample: Sample, neighbours: Int) -> Double? {
    let straight = squaredDistance(a.span, b.span).squareRoot()
    guard straight > 0 else { return nil }
    func nearest(_ point: [Float]) -> [Edge] {
      let lengths = (0..<sample.rows.rows).map { row in
        Edge(
          row: row,
          length: squaredDistance(
            point.span, sample.rows.elements.span.extracting(sample.rows.range(ofRow: row))
          ).squareRoot())
      }
      return Array(lengths.sorted { $0.length < $1.length }.prefix(neighbours))
    }
    let (starts, ends) = (nearest(a), nearest(b))
    // The points are each other's neighbours where they are nearer than a neighbour.
    if straight <= max(starts.last?.length ?? 0, ends.last?.length ?? 0) { return 1 }
    var lengths = [Double](repeating: .infinity, count: sample.rows.rows)
    for edge in starts { lengths[edge.row] = edge.length }
    var isDone = [Bool](repeating: false, count: lengths.count)
    while let row = nextOpen(lengths, isDone) {
      isDone[row] = true
      for edge in sample.edges[row] { lengths[edge.row] = min(lengths[edge.row], lengths[row] + edge.length) }
    }
    let shortest = ends.map { lengths[$0.row] + $0.length }.min() ?? .infinity
    return shortest.isFinite ? max(shortest / straight, 1) : nil
  }

  /// The row with the shortest way that has not been left yet; a scan, as the samples are small.
  private static func nextOpen(_ lengths: [Double], _ isDone: [Bool]) -> Int? {
    let (lengths, isDone) = (lengths.span, isDone.span)
    var best: Int?
    var shortest = Double.infinity
    for row in lengths.indices where !isDone[row] && lengths[row] < shortest {
      (best, shortest) = (row, lengths[row])
    }
    return best
  }
}
