/// Where in a block an activation is read or edited; names after TransformerLens.
public enum Site: String, Sendable, Hashable, CaseIterable, Codable {
  /// The residual stream that enters the block.
  case residualPre
  /// What the attention adds to the residual stream.
  case attentionOutput
  /// What the feed-forward layer adds to the residual stream.
  case mlpOutput
  /// The residual stream that leaves the block.
  case residualPost
}

/// A site of one block; blocks count from 0.
public struct ActivationPoint: Sendable, Hashable, Codable {
  public let block: Int
  public let site: Site

  /// `site` of block `block`.
  public init(block: Int, site: Site) {
    self.block = block
    self.site = site
  }
}

/// Which positions' activations are returned: one row a sequence, or all rows.
public enum ActivationPositions: String, Sendable, CaseIterable, Codable {
  /// The last position of each sequence.
  case last
  /// The mean over the positions of each sequence but the first, which attention uses as a sink: its residual
  /// stream is many times as long as the others and would drown them (Sun et al. 2024, arXiv 2402.17762).
  case mean
  /// Every position of every sequence, one after the other.
  case all
}
