package import Alignment
package import ELM
package import Geometry
package import Lenses
package import Reports
package import Steering
package import Transformers
internal import Vocabularies
package import Workflow

/// All options of a study: one declaration an option, from which everything else that is said of it is made.
package enum Parameters {
  /// A study that says only what it must.
  package static let standard = Study(name: "my-study", models: ["model-a", "model-b"])

  private static let pairs: Set<StepKind> = [
    .compare, .align, .learningCurve, .layers, .picture, .transfer, .carried,
  ]
  private static let matches: Set<StepKind> = pairs.union([.match])
  private static let maps: Set<StepKind> = [.align, .learningCurve, .transfer, .carried]
  /// Steps of their own models, which look at no match.
  private static let points: Set<StepKind> = [.points, .path, .relations]
  private static let lenses: Set<StepKind> = [.lens, .lensShared, .lensPair]
  /// Steps in which an embedding language model answers.
  private static let elms: Set<StepKind> = [.elm, .elmBetween, .elmCAV]

  // MARK: - Of the whole study

  package static let name = Parameter<String>(
    "name", \.name, .name,
    "the report's folder", isRequired: true)
  package static let question = Parameter<String>(
    "question", \.question, .text,
    "a sentence or two at the head of the report", example: "What do they share?")
  package static let models = Parameter<[Study.Model]>(
    "models", \.models, .models,
    "names of stores, ids of the catalog (`sextant models list`), paths of stores or checkpoints, org/name of the Hugging Face "
      + "cache; two or more, every pair is compared; or a mapping: {old: runA/model, new: runB/model}",
    isRequired: true)
  package static let seed = Parameter<UInt64>(
    "seed", \.seed, .seed,
    "the seed of every random choice",
    affects: matches.union([.vocabulary]).union(points).union(lenses).union(elms))

  // MARK: - Which matched tokens take part

  package static let lettersOnly = Parameter<Bool>(
    "tokens.letters_only", \.tokens.lettersOnly, .flag,
    "only words and pieces of words: tokens made of letters", affects: matches)
  package static let wholeWords = Parameter<Bool>(
    "tokens.whole_words", \.tokens.wholeWords, .flag,
    "only tokens that start a word", affects: matches)
  package static let untrained = Parameter<UntrainedPolicy>(
    "tokens.untrained", \.tokens.untrained, .choice(UntrainedPolicy.allCases),
    "tokens whose rows no training has told apart, and copies of other rows", affects: matches)
  package static let minimumNormQuantile = Parameter<Double>(
    "tokens.minimum_norm_quantile", \.tokens.minimumNormQuantile, .number(0...0.5),
    "the share of tokens, those of the smallest norms, that is left out: most are hardly trained",
    affects: matches)
  package static let sharedByAll = Parameter<Bool>(
    "tokens.shared_by_all", \.tokens.sharedByAll, .flag,
    "only tokens that all models share, the same for every pair", affects: matches)

  // MARK: - How two spaces are compared

  package static let neighbours = Parameter<Int>(
    "compare.neighbours", \.compare.neighbours, .integer(2...200),
    "neighbours of the graphs and of LLE", affects: [.compare])
  package static let dimensionNeighbours = Parameter<Int>(
    "compare.dimension_neighbours", \.compare.dimensionNeighbours, .integer(3...5000),
    "neighbours of the local PCA", affects: [.compare])
  package static let dimensionTokens = Parameter<Int>(
    "compare.dimension_tokens", \.compare.dimensionTokens, .integer(10...1_000_000),
    "tokens whose dimension is measured, a seeded sample; more take longer", affects: [.compare])
  package static let spaces = Parameter<[EmbeddingSpace]>(
    "compare.spaces", \.compare.spaces, .choices(EmbeddingSpace.allCases),
    "the matrices that are compared, embeddings and unembeddings; none where points, lenses, elms or vectors are all that is asked for"
  )
  package static let also = Parameter<[MeasureGroup]>(
    "compare.also", \.compare.also, .choices(MeasureGroup.allCases.sorted { $0.rawValue < $1.rawValue }),
    "measures that cost more or answer a narrower question", affects: [.compare])
  package static let relations = Parameter<String?>(
    "compare.relations", \.compare.relations, .path,
    "related words, word<TAB>word, one pair a line: token profiles take them for WordNet",
    affects: [.compare], example: "words.tsv")
  package static let stratifiedNull = Parameter<Bool>(
    "compare.stratified_null", \.compare.isStratified, .flag,
    "nulls permute tokens only within strata of kind and frequency", affects: [.compare])
  package static let layers = Parameter<Bool>(
    "compare.layers", \.compare.comparesLayers, .flag,
    "also the hidden states, layer by layer; the keys below are about them")
  package static let layerPairs = Parameter<[String]>(
    "compare.layer_pairs", \.compare.layerPairs, .texts,
    "pairs A--B; all where it is empty")
  package static let layerTokens = Parameter<Int>(
    "compare.layer_tokens", \.compare.layerOptions.tokens, .integer(50...2000),
    "matched tokens, a seeded sample; time grows with the square", affects: [.layers])
  package static let layerCarrier = Parameter<String>(
    "compare.layer_carrier", \.compare.layerOptions.carrier, .anyText,
    "the text that each token follows; where it is empty, a token stands alone behind the begin of sequence, "
      + "which some models take for an attention sink",
    affects: [.layers])
  package static let layerPosition = Parameter<ActivationPositions>(
    "compare.layer_position", \.compare.layerOptions.position, .choice([.last, .mean]),
    "what stands for a text: the state of its last token, or the mean over all but the first",
    affects: [.layers])
  package static let layerGauges = Parameter<[Gauge]>(
    "compare.layer_gauges", \.compare.layerOptions.normalisations,
    .choices(Gauge.plain, atLeast: 1),
    "what is done to the states of each layer first", affects: [.layers])
  package static let layerNeighbours = Parameter<Int>(
    "compare.layer_neighbours", \.compare.layerOptions.neighbours,
    .integer(CompareOptions.layerNeighbours),
    "neighbours of the mutual kNN, by default as many as those of the graphs",
    affects: [.layers])
  package static let layerPermutations = Parameter<Int>(
    "compare.layer_permutations", \.compare.layerOptions.permutations, .integer(19...10_000),
    "permutations of the null", affects: [.layers])

  // MARK: - How maps are fitted

  package static let methods = Parameter<[String]>(
    "align.methods", \.align.methods, .methods,
    "how maps are fitted; or all: `sextant align --help` lists them")
  package static let alignSpace = Parameter<EmbeddingSpace>(
    "align.space", \.align.space, .choice(EmbeddingSpace.allCases),
    "the matrix of each model that maps are fitted on", affects: maps.union([.layers]))
  package static let heldOut = Parameter<Double>(
    "align.held_out", \.align.heldOut, .number(MapOptions.heldOutShares),
    "the share of tokens that no fit sees", affects: maps)
  package static let heldOutGroups = Parameter<Bool>(
    "align.held_out_groups", \.align.heldOutGroups, .flag,
    "hold out whole words: all forms of one (case, plural, word start) stay on one side", affects: maps)
  package static let candidates = Parameter<CandidateSet>(
    "align.candidates", \.align.candidates, .choice(CandidateSet.allCases.reversed()),
    "the most rows among which held-out tokens are looked for; the whole vocabulary takes a minute a map",
    affects: [.align])
  package static let byClass = Parameter<Bool>(
    "align.by_class", \.align.byClass, .flag,
    "also score each class of tokens by itself", affects: [.align])
  package static let learningCurve = Parameter<[String]>(
    "align.learning_curve", \.align.learningCurve, .anchoredMethods,
    "also score over the number of anchors, thirty fits a method: true, or a list of methods")

  // MARK: - Which vectors are carried, and how they are tested

  package static let behaviours = Parameter<[Behaviour]>(
    "steer.behaviours", \.steer.behaviours, .behaviours,
    "sentiment, formality, certainty, tense, or paths of JSON or JSON Lines files; none skips steering. "
      + "Or a mapping of names to paths: {mine: a/pairs.json, theirs: b/pairs.json}"
  )
  package static let map = Parameter<MapKind>(
    "steer.map", \.steer.map, .choice(MapKind.allCases),
    "what carries vectors: a map of embeddings, or of hidden states", affects: [.transfer])
  package static let steerMethod = Parameter<String>(
    "steer.method", \.steer.method, .text,
    "one of align.methods that fits a matrix", affects: [.transfer])
  package static let depth = Parameter<Double>(
    "steer.depth", \.steer.depth, .number(0.05...1),
    "where vectors are read, as a share of the source's depth", affects: [.transfer])
  package static let steerLayer = Parameter<LayerPolicy>(
    "steer.layer", \.steer.layer, .choice(LayerPolicy.allCases),
    "the target's block", affects: [.transfer])
  package static let position = Parameter<ActivationPositions>(
    "steer.position", \.steer.position, .choice([.last, .mean]),
    "whose activations make the vectors: the last token's, or the mean over all but the first",
    affects: [.transfer])
  package static let extraction = Parameter<String>(
    "steer.extraction", \.steer.extraction, .estimator,
    "how a direction is made of the pairs; see below", affects: [.transfer])
  package static let divergence = Parameter<Double>(
    "steer.divergence", \.steer.divergence, .number(0.001...10),
    "mean KL divergence at dose 1, nats a token", affects: [.transfer])
  package static let items = Parameter<Int>(
    "steer.items", \.steer.items, .integer(0...100_000),
    "held-out items of each set, 0 for all", affects: [.transfer])
  package static let randomVectors = Parameter<Int>(
    "steer.random_vectors", \.steer.randomVectors, .integer(1...9999),
    "draws of residual noise, the first of three nulls", affects: [.transfer])
  package static let permutedLabels = Parameter<Int>(
    "steer.permuted_labels", \.steer.permutedLabels, .integer(1...9999),
    "draws of permuted labels, the second; the fewest draws of the three bound p, see below",
    affects: [.transfer])
  package static let shuffledMaps = Parameter<Int>(
    "steer.shuffled_maps", \.steer.shuffledMaps, .integer(1...9999),
    "draws of shuffled maps, the third", affects: [.transfer])
  package static let margin = Parameter<Double>(
    "steer.margin", \.steer.margin, .number(0...1),
    "how far a slope may fall behind the native one and still \"transfer\", as a share", affects: [.transfer])
  package static let generatedTokens = Parameter<Int>(
    "steer.generated_tokens", \.steer.generatedTokens, .integer(0...1000),
    "tokens of each text that is generated", affects: [.transfer])
  package static let bothDirections = Parameter<Bool>(
    "steer.both_directions", \.steer.bothDirections, .flag,
    "also from later models of the list to earlier ones", affects: [.carried])

  // MARK: - Which points are read

  package static let pointGroups = Parameter<Named<PointGroup>>(
    "points.read", \.points.groups, .groups,
    "points by group: a list of expressions (docs/points.md), any of which may be {NAME: EXPRESSION}, or a file of one a line, maybe with a name and "
      + "a tab before it; for some models alone {points: …, models: […]}",
    example: "{cities: ['token:\" Paris\"', 'token:\" Rome\"']}")
  package static let pointModels = Parameter<[String]>(
    "points.models", \.points.models, .texts,
    "the models that points and ways are read in and whose heads are scored; all where it is empty")
  package static let pointNeighbours = Parameter<Int>(
    "points.neighbours", \.points.neighbours, .integer(1...100),
    "neighbours that are listed, and the one whose distance the alarm takes", affects: [.points, .path])
  package static let pointHeldOut = Parameter<Int>(
    "points.held_out", \.points.heldOut, .integer(19...100_000),
    "rows against which points are held; more make smaller p possible", affects: [.points, .path])
  package static let pointLenses = Parameter<[LensKind]>(
    "points.lenses", \.points.lenses, .choices(LensKind.allCases),
    "the lenses that points are read through", affects: [.points])
  package static let pointWords = Parameter<Bool>(
    "points.words", \.points.asksForWords, .flag,
    "also what the model says in a point's place, beside three controls; takes most of the time",
    affects: [.points])
  package static let pointElsewhere = Parameter<Bool>(
    "points.elsewhere", \.points.carriesElsewhere, .flag,
    "also the points in the other models, through the maps of align; back as well with steer.both_directions"
  )
  package static let pointPaths = Parameter<Named<PointPath>>(
    "points.paths", \.points.walks, .walks,
    "ways by name: {from: POINT, to: POINT, steps: 9, slerp: false}, or {from: POINT, along: DIRECTION, doses: [0, 1]}, each maybe with models",
    example: "{mood: {from: 'token:\" sad\"', to: 'token:\" happy\"'}}")
  package static let pointRelations = Parameter<[NamedFile]>(
    "points.relations", \.points.relations, .files,
    "files of related words ([[\"France\", \"Paris\"], …]): which heads implement them")
  package static let relationPermutations = Parameter<Int>(
    "points.relation_permutations", \.points.relationPermutations, .integer(19...100_000),
    "permutations of the targets of a relation", affects: [.relations])

  // MARK: - Which lenses are judged

  package static let lensSets = Parameter<[NamedFile]>(
    "lenses.sets", \.lenses.sets, .files,
    "sets of prompts with words that should be readable before the answer (docs/lenses.md)")
  package static let lensKinds = Parameter<[LensKind]>(
    "lenses.kinds", \.lenses.kinds, .choices(LensKind.allCases, atLeast: 1),
    "the lenses; fitted ones lie where `sextant lens fit` leaves them")
  package static let lensModels = Parameter<[String]>(
    "lenses.models", \.lenses.models, .texts,
    "the models whose lenses are judged; all where it is empty")
  package static let lensPositions = Parameter<LensPositions>(
    "lenses.positions", \.lenses.positions, .choice(LensPositions.allCases),
    "search all positions of a prompt, or read the last alone, as published numbers do",
    affects: [.lens, .lensShared])
  package static let lensRandom = Parameter<Bool>(
    "lenses.random", \.lenses.readsRandom, .flag,
    "also read lenses between random rotations; doubles the time", affects: [.lens, .lensShared])
  package static let lensPairs = Parameter<[String]>(
    "lenses.compare", \.lenses.pairs, .pairs,
    "pairs A--B, or all: their lenses over matched tokens, and judged on the sets among the tokens that both know"
  )
  package static let lensTokens = Parameter<Int>(
    "lenses.tokens", \.lenses.tokens, .integer(50...4000),
    "matched tokens of a comparison, a seeded sample; time grows with the square", affects: [.lensPair])
  package static let lensNeighbours = Parameter<Int>(
    "lenses.neighbours", \.lenses.neighbours, .integer(2...40),
    "neighbours of its mutual kNN", affects: [.lensPair])
  package static let lensPermutations = Parameter<Int>(
    "lenses.permutations", \.lenses.permutations, .integer(19...10_000),
    "permutations of its null", affects: [.lensPair])

  // MARK: - Which embedding language models are judged

  package static let elmFiles = Parameter<[NamedElm]>(
    "elms.judge", \.elms.files, .elms,
    "embedding language models (docs/elm.md): names in the models folder, or paths of files; each was trained on one of models, and its domain lies in the "
      + "models folder", example: "[words, {other: runs/words-2.elm.h5}]")
  package static let elmTasks = Parameter<[String]>(
    "elms.tasks", \.elms.tasks, .texts,
    "the tasks that they are judged on; all of each file where it is empty")
  package static let elmItems = Parameter<Int>(
    "elms.items", \.elms.items, .integer(2...100_000),
    "held-out items of each task, drawn by the seed; fewer where there are fewer", affects: elms)
  package static let elmTexts = Parameter<Int>(
    "elms.texts", \.elms.texts, .integer(2...100_000),
    "texts among which the true one is looked for", affects: [.elm])
  package static let elmMaximumTokens = Parameter<Int>(
    "elms.max_tokens", \.elms.maximumTokens, .integer(1...4096),
    "most tokens of an answer", affects: elms)
  package static let elmByName = Parameter<Bool>(
    "elms.by_name", \.elms.asksByName, .flag,
    "also ask the model as its checkpoint has it by the items' names: a quarter to a half of the time",
    affects: [.elm])
  package static let elmDraws = Parameter<Int>(
    "elms.draws", \.elms.draws, .integer(1...100),
    "draws of items, texts and other items' vectors, with the study's seed and those that follow it")
  package static let elmExamples = Parameter<Int>(
    "elms.examples", \.elms.examples, .integer(0...1000),
    "answers of each task that the report shows unedited, the first that the seed has drawn")
  package static let elmBetween = Parameter<Bool>(
    "elms.between", \.elms.asksBetween, .flag,
    "also points on the way from one held-out item to another")
  package static let elmAttributes = Parameter<[NamedFile]>(
    "elms.cav", \.elms.attributes, .files,
    "attributes that are turned up and down: FIELD=TEXT, FIELD, or a file of names and numbers; any may be {NAME: …}",
    example: "[kind=person, {concrete: concreteness.csv}]")
  package static let elmMethod = Parameter<ConceptDirection.Method>(
    "elms.cav_method", \.elms.method, .choice(ConceptDirection.Method.allCases),
    "how their directions are found; logistic is for attributes of 0 and 1", affects: [.elmCAV])
  package static let elmLambdas = Parameter<[Double]>(
    "elms.lambdas", \.elms.lambdas, .doses,
    "how far points are moved along them", affects: [.elmCAV])
  package static let elmPseudoTokens = Parameter<Bool>(
    "elms.tokens", \.elms.readsTokens, .flag,
    "also what their pseudo-tokens are near to")

  // MARK: - How figures are drawn

  package static let figureFormats = Parameter<[FigureFormat]>(
    "figures.formats", \.figures.formats, .choices(FigureFormat.allCases, atLeast: 1),
    "the files of each figure; data and script stand beside them: `gnuplot NAME.gp` draws it again")
  package static let figureWidth = Parameter<FigureWidth>(
    "figures.width", \.figures.width, .width,
    "how wide figures are: 85mm fill a column of most journals, 170mm the width of their text")
  package static let figureFont = Parameter<String>(
    "figures.font", \.figures.font, .text,
    "a family that the machine has; another is replaced in PDF and PNG, with a warning")
  package static let figureFontSize = Parameter<Double>(
    "figures.font_size", \.figures.fontSize, .number(4...24),
    "the size of letters, in points")
  package static let figureTitles = Parameter<Bool>(
    "figures.titles", \.figures.hasTitles, .flag,
    "a title above each figure")
  package static let figureLabels = Parameter<[String: String]>(
    "figures.labels", \.figures.labels, .labels,
    "what figures call models, by their names everywhere else", example: "{model-a: Model A}")

  // MARK: - What is claimed

  package static let hypotheses = Parameter<[Study.Hypothesis]>(
    "hypotheses", \.hypotheses, .hypotheses,
    "claims about numbers of the results; see below")

  /// Every one, in the order of a study file: a value may rest on those before it.
  package static let all: [any AnyParameter] = [
    name, question, models, seed, lettersOnly, wholeWords, untrained, minimumNormQuantile, sharedByAll,
    neighbours, dimensionNeighbours, dimensionTokens, spaces, also, relations, stratifiedNull, layers,
    layerPairs, layerTokens, layerCarrier, layerPosition, layerGauges, layerNeighbours, layerPermutations,
    methods,
    alignSpace, heldOut, heldOutGroups, candidates, byClass, learningCurve, behaviours, map, steerMethod,
    depth, steerLayer, position, extraction, divergence, items, randomVectors, permutedLabels, shuffledMaps,
    margin,
    generatedTokens, bothDirections, pointGroups, pointModels, pointNeighbours, pointHeldOut, pointLenses,
    pointWords, pointElsewhere, pointPaths, pointRelations, relationPermutations, lensSets, lensKinds,
    lensModels, lensPositions, lensRandom, lensPairs, lensTokens, lensNeighbours, lensPermutations,
    elmFiles, elmTasks, elmItems, elmTexts, elmMaximumTokens, elmByName, elmDraws, elmExamples, elmBetween,
    elmAttributes, elmMethod, elmLambdas, elmPseudoTokens,
    figureFormats, figureWidth, figureFont, figureFontSize, figureTitles,
    figureLabels, hypotheses,
  ]

  /// The mappings of a study file.
  static var sections: [String] { heads.filter { head in all.contains { $0.section == head } } }

  /// The keys at the head of a study file.
  static var heads: [String] {
    all.reduce(into: []) { heads, parameter in
      let head = parameter.section ?? parameter.name
      if !heads.contains(head) { heads.append(head) }
    }
  }
}

extension CompareOptions {
  /// Neighbours of the mutual kNN of layers.
  static let layerNeighbours = 2...40

  /// Whether the hidden states are compared. When they begin to be, ``layers`` are the defaults, with as many neighbours as the
  /// graphs have.
  var comparesLayers: Bool {
    get { layers != nil }
    set {
      guard newValue else {
        layers = nil
        return
      }
      var options = LayerOptions()
      options.neighbours = min(neighbours, Self.layerNeighbours.upperBound)
      layers = layers ?? options
    }
  }

  /// How layers are compared; where they are not, the defaults, and nothing that is set stays.
  var layerOptions: LayerOptions {
    get { layers ?? LayerOptions() }
    set { if comparesLayers { layers = newValue } }
  }
}
