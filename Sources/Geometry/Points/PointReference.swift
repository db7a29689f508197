internal import Files
internal import LinearAlgebra
internal import RealModule
internal import Statistics
internal import Tensors

/// What the held-out rows of a space are measured to be: that against which every point is held.
struct PointReference: Sendable {
  let heldOut: [Int]
  /// h(r) of ``PointNearness/csls``.
  let hubness: [Double]
  /// How many held-out rows each row is a neighbour of, by cosine.
  let occurrences: [Int32]
  /// Scores of the held-out rows' neighbours of each rank, ascending: [nearness][rank].
  let neighbourScores: [PointNearness: [[Double]]]
  /// In the order of ``OffManifoldScore``.
  let alarms: ConformalRanks
  let densities: LocalDensity
  /// Ascending.
  let radii: [Double]
  let dimensions: [Double]
  let participationRatios: [Double]
  let logDensities: [Double]
  let reconstructionErrors: [Double]
  let geodesics: GeodesicSamples

  init(
    _ heldOut: [Int], in rows: PointRows, _ covariance: LedoitWolf, _ options: PointOptions
  ) throws(GeometryError) {
    self.heldOut = heldOut
    var random = SeededRandom(seed: options.seed ^ 0x504F_494E_5453)
    let rest = rows.isRest.indices.filter { rows.isRest[$0] }
    let sample = random.sample(min(Self.hubSample, rest.count), of: rest.count).map { rest[$0] }
    hubness = Self.hubness(sample, in: rows)
    let points = heldOut.map { rows.query(row: $0) }
    let search = PointSearch(rows: rows, hubness: hubness)
    let wishes =
      PointNearness.allCases.map { PointWish(nearness: $0, k: options.neighbours) }
      + LocalShape.wishes(options)
    let lists = try search.lists(of: points, wishes)

    var scores: [PointNearness: [[Double]]] = [:]
    for (index, nearness) in PointNearness.allCases.enumerated() {
      let defined = points.indices.filter { points[$0].reasonAgainst(nearness) == nil }
      scores[nearness] = (0..<options.neighbours).map { rank in
        defined.map { lists[$0][index][rank].score }.sorted()
      }
    }
    neighbourScores = scores
    var occurrences = [Int32](repeating: 0, count: rows.matrix.rows)
    for list in lists { for near in list[0] { occurrences[near.row] += 1 } }
    self.occurrences = occurrences

    let counter = JobProgress.current.counter(of: points.count, "neighbourhoods")
    let shapes = try LocalShape.all(points, lists, in: rows, options) { counter.add() }
    let values: [[Double]] = parallelMap(count: points.count) { index in
      OffManifoldScore.values(
        of: points[index], shapes[index], covariance, neighbours: options.neighbours, leavingOut: false)
    }
    alarms = ConformalRanks(
      scores: OffManifoldScore.allCases.indices.map { score in values.map { $0[score] } })
    let radii = shapes.map { $0.distances[options.neighbourhood - 1] }.sorted()
    self.radii = radii
    dimensions = shapes.compactMap(\.dimension).sorted()
    participationRatios = shapes.compactMap { $0.participation?.value }.sorted()
    reconstructionErrors = shapes.compactMap(\.reconstructionError).sorted()
    let inverse = dimensions.reduce(0) { $0 + 1 / $1 }
    let densities = LocalDensity(
      dimension: dimensions.isEmpty ? nil : Double(dimensions.count) / inverse,
      unit: quantile(ofSorted: radii, 0.5), rows: rest.count, neighbourhood: options.neighbourhood)
    self.densities = densities
    logDensities = radii.compactMap { densities.logDensity(radius: $0) }.sorted()
    geodesics = try GeodesicSamples(rows, rest, heldOut, neighbours: options.neighbours, &random)
  }

  /// Rows from which hubs are told.
  static let hubSample = 512
  /// K of CSLS.
  static let hubNeighbours = 10

  /// The mean cosine of every row to its K nearest of a sample, itself and its group left out; in Float, O(n d) a row of the sample.
  private static func hubness(_ sample: [Int], in rows: PointRows) -> [Double] {
    let (matrix, block) = (rows.matrix, 512)
    let numbers = sample.flatMap { matrix.elements[matrix.range(ofRow: $0)] }
    let counter = JobProgress.current.counter(of: (matrix.rows + block - 1) / block, "hubs")
    let parts: [[Double]] = withSingleThreadedBLAS {
      parallelMap(count: (matrix.rows + block - 1) / block) { part in
        defer { counter.add() }
        let range = part * block..<min((part + 1) * block, matrix.rows)
        var tile = [Float](repeating: 0, count: range.count * sample.count)
        var target = tile.mutableSpan
        multiplyTile(
          matrix.elements.span.extracting(
            range.lowerBound * matrix.columns..<range.upperBound * matrix.columns), numbers.span,
          columns: matrix.columns, into: &target)
        return range.enumerated().map { local, row in
          var nearest: [Double] = []
          for (position, other) in sample.enumerated() where other != row {
            if let labels = rows.labels, labels[other] == labels[row] { continue }
            let cosine =
              Double(tile[local * sample.count + position]) * rows.inverseNorms[row]
              * rows.inverseNorms[other]
            if nearest.count == hubNeighbours, let last = nearest.last, cosine <= last { continue }
            let place = nearest.firstIndex { $0 < cosine } ?? nearest.count
            nearest.insert(cosine, at: place)
            if nearest.count > hubNeighbours { nearest.removeLast() }
          }
          return nearest.isEmpty ? 0 : nearest.reduce(0, +) / Double(nearest.count)
        }
      }
    }
    return parts.flatMap { $0 }
  }
}

/// The density that a neighbourhood's radius stands for, all points taken as of one dimension.
struct LocalDensity: Sendable {
  /// D; nil where no neighbourhood has a dimension.
  let dimension: Double?
  /// The radius that counts as 1.
  let unit: Double
  let rows: Int
  let neighbourhood: Int

  /// log of n V_D (r/unit)^D.
  private func logVolume(_ radius: Double) -> Double? {
    guard let dimension, radius > 0, unit > 0 else { return nil }
    let ball = dimension / 2 * Double.log(.pi) - Double.logGamma(dimension / 2 + 1)
    return .log(Double(rows)) + ball + dimension * .log(radius / unit)
  }

  /// log((m - 1) / (n V_D r^D)), nats.
  func logDensity(radius: Double) -> Double? {
    logVolume(radius).map { .log(Double(neighbourhood - 1)) - $0 }
  }

  /// n V_D r^D f is Gamma(m).
  func interval(radius: Double, confidence: Double) -> Spread? {
    logVolume(radius).map { volume in
      Spread(
        standardError: 1 / Double(neighbourhood - 1).squareRoot(),
        lower: .log(gammaQuantile((1 - confidence) / 2, shape: neighbourhood)) - volume,
        upper: .log(gammaQuantile((1 + confidence) / 2, shape: neighbourhood)) - volume)
    }
  }
}

extension OffManifoldScore {
  /// All scores of a point with its neighbourhood, in the order of the cases; larger is farther off.
  static func values(
    of point: PointQuery, _ shape: LocalShape, _ covariance: LedoitWolf, neighbours: Int,
    leavingOut: Bool
  ) -> [Double] {
    let fromCentre = covariance.distance(point.numbers, leavingOut: leavingOut)
    return allCases.map { score in
      switch score {
      case .neighbourDistance: shape.distances[neighbours - 1]
      case .neighbourAngle: shape.angle
      case .mahalanobis: fromCentre
      case .localResidual: shape.residual
      case .centrality: -fromCentre
      }
    }
  }
}
