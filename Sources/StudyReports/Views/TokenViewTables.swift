public import Reports
public import Workflow

extension TokenView {
  /// One table a model.
  public var tables: [Table] {
    models.map { near in
      let error = near.relativeError.flatMap { NumberFormat.significant(3).text($0) } ?? "not evaluable"
      return Table(
        "\(token) in \(near.model), row \(near.row): the nearest of \(candidates) tokens. Local dimension "
          + "\(near.dimension) (PCA of \(near.dimensionNeighbours) neighbours, 95 %); LLE error \(error) (equal weights: 1).",
        columns: [
          .init("neighbour"), .init("cosine", .number(.decimals(3))),
          .init("LLE weight", .number(.decimals(3))),
          .init("shared"),
        ],
        rows: near.neighbours.map {
          [.text($0.token), .number($0.cosine), .number($0.weight), .text($0.isShared ? "yes" : "")]
        })
    }
  }
}
