internal import Alignment
internal import Foundation
internal import LinearAlgebra
internal import Statistics
public import Stores
internal import Tensors

/// A direction of a domain's space along which an attribute grows: a concept activation vector (Kim et al. 2018).
///
/// ```
/// ridge     w = argmin Σ (y - ȳ - wᵀ z)² + α ‖w‖²,  α by five-fold cross-validation
/// logistic  w = argmin Σ log(1 + exp(-s (wᵀ z + b))) + α ‖w‖² / 2,  s = ±1, α = n / 100, Newton's steps
/// g = w / ‖w‖,   z = (x - μ) / scale
/// ```
/// On items of training alone. A step of λ moves a point by λ · scale · g: λ is in the standardised units that the adapter reads, in which an item lies √d from the mean.
/// O(n d² + d³).
public struct ConceptDirection: Sendable, Equatable {
  /// How it is found.
  public enum Method: String, Sendable, Equatable, Codable, CaseIterable { case ridge, logistic }

  public let method: Method
  /// What it is called.
  public let attribute: String
  /// g, of unit length.
  public let direction: [Float]
  /// What λ = 1 adds to a vector, in the domain's units.
  public let step: [Float]
  /// Items that it was found on.
  public let trainingItems: Int
  /// How well `gᵀ z` foretells the attribute on items that were held out: Pearson's correlation, or for 0 and 1 the share of pairs
  /// in the right order (AUC); nil where those do not vary.
  public let heldOut: Double?
  public let heldOutItems: Int

  /// - Parameters:
  ///   - standardisation: of the model that reads the domain.
  ///   - training: items that it may be found on.
  /// - Throws: ``ElmError/notEvaluable(what:reason:)`` where too few items of training have a number, or they do not vary; ``ElmError/option(name:expected:actual:)``
  ///   for a logistic direction of numbers that are not 0 and 1.
  public init(
    _ attribute: ItemAttribute, _ method: Method, in domain: Domain,
    _ standardisation: ElmRecord.Standardisation, training: [Int]
  ) throws {
    guard method == .ridge || attribute.isBinary else {
      throw ElmError.option(
        name: "cav-method", expected: "ridge for an attribute of more than two values", actual: "logistic")
    }
    let trained = Set(training)
    let own = attribute.items.indices.filter { trained.contains(attribute.items[$0]) }
    let rest = attribute.items.indices.filter { !trained.contains(attribute.items[$0]) }
    let values = own.map { attribute.values[$0] }
    guard own.count >= Self.fewest, Set(values).count > 1 else {
      throw ElmError.notEvaluable(
        what: "a direction for \(attribute.name)",
        reason: "\(own.count) items of training have a number, with \(Set(values).count) different ones; "
          + "\(Self.fewest) and 2 are needed")
    }
    func rows(_ places: [Int]) -> Matrix<Float> {
      standardisation.applied(to: domain.vectors.selecting(rows: places.map { attribute.items[$0] }))
    }
    let weights = try method == .ridge ? Self.ridge(rows(own), values) : Self.logistic(rows(own), values)
    let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 0, norm.isFinite else {
      throw ElmError.notEvaluable(
        what: "a direction for \(attribute.name)", reason: "no direction of the space foretells it")
    }
    self.method = method
    self.attribute = attribute.name
    let unit = weights.map { Float($0 / norm) }
    (direction, step) = (unit, unit.map { $0 * standardisation.scale })
    trainingItems = own.count
    let read = rows(rest)
    let scores = (0..<rest.count).map { row in
      zip(unit, read.row(row)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let truth = rest.map { attribute.values[$0] }
    heldOut = attribute.isBinary ? Self.areaUnderCurve(scores, truth) : pearson(scores, truth)
    heldOutItems = rest.count
  }

  /// `gᵀ (x - μ) / scale` of a vector: the attribute as a direction reads it.
  static func reading(
    of vector: [Double], along direction: [Float], _ standardisation: ElmRecord.Standardisation
  ) -> Double {
    zip(direction, zip(vector, standardisation.mean)).reduce(0.0) {
      $0 + Double($1.0) * ($1.1.0 - Double($1.1.1)) / Double(standardisation.scale)
    }
  }

  /// A random direction of the same length, its control.
  public static func random(width: Int, seed: UInt64) -> [Float] {
    var random = SeededRandom(seed: seed)
    let numbers = (0..<width).map { _ in random.normal() }
    let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return numbers.map { Float($0 / norm) }
  }

  private static let fewest = 10

  private static func ridge(_ rows: Matrix<Float>, _ values: [Double]) throws -> [Double] {
    let target = Matrix(rows: rows.rows, columns: 1, elements: values.map { Float($0) })
    let fitted = try Ridge().fit(
      MatchedRows(source: rows, target: target, for: "a concept's direction"), AlignmentOptions())
    return fitted.map.weights.elements.map { Double($0) }
  }

  /// Newton's method; the penalty keeps the Hessian positive and the solution finite where the classes can be told apart.
  private static func logistic(_ rows: Matrix<Float>, _ values: [Double]) throws -> [Double] {
    let (n, d) = (rows.rows, rows.columns)
    let penalty = Double(n) / 100
    let x = Matrix(
      rows: n, columns: d + 1,
      elements: (0..<n).flatMap { row -> [Double] in rows.row(row).map { Double($0) } + [1.0] })
    var w = [Double](repeating: 0, count: d + 1)
    for _ in 0..<50 {
      var (gradient, weighted) = ([Double](repeating: 0, count: d + 1), x)
      for row in 0..<n {
        let score = (0...d).reduce(0.0) { $0 + x[row, $1] * w[$1] }
        let p = 1 / (1 + exp(-score))
        for column in 0...d {
          gradient[column] += (p - values[row]) * x[row, column]
          weighted[row, column] *= max(p * (1 - p), 1e-9)
        }
      }
      var hessian = multiply(x, weighted, transposingA: true)
      for column in 0..<d {
        gradient[column] += penalty * w[column]
        hessian[column, column] += penalty
      }
      let step = try withSingleThreadedBLAS {
        try solvePositiveDefinite(hessian, Matrix(rows: d + 1, columns: 1, elements: gradient))
      }
      for column in 0...d { w[column] -= step[column, 0] }
      if step.elements.allSatisfy({ abs($0) < 1e-8 }) { break }
    }
    return Array(w.prefix(d))
  }

  /// Pairs of a 1 and a 0 of which the 1 scores higher, ties counting half.
  static func areaUnderCurve(_ scores: [Double], _ truth: [Double]) -> Double? {
    let ranks = averageRanks(scores)
    let ones = truth.indices.filter { truth[$0] == 1 }
    let (n, m) = (Double(ones.count), Double(truth.count - ones.count))
    guard n > 0, m > 0 else { return nil }
    return (ones.reduce(0) { $0 + ranks[$1] } - n * (n + 1) / 2) / (n * m)
  }
}
