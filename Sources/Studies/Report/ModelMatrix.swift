internal import Geometry
internal import Reports

/// Models × models: the mutual nearest neighbours of the centred embeddings.
struct ModelMatrix {
  let results: StudyResults
  let space: EmbeddingSpace

  var figure: Figure {
    get throws {
      let names = results.models.map(\.name)
      let values = names.map { a in names.map { b in a == b ? 1 : overlap(a, b) } }
      return try .heatMap(
        title: "Shared neighbours of the \(space.rawValue) embeddings", rows: names, columns: names,
        values: values,
        measure: FigureAxis("mutual k-NN overlap, centred"), scale: .sequential(low: 0, high: 1))
    }
  }

  private func overlap(_ a: String, _ b: String) -> Double? {
    let pairs = results.pairs.filter { [[a, b], [b, a]].contains([$0.a, $0.b]) }
    // Where both models are tied, one space stands for both.
    let pair = pairs.first { $0.space == space } ?? pairs.first
    return pair?.comparison.similarities.first { $0.normalisation == .centred }?
      .mutualNeighbours.overlap.estimate?.value
  }
}
