internal import LinearAlgebra
public import Stores
internal import Tensors

/// Where a point lies among the items of a domain.
public struct DomainStanding: Sendable, Equatable, Codable {
  /// Nearest first.
  public let nearest: [Neighbour]
  /// Euclidean distance to the nearest item of training, those left out that the point is made of.
  public let distance: Double
  /// Where that stands among the distances of the items that were held out, 0 to 100: they are points of the domain that no training has
  /// seen, so 50 is a usual one, and 100 farther off than all of them.
  public let percentile: Double
  /// Items that were held out.
  public let among: Int

  /// An item near the point.
  public struct Neighbour: Sendable, Equatable, Codable {
    public let name: String
    /// Of the numbers as they are.
    public let cosine: Double
  }
}

/// The items of a domain as the ground that points are held against.
///
/// Made in O(held-out items · training items · d), a point O(items · d).
public struct DomainGround: Sendable {
  private let domain: Domain
  private let training: [Int]
  /// ‖x‖².
  private let squares: [Double]
  /// Ascending.
  private var heldOut: [Double] = []

  /// - Precondition: items on both sides.
  public init(_ domain: Domain, training: [Int], heldOut: [Int]) {
    precondition(
      !training.isEmpty && !heldOut.isEmpty, "\(training.count) items of training, \(heldOut.count) held out")
    (self.domain, self.training) = (domain, training)
    squares = (0..<domain.count).map { row in
      domain.vectors.elements[domain.vectors.range(ofRow: row)].reduce(0) { $0 + Double($1) * Double($1) }
    }
    let vectors = domain.vectors.selecting(rows: heldOut)
    self.heldOut = distances(of: vectors).sorted()
  }

  /// Where points lie, and the k items that are nearest by cosine.
  ///
  /// - Parameter items: those that each point is made of: near them it lies by construction. nil for points of none.
  /// - Precondition: as many lists as points.
  public func standings(
    of points: [[Float]], madeOf items: [[Int]]? = nil, nearest k: Int = 5
  ) -> [DomainStanding] {
    precondition(
      items?.count ?? points.count == points.count,
      "\(items?.count ?? 0) lists of items for \(points.count) points")
    guard !points.isEmpty else { return [] }
    let matrix = Matrix(rows: points.count, columns: domain.width, elements: points.flatMap(\.self))
    let products = multiply(matrix, domain.vectors, transposingB: true)
    let distances = distances(of: matrix, madeOf: items)
    return points.indices.map { row in
      let norm = Self.square(points[row]).squareRoot()
      let cosines = (0..<domain.count).map { item in
        Float(Double(products[row, item]) / (norm * squares[item].squareRoot()))
      }
      let best = largest(k, of: cosines.span)
      let below = heldOut.prefix { $0 < distances[row] }.count
      let equal = heldOut.dropFirst(below).prefix { $0 == distances[row] }.count
      return DomainStanding(
        nearest: best.map { .init(name: domain.names[$0], cosine: Double(cosines[$0])) },
        distance: distances[row],
        percentile: 100 * (Double(below) + Double(equal) / 2) / Double(heldOut.count), among: heldOut.count)
    }
  }

  private static func square(_ vector: [Float]) -> Double {
    vector.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// To the nearest item of training that has not the very numbers of the point, nor is a part of it.
  private func distances(of points: Matrix<Float>, madeOf items: [[Int]]? = nil) -> [Double] {
    let rows = domain.vectors.selecting(rows: training)
    var found: [Double] = []
    for start in stride(from: 0, to: points.rows, by: 256) {
      let block = points.selecting(rows: Array(start..<min(points.rows, start + 256)))
      let products = multiply(block, rows, transposingB: true)
      found += parallelMap(count: block.rows, chunk: 8) { row in
        let own = block.row(row)
        let square = Self.square(own)
        // What the expansion leaves of the distance of equal vectors is rounding: the nearest are measured anew.
        let parts = items?[start + row] ?? []
        let order = training.indices.filter { !parts.contains(training[$0]) }.map { place in
          (square + squares[training[place]] - 2 * Double(products[row, place]), place)
        }
        return Self.nearest(order, from: own, in: rows)
      }
    }
    return found
  }

  /// The least distance above 0, from differences, of those that come first by the expansion.
  private static func nearest(_ order: [(Double, Int)], from point: [Float], in rows: Matrix<Float>) -> Double
  {
    var best: [(Double, Int)] = []
    for candidate in order {
      if best.count == 8, candidate.0 >= best[7].0 { continue }
      best.insert(candidate, at: best.firstIndex { $0.0 > candidate.0 } ?? best.count)
      if best.count > 8 { best.removeLast() }
    }
    let distances = best.map { candidate in
      zip(point, rows.elements[rows.range(ofRow: candidate.1)]).reduce(0.0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }.squareRoot()
    }
    return distances.filter { $0 > 0 }.min() ?? 0
  }
}
