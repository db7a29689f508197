public import Alignment
public import Tensors

/// The maps that a test needs beside the one that carries the vector.
public protocol MapControls: Sendable {
  /// The same fit from the target to itself: what it costs to be carried at all.
  var selfMap: LinearMap { get }
  /// A direction of the source through `count` maps that were fitted as the real one, on shuffled pairs.
  func carriedThroughShuffled(_ direction: [Float], count: Int, seed: UInt64) throws -> [[Float]]
}

/// The controls of a map that was fitted on matched rows.
public struct RowControls: MapControls {
  public let selfMap: LinearMap
  private let method: any LinearMethod
  private let source: Matrix<Float>
  private let target: Matrix<Float>
  private let options: AlignmentOptions
  /// Carries without a map of each shuffle, where the method allows it.
  private let closedForm: ShuffledMaps?

  /// Fits the target to itself, and prepares the shuffled maps; O(n d² + d³).
  ///
  /// - Parameters:
  ///   - source: the rows that the map was fitted on, n x d_S, and the target's, n x d_T.
  ///   - lambda: the λ that the map's own cross-validation chose; nil has it chosen again, by one more fit.
  ///   - options: those of the map.
  /// - Throws: `AlignmentError` as the fit.
  /// - Precondition: equally many rows.
  public init(
    _ method: any LinearMethod, source: Matrix<Float>, target: Matrix<Float>, lambda: Double? = nil,
    options: AlignmentOptions = AlignmentOptions()
  ) throws(AlignmentError) {
    (self.method, self.source, self.target, self.options) = (method, source, target, options)
    var lambda = method.shuffledLambda(chosen: lambda)
    // A method that makes nothing of a λ has none to choose.
    if lambda == nil, method.shuffledLambda(chosen: 0) != nil {
      let fitted = try method.fit(source: source, target: target, options: options)
      lambda = fitted.diagnostics.method.shuffledLambda(chosen: nil)
    }
    if let lambda {
      closedForm = try ShuffledMaps(source: source, target: target, lambda: lambda, options: options)
    } else {
      closedForm = nil
    }
    selfMap = try method.fit(source: target, target: target, options: options).map
  }

  /// The maps of `count` shuffles, for many directions.
  ///
  /// Cost: nothing in closed form; another method is fitted `count` times.
  package func shuffled(count: Int, seed: UInt64) throws(AlignmentError) -> ShuffledCarrier {
    if let closedForm { return .closedForm(closedForm, count: count, seed: seed) }
    var maps: [LinearMap] = []
    for index in 0..<count {
      maps.append(
        try method.fitShuffled(
          source: source, target: target, seed: seed &+ UInt64(index), options: options
        ).map)
    }
    return .fitted(maps)
  }

  /// In closed form for ridge and least squares, O(n d_T) a map; another method is fitted each time.
  public func carriedThroughShuffled(
    _ direction: [Float], count: Int, seed: UInt64
  ) throws(AlignmentError) -> [[Float]] {
    if let closedForm { return closedForm.carried(direction, count: count, seed: seed) }
    var carried: [[Float]] = []
    for index in 0..<count {
      let map = try method.fitShuffled(
        source: source, target: target, seed: seed &+ UInt64(index), options: options
      ).map
      carried.append(map.applied(toDirection: direction))
    }
    return carried
  }
}

/// Maps of shuffled pairs, fitted or in closed form.
package enum ShuffledCarrier: Sendable {
  case closedForm(ShuffledMaps, count: Int, seed: UInt64)
  case fitted([LinearMap])

  /// A direction of the source through each map, a row a map.
  package func images(of direction: [Float]) -> Matrix<Float> {
    switch self {
    case .closedForm(let maps, let count, let seed):
      return maps.images(of: direction, count: count, seed: seed)
    case .fitted(let maps):
      let images = maps.map { $0.applied(toDirection: direction) }
      return Matrix(rows: images.count, columns: images.first?.count ?? 0, elements: images.flatMap(\.self))
    }
  }
}
