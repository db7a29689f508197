public import Statistics

/// Do the tokens with many local directions in one model have many in the other?
///
/// The correlation over tokens of their local dimensions in two models. *Uncertainty*: none is given, since
/// neighbourhoods overlap and resampled tokens give half of the error.
/// *Null*: the second model's tokens permuted.
public struct IntrinsicDimensionAgreement: Sendable, Equatable, Codable {
  public let pearson: Evaluation
  public let spearman: Evaluation

  /// Local principal components.
  ///
  /// - Precondition: both measured the same tokens.
  public init(
    _ a: IntrinsicDimension, _ b: IntrinsicDimension, _ options: Resampling = Resampling()
  ) {
    precondition(a.tokens == b.tokens, "the two models were measured at different tokens")
    self.init(a.dimensions.map(Double.init), b.dimensions.map(Double.init), options)
  }

  /// Maximum-likelihood dimensions, over the tokens that have one in both models.
  ///
  /// - Precondition: equal numbers of tokens.
  public init(_ a: LevinaBickel, _ b: LevinaBickel, _ options: Resampling = Resampling()) {
    precondition(
      a.perToken.count == b.perToken.count,
      "the two models have \(a.perToken.count) and \(b.perToken.count) tokens")
    let both = zip(a.perToken, b.perToken).compactMap { x, y in
      x.flatMap { x in y.map { (x, $0) } }
    }
    self.init(both.map(\.0), both.map(\.1), options)
  }

  private init(_ x: [Double], _ y: [Double], _ options: Resampling) {
    pearson = correlation(.pearson, x, y, options, hasInterval: false)
    spearman = correlation(.spearman, x, y, options, hasInterval: false)
  }
}

extension IntrinsicDimensionAgreement: PairMeasure {
  public static let name = "dimension_agreement"
  public static let version = 1
  public static let gauges: [Gauge] = [.raw]
  public static let task = "intrinsic_dimension"
  public static let depends: Set<MeasureOptions.Field> = [
    .dimensionNeighbours, .dimensionTokens, .seed, .strata,
  ]
  public static let uses: [any SpaceMeasure.Type] = [IntrinsicDimension.self]

  public static let concept: Concept? = Concept(
    meaning: "Do tokens with many local directions in one model have many in the other? The correlation over "
      + "tokens.",
    high:
      "High values mean that the tokens whose neighbourhoods are flat in one model are so in the other.",
    cite:
      "Of raw rows; cite it beside the stratified null, since most of an agreement across families is one of classes of tokens."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<IntrinsicDimensionAgreement>] {
    [
      Metric("pearson", "agreement of local dimensions, Pearson", IntrinsicDimension.localInvariance) {
        $0.pearson
      },
      Metric("spearman", "agreement of local dimensions, Spearman", IntrinsicDimension.localInvariance) {
        $0.spearman
      },
    ]
  }

  public static func measure(_ pair: PairBench) throws -> IntrinsicDimensionAgreement {
    let (a, b) = (
      try pair.view(.first).finding(IntrinsicDimension.self),
      try pair.view(.second).finding(IntrinsicDimension.self)
    )
    return IntrinsicDimensionAgreement(a, b, pair.options.resampling.selecting(a.tokens))
  }
}
