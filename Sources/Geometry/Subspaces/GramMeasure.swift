internal import Tensors

/// A measure whose values are functions of the Gram matrices of matched rows, so that several share their left-out groups and
/// permutations (``GramResampling``).
protocol GramMeasure: Sendable {
  /// What a decomposition that fails was for.
  static var words: String { get }
  /// Whether it asks for moments about zero.
  static var needsRaw: Bool { get }
  /// The same number of values for every view; NaN where one is undefined.
  static func statistics(
    _ view: GramView, _ options: LinearSimilarityOptions
  ) throws(GeometryError) -> [Double]
  init(_ values: GramValues, _ options: LinearSimilarityOptions)
  /// Nothing is evaluable.
  init(reason: String, _ options: LinearSimilarityOptions)
}

extension GramMeasure {
  static var needsRaw: Bool { false }

  /// The measure by itself.
  ///
  /// - Precondition: equal numbers of rows.
  init(
    of a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions
  ) throws(GeometryError) {
    if let reason = try reasonAgainstComparing(a, b) {
      self.init(reason: reason, options)
    } else {
      self.init(try GramResampling(a, b, options, [Self.self], words: Self.words), options)
    }
  }

  /// - Precondition: one of the measures of the resampling.
  init(_ resampling: GramResampling, _ options: LinearSimilarityOptions) {
    guard let values = resampling.values(of: Self.self) else {
      preconditionFailure("\(Self.words) is not among the resampled measures")
    }
    self.init(values, options)
  }
}
