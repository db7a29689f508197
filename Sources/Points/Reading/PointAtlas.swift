internal import Alignment
internal import Files
internal import Foundation
internal import Geometry
internal import LinearAlgebra
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
  /// The files of fitted maps.
  public let maps: [String]
  /// By the model that a map leads to and the space.
  private let carriers = Memo<RowCarrier>()
  private let opened = Memo<[KeptMap]>()
  /// Maps of shuffled tokens where they cost little.
  package static let shuffles = 199
  /// Maps of shuffled tokens where each has to be fitted.
  package static let fewShuffles = 19
  /// Neighbours that are compared.
  private static let neighbours = 10
  /// Which method is taken where there are several.
  private static let preferred = ["ridge", "procrustes", "least-squares"]

  /// - Parameter alignments: the folder of fitted maps.
  public init(stores: [(name: String, store: EmbeddingStore)], alignments: String) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: alignments)) ?? []
    self.init(
      stores: stores, maps: files.filter { $0.hasSuffix(".h5") }.sorted().map { "\(alignments)/\($0)" })
  }

  /// - Parameter maps: the files of fitted maps; what can't be opened as one is passed over.
  public init(stores: [(name: String, store: EmbeddingStore)], maps: [String]) {
    (self.stores, self.maps) = (stores, maps)
  }

  /// No other model.
  public static let none = PointAtlas(stores: [], maps: [])

  /// Which of several methods carries points.
  package static func preferredMethod(of methods: [String]) -> String? {
    methods.min { rank($0) < rank($1) }
  }

  private static func rank(_ method: String) -> Int {
    preferred.firstIndex(of: method) ?? preferred.count
  }

  /// The point in every other model.
  ///
  /// Cost: reads the other matrix of each map and fits it again for its controls, once for all points; then two products of the
  /// matched rows with the maps of shuffled tokens.
  /// - Parameter ground: of the point's space.
  func readings(
    of point: ResolvedPoint, in model: PointModel, among ground: Result<PointGround, PointGap>, seed: UInt64
  ) -> [PointElsewhere] {
    stores.filter { $0.store.identity != model.store.identity }.map {
      reading(of: point, in: model, among: ground, at: $0.name, seed: seed)
    }
  }

  /// The point in one other model.
  func reading(
    of point: ResolvedPoint, in model: PointModel, among ground: Result<PointGround, PointGap>,
    at other: String, seed: UInt64
  ) -> PointElsewhere {
    PointElsewhere(
      model: other,
      carried: PointSection {
        guard let target = stores.first(where: { $0.name == other }) else {
          throw PointGap("\(other) is not imported", remedy: "sextant import \(other)")
        }
        return try carried(point, model, ground, target, seed)
      })
  }

  private func carried(
    _ point: ResolvedPoint, _ model: PointModel, _ ground: Result<PointGround, PointGap>,
    _ target: (name: String, store: EmbeddingStore), _ seed: UInt64
  ) throws -> CarriedPoint {
    if let layer = point.space.residualLayer {
      throw PointGap(
        "maps of hidden states are not followed: only points of the input embedding and the unembedding are carried",
        remedy: layer < 0 ? nil : "sextant layers \(model.name) \(target.name) --keep-map \(layer + 1)")
    }
    guard let space = EmbeddingSpace(rawValue: point.space.description) else {
      throw PointGap("no map is fitted on \(point.space.words)")
    }
    return try carriers.value("\(target.name) \(space)") {
      try carrier(from: model, ground, to: target, space, seed)
    }.carried(
      point, neighbours: Self.neighbours,
      reverse: "sextant align \(target.name) \(model.name)" + (space == .input ? "" : " --space output"))
  }

  private func carrier(
    from model: PointModel, _ ground: Result<PointGround, PointGap>,
    to target: (name: String, store: EmbeddingStore), _ space: EmbeddingSpace, _ seed: UInt64
  ) throws -> RowCarrier {
    let maps = try opened.value("") { self.maps.compactMap { try? KeptMap($0) } }
    func leads(_ map: KeptMap, from: EmbeddingStore, to: EmbeddingStore) -> Bool {
      map.store.record.space == space.rawValue && map.store.record.storeA.identity == from.identity
        && map.store.record.storeB.identity == to.identity
    }
    let rank = { (map: KeptMap) in Self.rank(map.store.record.method) }
    guard
      let map = maps.filter({ leads($0, from: model.store, to: target.store) }).min(by: {
        rank($0) < rank($1)
      })
    else {
      throw PointGap(
        "no map of \(space == .input ? PointSpace.input.words : PointSpace.output.words) leads there",
        remedy: "sextant align \(model.name) \(target.name)" + (space == .input ? "" : " --space output"))
    }
    let back = maps.filter { leads($0, from: target.store, to: model.store) }
      .min {
        (rank($0), $0.store.record.method == map.store.record.method ? 0 : 1) < (
          rank($1), $1.store.record.method == map.store.record.method ? 0 : 1
        )
      }
    JobProgress.current.tell("preparing maps of shuffled tokens, \(model.name) to \(target.name)")
    return try RowCarrier(
      model, ground.get(), target.store, map: map, back: back, space,
      shuffles: Self.draws(map.store.record.method), seed: seed)
  }

  package static func draws(_ method: String) -> Int {
    let linear = AlignmentMethods.named(method) as? any LinearMethod
    return linear?.shuffledLambda(chosen: 0) == nil ? fewShuffles : shuffles
  }
}

/// A map of embeddings and both matrices, for all points that it carries.
private struct RowCarrier: Sendable {
  let map: KeptMap
  let back: KeptMap?
  private let source: Matrix<Float>
  private let targetTokens: [Token]
  private let rowsA: [Int]
  /// The matched tokens on both sides, and all rows of the target.
  private let here: CentredRows
  private let there: CentredRows
  private let everywhere: CentredRows
  private let shuffled: ShuffledCarrier
  /// Of held-out tokens, ascending: what is lost on the way there and back; by whether they are taken as directions.
  private let losses = Memo<[Double]>()

  private var record: AlignmentRecord { map.store.record }

  /// Cost: reads the target's matrix, and fits the map again for its controls.
  init(
    _ model: PointModel, _ ground: PointGround, _ target: EmbeddingStore, map: KeptMap, back: KeptMap?,
    _ space: EmbeddingSpace, shuffles: Int, seed: UInt64
  ) throws {
    (self.map, self.back) = (map, back)
    try map.store.requireFit(a: model.store, b: target)
    let record = map.store.record
    source = ground.rows.rows
    let targets = try target.rows(of: space)
    targetTokens = try target.readTokens()
    rowsA = record.match.rowsA.map { Int($0) }
    here = CentredRows(source.selecting(rows: rowsA), mean: record.meanA)
    there = CentredRows(
      targets.selecting(rows: record.match.rowsB.map { Int($0) }), mean: record.meanB)
    everywhere = CentredRows(targets, mean: record.meanB)
    shuffled = try map.controls(source: source, target: targets).shuffled(count: shuffles, seed: seed)
  }

  func carried(_ point: ResolvedPoint, neighbours: Int, reverse: String) throws -> CarriedPoint {
    // What is carried: the point about the map's source mean, or the direction.
    let origin = point.isDirection ? point.values : zip(point.values, record.meanA).map { $0 - $1 }
    let direction = map.carrier.map.applied(toDirection: origin)
    let own = point.token.flatMap { token in rowsA.firstIndex(of: token) }
    let near = here.nearest(to: Self.row(origin), count: neighbours, without: own)[0]
    let cosines = there.cosines(with: Self.row(direction)).row(0)
    func agreements(_ directions: Matrix<Float>) -> [Double] {
      there.nearest(to: directions, count: neighbours, without: own).map { list in
        let found = Set(list)
        return Double(near.count { found.contains($0) }) / Double(near.count)
      }
    }
    let observed = agreements(Self.row(direction))[0]
    let null = NullDistribution.sampled(
      agreements(shuffled.images(of: origin)), observed: observed, maximum: 1, significance: 0.05,
      meaning: "the point through maps that were fitted on shuffled tokens")
    let held = Set(record.heldOut)
    let scores = everywhere.cosines(with: Self.row(direction)).row(0)
    return CarriedPoint(
      map: map.store.path, method: record.method, spaceWords: point.space.words,
      norm: direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot(),
      nearest: largest(neighbours, of: scores.span).map {
        .init(words: targetTokens[$0].word, score: Double(scores[$0]))
      },
      nearness: "cosine about the mean of the map's tokens, among all \(scores.count) rows",
      agreement: .estimate(Estimate(value: observed, n: near.count, null: null)), among: rowsA.count,
      partner: own.map { own in
        .init(
          rank: 1 + cosines.indices.count { $0 != own && cosines[$0] > cosines[own] }, among: rowsA.count,
          wasFitted: !held.contains(Int32(own)))
      },
      cycle: PointSection { try cycle(origin, isDirection: point.isDirection, reverse) })
  }

  private static func row(_ vector: [Float]) -> Matrix<Float> {
    Matrix(rows: 1, columns: vector.count, elements: vector)
  }

  /// What comes back, beside what comes back of tokens that neither fit has seen.
  private func cycle(
    _ origin: [Float], isDirection: Bool, _ reverse: String
  ) throws -> CarriedPoint.CycleLoss {
    guard let back else { throw PointGap("no map leads back", remedy: reverse) }
    // Both maps at once, on what lies about the first one's source mean; a direction meets no mean.
    func loss(_ origins: Matrix<Float>) -> [Double] {
      var through = map.carrier.map.applied(toDirections: origins)
      if !isDirection {
        let shift = zip(record.meanB, back.store.record.meanA).map { $0 - $1 }
        through = shifted(through, by: shift, sign: 1)
      }
      var returned = back.carrier.map.applied(toDirections: through)
      if !isDirection {
        let shift = zip(back.store.record.meanB, record.meanA).map { $0 - $1 }
        returned = shifted(returned, by: shift, sign: 1)
      }
      return (0..<origins.rows).map { row in
        let (x, y) = (origins.row(row), returned.row(row))
        let error = zip(x, y).reduce(0.0) { $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0) }
        return (error / x.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
      }
    }
    let error = loss(Self.row(origin))[0]
    let others = try losses.value("\(isDirection)") {
      let held = record.heldOut.map { Int(record.match.rowsA[Int($0)]) }
      guard !held.isEmpty else { return [] }
      return loss(shifted(source.selecting(rows: held), by: record.meanA, sign: -1)).filter(\.isFinite)
        .sorted()
    }
    let below = others.count { $0 < error }
    return CarriedPoint.CycleLoss(
      map: back.store.path, error: error, medianOfHeldOut: others.isEmpty ? nil : others[others.count / 2],
      percentile: others.isEmpty ? nil : 100 * Double(below) / Double(others.count))
  }
}

/// Rows about a mean, for cosines with directions; no copy is made of them.
private struct CentredRows: Sendable {
  private let rows: Matrix<Float>
  private let mean: [Float]
  /// 1 / ‖r - μ‖; 0 for the mean itself.
  private let scales: [Float]

  init(_ rows: Matrix<Float>, mean: [Float]) {
    (self.rows, self.mean) = (rows, mean)
    scales = parallelMap(count: rows.rows, chunk: 1024) { row in
      let elements = rows.elements.span.extracting(rows.range(ofRow: row))
      var sum = 0.0
      for index in mean.indices {
        let difference = Double(elements[index]) - Double(mean[index])
        sum += difference * difference
      }
      return sum > 0 ? Float(1 / sum.squareRoot()) : 0
    }
  }

  /// [directions x rows]; O(n d) a direction.
  func cosines(with directions: Matrix<Float>) -> Matrix<Float> {
    let unit = unitRows(directions)
    var products = multiply(unit, rows, transposingB: true)
    let offsets = (0..<unit.rows).map { row in dot(unit.row(row).span, mean.span) }
    products.parallelUpdateRows(chunk: 1) { numbers, elements in
      for (place, row) in numbers.enumerated() {
        for index in scales.indices {
          let element = place * scales.count + index
          elements[element] = (elements[element] - offsets[row]) * scales[index]
        }
      }
    }
    return products
  }

  /// The nearest rows of each direction.
  func nearest(to directions: Matrix<Float>, count: Int, without own: Int?) -> [[Int]] {
    let cosines = cosines(with: directions)
    return parallelMap(count: cosines.rows, chunk: 1) { row in
      largest(count + 1, of: cosines.elements.span.extracting(cosines.range(ofRow: row)))
        .filter { $0 != own }.prefix(count).map { $0 }
    }
  }
}
