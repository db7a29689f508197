import Geometry
import LinearAlgebra
import Tensors
import TestSupport
import Testing

/// Counts from brackets of Float against the plain computation in Double.
@Suite struct LocalPCATests {
  /// The definition: eigenvalues of the scatter matrix around the mean, in Double.
  private func shares(_ cloud: Matrix<Float>, _ rows: ArraySlice<Int32>) throws -> [Double] {
    let picked = cloud.selecting(rows: rows.map(Int.init)).widened()
    var scatter = Matrix<Double>(rows: cloud.columns, columns: cloud.columns, repeating: 0)
    let means = (0..<cloud.columns).map { column in
      (0..<picked.rows).reduce(0) { $0 + picked[$1, column] } / Double(picked.rows)
    }
    for i in 0..<cloud.columns {
      for j in 0..<cloud.columns {
        for row in 0..<picked.rows {
          scatter[i, j] += (picked[row, i] - means[i]) * (picked[row, j] - means[j])
        }
      }
    }
    let values = try symmetricEigen(scatter).values.reversed().map { max($0, 0) }
    let total = values.reduce(0, +)
    var sum = 0.0
    return values.map { value in
      sum += value
      return sum / total
    }
  }

  private func check(_ cloud: Matrix<Float>, k: Int, queries: [Int], _ name: String) throws {
    var options = IntrinsicDimensionOptions()
    (options.k, options.metric) = (k, .euclidean)
    let graph = try Neighbours.graph(of: cloud, queries: queries, k: k, metric: .euclidean)
    for threshold in [0.05, 0.5, 0.9, 0.95, 0.999] {
      options.threshold = threshold
      let found = try IntrinsicDimension.local(cloud, queries: queries, options)
      for (position, query) in queries.enumerated() {
        let shares = try shares(cloud, graph.neighbours(position))
        // The Gram matrix of fewer rows than columns has other rounding: a sum at the threshold has no truth.
        guard shares.allSatisfy({ abs($0 - threshold) > 1e-12 }) else { continue }
        let expected = (shares.firstIndex { $0 >= threshold } ?? 0) + 1
        #expect(found[position] == expected, "\(name), row \(query), threshold \(threshold)")
      }
    }
  }

  @Test func countsAsDoubleDoes() throws {
    try forSeeds(0..<3) { seed in
      for (columns, rank) in [(1, 1), (5, 5), (17, 3), (33, 33), (50, 20)] {
        var cloud = gaussian(90, columns, seed: seed, shift: 2)
        if rank < columns {
          cloud = product(gaussian(90, rank, seed: seed), gaussian(rank, columns, seed: seed + 5))
          let noise = gaussian(90, columns, seed: seed + 6)
          for i in cloud.elements.indices { cloud.elements[i] += 0.01 * noise.elements[i] }
        }
        for row in 0..<cloud.rows {
          for column in 0..<columns { cloud[row, column] *= Float(columns - column) / Float(columns) }
        }
        for k in [2, 16, 33, 80] {
          try check(cloud, k: k, queries: [0, 41], "seed \(seed), \(columns) columns, k = \(k)")
        }
      }
    }
  }

  /// Spectra made so that a sum misses the threshold by less than Float can tell.
  @Test func closeCasesAreSettledInDouble() throws {
    for (index, offset) in [-1e-6, -1e-8, 1e-8, 1e-6].enumerated() {
      // Points ± √λ on each axis: the first axis has half of the variance, less or more a little.
      let scales: [Float] = [Float((1 + offset).squareRoot()), 0.5, 0.5, 0.5, 0.5]
      var cloud = Matrix<Float>(rows: 11, columns: 5, repeating: 0)
      for axis in 0..<5 {
        cloud[2 * axis, axis] = scales[axis]
        cloud[2 * axis + 1, axis] = -scales[axis]
      }
      var options = IntrinsicDimensionOptions()
      (options.k, options.metric, options.threshold) = (10, .euclidean, 0.5)
      let first = Double(scales[0]) * Double(scales[0])
      let expected = first >= 1 ? 1 : 2
      let found = try IntrinsicDimension.local(cloud, queries: [10], options)
      #expect(found == [expected], "offset \(index)")
    }
  }

  @Test func tinyHugeAndCoincidingRows() throws {
    let cloud = gaussian(60, 7, seed: 4)
    var options = IntrinsicDimensionOptions()
    (options.k, options.metric) = (30, .euclidean)
    let expected = try IntrinsicDimension.local(cloud, queries: [0, 9], options)
    for scale in [Float(0x1p-45), 0x1p-20, 0x1p20, 0x1p45] {
      let scaled = Matrix(rows: 60, columns: 7, elements: cloud.elements.map { $0 * scale })
      let found = try IntrinsicDimension.local(scaled, queries: [0, 9], options)
      #expect(found == expected, "scale \(scale)")
    }
    let same = Matrix<Float>(rows: 40, columns: 20, repeating: 0.1)
    #expect(try IntrinsicDimension.local(same, queries: [3], options) == [0])
    options.k = 9
    #expect(try IntrinsicDimension.local(same, queries: [3], options) == [0])
  }
}
