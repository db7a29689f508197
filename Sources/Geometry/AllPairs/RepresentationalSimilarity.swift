public import Statistics
public import Tensors

/// Representational similarity analysis with Pearson rows: do tokens correlate with each other alike in two models?
///
/// D_ij is Pearson's correlation of rows i and j over dimensions: the cosine of the rows, each less the mean of
/// its own numbers. The outer comparison is that of ``RelativeOrientation``, with its closed forms, intervals
/// and null: Pearson over all pairs i ≠ j, exact, and Spearman over sampled pairs (Kriegeskorte, Mur, Bandettini
/// 2008; ReSi, Klabunde et al. 2025, compares by Spearman). O(n d_A d_B), no n × n matrix.
///
/// Invariant to scale and to a shift of each row by a constant, and to permuting dimensions; not to rotation,
/// since a mean over dimensions depends on the axes. Where that matters, use ``RelativeOrientation``.
public struct RepresentationalSimilarity: Sendable, Equatable, Codable {
  /// The comparison of D^A with D^B; a token whose numbers are all equal has no correlations and is counted
  /// among its zero rows.
  public let orientation: RelativeOrientation

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>,
    _ options: RelativeOrientationOptions = RelativeOrientationOptions()
  ) throws(GeometryError) {
    self.init(orientation: try RelativeOrientation(rowCentred(a), rowCentred(b), options))
  }

  private init(orientation: RelativeOrientation) {
    self.orientation = orientation
  }

  /// The same with Pearson's r held against draws of permuted tokens, as ``RelativeOrientation/held(against:_:_:)``.
  public func held(
    against a: Matrix<Float>, _ b: Matrix<Float>, _ options: Resampling
  ) throws(GeometryError) -> RepresentationalSimilarity {
    RepresentationalSimilarity(
      orientation: try orientation.held(against: rowCentred(a), rowCentred(b), options))
  }
}

/// Every row less the mean of its numbers, in units of its largest number; zero where nothing but rounding is left.
func rowCentred(_ matrix: Matrix<Float>) -> Matrix<Float> {
  .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 512) { rows, part in
    let source = matrix.elements.span
    for (local, row) in rows.enumerated() {
      let start = row * matrix.columns
      var (sum, energy, largest) = (0.0, 0.0, 0.0)
      for column in 0..<matrix.columns { sum += Double(source[start + column]) }
      let mean = sum / Double(matrix.columns)
      for column in 0..<matrix.columns {
        let value = Double(source[start + column]) - mean
        energy += value * value
        largest = max(largest, abs(Double(source[start + column])))
      }
      let varies = !(energy <= 1e-14 * largest * largest * Double(matrix.columns))
      for column in 0..<matrix.columns {
        part[local * matrix.columns + column] =
          varies ? Float((Double(source[start + column]) - mean) / largest) : 0
      }
    }
  }
}

extension RepresentationalSimilarity: PairMeasure {
  public static let name = "representational_similarity"
  public static let version = 1
  public static let group: MeasureGroup? = .representationalSimilarity
  public static let depends: Set<MeasureOptions.Field> = [.spearman, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning: "Relative orientation with correlations of rows in place of cosines, the form that neuroscience "
      + "reports.",
    high:
      "High values mean that pairs of tokens whose rows correlate in one model do so in the other: orientation with each row's own mean taken out.",
    cite:
      "Cite it raw, the form of the papers; it depends on the basis, so that a rotation of one model changes it."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<RepresentationalSimilarity>] {
    let invariance = Invariance(
      .global, [.scaling, .dimensionPermutation, .rowScaling],
      remark: "also to a constant added to all numbers of a row")
    return [
      Metric("rsa", "RSA of row correlations, Pearson", invariance) { $0.orientation.pearson },
      Metric(
        "rsa_spearman", "RSA of row correlations, Spearman", invariance,
        aside: { $0.orientation.binning?.aside },
        value: { $0.orientation.spearman }),
    ]
  }

  public static func measure(_ pair: PairBench) throws -> RepresentationalSimilarity {
    let (x, y) = try pair.rows
    return try RepresentationalSimilarity(x, y, pair.options.orientation)
      .held(against: x, y, pair.options.resampling)
  }
}
