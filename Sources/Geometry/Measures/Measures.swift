/// The list of all measures: the one place, beside a measure's own file, that a new one is written into.
public enum Measures {
  /// In the order of tables.
  public static let all: [any Measure.Type] = [
    RelativeOrientation.self, OrientationRanks.self, CKA.self, MutualNeighbours.self,
    LocalReconstruction.self,
    RepresentationalSimilarity.self, BiasedCKA.self,
    NeighbourJaccard.self, RankSimilarity.self, SecondOrderCosine.self, CycleNeighbours.self, CKNNA.self,
    Hubness.self,
    LinearSimilarity.self,
    Anisotropy.self, ParticipationRatio.self,
    IsoScoreStar.self, PartitionScore.self, NormsByRank.self,
    GaugeComparison.Row.self, GaugeStability.self,
    IntrinsicDimension.self, DistanceDimensions.self, IntrinsicDimensionAgreement.self,
    OrientationByClass.self, DimensionByClass.self, ClassOrientation.self, Gride.self, LocalDimensions.self,
    NeighbourCoherence.self,
  ]
}
