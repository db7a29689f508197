internal import Alignment
internal import Files
internal import Geometry
internal import Steering

/// The numbers that a study can give, known before it runs: tasks and the metrics of each, as in `results.json`.
///
/// Which of two embedding matrices is compared turns out only when the stores are there, so both spaces count.
package struct KnownMetrics {
  package private(set) var tasks: [String: Set<String>] = [:]
  /// The smallest value that a p can have, by task and metric.
  private var smallest: [String: Double] = [:]

  /// - Parameter behaviours: the names of the study's contrast sets.
  package init(_ study: Study, behaviours: [String]) {
    let names = study.models.map(\.name)
    let pairs = names.indices.flatMap { a in names.indices.dropFirst(a + 1).map { (names[a], names[$0]) } }
    let spaces = EmbeddingSpace.allCases.filter {
      study.compare.spaces.contains($0) || $0 == study.align.space
    }
    for (a, b) in pairs {
      for space in spaces { add(a, b, space, study.compare) }
      if study.compare.layers != nil { addLayers("\(a)--\(b)", study) }
      for (source, target) in study.steer.bothDirections ? [(a, b), (b, a)] : [(a, b)] {
        addMaps("\(source)--\(target)", study.align)
        for behaviour in behaviours {
          addSteering("\(source)--\(target)/\(behaviour)", study.steer, family: behaviours.count)
        }
      }
    }
    let related = Self.headline.map { "related_pairs_\($0)" }
    for space in spaces {
      tasks[space == .input ? "models" : "models.\(space.rawValue)"] = Set(related).union([
        "triangle_violations", "cophenetic_correlation", "map_stress", "map_negative_share",
      ])
    }
  }

  private static let headline: Set = ["orientation", "cka", "mutual_knn", "lle_cosine"]
  private static let similarity = headline.union(["orientation_spearman", "rebuilt_a", "rebuilt_b"])
  private static let representational: Set = ["rsa", "rsa_spearman", "cka_biased"]
  private static let graphs: Set = [
    "jaccard", "rank_similarity", "second_order_cosine", "cycle_knn", "cknna", "hubness_a", "hubness_b",
  ]
  private static let maps: Set = [
    "r_squared", "mean_cosine", "norm_ratio", "shuffled_r_squared", "shuffled_p_at_1_csls",
    "condition_number", "anchors_correct",
  ]
  private static let precisions = ["p_at_1", "p_at_5", "p_at_10"].flatMap { [$0, "\($0)_csls"] }
  private static let steering: Set = [
    "slope", "native_slope", "native_slope_equal_divergence", "shuffled_slope", "transfer_ratio",
    "transfer_ratio_equal_divergence", "effect", "p_value", "p_value_uncorrected", "standard_score",
    "dose_zero_deviation",
  ]
  private static let landmarks = ["embedding", "half_depth", "last"]

  /// The measures, and what is said of the nulls of each.
  private static func withNulls(_ measures: Set<String>) -> Set<String> {
    measures.union(
      measures.flatMap { key in ["null", "null_plain", "p", "calibrated"].map { "\(key)_\($0)" } })
  }

  private mutating func add(
    _ a: String, _ b: String, _ space: EmbeddingSpace, _ options: Study.CompareOptions
  ) {
    let pair = pairName(a, b, space)
    var measures = Self.similarity
    if options.also.contains(.representationalSimilarity) { measures.formUnion(Self.representational) }
    if options.also.contains(.neighbourGraphs) { measures.formUnion(Self.graphs) }
    for normalisation in Normalisation.allCases {
      tasks["\(pair)/\(normalisation.rawValue)"] = Self.withNulls(measures)
    }
    for task in ["without_untrained", "with_untrained"] {
      tasks["\(pair)/\(task)"] = Self.headline
    }
    if options.also.contains(.linearSimilarity) {
      let linear = LinearSimilarityOptions()
      tasks["\(pair)/linear_similarity"] = Self.withNulls(
        Set(
          [
            "mean_cca", "svcca", "pwcca", "regression_a_from_b", "regression_b_from_a", "eigenspace_overlap",
          ] + linear.shapeAlphas.map { "shape_angle_\($0)" } + linear.gulpLambdas.map { "gulp_\($0)" }))
    }
    tasks["\(pair)/intrinsic_dimension"] = ["pearson", "spearman"]
    for model in [a, b] {
      tasks["\(pair)/intrinsic_dimension/\(model)"] = ["local_pca", "local_pca_of_gaussian", "two_nn", "mle"]
      if options.also.contains(.tokenProfiles) {
        tasks["\(pair)/coherence/\(model)"] = ["mean", "with_dimension", "lowest_fifth", "highest_fifth"]
      }
    }
  }

  /// - Parameter family: the behaviours that Holm corrects for: m equal p-values of 1 / (draws + 1) become m times as large.
  private mutating func addSteering(_ task: String, _ options: Study.SteerOptions, family: Int) {
    var metrics = Self.steering
    var least = 0.0
    for null in SteeringNull.allCases {
      let draws =
        switch null {
        case .residualNoise: options.randomVectors
        case .permutedLabels: options.permutedLabels
        case .shuffledMaps: options.shuffledMaps
        }
      let p = 1 / Double(draws + 1)
      least = max(least, p)
      for rule in DoseRule.allCases {
        let metric = null.metric(rule)
        metrics.insert(metric)
        smallest["\(task)/\(metric)"] = p
      }
    }
    smallest["\(task)/p_value_uncorrected"] = least
    smallest["\(task)/p_value"] = min(1, Double(family) * least)
    tasks[task] = metrics
  }

  private mutating func addMaps(_ pair: String, _ options: Study.AlignOptions) {
    for method in options.methods {
      tasks["\(pair)/\(method)"] = Self.maps.union(
        options.candidates.withSmaller.flatMap { set in Self.precisions.map { $0 + set.metricSuffix } })
      guard options.byClass else { continue }
      for tokenClass in TokenClass.allCases {
        tasks["\(pair)/\(method)/\(tokenClass.rawValue)"] = ["r_squared", "mean_cosine", "p_at_1_csls"]
      }
    }
    for method in options.learningCurve {
      tasks["\(pair)/\(method)/COUNT-anchors"] = ["r_squared", "cosine", "p_at_1_csls"]
    }
  }

  private mutating func addLayers(_ pair: String, _ study: Study) {
    guard let options = study.compare.layers,
      study.compare.layerPairs.isEmpty || study.compare.layerPairs.contains(pair)
    else { return }
    for kind in LayerSample.Kind.allCases {
      for normalisation in options.normalisations {
        let task = "\(pair)/layers/\(kind.rawValue)/\(normalisation.rawValue)"
        for measure in LayerMeasure.allCases.map(\.rawValue) {
          tasks[task, default: []].formUnion(
            (["max", "max_p"] + Self.landmarks).map { "\(measure)_\($0)" })
          smallest["\(task)/\(measure)_max_p"] = 1 / Double(options.permutations + 1)
        }
      }
    }
    tasks["\(pair)/layers/map"] = Set(
      Self.landmarks.flatMap { ["r_squared_\($0)", "token_r_squared_\($0)"] })
  }

  /// Whether the study can give this number. Learning curves end at the number of tokens at hand, so any count will do.
  package func contains(task: String, metric: String) -> Bool {
    let parts = task.split(separator: "/", omittingEmptySubsequences: false)
    let count = parts.last.flatMap { $0.hasSuffix("-anchors") ? Int($0.dropLast("-anchors".count)) : nil }
    let general =
      count == nil ? task : (parts.dropLast() + ["COUNT-anchors"]).joined(separator: "/")
    return tasks[general]?.contains(metric) == true
  }

  /// Throws for a hypothesis about a number that the study does not give, or that no p of so few draws can fulfil.
  func check(_ hypothesis: Study.Hypothesis, place: String, path: String) throws {
    let name = hypothesis.metric
    let cut = name.lastIndex(of: "/")
    let task = cut.map { String(name[..<$0]) } ?? ""
    let metric = String(name[(cut.map { name.index(after: $0) } ?? name.startIndex)...])
    guard contains(task: task, metric: metric) else {
      if let metrics = tasks[task] {
        throw StudyError.study(
          path: path, place: "\(place).metric",
          expected: "\(task)/ and one of \(metrics.sorted().joined(separator: ", "))",
          actual: "\"\(metric)\"" + suggestion(for: metric, among: metrics.sorted()))
      }
      throw StudyError.study(
        path: path, place: "\(place).metric",
        expected: "TASK/METRIC with one of the tasks \(tasks.keys.sorted().joined(separator: ", "))",
        actual: "\"\(name)\"" + suggestion(for: task, among: tasks.keys.sorted()))
    }
    guard let least = smallest[name] else { return }
    let reached =
      switch hypothesis.comparison {
      case .less: least < hypothesis.threshold
      case .atMost: least <= hypothesis.threshold + 1e-9
      case .greater, .atLeast: true
      }
    guard reached else {
      throw StudyError.study(
        path: path, place: "\(place).threshold",
        expected: "more than \(least), the smallest p of so few draws",
        actual: "\(hypothesis.threshold), which no result can fulfil; ask for more draws, or for less")
    }
  }
}

extension SteeringNull {
  /// What `results.json` calls the p-value against this null by a rule: `p_value_NULL_RULE`.
  func metric(_ rule: DoseRule) -> String {
    "p_value_\(rawValue)_\(rule.rawValue)".replacing(" ", with: "_")
  }
}
