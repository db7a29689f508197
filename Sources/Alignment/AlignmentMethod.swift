public import Tensors

/// A way to carry rows from one space to another, linear or not, with anchors that are given or found.
///
/// A method is a struct of its parameters. It conforms to one of ``LinearMethod``, ``LookUpMethod`` and
/// ``UnpairedMethod``, stands in a file of its own with its fit, and has an entry in ``AlignmentMethods/all``; names,
/// tables and files follow from there.
public protocol AlignmentMethod: Sendable, Equatable {
  /// The name in studies, file names and reports.
  static var name: String { get }
  /// Raised when the method comes to another map on the same rows; kept maps of other versions are fitted again.
  static var version: Int { get }
  /// The same with another seed of what a search drops; a fit's own seed is in `AlignmentOptions`.
  func seeded(_ seed: UInt64) -> Self
  /// Fits on the bench's training tokens and scores on its held-out ones, with the shuffled control.
  ///
  /// - Throws: `AlignmentError`, as the method and the scores do.
  func evaluate(on bench: HeldOutBench) throws(AlignmentError) -> TransferEvaluation
}

extension AlignmentMethod {
  /// The first.
  public static var version: Int { 1 }

  /// The name in studies, file names and reports.
  public var name: String { Self.name }

  /// Raised when the method comes to another map on the same rows.
  public var version: Int { Self.version }

  /// The method itself: most search nothing.
  public func seeded(_ seed: UInt64) -> Self { self }

  /// Of the same type with the same parameters.
  public func isEqual(to other: any AlignmentMethod) -> Bool { (other as? Self) == self }
}

/// A method that is fitted on matched rows: row i of the source and row i of the target are the same token.
public protocol PairedMethod: AlignmentMethod {
  /// True where held-out rows of the source are predicted from the target's (logit matching).
  var predictsSourceRows: Bool { get }
  /// Fits what held-out rows are to judge: where source rows are predicted, the map from target rows back to them.
  ///
  /// - Parameters:
  ///   - source: n x d_S.
  ///   - target: n x d_T.
  /// - Throws: `AlignmentError`, as the method does.
  /// - Precondition: equally many rows.
  func transfer(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions
  ) throws(AlignmentError) -> any TokenTransfer
}

extension PairedMethod {
  /// False: most methods predict rows of the target.
  public var predictsSourceRows: Bool { false }
}

/// A method that fits a matrix; files, cycles and steering take no others.
public protocol LinearMethod: PairedMethod {
  /// The fit itself; callers use `fit(source:target:options:)`, which matches the rows.
  ///
  /// - Throws: `AlignmentError.notFinite`, `.noVariance`, `.option`, `.tooFewTokens`, `.linearAlgebra`.
  func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap
  /// The λ with which ``ShuffledMaps`` carries a direction as the method's own fits on shuffled pairs would; nil where each
  /// has to be fitted.
  ///
  /// - Parameter chosen: the λ of the real map where a cross-validation chose it.
  func shuffledLambda(chosen: Double?) -> Double?
}

extension LinearMethod {
  /// Nil: most methods do not solve ridge's equations.
  public func shuffledLambda(chosen: Double?) -> Double? { nil }

  /// Fits a map on matched tokens: row i of the source and row i of the target are the same token.
  ///
  /// One pass over the rows forms the Gram matrices in Double, O(n d_S (d_S + d_T)); the rest is O(d³).
  /// Deterministic up to the rounding of BLAS.
  ///
  /// - Parameters:
  ///   - source: n x d_S.
  ///   - target: n x d_T.
  /// - Throws: `AlignmentError.tooFewTokens`, `.notFinite`, `.noVariance`, `.option`, `.linearAlgebra`.
  /// - Precondition: equally many rows.
  public func fit(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) -> FittedMap {
    try fit(MatchedRows(source: source, target: target, for: name), options)
  }

  /// Fits the map on pairs whose target rows are permuted: same rows, same spectra, no match.
  ///
  /// For ridge the λ is chosen anew, so that the control is as good as a control can be.
  ///
  /// - Throws: as `fit(source:target:options:)`.
  /// - Precondition: equally many rows.
  public func fitShuffled(
    source: Matrix<Float>, target: Matrix<Float>, seed: UInt64,
    options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) -> FittedMap {
    var random = SeededRandom(seed: seed)
    let order = random.permutation(target.rows)
    return try fit(source: source, target: target.selecting(rows: order), options: options)
  }

  /// The fitted ``FittedMap/rowMap``.
  public func transfer(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions
  ) throws(AlignmentError) -> any TokenTransfer {
    try fit(source: source, target: target, options: options).rowMap
  }
}

/// A method that writes a row with shared tokens of the source and takes the same ones of the target. What a row is written
/// with depends on the source alone, so that a method and its control share the search.
public protocol LookUpMethod: PairedMethod {}

/// A method that finds its own anchors, from rows of both sides in their own order of frequency.
public protocol UnpairedMethod: AlignmentMethod {
  /// What is fitted on the anchors in the end; the control fits it on permuted ones.
  var finish: any LinearMethod { get }
  /// Finds anchors and fits a map on them.
  ///
  /// - Parameters:
  ///   - source: rows in order of frequency, the most frequent first.
  ///   - target: the same of the other side, in its own order; the counts may differ.
  /// - Throws: `AlignmentError`, as the method does.
  func search(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions
  ) throws(AlignmentError) -> UnsupervisedMap
}

/// Lets a value that holds a linear method of any type be compared: equal are methods of one type with the same parameters.
@propertyWrapper
public struct EquatableMethod: Sendable, Equatable {
  public var wrappedValue: any LinearMethod

  public init(wrappedValue: any LinearMethod) { self.wrappedValue = wrappedValue }

  public static func == (a: Self, b: Self) -> Bool { a.wrappedValue.isEqual(to: b.wrappedValue) }
}
