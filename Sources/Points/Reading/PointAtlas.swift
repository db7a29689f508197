internal import Alignment
internal import Files
internal import Foundation
internal import Geometry
internal import Statistics
internal import Steering
public import Stores
internal import Tensors
internal import Tokenizers
internal import Workflow

/// The other models that are imported, and the maps that lead to them.
public struct PointAtlas: Sendable {
  /// Stores of all models, by name.
  public let stores: [(name: String, store: EmbeddingStore)]
  /// The folder of fitted maps.
  public let alignments: String
  /// Maps of shuffled tokens where they cost little.
  private static let shuffles = 199
  /// Maps of shuffled tokens where each has to be fitted.
  private static let fewShuffles = 19
  /// Neighbours that are compared.
  private static let neighbours = 10
  /// Which method is taken where there are several.
  private static let preferred = ["ridge", "procrustes", "least-squares"]

  public init(stores: [(name: String, store: EmbeddingStore)], alignments: String) {
    (self.stores, self.alignments) = (stores, alignments)
  }

  /// No other model.
  public static let none = PointAtlas(stores: [], alignments: "")

  /// The point in every other model.
  ///
  /// Cost: reads the other matrix of each map, fits it again once for its controls.
  /// - Parameter rows: of the point's space.
  func readings(
    of point: ResolvedPoint, in model: PointModel, among rows: Result<PointRows, PointGap>, seed: UInt64
  ) -> [PointElsewhere] {
    let maps = maps()
    return stores.filter { $0.store.identity != model.store.identity }.map { target in
      PointElsewhere(
        model: target.name,
        carried: PointSection { try carried(point, model, rows, target, maps, seed) })
    }
  }

  /// All maps of the folder that can be opened, in the order of their names.
  private func maps() -> [KeptMap] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: alignments)) ?? []
    return files.filter { $0.hasSuffix(".h5") }.sorted().compactMap { try? KeptMap("\(alignments)/\($0)") }
  }

  private func carried(
    _ point: ResolvedPoint, _ model: PointModel, _ rows: Result<PointRows, PointGap>,
    _ target: (name: String, store: EmbeddingStore), _ maps: [KeptMap], _ seed: UInt64
  ) throws -> CarriedPoint {
    if let layer = point.space.residualLayer {
      throw PointGap(
        "maps of hidden states are not followed: only points of the input embedding and the unembedding are carried",
        remedy: layer < 0 ? nil : "sextant layers \(model.name) \(target.name) --keep-map \(layer + 1)")
    }
    guard let space = EmbeddingSpace(rawValue: point.space.description) else {
      throw PointGap("no map is fitted on \(point.space.words)")
    }
    func leads(_ map: KeptMap, from: EmbeddingStore, to: EmbeddingStore) -> Bool {
      map.store.record.space == space.rawValue && map.store.record.storeA.identity == from.identity
        && map.store.record.storeB.identity == to.identity
    }
    let rank = { (map: KeptMap) in
      Self.preferred.firstIndex(of: map.store.record.method) ?? Self.preferred.count
    }
    guard
      let map = maps.filter({ leads($0, from: model.store, to: target.store) }).min(by: {
        rank($0) < rank($1)
      })
    else {
      throw PointGap(
        "no map of \(point.space.words) leads there",
        remedy: "sextant align \(model.name) \(target.name)" + (space == .input ? "" : " --space output"))
    }
    let back = maps.filter { leads($0, from: target.store, to: model.store) }
      .min {
        (rank($0), $0.store.record.method == map.store.record.method ? 0 : 1) < (
          rank($1), $1.store.record.method == map.store.record.method ? 0 : 1
        )
      }
    return try RowCarrier(point, model, rows, target.store, map: map, back: back, space).carried(
      shuffles: Self.draws(map.store.record.method), neighbours: Self.neighbours, seed: seed,
      reverse: "sextant align \(target.name) \(model.name)" + (space == .input ? "" : " --space output"))
  }

  private static func draws(_ method: String) -> Int {
    let linear = AlignmentMethods.named(method) as? any LinearMethod
    return linear?.shuffledLambda(chosen: 0) == nil ? fewShuffles : shuffles
  }
}

/// One point, one map of embeddings, both matrices.
private struct RowCarrier {
  let point: ResolvedPoint
  let map: KeptMap
  let back: KeptMap?
  /// What was carried: the point about the map's source mean, or the direction.
  let origin: [Float]
  let source: Matrix<Float>
  let targets: Matrix<Float>
  let targetTokens: [Token]

  private var record: AlignmentRecord { map.store.record }

  init(
    _ point: ResolvedPoint, _ model: PointModel, _ rows: Result<PointRows, PointGap>,
    _ target: EmbeddingStore,
    map: KeptMap, back: KeptMap?, _ space: EmbeddingSpace
  ) throws {
    (self.point, self.map, self.back) = (point, map, back)
    try map.store.requireFit(a: model.store, b: target)
    let mean = map.store.record.meanA
    origin = point.isDirection ? point.values : zip(point.values, mean).map { $0 - $1 }
    source = try rows.get().rows
    targets = try target.rows(of: space)
    targetTokens = try target.readTokens()
  }

  func carried(shuffles: Int, neighbours: Int, seed: UInt64, reverse: String) throws -> CarriedPoint {
    let direction = map.carrier.map.applied(toDirection: origin)
    let (rowsA, rowsB) = (record.match.rowsA.map { Int($0) }, record.match.rowsB.map { Int($0) })
    let own = point.token.flatMap { token in rowsA.firstIndex(of: token) }
    let here = CentredRows(source.selecting(rows: rowsA), mean: record.meanA)
    let there = CentredRows(targets.selecting(rows: rowsB), mean: record.meanB)
    let near = here.nearest(to: origin, count: neighbours, without: own)
    let cosines = there.cosines(with: direction)
    func agreement(_ direction: [Float]) -> Double {
      let found = Set(there.nearest(to: direction, count: neighbours, without: own))
      return Double(near.count { found.contains($0) }) / Double(near.count)
    }
    JobProgress.current.begin("maps of shuffled tokens, \(record.storeA.name) to \(record.storeB.name)")
    let controls = try map.controls(source: source, target: targets)
    let draws = try controls.carriedThroughShuffled(origin, count: shuffles, seed: seed).map(agreement)
    let observed = agreement(direction)
    let null = NullDistribution.sampled(
      draws, observed: observed, maximum: 1, significance: 0.05,
      meaning: "the point through maps that were fitted on shuffled tokens")
    let held = Set(record.heldOut)
    let everywhere = CentredRows(targets, mean: record.meanB)
    let scores = everywhere.cosines(with: direction)
    return CarriedPoint(
      map: map.store.path, method: record.method, spaceWords: point.space.words,
      norm: direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot(),
      nearest: largest(neighbours, of: scores.span).map {
        .init(words: targetTokens[$0].word, score: Double(scores[$0]))
      },
      nearness: "cosine about the mean of the map's tokens, among all \(targets.rows) rows",
      agreement: .estimate(Estimate(value: observed, n: near.count, null: null)), among: rowsA.count,
      partner: own.map { own in
        .init(
          rank: 1 + cosines.indices.count { $0 != own && cosines[$0] > cosines[own] }, among: rowsA.count,
          wasFitted: !held.contains(Int32(own)))
      },
      cycle: PointSection { try cycle(direction, reverse) })
  }

  /// What comes back, beside what comes back of tokens that neither fit has seen.
  private func cycle(_ direction: [Float], _ reverse: String) throws -> CarriedPoint.CycleLoss {
    guard let back else { throw PointGap("no map leads back", remedy: reverse) }
    let held = record.heldOut.map { Int(record.match.rowsA[Int($0)]) }
    let rows = source.selecting(rows: held)
    // Both maps at once, on what lies about the first one's source mean; a direction meets no mean.
    func loss(_ origins: Matrix<Float>) -> [Double] {
      var through = map.carrier.map.applied(toDirections: origins)
      if !point.isDirection {
        let shift = zip(record.meanB, back.store.record.meanA).map { $0 - $1 }
        through = through.addingToRows(shift)
      }
      var returned = back.carrier.map.applied(toDirections: through)
      if !point.isDirection {
        returned = returned.addingToRows(zip(back.store.record.meanB, record.meanA).map { $0 - $1 })
      }
      return (0..<origins.rows).map { row in
        let (x, y) = (origins.row(row), returned.row(row))
        let error = zip(x, y).reduce(0.0) { $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0) }
        return (error / x.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
      }
    }
    let error = loss(Matrix(rows: 1, columns: origin.count, elements: origin))[0]
    let others =
      held.isEmpty ? [] : loss(rows.addingToRows(record.meanA.map { -$0 })).filter(\.isFinite).sorted()
    let below = others.count { $0 < error }
    return CarriedPoint.CycleLoss(
      map: back.store.path, error: error, medianOfHeldOut: others.isEmpty ? nil : others[others.count / 2],
      percentile: others.isEmpty ? nil : 100 * Double(below) / Double(others.count))
  }
}

/// Rows about a mean, for cosines with directions.
private struct CentredRows {
  private let unit: Matrix<Float>

  init(_ rows: Matrix<Float>, mean: [Float]) { unit = unitRows(rows.addingToRows(mean.map { -$0 })) }

  /// O(n d).
  func cosines(with direction: [Float]) -> [Float] {
    let norm = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0 else { return Array(repeating: 0, count: unit.rows) }
    let scaled = direction.map { Float(Double($0) / norm) }
    return parallelMap(count: unit.rows, chunk: 1024) { row in
      dot(unit.elements.span.extracting(unit.range(ofRow: row)), scaled.span)
    }
  }

  func nearest(to direction: [Float], count: Int, without own: Int?) -> [Int] {
    largest(count + 1, of: cosines(with: direction).span).filter { $0 != own }.prefix(count).map { $0 }
  }
}

extension Matrix<Float> {
  func addingToRows(_ vector: [Float]) -> Matrix<Float> {
    var result = self
    result.parallelUpdateRows(chunk: 256) { _, elements in
      for index in elements.indices { elements[index] += vector[index % vector.count] }
    }
    return result
  }
}
