public import Steering
public import Transformers

/// Which steering vectors are carried over, and how they are tested.
public struct SteerOptions: Sendable, Equatable, Encodable {
  /// Bundled contrast sets, or files of such sets, no two of one name; none skips steering.
  public var behaviours: [Behaviour] = []
  /// What carries the vectors: a map of token embeddings, or one of hidden states.
  public var map = MapKind.embedding
  /// The method, one of ``MapOptions/methods``, whose map carries the vectors; of hidden states it is always ridge.
  public var method = "ridge"
  /// Share of the source's depth at which vectors are read.
  public var depth = 0.5
  /// How the target's block is chosen: `same-depth` or `best-separation`.
  public var layer = LayerPolicy.sameDepth
  /// Whose activations make the vectors: the `last` token of each text, or the `mean` over all but the first.
  public var position = ActivationPositions.last
  /// How a direction is made of the pairs: a name of `DirectionEstimators`.
  public var extraction = MeanDifference.word
  /// Mean KL divergence at dose 1, nats a token.
  public var divergence = 0.5
  /// Held-out items used of each set; 0 uses all.
  public var items = 40
  /// Draws of residual noise, the first of three nulls; the smallest p is 1 over one more, before Holm's correction for the
  /// behaviours.
  public var randomVectors = 199
  /// Draws of permuted labels.
  public var permutedLabels = 199
  /// Draws of maps fitted on shuffled pairs. Ridge and least squares have them in closed form; another method is fitted
  /// once for two draws.
  public var shuffledMaps = 199
  /// The share of the slope of the target's own vector by which a carried one may fall behind and still "transfer".
  public var margin = 0.5
  /// Tokens of each text that is generated.
  public var generatedTokens = 24
  /// Also carry vectors from each later model of the list to each earlier one.
  public var bothDirections = false

  /// The usual ones: nothing is steered.
  public init() {}
}

/// What a steering vector is made from.
public struct Behaviour: Sendable, Equatable, ExpressibleByStringLiteral {
  /// The name of a bundled contrast set, or the path of a file.
  public var source: String
  /// What files, tables and hypotheses call it; nil leaves it to the contrast set.
  public var name: String?

  /// A behaviour by its source, and by a name of its own.
  public init(_ source: String, name: String? = nil) { (self.source, self.name) = (source, name) }

  /// The behaviour of a source, without a name of its own.
  public init(stringLiteral source: String) { self.init(source) }
}

/// What a map that carries steering vectors was fitted on.
public enum MapKind: String, Sendable, Equatable, Codable, CaseIterable {
  /// The embeddings of matched tokens (``StorePair/aligned()``).
  case embedding
  /// The residual stream behind the vector's block and behind the target's block of the same depth, at the positions
  /// of short texts where both models have read the same bytes; the behaviour's own texts are left out.
  case layer
}

extension Behaviour: Encodable {
  /// The source, or `{NAME: SOURCE}` for a behaviour with a name of its own.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let name { try container.encode([name: source]) } else { try container.encode(source) }
  }
}
