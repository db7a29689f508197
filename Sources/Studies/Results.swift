public import Workflow

/// Everything that a study found; the report is made from it and from nothing else.
public struct StudyResults: Sendable {
  public var models: [ModelSummary] = []
  public var pairs: [PairResult] = []
  /// One a pair that is not compared but has maps.
  package var maps: [MappedPair] = []
  public var transfers: [TransferResult] = []
  /// One a pair, where layers were asked for.
  public var layers: [LayerComparison] = []
  /// One a model and group of points.
  public var points: [PointGroupResult] = []
  /// One a model and way.
  public var walks: [NamedWalk] = []
  /// One a model, where relations were asked for.
  public var relations: [ModelRelations] = []
  /// One a model, lens and set.
  public var lenses: [ModelLensEvaluation] = []
  /// One a pair and lens.
  public var lensPairs: [LensPairResult] = []
  /// One an embedding language model.
  public var elms: [ElmResult] = []
  /// Wall-clock seconds of each step, as measured when it was last done.
  public var seconds: [String: Double] = [:]
  /// What was run, its paths from the current folder; nil for results that no runner made.
  public internal(set) var study: Study?
  /// The earlier runs that hypotheses are held against, by their paths in the study.
  package var baselines: [String: Baseline] = [:]

  package init() {}

  /// All maps, of pairs that are compared and of those that are not.
  var alignments: [AlignmentResult] { pairs.flatMap(\.alignments) + maps.flatMap(\.alignments) }
}

/// The maps between two models that are not compared.
package struct MappedPair: Sendable {
  package let a: String
  package let b: String
  package let alignments: [AlignmentResult]

  /// What files call it.
  package var name: String { "\(a)--\(b)" }
}
