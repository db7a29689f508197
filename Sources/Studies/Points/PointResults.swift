public import Lenses
public import Points
public import Workflow

/// The points of a group in one model.
public struct PointGroupResult: Sendable {
  public let model: String
  public let group: String
  public let points: [Point]
  /// The models that the points were carried into.
  public let others: [String]

  /// One point, and what reports call it.
  public struct Point: Sendable {
    public let name: String
    public let meaning: PointMeaning
  }

  /// `MODEL/points/GROUP`, the task's name in `results.json`.
  public var task: String { "\(model)/points/\(group)" }
}

/// A way in one model.
public struct NamedWalk: Sendable {
  public let name: String
  public let walk: PointWalk

  /// `MODEL/paths/NAME`, the task's name in `results.json`.
  public var task: String { "\(walk.model)/paths/\(name)" }
}

/// Which heads of a model implement which relations.
public struct ModelRelations: Sendable {
  public let model: String
  /// In the order of the study, under its names.
  public let scores: [Score]

  /// One relation, and what reports call it.
  public struct Score: Sendable {
    public let name: String
    public let scores: RelationScores
  }

  /// `MODEL/relations/NAME`, the task's name in `results.json`.
  package func task(_ score: Score) -> String { "\(model)/relations/\(score.name)" }
}

/// What a lens of a model reads of a set.
public struct ModelLensEvaluation: Sendable {
  public let model: String
  public let evaluation: LensEvaluation

  /// `MODEL/lenses/KIND/SET`, the task's name in `results.json`.
  public var task: String { "\(model)/lenses/\(evaluation.lens)/\(evaluation.set)" }
}

/// The lenses of two models, over matched tokens and among the tokens that both know.
public struct LensPairResult: Sendable {
  public let a: String
  public let b: String
  public let comparison: LensComparison
  /// Of each set.
  public let sets: [SetResult]

  /// What both lenses read of a set, each among all tokens of its own and among those that both know.
  public struct SetResult: Sendable {
    public let own: (a: LensEvaluation, b: LensEvaluation)
    public let shared: (a: LensEvaluation, b: LensEvaluation)
  }

  /// `A--B/lenses/KIND`, the task's name in `results.json`.
  public var task: String { "\(a)--\(b)/lenses/\(comparison.lensA)" }
}
