internal import Checkpoints
internal import LinearAlgebra
public import Stores
public import Tensors
public import Transformers

/// A lens of one affine map a layer, `M_l h + b_l`, as a fit has found it. The last layer is read as it is.
public struct FittedLens: Lens {
  public let kind: LensKind
  public let model: Model
  private let maps: [Int: AffineMap]

  public var name: String { kind.rawValue }
  public var layers: [Int] { maps.keys.sorted() + [lastLayer] }

  private var lastLayer: Int { model.configuration.blockCount - 1 }

  init(_ kind: LensKind, _ model: Model, maps: [Int: AffineMap]) {
    (self.kind, self.model, self.maps) = (kind, model, maps)
  }

  /// - Parameter identity: the model's name and the SHA-256 of its checkpoint.
  /// - Throws: `StoreError` for a file that is damaged or of another model.
  public init(_ store: LensStore, for model: Model, _ identity: StoreReference) throws {
    try store.requireFit(model: identity)
    try self.init(store.record, for: model, path: store.path)
  }

  /// - Parameter path: the record's file, for errors.
  package init(_ record: LensRecord, for model: Model, path: String = "the lens") throws(LensError) {
    guard let kind = LensKind(rawValue: record.kind), LensKind.fitted.contains(kind) else {
      throw LensError.file(
        path, what: "kind of lens", expected: LensKind.fitted.map(\.rawValue).joined(separator: " or "),
        actual: record.kind)
    }
    let (width, last) = (model.configuration.width, model.configuration.blockCount - 1)
    guard record.width == width, record.layers.allSatisfy({ $0 < last }) else {
      throw LensError.file(
        path, what: "maps", expected: "of width \(width), of layers below \(last)",
        actual: "of width \(record.width), of layers \(record.layers)")
    }
    var maps: [Int: AffineMap] = [:]
    for (index, layer) in record.layers.enumerated() {
      let part = index * width * width..<(index + 1) * width * width
      maps[Int(layer)] = AffineMap(
        matrix: Matrix(rows: width, columns: width, elements: Array(record.matrices.elements[part])),
        offset: record.offsets.row(index))
    }
    self.init(kind, model, maps: maps)
  }

  /// States of a layer, carried to the final residual stream: `[rows x d_model]`.
  public func transported(_ states: Matrix<Float>, from layer: Int) -> Matrix<Float> {
    maps[layer]?.applied(to: states) ?? states
  }

  /// Directions of a layer, carried by the linear part.
  public func transported(directions: Matrix<Float>, from layer: Int) -> Matrix<Float> {
    maps[layer].map { multiply(directions, $0.matrix, transposingB: true) } ?? directions
  }

  /// Covectors of the final residual stream, taken back to a layer.
  public func pulledBack(_ covectors: Matrix<Float>, to layer: Int) -> Matrix<Float> {
    maps[layer].map { multiply(covectors, $0.matrix) } ?? covectors
  }
}

/// `y = M h + b`.
package struct AffineMap: Sendable {
  /// `[d_model x d_model]`.
  package var matrix: Matrix<Float>
  package var offset: [Float]

  /// Of every row.
  func applied(to rows: Matrix<Float>) -> Matrix<Float> {
    var images = multiply(rows, matrix, transposingB: true)
    let (columns, offset) = (images.columns, offset)
    images.parallelUpdateRows(chunk: max(1, 65_536 / max(1, columns))) { rows, elements in
      for row in 0..<rows.count {
        for i in offset.indices { elements[row * columns + i] += offset[i] }
      }
    }
    return images
  }
}
