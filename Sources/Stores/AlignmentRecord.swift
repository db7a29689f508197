public import Tensors

/// Which store an alignment was fitted on.
public struct StoreReference: Sendable, Equatable {
  /// As the user calls it: the file's name without its extension.
  public var name: String
  /// The store's `identity`.
  public var identity: String
  /// SHA-256 of the checkpoint that the store was imported from; nil in files of older versions.
  public var source: String?

  public init(name: String, identity: String, source: String? = nil) {
    (self.name, self.identity, self.source) = (name, identity, source)
  }
}

/// Pairs of rows, one of each store, that are the same token.
public struct MatchTable: Sendable, Equatable, Codable {
  public var rowsA: [Int32]
  public var rowsB: [Int32]
  /// Why each pair is one: a position in `reasonNames`.
  public var reasons: [UInt8]
  public var reasonNames: [String]

  /// - Precondition: columns of one length.
  public init(rowsA: [Int32], rowsB: [Int32], reasons: [UInt8], reasonNames: [String]) {
    precondition(
      rowsA.count == rowsB.count && rowsA.count == reasons.count,
      "a match table of \(rowsA.count), \(rowsB.count) and \(reasons.count) rows")
    self.rowsA = rowsA
    self.rowsB = rowsB
    self.reasons = reasons
    self.reasonNames = reasonNames
  }

  public var count: Int { rowsA.count }
}

/// A fitted map from model A's space to model B's, with all that is needed to trace and to judge it.
///
/// `y = (x − meanA) · weights + meanB` for a row x of A.
public struct AlignmentRecord: Sendable, Equatable {
  /// `least-squares`, `ridge`, `procrustes`, `logit-matching`, …
  public var method: String
  /// Which matrices were matched: `input` or `output`.
  public var space: String
  /// [d_A x d_B].
  public var weights: Matrix<Float>
  public var meanA: [Float]
  public var meanB: [Float]
  public var storeA: StoreReference
  public var storeB: StoreReference
  public var match: MatchTable
  /// Positions in the match table that the fit has not seen.
  public var heldOut: [Int32]
  /// The method's options as JSON, seed included.
  public var options: String
  /// Held-out scores as JSON.
  public var scores: String
  public var toolVersion: String
  /// When the file was written, ISO 8601 in UTC.
  public var date: String

  /// - Precondition: one mean a row of the weights, and one a column.
  public init(
    method: String, space: String, weights: Matrix<Float>, meanA: [Float], meanB: [Float],
    storeA: StoreReference, storeB: StoreReference, match: MatchTable, heldOut: [Int32],
    options: String, scores: String, toolVersion: String, date: String
  ) {
    precondition(
      meanA.count == weights.rows && meanB.count == weights.columns,
      "means of \(meanA.count) and \(meanB.count) for weights \(weights.rows) x \(weights.columns)")
    self.method = method
    self.space = space
    self.weights = weights
    self.meanA = meanA
    self.meanB = meanB
    self.storeA = storeA
    self.storeB = storeB
    self.match = match
    self.heldOut = heldOut
    self.options = options
    self.scores = scores
    self.toolVersion = toolVersion
    self.date = date
  }
}
