internal import Files
internal import LinearAlgebra
internal import Tensors

/// The spectra of neighbourhoods of k rows around their means, one after the other; one a worker.
///
/// The eigenvalues of the smaller of the k × k Gram matrix and the d × d scatter matrix, which share their
/// non-zero spectrum; Float, on the calling thread.
struct LocalPCA: ~Copyable {
  private var reduction: ScatterReduction

  init(k: Int, columns: Int) {
    reduction = ScatterReduction(count: k, columns: columns)
  }

  /// A neighbourhood's spectrum, ready to be counted or listed.
  mutating func neighbourhood(of matrix: Matrix<Float>, rows: ArraySlice<Int32>) -> Neighbourhood {
    Neighbourhood(matrix: matrix, rows: rows, tridiagonal: reduction(matrix, rows: rows))
  }

  /// A value for the neighbourhood of every query, in their order; queries in parallel.
  static func map<Value: Sendable>(
    _ matrix: Matrix<Float>, _ graph: NeighbourGraph,
    _ transform: @Sendable (borrowing Neighbourhood) throws(LinearAlgebraError) -> Value
  ) throws(GeometryError) -> [Value] {
    guard matrix.columns > 0, graph.k > 0 else {
      throw .decomposition(
        measure: "local dimension", reason: "neighbourhoods of \(graph.k) rows with \(matrix.columns) columns"
      )
    }
    let chunk = 8
    let counter = JobProgress.current.counter(of: graph.count, "neighbourhoods")
    let parts: [Result<[Value], LinearAlgebraError>] = withSingleThreadedBLAS {
      parallelMap(count: (graph.count + chunk - 1) / chunk) { part in
        defer { counter.add(chunk) }
        return Result { () throws(LinearAlgebraError) in
          var pca = LocalPCA(k: graph.k, columns: matrix.columns)
          var values: [Value] = []
          for query in part * chunk..<min((part + 1) * chunk, graph.count) {
            values.append(try transform(pca.neighbourhood(of: matrix, rows: graph.neighbours(query))))
          }
          return values
        }
      }
    }
    do { return Array(try parts.map { part throws(LinearAlgebraError) in try part.get() }.joined()) } catch {
      throw .decomposition(measure: "local dimension", reason: error.description)
    }
  }

  struct Neighbourhood {
    let matrix: Matrix<Float>
    let rows: ArraySlice<Int32>
    let tridiagonal: Tridiagonal
  }
}

extension LocalPCA.Neighbourhood {
  /// The components that explain a share of the variance.
  ///
  /// As many as the same computation in Double gives: where Float cannot tell on which side of the share a sum
  /// lies, all is computed again in Double. No eigenvalue is computed to more digits than the count needs.
  func components(threshold: Double) throws(LinearAlgebraError) -> Int {
    let total = tridiagonal.trace
    if Self.isInReach(total) {
      let slack = Self.slack(rows.count, matrix.columns)
      let smallest = SmallestEigenvalues(
        Tridiagonal(
          diagonal: tridiagonal.diagonal.map { Float(Double($0) / total) },
          beside: tridiagonal.beside.map { Float(Double($0) / total) }))
      if let few = smallest.count(summingTo: 1 - threshold, slack: slack) { return tridiagonal.order - few }
    }
    let spectrum = Array(try eigenvaluesInDouble().reversed())
    return Int(DimensionCriterion.variance(share: threshold).dimension(of: spectrum) ?? 0)
  }

  /// The min(k - 1, d) eigenvalues that can differ from 0, descending.
  func spectrum() throws(LinearAlgebraError) -> [Double] {
    let ascending =
      Self.isInReach(tridiagonal.trace)
      ? try eigenvalues(tridiagonal).map(Double.init) : try eigenvaluesInDouble()
    return Array(ascending.reversed().prefix(max(rows.count - 1, 0)))
  }

  /// Whether Float squares the numbers of a matrix of this trace, and what is 10⁻⁸ of them, without over- and
  /// underflow. Rows that coincide are not: Double finds that nothing varies.
  private static func isInReach(_ trace: Double) -> Bool { trace > 0x1p-36 && trace < 0x1p60 }

  /// What rounding can do to a sum of eigenvalues, as a share of their total: u √max(k, d), u = 2⁻²⁴.
  ///
  /// Errors of products and reflections are independent. On a model's embeddings (k = 1200, d = 576) the largest
  /// error of 40 neighbourhoods was a thirtieth of this, and a hundredth of the tokens was computed again.
  static func slack(_ count: Int, _ columns: Int) -> Double {
    0x1p-24 * Double(max(count, columns)).squareRoot()
  }

  /// Ascending, by the definition.
  func eigenvaluesInDouble() throws(LinearAlgebraError) -> [Double] {
    var cloud = matrix.selecting(rows: rows.map(Int.init)).widened()
    for column in 0..<cloud.columns {
      // Less the first row first: what coincides stays at exactly zero.
      let origin = cloud[0, column]
      for row in 0..<cloud.rows { cloud[row, column] -= origin }
      let mean = (0..<cloud.rows).reduce(0) { $0 + cloud[$1, column] } / Double(cloud.rows)
      for row in 0..<cloud.rows { cloud[row, column] -= mean }
    }
    let across = cloud.rows <= cloud.columns
    return try symmetricEigenvalues(multiply(cloud, cloud, transposingA: !across, transposingB: across))
  }
}
