internal import Checkpoints
internal import Foundation
package import Lenses
internal import Steering
internal import Stores
internal import Tensors
internal import Transformers
internal import Workflow

/// The lenses that points of a model are read through, each opened once.
package struct PointLenses: Sendable {
  private let model: PointModel
  private let kinds: [LensKind]
  private let folder: String?
  private let opened = Memo<any Lens>()
  /// What lenses read of the mean of what points are held against, by lens and space.
  private let generic = Memo<[ReadWord]>()

  /// - Parameter folder: where fitted lenses lie; nil for the current one.
  package init(
    _ model: PointModel, _ kinds: [LensKind] = LensKind.allCases, fittedIn folder: String? = nil
  ) {
    (self.model, self.kinds, self.folder) = (model, kinds, folder)
  }

  /// What every lens reads of a point.
  ///
  /// - Parameter mean: of what the point is held against.
  package func readings(of point: ResolvedPoint, mean: [Double]) -> [PointLens] {
    kinds.map { kind in
      PointLens(lens: kind.rawValue, reading: PointSection { try table(kind, point, mean) })
    }
  }

  /// Every lens of a point that has nothing to be held against.
  func missing(_ gap: PointGap) -> [PointLens] {
    kinds.map { PointLens(lens: $0.rawValue, reading: .missing(gap)) }
  }

  private func lens(_ kind: LensKind) throws -> any Lens {
    guard let running = model.running else {
      throw model.gap ?? PointGap("\(model.name) can't be run")
    }
    return try kind.lens(of: running) {
      let path = LensStore.path(folder: folder ?? ".", model: model.name, kind: kind.rawValue)
      guard FileManager.default.fileExists(atPath: path) else {
        throw PointGap(
          "no \(kind.rawValue) lens of \(model.name) is fitted",
          remedy: "sextant lens fit \(model.name) --kind \(kind.rawValue)")
      }
      return try FittedLens(
        LensStore.open(path), for: running,
        StoreReference(name: model.name, identity: model.identity.hash, source: model.identity.hash))
    }
  }

  private func table(_ kind: LensKind, _ point: ResolvedPoint, _ mean: [Double]) throws -> LensTable {
    let lens = try opened.value(kind.rawValue) { try self.lens(kind) }
    let (running, scale) = (
      lens.model, point.space == .input ? lens.model.configuration.embeddingScale : 1
    )
    if point.space == .input, let obstacle = running.inputObstacle {
      throw PointGap("between the embedding and block 0 of \(running.name) are \(obstacle)")
    }
    guard let layer = point.space == .input ? embeddingLayer : point.space.residualLayer else {
      throw PointGap("lenses read the residual stream, not \(point.space.words)")
    }
    if point.isDirection {
      guard lens.layers.contains(layer) else { throw PointGap("the lens does not read layer \(layer)") }
      return LensTable(
        context: "none: the linear part of the lens", rows: [], generic: [],
        direction: try DirectionReading(lens, direction: point.values.map { scale * $0 }, layer: layer))
    }
    let context = PointContext(point, in: running)
    let states = try context.states(of: point.values.map { scale * $0 }, from: layer, in: running)
    let read = lens.layers.filter { states[$0] != nil && (point.isState || $0 >= layer) }
    let found = try read.map { layer in
      let logits = try lens.logits(states[layer] ?? context.empty, layer: layer).row(0)
      return LensTable.Row(
        layer: layer, tokens: model.words(of: logits),
        ownRank: point.token.map { own in 1 + logits.count { $0 > logits[own] } })
    }
    let generic = try self.generic.value("\(kind.rawValue) \(point.space)") {
      guard lens.layers.contains(layer) else { return [] }
      let state = Matrix(rows: 1, columns: model.width, elements: mean.map { scale * Float($0) })
      return try model.words(of: lens.logits(state, layer: layer).row(0))
    }
    return LensTable(context: context.words(in: model), rows: found, generic: generic, direction: nil)
  }
}
