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
public struct ActivationPoint: Sendable, Hashable {
  public let block: Int
  public let site: Site

  /// `site` of block `block`.
  public init(block: Int, site: Site) {
    self.block = block
    self.site = site
  }
}
