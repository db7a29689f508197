public import Geometry

/// How two spaces are compared.
public struct CompareOptions: Sendable, Equatable, Codable {
  /// Neighbours of the graphs and of LLE; larger values look at larger neighbourhoods.
  public var neighbours = 10
  /// Neighbours of the local PCA.
  public var dimensionNeighbours = 1200
  /// Tokens whose intrinsic dimension is measured (a seeded sample).
  public var dimensionTokens = 4000
  /// Which matrices are compared; models whose unembedding is their embedding, tied or as a copy in another
  /// quantisation, are compared with one another once.
  public var spaces = [EmbeddingSpace.input]
  /// What is measured beyond orientation, CKA, mutual neighbours, LLE weights and intrinsic dimension.
  public var also: [MeasureGroup] = []
  /// A file of related words, `word<TAB>word`, one pair a line; takes the place of WordNet in token profiles.
  public var relations: String?
  /// Also the hidden states layer by layer; nil leaves them out. Two to three minutes a pair of models of 30 and 18 blocks
  /// on two processors.
  public var layers: LayerOptions?
  /// Nulls permute tokens only within strata: word start × kind × case × script × tenth of the frequency ranks; otherwise among all.
  public var isStratified = true
  /// The pairs (`A--B`) whose layers are compared; all where it is empty.
  public var layerPairs: [String] = []

  public init() {}
}
