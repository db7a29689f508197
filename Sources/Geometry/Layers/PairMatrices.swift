internal import LinearAlgebra
internal import Statistics
internal import Tensors

/// The n × n matrices M of a model's layers (``LayerSimilarity``).
struct PairMatrices: Sendable {
  let count: Int
  /// Why a layer has none; nil where it has one.
  let reasons: [String?]
  /// Layers that have one, ascending.
  private let layers: [Int]
  /// `[row][layer][column]`: the rows of all layers lie together, as the products want them.
  private let elements: [Float]
  /// Of each layer's matrix: √(n k) for neighbours, whose products are then exact counts, otherwise 1.
  private let norm: Double

  init(
    _ states: [Matrix<Float>], _ measure: LayerMeasure, _ options: LayerSimilarityOptions, _ model: String
  ) throws(GeometryError) {
    for (layer, matrix) in states.enumerated() { try requireFinite(matrix, "\(model), layer \(layer)") }
    count = states[0].rows
    norm = measure == .neighbours ? Double(count * options.k).squareRoot() : 1
    var reasons: [String?] = []
    var found: [Matrix<Float>] = []
    for matrix in states {
      let result = try Self.matrix(of: matrix, measure, options)
      switch result {
      case .success(let matrix):
        found.append(matrix)
        reasons.append(nil)
      case .failure(let reason): reasons.append(reason.words)
      }
    }
    self.reasons = reasons
    layers = reasons.indices.filter { reasons[$0] == nil }
    elements = Self.interleaved(found, count)
  }

  private static func interleaved(_ matrices: [Matrix<Float>], _ count: Int) -> [Float] {
    var elements: [Float] = []
    elements.reserveCapacity(matrices.count * count * count)
    for row in 0..<count {
      for matrix in matrices { elements.append(contentsOf: matrix.elements[matrix.range(ofRow: row)]) }
    }
    return elements
  }

  /// ⟨M_a, M_b with rows and columns permuted⟩ / (‖M_a‖ ‖M_b‖) for all layers; nil where one has no matrix.
  ///
  /// Row by row in Float, summed in Double.
  func products(_ other: PairMatrices, _ image: TokenImage) -> [[Double?]] {
    let (a, b) = (layers.count, other.layers.count)
    var totals = [Double](repeating: 0, count: a * b)
    if a > 0, b > 0 {
      let order = (0..<count).map { image[$0] }
      var gathered = [Float](repeating: 0, count: b * count)
      var tile = [Float](repeating: 0, count: a * b)
      for row in 0..<count {
        other.gather(order, row: row, into: &gathered)
        var product = tile.mutableSpan
        multiplyTile(
          elements.span.extracting(row * a * count..<(row + 1) * a * count), gathered.span, columns: count,
          into: &product)
        for index in totals.indices { totals[index] += Double(tile[index]) }
      }
    }
    var result = [[Double?]](
      repeating: Array(repeating: nil, count: other.reasons.count), count: reasons.count)
    for (i, layerA) in layers.enumerated() {
      for (j, layerB) in other.layers.enumerated() {
        result[layerA][layerB] = totals[i * b + j] / (norm * other.norm)
      }
    }
    return result
  }

  /// Row `order[row]` of every layer, its columns in `order`.
  private func gather(_ order: [Int], row: Int, into gathered: inout [Float]) {
    let order = order.span
    let start = order[row] * layers.count * count
    var target = gathered.mutableSpan
    for layer in layers.indices {
      let source = elements.span.extracting(start + layer * count..<start + (layer + 1) * count)
      for column in order.indices { target[layer * count + column] = source[order[column]] }
    }
  }

  // MARK: - The matrix of a layer

  private struct Reason: Error { let words: String }

  private static func matrix(
    of states: Matrix<Float>, _ measure: LayerMeasure, _ options: LayerSimilarityOptions
  ) throws(GeometryError) -> Result<Matrix<Float>, Reason> {
    let centred = states.centred()
    let energy = states.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    let variance = centred.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    // Below this share only rounding varies.
    guard variance > 1e-10 * energy else {
      return .failure(Reason(words: "the states of this layer do not vary"))
    }
    var matrix: Matrix<Float>
    switch measure {
    case .alignment:
      matrix = products(centred)
      uCentre(&matrix)
    case .orientation:
      matrix = products(unitRows(states))
      removeMean(&matrix)
    case .neighbours:
      let twins = Neighbours.duplicateRows(of: states)
      guard Double(twins) <= options.duplicateLimit * Double(states.rows) else {
        return .failure(
          Reason(
            words: "\(twins) of \(states.rows) states have an identical twin, so neighbours are arbitrary"))
      }
      return .success(indicator(try Neighbours.graph(of: states, k: options.k)))
    }
    let norm = matrix.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0, norm.isFinite else {
      return .failure(Reason(words: "the states of this layer do not vary"))
    }
    matrix.parallelUpdateRows(chunk: 64) { _, row in
      for i in row.indices { row[i] = Float(Double(row[i]) / norm) }
    }
    return .success(matrix)
  }

  /// X Xᵀ with a diagonal of zeros.
  private static func products(_ x: Matrix<Float>) -> Matrix<Float> {
    var products = multiply(x, x, transposingB: true)
    for i in 0..<x.rows { products[i, i] = 0 }
    return products
  }

  /// K_ij - rᵢ/(n-2) - rⱼ/(n-2) + Σr/((n-1)(n-2)) off the diagonal, with the row sums r.
  private static func uCentre(_ kernel: inout Matrix<Float>) {
    let n = kernel.rows
    let sums = (0..<n).map { row in kernel.elements[kernel.range(ofRow: row)].reduce(0.0) { $0 + Double($1) }
    }
    let shares = sums.map { $0 / Double(n - 2) }
    let constant = sums.reduce(0, +) / Double((n - 1) * (n - 2))
    for i in 0..<n {
      for j in 0..<n where j != i {
        kernel[i, j] = Float(Double(kernel[i, j]) - shares[i] - shares[j] + constant)
      }
    }
  }

  private static func removeMean(_ cosines: inout Matrix<Float>) {
    let n = cosines.rows
    let mean = cosines.elements.reduce(0.0) { $0 + Double($1) } / Double(n * (n - 1))
    for i in 0..<n {
      for j in 0..<n where j != i { cosines[i, j] = Float(Double(cosines[i, j]) - mean) }
    }
  }

  private static func indicator(_ graph: NeighbourGraph) -> Matrix<Float> {
    var matrix = Matrix<Float>(rows: graph.count, columns: graph.count, repeating: 0)
    for row in 0..<graph.count {
      for neighbour in graph.neighbours(row) { matrix[row, Int(neighbour)] = 1 }
    }
    return matrix
  }
}
