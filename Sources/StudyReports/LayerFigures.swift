internal import Alignment
internal import Geometry
internal import Reports
internal import Statistics
internal import Workflow

extension LayerTables {
  var normalisations: [Gauge] {
    Gauge.allCases.filter { one in
      layers.samples.contains { $0.searches.contains { $0.normalisation == one } }
    }
  }

  /// The figures of one kind of samples, with names for files and captions.
  func figures(
    _ sample: LayerSample, _ options: FigureOptions
  ) throws -> [(name: String, caption: String, figure: Figure)] {
    try normalisations.flatMap { normalisation in
      let stem = "\(sample.kind.rawValue).\(normalisation.rawValue)"
      let searches = sample.searches.filter {
        $0.normalisation == normalisation && $0.grid.maximum.estimate != nil
      }
      guard !searches.isEmpty else { return [(name: String, caption: String, figure: Figure)]() }
      let curve = (
        name: "\(stem).depth",
        caption:
          "Layers of matched depth, with 95 % intervals over samples; dashed: the overlap under permuted samples.",
        figure: try curve(sample, normalisation)
      )
      return [curve]
        + (try searches.map { search in
          (
            name: "\(stem).\(search.grid.measure.rawValue)",
            caption: "All layer pairs; grey: not evaluable; the frame is around the largest value.",
            figure: try heatMap(sample, search, options)
          )
        })
    }
  }

  /// All layer pairs of one search; the frame is around the largest value.
  func heatMap(_ sample: LayerSample, _ search: LayerSearch, _ options: FigureOptions) throws -> Figure {
    let values = search.grid.values
    let finite = values.joined().compactMap { $0 }
    let high = max(0.1, finite.max() ?? 1)
    return try .heatMap(
      title:
        "\(search.grid.measure.words), \(sample.n) \(sample.kind.rawValue), \(search.normalisation.rawValue)",
      rows: values.indices.map(String.init), columns: (values.first ?? []).indices.map(String.init),
      values: values,
      measure: FigureAxis(search.grid.measure.words), scale: .sequential(low: 0, high: high),
      rowAxis: FigureAxis("layer of \(options.label(layers.a))"),
      columnAxis: FigureAxis("layer of \(options.label(layers.b))"),
      marks: search.grid.best.map { [.init(row: $0.a, column: $0.b, kind: .frame)] } ?? [])
  }

  /// Does the alignment persist through the layers? Every measure at matched depth, against the depth.
  func curve(_ sample: LayerSample, _ normalisation: Gauge) throws -> Figure {
    let searches = sample.searches.filter { $0.normalisation == normalisation }
    return try .doseResponse(
      title: "Matched depth, \(sample.n) \(sample.kind.rawValue), \(normalisation.rawValue)",
      dose: FigureAxis("share of the depth"), response: FigureAxis("similarity"),
      series: searches.map { search in
        DoseSeries(
          search.grid.measure.words,
          points: search.matched.map { entry in
            let estimate = entry.evaluation.estimate
            return DoseSeries.Point(
              dose: depth(entry.layers, of: sample), response: estimate?.value, lower: estimate?.lower,
              upper: estimate?.upper)
          })
      }
        + searches.filter { $0.grid.measure == .neighbours }.map { search in
          DoseSeries(
            "mutual kNN, chance",
            points: search.matched.map { entry in
              DoseSeries.Point(
                dose: depth(entry.layers, of: sample), response: entry.evaluation.estimate?.null?.mean)
            }, isControl: true)
        })
  }

  /// Held-out R² of the maps against the depth, with both controls.
  func mapCurve(_ options: FigureOptions) throws -> Figure {
    let last = Double(max(1, layers.maps.map(\.layers.a).max() ?? 1))
    func series(
      _ name: String, isControl: Bool = false, _ score: (LayerMapScores) -> Estimate
    ) -> DoseSeries {
      DoseSeries(
        name,
        points: layers.maps.map { map in
          let estimate = score(map.scores)
          return DoseSeries.Point(
            dose: Double(map.layers.a) / last, response: estimate.value, lower: estimate.lower,
            upper: estimate.upper)
        }, isControl: isControl)
    }
    return try .doseResponse(
      title: "Affine maps from \(options.label(layers.a)) to \(options.label(layers.b)) on held-out texts",
      dose: FigureAxis("share of the depth"), response: FigureAxis("held-out R², standardised dimensions"),
      series: [
        series("map", { $0.standardisedR2 }),
        series("token mean", isControl: true, { $0.tokenR2 }),
        series("shuffled", isControl: true, { $0.shuffledR2 }),
      ])
  }
}
