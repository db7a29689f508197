public import Tensors

/// Every way to carry rows from one space to another, linear or not, with anchors that are given or found.
public enum TransferMethod: Sendable, Equatable {
  /// A matrix, fitted on matched rows.
  case map(AlignmentMethod)
  /// Each vector as a combination of this many shared tokens (``TokenPursuit``).
  case tokenPursuit(sparsity: Int)
  /// From this many nearest shared tokens, or all where there are fewer (``LocalMap``).
  case local(neighbours: Int)
  /// A matrix on anchors that are found, not given (``UnsupervisedMap``).
  case unsupervised(UnsupervisedOptions)

  /// The name in studies, file names and reports.
  public var name: String {
    switch self {
    case .map(let method): method.name
    case .tokenPursuit: "token-pursuit"
    case .local: "local"
    case .unsupervised: "unsupervised"
    }
  }

  /// All methods with their default parameters.
  public static let all: [TransferMethod] =
    AlignmentMethod.all.map(TransferMethod.map) + [
      .tokenPursuit(sparsity: 64), .local(neighbours: 50), .unsupervised(UnsupervisedOptions()),
    ]

  /// The method of a name with its default parameters; nil for an unknown name.
  public init?(name: String) {
    guard let method = Self.all.first(where: { $0.name == name }) else { return nil }
    self = method
  }

  /// The method that fits a matrix on anchors which are given; nil for all others.
  public var fittedMap: AlignmentMethod? {
    if case .map(let method) = self { method } else { nil }
  }

  /// The same with another seed of what an unsupervised search drops; a fit's own seed is in `AlignmentOptions`.
  public func seeded(_ seed: UInt64) -> TransferMethod {
    guard case .unsupervised(var options) = self else { return self }
    options.seed = seed
    return .unsupervised(options)
  }

  /// False for a method that finds its own anchors.
  public var needsPairs: Bool {
    if case .unsupervised = self { false } else { true }
  }

  /// True where held-out rows of the source are predicted from the target's (logit matching).
  public var predictsSourceRows: Bool { self == .map(.logitMatching) }

  /// Fits on matched rows what held-out rows are to judge: for logit matching the map from target rows back to
  /// source rows.
  ///
  /// - Throws: `AlignmentError`, as the method does.
  /// - Precondition: equally many rows; the method needs pairs.
  public func fit(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) -> any TokenTransfer {
    switch self {
    case .map(let method): return try method.fit(source: source, target: target, options: options).rowMap
    case .tokenPursuit(let sparsity):
      return try TokenPursuit(
        source: source, target: target, sparsity: sparsity, isCentred: options.isCentred)
    case .local(let neighbours):
      return try LocalMap(
        source: source, target: target, neighbours: min(neighbours, source.rows), isCentred: options.isCentred
      )
    case .unsupervised: preconditionFailure("an unsupervised method fitted on pairs")
    }
  }
}
