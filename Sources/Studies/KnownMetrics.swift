internal import Alignment
internal import Files
internal import Geometry
internal import Steering
internal import Vocabularies
internal import Workflow

/// The numbers that a study can give, known before it runs: tasks and the metrics of each, as in `results.json`.
///
/// Which of two embedding matrices is compared turns out only when the stores are there, so both spaces count.
package struct KnownMetrics {
  package private(set) var tasks: [String: Set<String>] = [:]
  /// The smallest value that a p can have, by task and metric.
  private var smallest: [String: Double] = [:]

  /// - Parameters:
  ///   - behaviours: the names of the study's contrast sets.
  ///   - points: what is asked about points and lenses.
  ///   - elms: the embedding language models.
  package init(
    _ study: Study, behaviours: [String], points: AskedPoints = AskedPoints(), elms: AskedElms = AskedElms()
  ) {
    let names = study.models.map(\.name)
    let pairs = names.indices.flatMap { a in names.indices.dropFirst(a + 1).map { (names[a], names[$0]) } }
    let spaces =
      study.compare.spaces.isEmpty
      ? [] : EmbeddingSpace.allCases.filter { study.compare.spaces.contains($0) || $0 == study.align.space }
    for (a, b) in pairs {
      for space in spaces { add(a, b, space, study) }
      if study.compare.layers != nil { addLayers(a, b, study) }
      guard study.looksAtPairs else { continue }
      for (source, target) in study.steer.bothDirections ? [(a, b), (b, a)] : [(a, b)] {
        addMaps("\(source)--\(target)", study.align)
        for behaviour in behaviours {
          addSteering("\(source)--\(target)/\(behaviour)", study.steer, family: behaviours.count)
        }
      }
    }
    for space in spaces {
      let task = ModelSet.task(of: space)
      tasks[task] = Set(Self.headline.map { "related_pairs_\($0)" }).union([
        "triangle_violations", "cophenetic_correlation", "map_stress", "map_negative_share",
      ])
      for (a, b) in pairs {
        tasks["\(task)/\(a)--\(b)"] = Set(Self.headline.flatMap { [$0, "\($0)_p_adjusted"] }).union([
          "distance"
        ])
      }
    }
    add(points, study)
    add(elms, study)
  }

  /// More metrics of a task.
  mutating func add(_ metrics: Set<String>, to task: String) { tasks[task, default: []].formUnion(metrics) }

  /// The smallest value that the p of a task can have.
  mutating func setSmallest(_ p: Double, of metric: String) { smallest[metric] = p }

  /// What matrices of many models show.
  private static let headline = Set(
    Measures.readings(also: [], gauges: [.centred]).flatMap { $0.metrics("", "", MeasureOptions()) }
      .filter(\.isHeadline).map(\.key))
  private static let maps = FormerNames.with([
    "r_squared", "centred_cosine", "norm_ratio", "shuffled_r_squared", "shuffled_p_at_1_csls",
    "condition_number", "anchors_correct", "anchors_correct_at_start",
  ])
  private static let precisions = ["p_at_1", "p_at_5", "p_at_10"].flatMap { [$0, "\($0)_csls"] }
  private static let steering: Set = [
    "native_slope_equal_divergence", "transfer_ratio", "transfer_ratio_equal_divergence", "effect", "p_value",
    "p_value_uncorrected", "standard_score", "dose_zero_deviation",
  ]
  private static let landmarks = ["embedding", "half_depth", "last"]

  private mutating func add(_ a: String, _ b: String, _ space: EmbeddingSpace, _ study: Study) {
    let pair = pairName(a, b, space)
    let options = MeasureOptions(study.options)
    for reading in Measures.readings(also: study.compare.also) {
      for name in reading.metrics(a, b, options) {
        tasks["\(pair)/\(name.task)", default: []].formUnion(
          [name.key] + PairNumbers.ofNulls.map { "\(name.key)_\($0)" })
      }
    }
    tasks["\(pair)/match"] = ["matched", "used", "coverage_a", "coverage_b"]
    for task in ["without_untrained", "with_untrained"] { tasks["\(pair)/\(task)"] = Self.headline }
  }

  /// - Parameter family: the behaviours that Holm corrects for: m equal p-values of 1 / (draws + 1) become m times as large.
  private mutating func addSteering(_ task: String, _ options: SteerOptions, family: Int) {
    var metrics = Self.steering.union(
      Arm.all.flatMap { arm in
        [arm.slopeMetric] + ValidationOptions().doses.map { arm.matchMetric($0) } + [arm.matchMetric(0)]
      })
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

  private mutating func addMaps(_ pair: String, _ options: MapOptions) {
    for method in options.methods {
      tasks["\(pair)/\(method)"] = Self.maps.union(
        options.candidates.withSmaller.flatMap { set in Self.precisions.map { $0 + set.metricSuffix } })
      guard options.byClass else { continue }
      for tokenClass in TokenClass.allCases {
        tasks["\(pair)/\(method)/\(tokenClass.rawValue)"] = FormerNames.with([
          "r_squared", "centred_cosine", "norm_ratio", "p_at_1_csls", "p_at_10_csls",
        ])
      }
    }
    for method in options.learningCurve {
      tasks["\(pair)/\(method)/COUNT-anchors"] = FormerNames.with([
        "r_squared", "uncentred_cosine", "p_at_1", "p_at_1_csls",
      ])
    }
  }

  private mutating func addLayers(_ a: String, _ b: String, _ study: Study) {
    let pair = "\(a)--\(b)"
    guard let options = study.compare.layers,
      study.compare.layerPairs.isEmpty || study.compare.layerPairs.contains(pair)
    else { return }
    for kind in LayerSample.Kind.allCases {
      for normalisation in options.normalisations {
        let task = "\(pair)/layers/\(kind.rawValue)/\(normalisation.rawValue)"
        tasks["\(task)/LAYER"] = Set(LayerMeasure.allCases.map(\.rawValue))
        for measure in LayerMeasure.allCases.map(\.rawValue) {
          tasks[task, default: []].formUnion(
            (["max", "max_p"] + Self.landmarks).map { "\(measure)_\($0)" })
          smallest["\(task)/\(measure)_max_p"] = 1 / Double(options.permutations + 1)
        }
      }
    }
    for kind in LayerSample.Kind.allCases {
      for model in [a, b] {
        tasks["\(pair)/layers/\(kind.rawValue)/\(model)/LAYER"] = ["mean_cosine"]
      }
    }
    tasks["\(pair)/layers/map/LAYER"] = FormerNames.with([
      "r_squared", "token_r_squared", "shuffled_r_squared", "centred_cosine", "variance_weighted_r_squared",
    ])
    tasks["\(pair)/layers/map"] = Set(
      Self.landmarks.flatMap { ["r_squared_\($0)", "token_r_squared_\($0)"] })
  }

  /// Whether the study can give this number. Learning curves end at the number of tokens at hand, and layers at the depth of the
  /// models, so any count will do.
  package func contains(task: String, metric: String) -> Bool {
    let parts = task.split(separator: "/", omittingEmptySubsequences: false)
    let last = parts.last ?? ""
    let general =
      if Int(last) != nil {
        "LAYER"
      } else if last.hasSuffix("-anchors"), Int(last.dropLast("-anchors".count)) != nil {
        "COUNT-anchors"
      } else {
        String(last)
      }
    let names = [task, (parts.dropLast().map(String.init) + [general]).joined(separator: "/")]
    return names.contains { tasks[$0]?.contains(metric) == true }
  }

  /// Whether some number of the task that a hypothesis is about is known.
  func hasTask(of hypothesis: Study.Hypothesis) -> Bool {
    let parts = hypothesis.metric.split(separator: "/")
    return tasks[parts.dropLast().joined(separator: "/")] != nil
  }

  /// Throws for a hypothesis about a number that the study does not give, or that no p of so few draws can fulfil.
  func check(
    _ hypothesis: Study.Hypothesis, place: String, path: String, places: StudyPlaces = StudyPlaces()
  ) throws {
    let name = hypothesis.metric
    let cut = name.lastIndex(of: "/")
    let task = cut.map { String(name[..<$0]) } ?? ""
    let metric = String(name[(cut.map { name.index(after: $0) } ?? name.startIndex)...])
    guard contains(task: task, metric: metric) else {
      if let metrics = tasks[task] {
        throw StudyError.study(
          path: path, place: places.words("\(place).metric"),
          expected: "\(task)/ and one of \(metrics.sorted().joined(separator: ", "))",
          actual: "\"\(metric)\"" + suggestion(for: metric, among: metrics.sorted()))
      }
      throw StudyError.study(
        path: path, place: places.words("\(place).metric"),
        expected: "TASK/METRIC with one of the tasks \(tasks.keys.sorted().joined(separator: ", "))",
        actual: "\"\(name)\"" + suggestion(for: task, among: tasks.keys.sorted()))
    }
    guard let least = smallest[name], case .threshold(let threshold) = hypothesis.reference else { return }
    let reached =
      switch hypothesis.comparison {
      case .less: least < threshold
      case .atMost: least <= threshold + 1e-9
      case .greater, .atLeast, .within: true
      }
    guard reached else {
      throw StudyError.study(
        path: path, place: places.words("\(place).threshold"),
        expected: "more than \(least), the smallest p of so few draws",
        actual: "\(threshold), which no result can fulfil; ask for more draws, or for less")
    }
  }
}
