public import Alignment
public import Transformers

/// Between which blocks' outputs a map of hidden states was fitted.
///
/// An alignment file says it in its `space`: `residualPost 14 to residualPost 8`.
public struct LayerSpace: Sendable, Equatable, CustomStringConvertible {
  /// Blocks count from 0.
  public let sourceBlock: Int
  public let targetBlock: Int

  public init(sourceBlock: Int, targetBlock: Int) {
    (self.sourceBlock, self.targetBlock) = (sourceBlock, targetBlock)
  }

  /// Reads the `space` of an alignment file; nil for a map of embeddings.
  public init?(space: String) {
    let words = space.split(separator: " ", omittingEmptySubsequences: false)
    let site = Site.residualPost.rawValue
    guard words.count == 5, words[0] == site, words[2] == "to", words[3] == site,
      let source = Int(words[1]), let target = Int(words[4]), source >= 0, target >= 0
    else { return nil }
    (sourceBlock, targetBlock) = (source, target)
  }

  public var description: String {
    "\(Site.residualPost.rawValue) \(sourceBlock) to \(Site.residualPost.rawValue) \(targetBlock)"
  }
}

/// Carries a direction through a map of hidden states, from the block that it was read in to the block that the map
/// leads to: `v_T = v_S W`.
///
/// The map of states is affine, `y = (x - μ_S) W + μ_T`; a direction is a difference of two states, in which both
/// means cancel, so it takes the linear part only (Chen et al. 2025 carry vectors so; Bello et al. 2025 add the
/// bias).
/// - Throws: `SteeringError.layerMismatch` for a vector of another block or site; `.widthMismatch`.
public func transfer(
  _ vector: SteeringVector, through map: LinearMap, between layers: LayerSpace, into target: Model,
  identity: ModelIdentity, alignment: String, alignmentHash: String? = nil
) throws -> SteeringVector {
  guard vector.point == ActivationPoint(block: layers.sourceBlock, site: .residualPost) else {
    throw SteeringError.layerMismatch(
      map: "\(layers)", vector: "\(vector.point.site.rawValue) \(vector.point.block)")
  }
  return try transfer(
    vector, through: map, into: target, identity: identity, at: layers.targetBlock, alignment: alignment,
    alignmentHash: alignmentHash)
}
