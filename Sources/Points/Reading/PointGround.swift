internal import Geometry
internal import Tensors
internal import Workflow

/// The rows of a space and all that is made of them, once for all points that are held against them.
struct PointGround: Sendable {
  let rows: PointRows
  /// Mean of the rows that count.
  let mean: [Double]
  private let options: PointOptions
  /// Of the rows that count, ascending.
  private let norms: [Double]
  private let measured = Memo<PointGeometry>()

  /// Cost: as of the rows; the geometry is measured when it is first asked for.
  init(_ space: PointSpace, of model: PointModel, _ options: PointOptions) throws {
    rows = try PointRows(space, of: model)
    (mean, norms, self.options) = (rows.mean, rows.norms, options)
  }

  /// Cost: see ``PointGeometry``.
  var geometry: PointGeometry {
    get throws { try measured.value("") { try rows.geometry(options) } }
  }

  /// 100 (#{shorter} + #{equal} / 2) / n of a norm among the rows'.
  func percentile(ofNorm norm: Double) -> Double {
    let below = norms.prefix { $0 < norm }.count
    let equal = norms[below...].prefix { $0 == norm }.count
    return 100 * (Double(below) + Double(equal) / 2) / Double(max(1, norms.count))
  }
}
