internal import Statistics
internal import Tensors

/// The mean training state of each token.
struct TokenMeans {
  private let means: [Int: [Float]]
  private let fallback: [Float]

  init(_ states: Matrix<Float>, tokens: [Int], fallback: [Float]) {
    var sums: [Int: [Double]] = [:]
    var counts: [Int: Double] = [:]
    for (row, token) in tokens.enumerated() {
      counts[token, default: 0] += 1
      var sum = sums.removeValue(forKey: token) ?? [Double](repeating: 0, count: states.columns)
      for column in sum.indices { sum[column] += Double(states[row, column]) }
      sums[token] = sum
    }
    means = Dictionary(
      uniqueKeysWithValues: sums.map { token, sum in (token, sum.map { Float($0 / (counts[token] ?? 1)) }) })
    self.fallback = fallback
  }

  func predictions(_ tokens: [Int]) -> Matrix<Float> {
    Matrix(
      rows: tokens.count, columns: fallback.count, elements: tokens.flatMap { means[$0] ?? fallback })
  }
}

/// Scores predictions of held-out states; all that a score needs is summed by group first.
struct LayerMapJudge {
  let truth: Matrix<Float>
  let groups: [Int]
  /// Standard deviation of each dimension, from the training states.
  let scale: [Float]
  /// The training mean.
  let mean: [Float]

  private struct Sums {
    var rows = 0.0
    var error = 0.0
    var variance = 0.0
    var scaledError = 0.0
    var scaledVariance = 0.0
    var cosine = 0.0

    static func += (a: inout Sums, b: Sums) {
      a.rows += b.rows
      a.error += b.error
      a.variance += b.variance
      a.scaledError += b.scaledError
      a.scaledVariance += b.scaledVariance
      a.cosine += b.cosine
    }
  }

  func scores(
    of predicted: Matrix<Float>, shuffled: Matrix<Float>, byToken: Matrix<Float>, _ options: Resampling
  ) throws(AlignmentError) -> LayerMapScores {
    let sums = sums(predicted)
    let total = sums.reduce(into: Sums(), +=)
    guard total.variance > 0, total.scaledVariance > 0 else { throw .noVariance(side: "target") }
    let (control, token) = (self.sums(shuffled), self.sums(byToken))
    func r2(_ sums: Sums) -> Double { 1 - sums.scaledError / sums.scaledVariance }
    return LayerMapScores(
      r2: estimate(sums, options) { 1 - $0.error / $0.variance }, standardisedR2: estimate(sums, options, r2),
      cosine: estimate(sums, options) { $0.cosine / $0.rows }, tokenR2: estimate(token, options, r2),
      shuffledR2: estimate(control, options, r2))
  }

  private func sums(_ predicted: Matrix<Float>) -> [Sums] {
    let centre = (0..<truth.columns).map { column in
      (0..<truth.rows).reduce(0.0) { $0 + Double(truth[$1, column]) } / Double(truth.rows)
    }
    let rows: [Sums] = parallelMap(count: truth.rows, chunk: 64) { row in
      let (y, p) = (truth.elements.span, predicted.elements.span)
      var sums = Sums()
      var (product, a, b) = (0.0, 0.0, 0.0)
      for column in 0..<truth.columns {
        let (t, q) = (Double(y[row * truth.columns + column]), Double(p[row * truth.columns + column]))
        let (unit, m) = (Double(scale[column]), Double(mean[column]))
        let (error, deviation) = (t - q, t - centre[column])
        sums.error += error * error
        sums.variance += deviation * deviation
        sums.scaledError += error / unit * (error / unit)
        sums.scaledVariance += deviation / unit * (deviation / unit)
        let (u, v) = ((q - m) / unit, (t - m) / unit)
        product += u * v
        a += u * u
        b += v * v
      }
      sums.rows = 1
      sums.cosine = a > 0 && b > 0 ? product / (a * b).squareRoot() : 0
      return sums
    }
    var byGroup: [Int: Sums] = [:]
    for (row, sums) in rows.enumerated() { byGroup[groups[row], default: Sums()] += sums }
    return byGroup.sorted { $0.key < $1.key }.map(\.value)
  }

  /// A ratio of sums with the percentile interval over groups drawn with replacement; n counts groups.
  private func estimate(
    _ groups: [Sums], _ options: Resampling, _ ratio: (Sums) -> Double
  ) -> Estimate {
    var random = SeededRandom(seed: options.seed)
    let draws = (0..<options.bootstrapSamples).map { _ in
      var sums = Sums()
      for _ in groups.indices { sums += groups[Int(random.next(upperBound: UInt64(groups.count)))] }
      return ratio(sums)
    }
    return percentileEstimate(
      ratio(groups.reduce(into: Sums(), +=)), draws.filter(\.isFinite), count: groups.count, options)
  }
}
