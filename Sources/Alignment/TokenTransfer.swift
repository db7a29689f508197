internal import Geometry
internal import LinearAlgebra
public import Tensors

/// Anything that carries rows of one model to another's space, linear or not, so that held-out scores treat all
/// alike. `LinearMap` is one; `TokenPursuit` and `LocalMap` are others.
public protocol TokenTransfer: Sendable {
  /// The name in reports.
  var method: String { get }
  var sourceWidth: Int { get }
  var targetWidth: Int { get }
  /// d_T numbers, about which mapped rows are judged; zeros for a transfer without centring.
  var targetMean: [Float] { get }
  /// Points (embedding rows, hidden states) in the rows of a matrix, with the means.
  ///
  /// - Precondition: `sourceWidth` columns.
  func applied(toPoints points: Matrix<Float>) -> Matrix<Float>
  /// Directions (steering vectors) in the rows of a matrix, without the means.
  ///
  /// - Precondition: `sourceWidth` columns.
  func applied(toDirections directions: Matrix<Float>) -> Matrix<Float>
}

extension LinearMap: TokenTransfer {}

/// Matched rows about their means, which non-linear transfers look up instead of fitting a matrix.
///
/// It holds both sides whole: 4 n (d_S + d_T) bytes, and the unit rows of the source besides.
struct TokenTable: Sendable, Equatable {
  /// Source rows less their mean, of unit length; zero rows stay zero.
  let unit: Matrix<Float>
  /// Length of the source rows about their mean.
  let lengths: [Double]
  /// Target rows less their mean.
  let target: Matrix<Float>
  let sourceMean: [Float]
  let targetMean: [Float]

  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`.
  init(
    _ source: Matrix<Float>, _ target: Matrix<Float>, isCentred: Bool, purpose: String, needed: Int
  ) throws(AlignmentError) {
    precondition(
      source.rows == target.rows, "matched rows: \(source.rows) of the source, \(target.rows) of the target")
    guard source.rows >= needed else {
      throw .tooFewTokens(purpose: purpose, needed: needed, actual: source.rows)
    }
    try requireFinite(source, side: "source")
    try requireFinite(target, side: "target")
    func mean(_ rows: Matrix<Float>) -> [Float] {
      guard isCentred else { return Array(repeating: 0, count: rows.columns) }
      return columnMeans(rows).map { Float($0) }
    }
    sourceMean = mean(source)
    targetMean = mean(target)
    let centred = shifted(source, by: sourceMean, sign: -1)
    lengths = rowNorms(centred)
    guard lengths.contains(where: { $0 > 0 }) else { throw .noVariance(side: "source") }
    unit = unitRows(centred)
    self.target = shifted(target, by: targetMean, sign: -1)
  }

  /// `Σ cᵢ bᵢ`: target rows of the same tokens, about their mean; c is for source rows about theirs.
  func synthesis(_ tokens: [Int], _ weights: [Double]) -> [Float] {
    var sum = [Double](repeating: 0, count: target.columns)
    for (token, weight) in zip(tokens, weights) {
      let start = token * target.columns
      for column in sum.indices { sum[column] += weight * Double(target.elements[start + column]) }
    }
    return sum.map { Float($0) }
  }

  /// Products of `queries` with all unit rows, row-major, for one block of queries; single-threaded BLAS.
  func products(_ queries: Matrix<Float>, into scores: inout [Float]) {
    var span = scores.mutableSpan
    multiplyTile(queries.elements.span, unit.elements.span, columns: unit.columns, into: &span)
  }
}
