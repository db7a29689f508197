public import Tensors

/// The best of many comparisons, held against the best that chance would find among as many.
///
/// A search over layers × layers, or over measures, looks at many cells and reports the largest; its null must
/// have searched too. Every permutation of the tokens is applied to all cells at once, so that the cells keep
/// their dependence, and the largest cell of each draw makes the null of the largest observed:
///
///     p = (1 + #{max_c t_c⁽ᵏ⁾ ≥ max_c t_c}) / (K + 1)
///
/// Each cell also gets a p adjusted for the search by Westfall and Young's step-down: with the cells in
/// descending order, cell j is held against the largest of the cells j, j + 1, …, and no adjusted p is below
/// the one before it. The chance of even one false cell among those with an adjusted p of at most α is at most
/// α, whatever the dependence. O(K cells), deterministic.
///
/// Westfall, Young 1993, algorithm 4.1; Ge, Dudoit, Speed 2003, box 2; for layers Gröger, Wen, Brbić 2026,
/// section 3. p cannot be below 1 / (K + 1).
public struct MaxT: Sendable, Equatable, Codable {
  /// How cells are made comparable before the largest is taken.
  public enum Scale: String, Sendable, Codable {
    /// As they are: cells of one measure.
    case asMeasured = "as measured"
    /// Less the cell's mean and over its standard deviation, both over the draws and the observed value
    /// together, so that the observed value is one of K + 1 alike under the null: cells of different measures.
    case standardised
  }

  /// One comparison of the search.
  public struct Cell: Sendable, Equatable, Codable {
    public let row: Int
    public let column: Int
    public let value: Double
    /// As if it were the only one.
    public let pValue: Double
    /// Adjusted for the search.
    public let adjustedPValue: Double
    /// What the largest cell of a draw exceeds with a probability of at most the significance level, in the
    /// cell's unit.
    public let threshold: Double
    /// max((value - threshold) / (largest possible - threshold), 0).
    public let calibrated: Double
  }

  public let rows: Int
  public let columns: Int
  /// Row by row; nil where the observed value is not finite.
  public let cells: [Cell?]
  /// The largest cell against the null of the largest, in that cell's unit; n counts tokens. It has no interval:
  /// one that ignores the search would be too narrow.
  public let best: Evaluation
  /// Position of the largest cell in `cells`; the first of equals. nil when none is evaluable.
  public let bestIndex: Int?
  public let draws: Int
  public let scale: Scale
  public let significance: Double

  /// - Parameters:
  ///   - observed: one value a cell, larger for more alike; NaN where it is not evaluable.
  ///   - draws: the same cells under each permutation; a value that is not finite counts as exceeding, which
  ///     errs on the careful side.
  ///   - tokens: how many tokens the cells rest on.
  ///   - largest: the largest value that a cell can have.
  ///   - significance: level α of the thresholds, in (0, 1).
  /// - Precondition: all draws have the shape of `observed`; there is at least one.
  public init(
    observed: Matrix<Double>, draws: [Matrix<Double>], tokens: Int, largest: Double = 1,
    scale: Scale = .asMeasured, significance: Double = 0.05
  ) {
    precondition(!draws.isEmpty, "a null from 0 draws, expected at least 1")
    for draw in draws {
      precondition(
        draw.rows == observed.rows && draw.columns == observed.columns,
        "a draw of \(draw.rows) x \(draw.columns) cells for \(observed.rows) x \(observed.columns)")
    }
    (rows, columns, self.draws) = (observed.rows, observed.columns, draws.count)
    (self.scale, self.significance) = (scale, significance)
    let evaluable = observed.elements.indices.filter { observed.elements[$0].isFinite }
    let search = Search(
      evaluable.map { observed.elements[$0] },
      draws.map { draw in evaluable.map { draw.elements[$0].isFinite ? draw.elements[$0] : .infinity } },
      scale: scale)
    guard let leader = search.order.first else {
      (cells, bestIndex) = (Array(repeating: nil, count: observed.elements.count), nil)
      best = .notEvaluable(reason: "no cell of the search is evaluable")
      return
    }
    let adjusted = search.adjustedPValues()
    let threshold = search.threshold(significance: significance)
    var cells = [Cell?](repeating: nil, count: observed.elements.count)
    for (position, index) in evaluable.enumerated() {
      let limit = min(search.inUnit(of: position, threshold), largest)
      cells[index] = Cell(
        row: index / observed.columns, column: index % observed.columns, value: observed.elements[index],
        pValue: search.pValue(of: position), adjustedPValue: adjusted[position],
        threshold: limit,
        calibrated: NullDistribution.calibratedScore(
          observed.elements[index], threshold: limit, maximum: largest))
    }
    self.cells = cells
    bestIndex = evaluable[leader]
    best = .estimate(
      Estimate(
        value: observed.elements[evaluable[leader]], n: tokens,
        null: search.null(largest: largest, significance: significance)))
  }

  /// The search over several measures of one pair, standardised; one row, a column for each measure.
  ///
  /// - Parameter measures: similarities whose nulls hold draws of ``TokenPermutations`` with the same seed over
  ///   the same tokens. Those without such draws are cells that are not evaluable; the fewest draws decide.
  /// - Returns: nil when no measure has draws.
  public init?(_ measures: [Evaluation], significance: Double = 0.05) {
    let samples = measures.map { $0.estimate?.null?.sample }
    guard let count = samples.compactMap({ $0?.count }).min(), count > 0 else { return nil }
    let observed = zip(measures, samples).map { $1 == nil ? Double.nan : $0.value ?? .nan }
    let draws = (0..<count).map { draw in
      Matrix<Double>(rows: 1, columns: measures.count, elements: samples.map { $0?[draw] ?? .nan })
    }
    self.init(
      observed: Matrix<Double>(rows: 1, columns: measures.count, elements: observed), draws: draws,
      tokens: measures.compactMap { $0.estimate?.n }.min() ?? 0, scale: .standardised,
      significance: significance)
  }
}

/// The evaluable cells on the scale on which they are compared.
private struct Search {
  private let observed: [Double]
  private let draws: [[Double]]
  private let means: [Double]
  private let deviations: [Double]
  /// Cells in descending order; of equals the first comes first.
  let order: [Int]

  init(_ values: [Double], _ samples: [[Double]], scale: MaxT.Scale) {
    var means = [Double](repeating: 0, count: values.count)
    var deviations = [Double](repeating: 1, count: values.count)
    if scale == .standardised {
      for cell in values.indices {
        let pooled = (samples.map { $0[cell] } + [values[cell]]).filter(\.isFinite)
        let mean = pooled.reduce(0, +) / Double(pooled.count)
        let squares = pooled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        means[cell] = mean
        deviations[cell] = (squares / Double(max(pooled.count - 1, 1))).squareRoot()
      }
    }
    func scaled(_ row: [Double]) -> [Double] {
      row.indices.map { cell in
        // A cell that never varies tells nothing: no larger and no smaller than its own draws.
        deviations[cell] > 0 ? (row[cell] - means[cell]) / deviations[cell] : 0
      }
    }
    let standardised = scaled(values)
    (self.means, self.deviations, observed, draws) = (means, deviations, standardised, samples.map(scaled))
    order = values.indices.sorted { (standardised[$0], $1) > (standardised[$1], $0) }
  }

  /// The largest cell of each draw.
  var maxima: [Double] { draws.map { $0.max() ?? -.infinity } }

  func pValue(of cell: Int) -> Double {
    Double(1 + draws.count { $0[cell] >= observed[cell] }) / Double(draws.count + 1)
  }

  func adjustedPValues() -> [Double] {
    var exceeding = [Int](repeating: 0, count: observed.count)
    for draw in draws {
      var largest = -Double.infinity
      for cell in order.reversed() {
        largest = max(largest, draw[cell])
        if largest >= observed[cell] { exceeding[cell] += 1 }
      }
    }
    var adjusted = [Double](repeating: 1, count: observed.count)
    var previous = 0.0
    for cell in order {
      previous = max(previous, Double(1 + exceeding[cell]) / Double(draws.count + 1))
      adjusted[cell] = previous
    }
    return adjusted
  }

  /// The threshold of the largest cell, on the common scale.
  func threshold(significance: Double) -> Double {
    NullDistribution.threshold(maxima, observed: observed[order[0]], significance: significance)
  }

  func inUnit(of cell: Int, _ value: Double) -> Double {
    deviations[cell] > 0 ? means[cell] + deviations[cell] * value : means[cell]
  }

  /// The null of the largest cell, in its unit.
  func null(largest: Double, significance: Double) -> NullDistribution {
    let leader = order[0]
    let top = inUnit(of: leader, observed[leader])
    // A draw that was not evaluable is infinite here: as large as can be.
    let units = maxima.map { min(inUnit(of: leader, $0), max(largest, top)) }
    return .sampled(
      units, observed: top, maximum: largest, significance: significance,
      meaning:
        "the largest of \(observed.count) cells, the second model's tokens permuted alike for all of them")
  }
}
