import Foundation
import Geometry
import Statistics
import Tensors

/// Values computed by Golden/generate.py.
struct Golden: Decodable {
  let a: [Double]
  let b: [Double]
  let n: Int
  let widthA: Int
  let widthB: Int
  let pearson: Double
  let rowPearson: [Double]
  let spearmanAllPairs: Double
  let ckaBiased: Double
  let ckaUnbiased: Double
  let cosineIndices: [[Int]]
  let cosineDistances: [[Double]]
  let euclideanIndices: [[Int]]
  let euclideanDistances: [[Double]]
  let weights: [[Double]]
  let localDimensions20: [Int]
  let localDimensions10: [Int]
  let twoNN: Double
  let levinaBickel: Double
  let levinaBickelRows: [Double]
  let meanCosine: Double
  let participationRatio: Double
  let spectrum: [Double]
  let standardised: [Double]

  var matrixA: Matrix<Float> { Matrix(rows: n, columns: widthA, elements: a.map { Float($0) }) }
  var matrixB: Matrix<Float> { Matrix(rows: n, columns: widthB, elements: b.map { Float($0) }) }

  static func load() throws -> Golden {
    let folder = Bundle.module.resourceURL?.appending(path: "Golden/geometry.json")
    return try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: folder ?? URL(filePath: "Golden/geometry.json")))
  }
}

/// Values computed by Golden/generate_graphs.py.
struct GoldenGraphs: Decodable {
  let a: [Double]
  let b: [Double]
  let n: Int
  let widthA: Int
  let widthB: Int
  let k: Int
  let spearman: Double
  let jaccard: [Double]
  let rankSimilarity: [Double]
  let secondOrder: [Double]
  let cycleOutBHomeA: [Double]
  let cknna: Double
  let occurrences: [Int]
  let hubness: Double
  let jaccardByChance: Double

  var matrixA: Matrix<Float> { Matrix(rows: n, columns: widthA, elements: a.map { Float($0) }) }
  var matrixB: Matrix<Float> { Matrix(rows: n, columns: widthB, elements: b.map { Float($0) }) }

  static func load() throws -> GoldenGraphs {
    let folder = Bundle.module.resourceURL?.appending(path: "Golden/graphs.json")
    return try JSONDecoder().decode(
      GoldenGraphs.self, from: Data(contentsOf: folder ?? URL(filePath: "Golden/graphs.json")))
  }
}

func isClose(_ x: Double?, _ y: Double?, _ tolerance: Double) -> Bool {
  guard let x, let y else { return false }
  return abs(x - y) <= tolerance * max(1, abs(y))
}

/// Independent normal numbers plus a shift.
func gaussian(_ rows: Int, _ columns: Int, seed: UInt64, shift: Double = 0) -> Matrix<Float> {
  var random = SeededRandom(seed: seed)
  return Matrix(
    rows: rows, columns: columns,
    elements: (0..<rows * columns).map { _ in Float(random.normal() + shift) })
}

/// x · q, the slow way.
func product(_ x: Matrix<Float>, _ q: Matrix<Float>) -> Matrix<Float> {
  var result = Matrix<Float>(rows: x.rows, columns: q.columns, repeating: 0)
  for i in 0..<x.rows {
    for j in 0..<q.columns {
      result[i, j] = Float((0..<x.columns).reduce(0.0) { $0 + Double(x[i, $1]) * Double(q[$1, j]) })
    }
  }
  return result
}

/// `rows` ≤ `columns` orthonormal rows (Gram–Schmidt in Double).
func orthonormalRows(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
  var random = SeededRandom(seed: seed)
  var basis: [[Double]] = []
  while basis.count < rows {
    var v = (0..<columns).map { _ in random.normal() }
    for _ in 0..<2 {
      for u in basis {
        let along = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
        v = zip(v, u).map { $0 - along * $1 }
      }
    }
    let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
    basis.append(v.map { $0 / norm })
  }
  return Matrix(rows: rows, columns: columns, elements: basis.flatMap { $0.map { Float($0) } })
}

/// Points of a unit ball of dimension `d`, turned into `width` dimensions.
func ball(_ d: Int, points: Int, width: Int, seed: UInt64) -> Matrix<Float> {
  var random = SeededRandom(seed: seed)
  var elements: [Float] = []
  for _ in 0..<points {
    let v = (0..<d).map { _ in random.normal() }
    let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let radius = pow(random.uniform(), 1 / Double(d)) / norm
    elements += v.map { Float($0 * radius) }
  }
  return product(
    Matrix(rows: points, columns: d, elements: elements), orthonormalRows(d, width, seed: seed + 1))
}

/// Cosines of all pairs in Double, from rows of length 1.
func cosineMatrix(_ unit: Matrix<Float>) -> [[Double]] {
  (0..<unit.rows).map { i in
    (0..<unit.rows).map { j in
      (0..<unit.columns).reduce(0.0) { $0 + Double(unit[i, $1]) * Double(unit[j, $1]) }
    }
  }
}

/// The entries i ≠ j, row by row, with rows and columns taken in the given order.
func offDiagonal(_ m: [[Double]], order: [Int]? = nil) -> [Double] {
  let order = order ?? Array(m.indices)
  return order.indices.flatMap { i in order.indices.filter { $0 != i }.map { m[order[i]][order[$0]] } }
}

/// All orders of 0 ..< count.
func permutations(_ count: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return permutations(count - 1).flatMap { shorter in
    (0...shorter.count).map { position in
      var longer = shorter
      longer.insert(count - 1, at: position)
      return longer
    }
  }
}

/// A jackknife's error less what it counts twice between unrelated models, see `withoutDegenerate`.
func counted(_ error: Double, unrelated: Double) -> Double {
  max(error * error - 2 * pow(unrelated, 4) / (error * error), unrelated * unrelated).squareRoot()
}

/// Two lower-case letters a number, the first 676 of them different.
func letters(_ number: Int) -> String {
  let letters: [UInt8] = [UInt8(97 + number % 26), UInt8(97 + number / 26 % 26)]
  return String(decoding: letters, as: UTF8.self)
}
