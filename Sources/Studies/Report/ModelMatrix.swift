internal import Geometry
internal import Reports

/// Models × models: the mutual nearest neighbours of the centred embeddings.
struct ModelMatrix {
  let results: StudyResults

  var figure: Figure {
    get throws {
      let names = results.models.map(\.name)
      let values = names.map { a in names.map { b in a == b ? 1 : overlap(a, b) } }
      return try .heatMap(
        title: "Shared neighbours of the token embeddings", rows: names, columns: names, values: values,
        measure: FigureAxis("mutual k-NN overlap, centred"), scale: .sequential(low: 0, high: 1))
    }
  }

  private func overlap(_ a: String, _ b: String) -> Double? {
    let pair = results.pairs.first { ($0.a, $0.b) == (a, b) || ($0.b, $0.a) == (a, b) }
    return pair?.comparison.similarities.first { $0.normalisation == .centred }?
      .mutualNeighbours.overlap.estimate?.value
  }
}
