internal import Checkpoints
public import Reports
public import Workflow

/// What to compare, transfer and check: the content of a study file.
///
/// ```yaml
/// name: demo
/// models: [smollm2-135m, gemma-3-270m]
/// tokens: {letters_only: true, whole_words: true}
/// steer: {behaviours: [sentiment], depth: 0.5}
/// hypotheses:
///   - {name: shared orientation, metric: smollm2-135m--gemma-3-270m/centred/orientation, op: ">", threshold: 0.1}
/// ```
///
/// The range of each option stands in docs/studies.md; ``validated()`` holds a study that was not read from a file against them.
public struct Study: Sendable, Equatable {
  /// The report's folder name: letters, digits, `-` and `_`.
  public var name: String
  /// One or two sentences at the head of the report: what is asked.
  public var question = ""
  /// No two of one name; every pair is compared. One where points, lenses or embedding language models are all that is asked for.
  public var models: [Model]
  /// Seeds every random choice; another seed draws other samples, splits and nulls.
  public var seed: UInt64 = 1
  public var tokens = MatchOptions()
  public var compare = CompareOptions()
  public var align = MapOptions()
  public var steer = SteerOptions()
  /// Which points are read.
  public var points = PointsOptions()
  /// Which lenses are judged.
  public var lenses = LensesOptions()
  /// Which embedding language models are judged.
  public var elms = ElmsOptions()
  /// How the report's figures are drawn.
  public var figures = FigureOptions()
  public var hypotheses: [Hypothesis] = []
  /// The study file, from whose folder its paths start; empty for a study that no file holds.
  public var file = ""
  /// Where its options stand in that file.
  package var places = StudyPlaces()

  /// A study of these models with the usual options: nothing is steered, nothing claimed.
  public init(name: String, models: [Model]) { (self.name, self.models) = (name, models) }

  /// Whether anything is asked for that two models have to do with: a comparison, or what maps carry.
  var looksAtPairs: Bool {
    !compare.spaces.isEmpty || points.carriesElsewhere && !points.groups.isEmpty || !steer.behaviours.isEmpty
  }

  /// What it asks of the steps.
  public var options: StepOptions {
    get {
      var options = StepOptions()
      (options.seed, options.tokens, options.compare, options.align, options.steer) =
        (seed, tokens, compare, align, steer)
      return options
    }
    set {
      (seed, tokens, compare, align, steer) =
        (newValue.seed, newValue.tokens, newValue.compare, newValue.align, newValue.steer)
    }
  }

  /// One model of a study.
  public struct Model: Sendable, Equatable, ExpressibleByStringLiteral {
    /// What files, tables and hypotheses call it.
    public var name: String
    /// The name of a store or a catalog id, the path of a store or a checkpoint, or `org/name` in the Hugging Face cache.
    public var source: String

    /// A model by its source; called as ``ModelName`` calls that, or by a name of its own.
    public init(_ source: String, name: String? = nil) {
      self.source = source
      self.name = name ?? ModelName.of(source)
    }

    /// The model of a source, without a name of its own.
    public init(stringLiteral source: String) { self.init(source) }
  }
}
