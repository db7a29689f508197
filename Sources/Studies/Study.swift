public import Alignment
internal import Checkpoints
public import Geometry
public import Steering
public import Transformers

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
  /// At least two, no two of one name; every pair is compared.
  public var models: [Model]
  /// Seeds every random choice; another seed draws other samples, splits and nulls.
  public var seed: UInt64 = 1
  public var tokens = TokenOptions()
  public var compare = CompareOptions()
  public var align = AlignOptions()
  public var steer = SteerOptions()
  public var hypotheses: [Hypothesis] = []
  /// The study file, from whose folder its paths start; empty for a study that no file holds.
  public var file = ""

  /// A study of these models with the usual options: nothing is steered, nothing claimed.
  public init(name: String, models: [Model]) { (self.name, self.models) = (name, models) }

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

  /// What a steering vector is made from.
  public struct Behaviour: Sendable, Equatable, Codable, ExpressibleByStringLiteral {
    /// The name of a bundled contrast set, or the path of a file.
    public var source: String
    /// What files, tables and hypotheses call it; nil leaves it to the contrast set.
    public var name: String?

    /// A behaviour by its source, and by a name of its own.
    public init(_ source: String, name: String? = nil) { (self.source, self.name) = (source, name) }

    /// The behaviour of a source, without a name of its own.
    public init(stringLiteral source: String) { self.init(source) }
  }

  /// Which matched tokens take part.
  public struct TokenOptions: Sendable, Equatable, Codable {
    public var lettersOnly = true
    public var wholeWords = false
    /// Tokens whose rows training has not told apart, and copies of other rows.
    public var untrained = UntrainedPolicy.leaveOut
    /// This share of tokens, those with the smallest norms, is dropped, with all whose norm is the same as the largest of
    /// theirs: they are mostly hardly trained.
    public var minimumNormQuantile = 0.005
    /// Only tokens that all models of the study share, the same for every pair: then pairs can be held against each
    /// other.
    public var sharedByAll = false

    public init() {}
  }

  /// What is done with tokens that ``UntrainedTokens`` finds in either model.
  public enum UntrainedPolicy: String, Sendable, Equatable, Codable, CaseIterable {
    case leaveOut = "leave-out"
    case keep
  }

  /// How two spaces are compared.
  public struct CompareOptions: Sendable, Equatable, Codable {
    /// Neighbours of the graphs and of LLE; larger values look at larger neighbourhoods.
    public var neighbours = 10
    /// Neighbours of the local PCA.
    public var dimensionNeighbours = 1200
    /// Tokens whose intrinsic dimension is measured (a seeded sample).
    public var dimensionTokens = 4000
    /// Which matrices are compared; models whose unembedding is their embedding, tied or as a copy in another
    /// quantisation, are compared with one another once.
    public var spaces = [EmbeddingSpace.input]
    /// What is measured beyond orientation, CKA, mutual neighbours, LLE weights and intrinsic dimension.
    public var also: [MeasureGroup] = []
    /// A file of related words, `word<TAB>word`, one pair a line; takes the place of WordNet in token profiles.
    public var relations: String?
    /// Also the hidden states layer by layer (`layers: true`); nil leaves them out. Two to three minutes a pair of models
    /// of 30 and 18 blocks on two processors.
    public var layers: LayerOptions?
    /// Nulls permute tokens only within strata: word start × kind × case × script × tenth of the frequency ranks; otherwise among all.
    public var isStratified = true
    /// The pairs (`A--B`) whose layers are compared; all where it is empty.
    public var layerPairs: [String] = []

    public init() {}
  }

  /// How maps between the spaces are fitted.
  public struct AlignOptions: Sendable, Equatable, Codable {
    /// Names of methods, as `sextant align --help` lists them; `methods: all` in a file.
    public var methods = ["least-squares", "ridge", "procrustes", "logit-matching"]
    public var space = EmbeddingSpace.input
    /// Share of the matched tokens that the fit never sees.
    public var heldOut = 0.2
    /// Hold out whole words: all forms of one stay on one side of the split. In a random split two of three held-out tokens have
    /// a form of their word among the training tokens.
    public var heldOutGroups = false
    /// The largest set of rows among which held-out tokens are looked for; smaller ones come with it.
    public var candidates = CandidateSet.vocabulary
    /// Also score every map on each class of tokens by itself.
    public var byClass = false
    /// The methods whose held-out scores are also measured over the number of anchors; `learning_curve: true` in a file
    /// takes all of `methods` that are fitted on anchors. Thirty fits a method.
    public var learningCurve: [String] = []

    public init() {}
  }

  /// Which steering vectors are carried over, and how they are tested.
  public struct SteerOptions: Sendable, Equatable, Codable {
    /// Bundled contrast sets, or files of such sets, no two of one name; none skips steering.
    public var behaviours: [Behaviour] = []
    /// What carries the vectors: a map of token embeddings, or one of hidden states.
    public var map = MapKind.embedding
    /// The method of `align.methods` whose map carries the vectors; of hidden states it is always ridge.
    public var method = "ridge"
    /// Share of the source's depth at which vectors are read.
    public var depth = 0.5
    /// How the target's block is chosen: `same-depth` or `best-separation`.
    public var layer = LayerPolicy.sameDepth
    /// Whose activations make the vectors: the `last` token of each text, or the `mean` over all but the first.
    public var position = ActivationPositions.last
    /// How a direction is made of the pairs: a name of `DirectionEstimators`.
    public var extraction = MeanDifference.word
    /// Mean KL divergence at dose 1, nats a token.
    public var divergence = 0.5
    /// Held-out items used of each set; 0 uses all.
    public var items = 40
    /// Draws of residual noise, the first of three nulls; the smallest p is 1 over one more, before Holm's correction for the
    /// behaviours.
    public var randomVectors = 199
    /// Draws of permuted labels.
    public var permutedLabels = 199
    /// Draws of maps fitted on shuffled pairs. Ridge and least squares have them in closed form; another method is fitted
    /// once for two draws.
    public var shuffledMaps = 199
    /// The share of the slope of the target's own vector by which a carried one may fall behind and still "transfer".
    public var margin = 0.5
    /// Tokens of each text that is generated.
    public var generatedTokens = 24
    /// Also carry vectors from each later model of the list to each earlier one.
    public var bothDirections = false

    /// The options that a study has when it names none.
    public init() {}
  }

  /// What a map that carries steering vectors was fitted on.
  public enum MapKind: String, Sendable, Equatable, Codable, CaseIterable {
    /// The embeddings of matched tokens (`align`).
    case embedding
    /// The residual stream behind the vector's block and behind the target's block of the same depth, at the positions
    /// of short texts where both models have read the same bytes; the behaviour's own texts are left out.
    case layer
  }

  /// A claim about one number of the results.
  public struct Hypothesis: Sendable, Equatable, Codable {
    public var name: String
    /// `task/metric` as in `results.json`.
    public var metric: String
    public var comparison: Comparison
    public var threshold: Double

    /// A claim that a metric is below or above a threshold.
    public init(name: String, metric: String, comparison: Comparison, threshold: Double) {
      (self.name, self.metric, self.comparison, self.threshold) = (name, metric, comparison, threshold)
    }
  }

  /// How a number is held against a threshold.
  public enum Comparison: String, Sendable, Equatable, Codable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="

    /// Whether `value` fulfils the comparison.
    public func holds(_ value: Double, _ threshold: Double) -> Bool {
      switch self {
      case .less: value < threshold
      case .atMost: value <= threshold
      case .greater: value > threshold
      case .atLeast: value >= threshold
      }
    }
  }
}
