internal import Geometry
public import Lenses
public import Points

/// Which points a study reads, and how: the section `points` of its file.
public struct PointsOptions: Sendable, Equatable {
  /// Points by groups.
  public var groups = Named<PointGroup>()
  /// The models that they are read in; all where it is empty.
  public var models: [String] = []
  /// Neighbours that are listed, and the one whose distance the alarm takes.
  public var neighbours = PointOptions().neighbours
  /// Rows that are held out, against which points are held.
  public var heldOut = PointOptions().heldOut
  public var lenses: [LensKind] = [.logit]
  /// Also ask the model for words, with controls: seconds a point.
  public var asksForWords = false
  /// Also carry points of the space that maps are fitted on into the other models.
  public var carriesElsewhere = true
  /// Ways by name.
  public var walks = Named<PointPath>()
  /// Files of related words, whose heads are looked for.
  public var relations: [NamedFile] = []
  /// Permutations of the targets of a relation.
  public var relationPermutations = RelationOptions().permutations

  /// Nothing is read.
  public init() {}

  /// Whether nothing is asked about points.
  var isEmpty: Bool { groups.isEmpty && walks.isEmpty && relations.isEmpty }
}

/// Points that are looked at together.
public struct PointGroup: Sendable, Equatable {
  /// Where the points of a group stand.
  public enum Source: Sendable, Equatable {
    case list([NamedPoint])
    /// A file of one expression a line, maybe with a name and a tab before it.
    case file(String)
  }

  public var source: Source
  /// The models that they are read in; those of ``PointsOptions/models`` where it is empty.
  public var models: [String]

  public init(_ source: Source, models: [String] = []) { (self.source, self.models) = (source, models) }
}

/// An expression, and what reports call it.
public struct NamedPoint: Sendable, Equatable {
  public var expression: String
  /// nil takes its number in the list, from 1.
  public var name: String?

  public init(_ expression: String, name: String? = nil) { (self.expression, self.name) = (expression, name) }
}

/// A way from a point to another, or along a direction.
public struct PointPath: Sendable, Equatable {
  public var start: String
  public var goal: PointGoal
  /// The models that it is walked in; those of ``PointsOptions/models`` where it is empty.
  public var models: [String]

  public init(from start: String, _ goal: PointGoal, models: [String] = []) {
    (self.start, self.goal, self.models) = (start, goal, models)
  }

  /// Points on the way where nothing is said.
  public static let steps = 9
  /// Doses where nothing is said.
  public static let doses: [Double] = [0, 0.5, 1, 2, 4, 8]
}

extension NamedPoint: Encodable {
  /// The expression, or `{NAME: EXPRESSION}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let name { try container.encode([name: expression]) } else { try container.encode(expression) }
  }
}

extension PointGroup: Encodable {
  private enum Key: String, CodingKey { case points, models }

  /// A list or a path, or a mapping of `points` and `models`.
  public func encode(to encoder: any Encoder) throws {
    guard models.isEmpty else {
      var container = encoder.container(keyedBy: Key.self)
      switch source {
      case .list(let points): try container.encode(points, forKey: .points)
      case .file(let path): try container.encode(path, forKey: .points)
      }
      try container.encode(models, forKey: .models)
      return
    }
    var container = encoder.singleValueContainer()
    switch source {
    case .list(let points): try container.encode(points)
    case .file(let path): try container.encode(path)
    }
  }
}

extension PointPath: Encodable {
  private enum Key: String, CodingKey { case from, to, along, doses, steps, slerp, models }

  /// As a study file has it, nothing left to a default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(start, forKey: .from)
    switch goal {
    case .point(let end, let steps, let isSpherical):
      try container.encode(end, forKey: .to)
      try container.encode(steps, forKey: .steps)
      try container.encode(isSpherical, forKey: .slerp)
    case .along(let direction, let doses):
      try container.encode(direction, forKey: .along)
      try container.encode(doses, forKey: .doses)
    }
    if !models.isEmpty { try container.encode(models, forKey: .models) }
  }
}
