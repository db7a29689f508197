internal import Alignment
internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// The tables and figures of two models layer by layer.
struct LayerTables {
  let layers: LayerComparison

  /// Every search with its largest value.
  var searches: Table {
    var table = Table(
      "Which layers are most alike? The largest value over all layer pairs, against the largest values of the grid under "
        + "the same permutations of the second model's samples (max-T); a maximum has no honest interval from the same "
        + "samples. Calibrated: 0 at the null's 95 % threshold, 1 at identity. Beside it the pairs of matched depth. "
        + "Layer 0 is the embedding, layer l the output of block l - 1. All texts end in the same token, so that their "
        + "embeddings do not vary at the last position.",
      columns: [
        .init("samples"), .init("n", .integer), .init("normalisation"), .init("measure"),
        .init("maximum", .number(.decimals(3))), .init("layer of \(layers.a)", .integer),
        .init("layer of \(layers.b)" + (layers.a == layers.b ? " again" : ""), .integer),
        .init("null of maxima", .number(.decimals(3))), .init("p", .number(.significant(2))),
        .init("calibrated", .number(.decimals(3))),
        .init("embeddings", .estimate(.decimals(3)), metric: "{}_embedding"),
        .init("half depth", .estimate(.decimals(3)), metric: "{}_half_depth"),
        .init("last layers", .estimate(.decimals(3)), metric: "{}_last"),
        .init("mean over depth", .number(.decimals(3))),
      ])
    for sample in layers.samples {
      for search in sample.searches {
        let reason = search.grid.maximum.reason ?? "no layer pair is evaluable"
        table.append(
          [
            .text(sample.kind.rawValue), .integer(sample.n), .text(search.normalisation.rawValue),
            .text(search.grid.measure.words), .optional(search.grid.maximum.value, reason),
            search.grid.best.map { .integer($0.a) } ?? .notEvaluable(reason),
            search.grid.best.map { .integer($0.b) } ?? .notEvaluable(reason),
            .nullMean(search.grid.maximum), .pValue(search.grid.maximum), .calibrated(search.grid.maximum),
          ]
            + search.landmarks.map { .evaluation($0) }
            + [.optional(search.meanOverDepth, "no pair of matched depth is evaluable")],
          task: layers.task(sample, search.normalisation), metric: search.grid.measure.rawValue)
      }
    }
    return table
  }

  /// The pairs of matched depth; `limit` of them, evenly spaced, for readers.
  func matched(_ sample: LayerSample, _ normalisation: Gauge, limit: Int = .max) -> Table {
    let searches = sample.searches.filter { $0.normalisation == normalisation }
    var table = Table(
      "Layers of matched depth, \(sample.n) \(sample.kind.rawValue), \(normalisation.rawValue) states, with 95 % "
        + "intervals over samples; null mean: the same under permuted samples.",
      columns: [
        .init("layer a", .integer), .init("layer b", .integer), .init("depth", .number(.decimals(2))),
      ]
        + searches.flatMap { search -> [Table.Column] in
          [
            .init(search.grid.measure.words, .estimate(.decimals(3)), metric: search.grid.measure.rawValue),
            .init("\(search.grid.measure.words), null mean", .number(.decimals(3))),
          ]
        })
    let pairs = searches.first?.matched.map(\.layers) ?? []
    for index in Self.spread(pairs.count, limit) {
      table.append(
        [.integer(pairs[index].a), .integer(pairs[index].b), .number(depth(pairs[index], of: sample))]
          + searches.flatMap { search -> [Table.Cell] in
            let evaluation = search.matched[index].evaluation
            return [.evaluation(evaluation), .nullMean(evaluation)]
          }, task: "\(layers.task(sample, normalisation))/\(pairs[index].a)")
    }
    return table
  }

  /// Size and massive dimensions of each layer.
  func profiles(_ sample: LayerSample, limit: Int = .max) -> Table {
    var table = Table(
      "Size of the states (\(sample.n) \(sample.kind.rawValue)). Where one dimension holds most of the variance, centred "
        + "states compare that dimension only; standardised ones weigh all alike. Mean cosine: of all pairs, as they are.",
      columns: [
        .init("model"), .init("layer", .integer), .init("median norm", .number(.significant(3))),
        .init("mean cosine", .estimate(.decimals(3)), metric: "mean_cosine"),
        .init("largest dimension", .integer),
        .init("its share of the energy", unit: "%", .number(.decimals(1))),
        .init("largest share of the variance", unit: "%", .number(.decimals(1))),
      ])
    for (name, profiles) in [(layers.a, sample.profilesA), (layers.b, sample.profilesB)] {
      for layer in Self.spread(profiles.count, limit) {
        let profile = profiles[layer]
        table.append(
          [
            .text(name), .integer(layer), .number(profile.medianNorm), .evaluation(profile.meanCosine),
            .integer(profile.largestDimension),
            .optional(profile.largestShare.map { 100 * $0 }, "all states are zero"),
            .optional(profile.largestVarianceShare.map { 100 * $0 }, "the states do not vary"),
          ], task: layers.task(sample, model: name, layer))
      }
    }
    return table
  }

  /// Every cell of every grid, for programs.
  var grid: Table {
    var table = Table(
      "All layer pairs. p: each pair by itself; adjusted p: max-T over the grid.",
      columns: [
        .init("samples"), .init("normalisation"), .init("measure"), .init("layer a", .integer),
        .init("layer b", .integer), .init("value", .number(.decimals(4))),
        .init("null mean", .number(.decimals(4))), .init("p", .number(.significant(3))),
        .init("adjusted p", .number(.significant(3))),
      ])
    for sample in layers.samples {
      for search in sample.searches {
        let grid = search.grid
        for a in grid.values.indices {
          for b in grid.values[a].indices {
            let reason = grid.reasonsA[a] ?? grid.reasonsB[b] ?? "not evaluable"
            table.append(
              [
                .text(sample.kind.rawValue), .text(search.normalisation.rawValue),
                .text(grid.measure.words), .integer(a), .integer(b),
              ]
                + [grid.values[a][b], grid.nullMeans[a][b], grid.pValues[a][b], grid.adjustedPValues[a][b]]
                .map { .optional($0, reason) })
          }
        }
      }
    }
    return table
  }

  /// The maps from A to B; nil when none were fitted.
  func maps(limit: Int = .max) -> Table? {
    guard let first = layers.maps.first else { return nil }
    var table = Table(
      "Affine ridge from the residual stream of \(layers.a) to that of \(layers.b) at matched depth, fitted on "
        + "\(first.trainingRows) positions at which both have read the same bytes of a text, scored on "
        + "\(first.heldOutRows) positions of \(first.heldOutTexts) other texts; 95 % bootstrap intervals over texts. "
        + "R² and cosine in standardised dimensions, where all count alike; variance-weighted R² serves the massive ones. "
        + "Token mean: R² of predicting the mean training state of the same target token, without any map. Shuffled: "
        + "the same fit, with the same λ, on permuted rows.",
      columns: [
        .init("layer a", .integer), .init("layer b", .integer),
        .init("R²", .estimate(.decimals(3)), metric: "r_squared"),
        .init("token mean R²", .estimate(.decimals(3)), metric: "token_r_squared"),
        .init("shuffled R²", .estimate(.decimals(3)), metric: "shuffled_r_squared"),
        .init("cosine", .estimate(.decimals(3)), metric: "centred_cosine"),
        .init("variance-weighted R²", .estimate(.decimals(3)), metric: "variance_weighted_r_squared"),
        .init("λ", .number(.significant(2))),
      ])
    for index in Self.spread(layers.maps.count, limit) {
      let map = layers.maps[index]
      table.append(
        [
          .integer(map.layers.a), .integer(map.layers.b), .score(map.scores.standardisedR2),
          .score(map.scores.tokenR2), .score(map.scores.shuffledR2), .score(map.scores.cosine),
          .score(map.scores.r2), .number(map.lambda),
        ], task: "\(layers.name)/layers/map/\(map.layers.a)")
    }
    return table
  }

  func depth(_ pair: LayerPair, of sample: LayerSample) -> Double {
    sample.profilesA.count > 1 ? Double(pair.a) / Double(sample.profilesA.count - 1) : 1
  }

  /// At most `limit` of `0..<count`, evenly spaced, with both ends.
  private static func spread(_ count: Int, _ limit: Int) -> [Int] {
    guard count > limit, limit > 1 else { return Array(0..<count) }
    return (0..<limit).map { Int((Double($0) * Double(count - 1) / Double(limit - 1)).rounded()) }
  }
}

extension LayerMeasure {
  /// As readers see it.
  var words: String {
    switch self {
    case .alignment: "linear CKA, unbiased"
    case .orientation: "relative orientation"
    case .neighbours: "mutual kNN overlap"
    }
  }
}

extension LayerSearch {
  /// Mean of the evaluable pairs of matched depth.
  var meanOverDepth: Double? {
    let values = matched.compactMap(\.evaluation.value)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
