public import Statistics
public import Tensors

/// What the geometry of a space says of any point of it.
///
/// The space is a matrix of rows: a model's input embeddings, its unembedding, or residual states of many prompts. Rows that no
/// training has told apart (``UntrainedTokens``) are left out: they are neither neighbours nor held out.
///
///     let space = try PointGeometry(store.readInput(), leavingOut: untrained)
///     space.neighbours(of: points, by: [.cosine, .csls])  // [point][nearness]
///     space.alarms(of: points)                            // [point]
///     space.neighbourhoods(of: points)                    // [point]
///     space.path(.along(point: x, direction: v, doses: [0, 1, 2]), by: [.cosine])
///     space.alarmPower(points: 500)
///
/// All functions take points as rows of a matrix and throw `GeometryError.notFinite`, or `.width` for points of another width.
public struct PointGeometry: Sendable {
  /// [n x d], shared with the caller: no copy is made.
  public let rows: Matrix<Float>
  public let options: PointOptions

  /// - Parameters:
  ///   - leavingOut: row numbers that do not count.
  ///   - groups: of all rows, in their order: rows that belong together, as the states of one prompt; nil takes each by itself.
  /// - Throws: `GeometryError.tooFewTokens`, `.notFinite`, `.option`, `.decomposition`.
  public init(
    _ rows: Matrix<Float>, leavingOut: Set<Int> = [], groups: TokenGroups? = nil,
    _ options: PointOptions = PointOptions()
  ) throws(GeometryError) {
    self.rows = rows
    self.options = options
  }
}
