public import Tensors

/// A way to make one direction of contrast pairs.
///
/// An estimator is a struct in a file of its own with an entry in ``DirectionEstimators/all``; studies, the command line
/// and vector files follow from there. What needs no pairs is in ``ExtractionMethods/all`` alone.
public protocol DirectionEstimator: Sendable {
  /// The name in vector files, in camel case.
  static var name: String { get }
  /// Raised when the estimator comes to another direction of the same pairs; vectors of other versions are tested again.
  static var version: Int { get }
  /// The direction that leads from the pairs' negative to their positive sides.
  ///
  /// - Parameter differences: `h⁺ - h⁻` in the residual stream, a row a pair, two rows or more.
  /// - Returns: d_model numbers in units of the residual stream.
  func direction(of differences: Matrix<Double>) throws -> [Double]
}

extension DirectionEstimator {
  /// The first.
  public static var version: Int { 1 }

  /// The name as studies and the command line spell it: `mean-difference` for `meanDifference`.
  public static var word: String { spelled(name) }

  /// The name in vector files, in camel case.
  public var name: String { Self.name }

  /// The name as studies and the command line spell it.
  public var word: String { Self.word }

  /// Raised when the estimator comes to another direction of the same pairs.
  public var version: Int { Self.version }
}
