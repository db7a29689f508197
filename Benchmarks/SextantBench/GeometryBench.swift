import ArgumentParser
import Geometry
import Statistics
import Stores
import Tensors

/// The rows of a store that a job works on: as the peers see them.
struct RowOptions: ParsableArguments {
  @Argument(help: "A store.") var store: String
  @Option(help: "The first so many rows; 0 takes all.") var rows = 0
  @Option(help: "The first so many columns; 0 takes all.") var columns = 0
  @Option(help: "Timed runs, after one that is not timed.") var runs = 3

  func matrix() throws -> Matrix<Float> { try matrix(of: store) }

  func matrix(of store: String) throws -> Matrix<Float> {
    let all = try EmbeddingStore.open(store).readInput()
    let (n, d) = (
      rows == 0 ? all.rows : min(rows, all.rows), columns == 0 ? all.columns : min(columns, all.columns)
    )
    let kept = (0..<n).flatMap { all.elements[$0 * all.columns..<$0 * all.columns + d] }
    return Matrix(rows: n, columns: d, elements: kept)
  }

  /// Times `body`, once before it counts when there is more than one run.
  func measure(_ job: String, facts: [String: Double] = [:], _ body: () throws -> Void) throws {
    forgetPeak()
    if runs > 1 { try body() }
    let values = try (0..<runs).map { _ in try seconds(body) }
    var facts = facts
    facts["peakBytes"] = peakResidentBytes()
    try Measurement(job: job, model: modelName(store), unit: "s", values: values, facts: facts).emit()
  }
}

/// The exact graph of nearest neighbours of every row.
struct NeighbourBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neighbours", abstract: "Seconds and peak memory of the exact kNN graph.")

  @OptionGroup var input: RowOptions
  @Option(name: .short, help: "Neighbours.") var k = 10
  @Option(help: "cosine or euclidean.") var metric = "cosine"

  func run() throws {
    guard let metric = NeighbourMetric(rawValue: metric) else {
      throw ValidationError("the metric is cosine or euclidean, not \(metric)")
    }
    let matrix = try input.matrix()
    try input.measure("neighbours", facts: ["k": Double(k)]) {
      _ = try Neighbours.graph(of: matrix, k: k, metric: metric)
    }
  }
}

/// The nearest rows of one point, the rows prepared.
struct PointBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "point", abstract: "Seconds and peak memory of one point's exact nearest rows.")

  @OptionGroup var input: RowOptions
  @Option(name: .short, help: "Neighbours.") var k = 10
  @Option(help: "cosine, euclidean, or all for every nearness at once.") var metric = "cosine"

  func run() throws {
    let nearness =
      PointNearness(rawValue: metric).map { [$0] } ?? (metric == "all" ? PointNearness.allCases : [])
    guard !nearness.isEmpty else {
      throw ValidationError("the metric is cosine, euclidean or all, not \(metric)")
    }
    let matrix = try input.matrix()
    var options = PointOptions()
    // What a point's standing is among has no part in its time.
    (options.neighbours, options.heldOut) = (k, 99)
    let space = try PointGeometry(matrix, options)
    let half = zip(matrix.row(100), matrix.row(200)).map { ($0 + $1) / 2 }
    let point = Matrix(rows: 1, columns: matrix.columns, elements: half)
    try input.measure("point", facts: ["k": Double(k)]) {
      _ = try space.neighbours(of: point, by: nearness)
    }
  }
}

/// Spearman's correlation over all pairs of two models' rows.
struct SpearmanBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spearman", abstract: "Seconds and peak memory of the exact all-pairs Spearman.")

  @OptionGroup var input: RowOptions
  @Argument(help: "Another store; as many rows of it.") var other: String

  func run() throws {
    let (a, b) = (try input.matrix(), try input.matrix(of: other))
    let n = min(a.rows, b.rows)
    let (x, y) = (a.selecting(rows: Array(0..<n)), b.selecting(rows: Array(0..<n)))
    try input.measure("spearman") { _ = try AllPairsSpearman(x, y) }
  }
}

/// Locally linear weights, the neighbours given.
struct WeightsBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Seconds of the locally linear weights of every row.")

  @OptionGroup var input: RowOptions
  @Option(name: .short, help: "Neighbours.") var k = 10

  func run() throws {
    let matrix = try input.matrix()
    let graph = try Neighbours.graph(of: matrix, k: k)
    try input.measure("weights", facts: ["k": Double(k)]) { _ = LocallyLinearWeights(matrix, graph) }
  }
}

/// Local principal components of a sample of rows, their neighbourhoods searched for as well.
struct DimensionBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dimension", abstract: "Seconds of the local PCA of some rows, 95 % of the variance.")

  @OptionGroup var input: RowOptions
  @Option(name: .short, help: "Neighbours.") var k = 1200
  @Option(help: "Rows that are measured.") var tokens = 1000

  func run() throws {
    let matrix = try input.matrix()
    var options = IntrinsicDimensionOptions()
    (options.k, options.tokens, options.nullTokens) = (k, tokens, 0)
    try input.measure("dimension", facts: ["k": Double(k), "tokens": Double(tokens)]) {
      _ = try IntrinsicDimension(matrix, options)
    }
  }
}
