public import Workflow

/// Everything that a study found; the report is made from it and from nothing else.
public struct StudyResults: Sendable {
  public var models: [ModelSummary] = []
  public var pairs: [PairResult] = []
  public var transfers: [TransferResult] = []
  /// One a pair, where layers were asked for.
  public var layers: [LayerComparison] = []
  /// Wall-clock seconds of each step, as measured when it was last done.
  public var seconds: [String: Double] = [:]

  package init() {}
}
