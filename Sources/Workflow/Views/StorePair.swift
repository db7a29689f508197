internal import Files
internal import Geometry
public import Stores
internal import Vocabularies

/// Two stores that are matched, compared or aligned.
public struct StorePair: Sendable {
  package let a: (name: String, store: EmbeddingStore)
  package let b: (name: String, store: EmbeddingStore)
  /// Of every step.
  public var options = StepOptions()
  /// All models whose tokens count where tokens are shared by all, in their order.
  package var models: [String]
  public var folders = WorkFolders()
  /// Called with what the user should know though the work goes on.
  public var warn: @Sendable (String) -> Void = { _ in }
  private let workspace = Workspace()

  /// Two open stores with their names; the seed is that of every step.
  public init(
    _ a: (name: String, store: EmbeddingStore), _ b: (name: String, store: EmbeddingStore), seed: UInt64 = 1
  ) {
    self.a = a
    self.b = b
    models = [a.name, b.name]
    options.seed = seed
  }

  /// The tokens that both vocabularies have, and what is wrong with rows, before any filter.
  ///
  /// Cost: the search for untrained rows in both.
  /// - Throws: `StoreError`.
  public func matched() throws -> VocabularyMatch {
    defer { workspace.finish("match") }
    func rows(_ model: (name: String, store: EmbeddingStore)) throws -> TokenRows {
      try steps.vocabulary(ModelSummary(model), space)
    }
    return VocabularyMatch((a.name, try rows(a)), (b.name, try rows(b)))
  }

  /// Every measure of the pair; neighbour graphs are kept beside the stores.
  /// - Throws: `WorkflowError.tooFewTokens`, `StoreError`, `GeometryError`; for a bad file of relations before anything else.
  public func compared() throws -> PairResult {
    try steps.compared(
      ModelSummary(a), ModelSummary(b), space, options.compare.relations.map { try RelationFile(path: $0) },
      findings: MeasuredFindings())
  }

  /// Fits and scores the methods of `align` and writes each map to `FOLDER/A--B.METHOD.h5`, with the learning curves
  /// that it asks for.
  ///
  /// - Throws: `WorkflowError` for an unknown method, before anything is fitted; `AlignmentError`, `StoreError`.
  public func aligned() throws -> (maps: [AlignmentResult], curves: [AlignmentCurve]) {
    let (a, b) = (ModelSummary(a), ModelSummary(b))
    try options.align.requireMethods()
    defer { workspace.finish("align") }
    let bench = try AlignBench(steps, a, b)
    let maps = try options.align.methods.map { method in
      JobProgress.current.begin("fitting \(method)")
      return try bench.align(method)
    }
    let curves = try options.align.learningCurve.map { method in
      JobProgress.current.begin("\(method) over the number of anchors")
      return try bench.curve(method)
    }
    return (maps, curves)
  }

  private var space: EmbeddingSpace { options.compare.spaces.first ?? .input }

  private var steps: Steps {
    Steps(options, models: models, folders: folders, workspace: workspace, warn: warn)
  }
}
