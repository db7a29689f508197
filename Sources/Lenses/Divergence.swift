internal import Checkpoints
internal import Files
internal import Gradients
internal import LinearAlgebra
internal import Statistics
package import Tensors
internal import Transformers

/// `KL(p ‖ q) = Σ p_i (z^p_i - z^q_i) + ln Σ exp z^q - ln Σ exp z^p` of every row of logits, in nats.
package func divergences(_ p: Matrix<Float>, _ q: Matrix<Float>) -> [Double] {
  let weights = p.softmaxed
  return parallelMap(count: p.rows) { row in
    let range = p.range(ofRow: row)
    let (w, a, b) = (
      weights.elements.span.extracting(range), p.elements.span.extracting(range),
      q.elements.span.extracting(range)
    )
    var sum = logSumExp(b) - logSumExp(a)
    for i in w.indices where w[i] > 0 { sum += Double(w[i]) * Double(a[i] - b[i]) }
    return max(sum, 0)
  }
}

/// The gradient of every row's ``divergences(_:_:)`` by the logits of q, `softmax(q) - softmax(p)`.
package func divergenceGradients(_ p: Matrix<Float>, _ q: Matrix<Float>) -> Matrix<Float> {
  let weights = p.softmaxed
  var gradients = q.softmaxed
  gradients.parallelUpdateRows(chunk: 1) { rows, elements in
    let w = weights.elements.span.extracting(rows.lowerBound * p.columns..<rows.upperBound * p.columns)
    for i in w.indices { elements[i] -= w[i] }
  }
  return gradients
}

/// How far a lens is from the model on held-out tokens.
struct HeldOutDivergence {
  private let model: Model
  private let states: Matrix<Float>
  private let targets: Matrix<Float>
  /// The prompt of each row.
  private let prompts: [Int]
  /// Held-out tokens that are judged at most, evenly spread: their logits are had three times a layer and at every check of the steps.
  private static let limit = 256

  init(_ model: Model, _ source: TokenStates, _ target: TokenStates) {
    self.model = model
    let all = source.heldOutCounts.enumerated().flatMap { prompt, count in
      Array(repeating: prompt, count: count)
    }
    let step = max(1, (all.count + Self.limit - 1) / Self.limit)
    let rows = Array(stride(from: 0, to: all.count, by: step))
    states = source.heldOut.selecting(rows: rows)
    targets = target.heldOut.selecting(rows: rows)
    prompts = rows.map { all[$0] }
  }

  /// KL(model ‖ lens) of each row.
  func divergence(_ transported: (Matrix<Float>) -> Matrix<Float>) throws -> [Double] {
    var found: [Double] = []
    for start in stride(from: 0, to: states.rows, by: 64) {
      let rows = Array(start..<min(states.rows, start + 64))
      let p = try model.unembed(targets.selecting(rows: rows))
      let q = try model.unembed(transported(states.selecting(rows: rows)))
      found += divergences(p, q)
    }
    return found
  }

  /// The mean over tokens of each prompt, then over prompts, with Student's interval where there are several.
  func estimate(_ divergences: [Double]) -> Estimate {
    var sums: [Int: (sum: Double, count: Double)] = [:]
    for (prompt, divergence) in zip(prompts, divergences) {
      let old = sums[prompt] ?? (0, 0)
      sums[prompt] = (old.sum + divergence, old.count + 1)
    }
    let means = sums.keys.sorted().compactMap { prompt in sums[prompt].map { $0.sum / $0.count } }
    return studentMean(means, least: 0)
      ?? Estimate(value: means.reduce(0, +) / Double(max(means.count, 1)), n: means.count)
  }
}

/// Steps down KL(model ‖ lens) from a map.
///
/// Adam (Kingma, Ba 2015) on `Δ` of `M_ij = M0_ij + r_i Δ_ij / s_j`, where s is the root mean square of the layer's dimensions and r
/// that of the final ones, so that massive dimensions weigh no more than others; the rate falls to zero along the steps.
struct DivergenceSteps {
  private let model: Model
  private let source: Matrix<Float>
  private let target: Matrix<Float>
  private let options: TunedOptions
  private let start: AffineMap
  /// r, s.
  private let (rows, columns): ([Float], [Float])

  init(
    _ model: Model, from start: AffineMap, source: Matrix<Float>, target: Matrix<Float>, options: TunedOptions
  ) {
    (self.model, self.start, self.source, self.target, self.options) = (model, start, source, target, options)
    (rows, columns) = (target.rootMeanSquares, source.rootMeanSquares)
  }

  /// - Returns: the best map on the held-out tokens, its divergences, and the step that it is of.
  func run(
    judge: HeldOutDivergence, start divergence: [Double]
  ) throws -> (map: AffineMap, divergence: [Double], step: Int) {
    var best = (map: start, divergence: divergence, step: 0)
    guard options.steps > 0, source.rows > 0 else { return best }
    let width = source.columns
    var map = start
    var adam = Adam(count: width * width + width)
    var random = SeededRandom(seed: options.seed)
    let rate = Float(options.rate) / Float(width).squareRoot()
    let checks = max(1, options.steps / 8)
    for step in 1...options.steps {
      JobProgress.current.tell(step, of: options.steps, "step \(step)")
      let batch = random.sample(min(options.batch, source.rows), of: source.rows)
      let gradient = try gradient(map, source.selecting(rows: batch), target.selecting(rows: batch))
      let share = 1 - Float(step - 1) / Float(options.steps)
      let steps = adam.steps(scaled(gradient), rate: rate * share)
      move(&map, by: steps)
      if step.isMultiple(of: checks) || step == options.steps {
        let found = try judge.divergence(map.applied(to:))
        if found.reduce(0, +) < best.divergence.reduce(0, +) { best = (map, found, step) }
      }
    }
    return best
  }

  /// Of the mean divergence by M and b.
  private func gradient(
    _ map: AffineMap, _ states: Matrix<Float>, _ targets: Matrix<Float>
  ) throws -> (matrix: Matrix<Float>, offset: [Float]) {
    let images = map.applied(to: states)
    let gradients = divergenceGradients(try model.unembed(targets), try model.unembed(images))
    let cotangents = try model.pullbackLogits(gradients, at: images)
    var matrix = multiply(cotangents, states, transposingA: true)
    let share = 1 / Float(max(states.rows, 1))
    for i in matrix.elements.indices { matrix.elements[i] *= share }
    var offset = [Float](repeating: 0, count: images.columns)
    for row in 0..<cotangents.rows {
      for column in offset.indices { offset[column] += cotangents[row, column] * share }
    }
    return (matrix, offset)
  }

  /// By Δ, and by b in units of r.
  private func scaled(_ gradient: (matrix: Matrix<Float>, offset: [Float])) -> [Float] {
    var scaled = gradient.matrix.elements + gradient.offset
    let width = columns.count
    for i in rows.indices {
      for j in columns.indices { scaled[i * width + j] *= rows[i] / columns[j] }
      scaled[width * width + i] *= rows[i]
    }
    return scaled
  }

  private func move(_ map: inout AffineMap, by steps: [Float]) {
    let width = columns.count
    for i in rows.indices {
      for j in columns.indices {
        map.matrix.elements[i * width + j] -= steps[i * width + j] * rows[i] / columns[j]
      }
      map.offset[i] -= steps[width * width + i] * rows[i]
    }
  }
}

/// Adam (Kingma, Ba 2015) with β = (0.9, 0.999).
private struct Adam {
  private var means: [Float]
  private var squares: [Float]
  private var count = 0

  init(count: Int) {
    means = Array(repeating: 0, count: count)
    squares = means
  }

  mutating func steps(_ gradient: [Float], rate: Float) -> [Float] {
    count += 1
    let (first, second): (Float, Float) = (0.9, 0.999)
    let (a, b) = (1 - power(first, count), 1 - power(second, count))
    var steps = gradient
    for i in gradient.indices {
      let g = gradient[i]
      means[i] += (1 - first) * (g - means[i])
      squares[i] += (1 - second) * (g * g - squares[i])
      steps[i] = rate * (means[i] / a) / ((squares[i] / b).squareRoot() + 1e-12)
    }
    return steps
  }

  private func power(_ base: Float, _ exponent: Int) -> Float {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

extension Matrix<Float> {
  /// The softmax of every row.
  fileprivate var softmaxed: Matrix<Float> {
    var probabilities = self
    let columns = columns
    probabilities.parallelUpdateRows(chunk: 1) { rows, elements in
      for row in 0..<rows.count { softmax(&elements, row * columns..<(row + 1) * columns, scale: 1) }
    }
    return probabilities
  }

  /// `√(mean of squares)` of every column; at least 1e-6 of the largest, so that nothing is divided by zero.
  fileprivate var rootMeanSquares: [Float] {
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { sums[column] += Double(self[row, column]) * Double(self[row, column]) }
    }
    let roots = sums.map { Float(($0 / Double(Swift.max(rows, 1))).squareRoot()) }
    let least = Swift.max((roots.max() ?? 0) * 1e-6, .leastNormalMagnitude)
    return roots.map { Swift.max($0, least) }
  }
}
