/// What a measure cannot see: the transformations of a space that leave its value as it is.
///
/// For a comparison of two models it holds for a transformation of either side, alone. A measure says something
/// about two models only modulo these; choose it by what models are free to do. A property
/// test runs every metric under every transformation, and docs/invariances.md is made from the list of measures.
public struct Invariance: Sendable, Equatable {
  /// What the measure looks at.
  public enum Group: String, Sendable, CaseIterable {
    case global = "All pairs of tokens"
    case linear = "Linear subspaces and shapes"
    case local = "Neighbourhoods"
    case dimension = "Intrinsic dimension (one space)"
    case isotropy = "Isotropy (one space)"
    case gauge = "Measures of cosines after a change of gauge"
  }

  public let group: Group
  public let blindTo: Set<Transformation>
  /// The space that a transformation changes the value by where it is in no column; of the other the measure may see less.
  public let side: Side
  /// What the table's columns cannot say; may be empty.
  public let remark: String

  public init(
    _ group: Group, _ blindTo: Set<Transformation>, of side: Side = .first, remark: String = ""
  ) {
    (self.group, self.side, self.remark) = (group, side, remark)
    // Permutations are orthogonal, and rotations, equal scales and permutations are invertible linear maps.
    var closed = blindTo
    if closed.contains(.invertibleLinear) { closed.formUnion([.orthogonal, .scaling]) }
    if closed.contains(.orthogonal) { closed.insert(.dimensionPermutation) }
    self.blindTo = closed
  }
}

extension Set<Transformation> {
  /// What cosines do not see.
  static var angles: Set { [.orthogonal, .scaling, .rowScaling] }
  /// What shapes are modulo.
  static var shape: Set { [.orthogonal, .scaling, .translation] }
  /// What subspaces of centred rows are modulo.
  static var affine: Set { [.invertibleLinear, .translation] }
}

extension Invariance {
  /// Of neighbourhoods by cosine.
  static let byCosine = Invariance(
    .local, .angles, remark: "of a Euclidean graph: orthogonal, scale, translation")
}

extension Gauge {
  /// What Pearson's r of all cosines cannot see of rows in this gauge; it stands for every measure that looks at cosines only.
  public var invariance: Invariance {
    switch self {
    case .raw: Invariance(.gauge, .angles)
    case .centred, .allButTheTop: Invariance(.gauge, .shape)
    case .standardised:
      Invariance(
        .gauge, [.scaling, .translation, .dimensionPermutation], remark: "also to a scale for each dimension")
    case .whitened: Invariance(.gauge, .affine, remark: "without regularisation")
    case .causal:
      Invariance(
        .gauge, [.scaling, .rowScaling],
        remark: "by a covariance held fixed; to any invertible map of the unembedding and the rows together")
    }
  }
}
