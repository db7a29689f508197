public import Alignment
internal import Checkpoints
public import Transformers

/// Which block of the target receives a vector that was read in a block of the source.
public enum LayerPolicy: Sendable, Equatable {
  /// The block whose output lies at the same share of the depth.
  case sameRelativeDepth
  /// The given block of the target.
  case block(Int)

  /// The target's block for block `source` of `sourceBlocks`: nearest to `(source + 1) / sourceBlocks` of the depth.
  public func targetBlock(source: Int, sourceBlocks: Int, targetBlocks: Int) -> Int {
    switch self {
    case .sameRelativeDepth:
      let depth = Double(source + 1) / Double(sourceBlocks)
      return min(targetBlocks - 1, max(0, Int((depth * Double(targetBlocks)).rounded()) - 1))
    case .block(let block):
      precondition((0..<targetBlocks).contains(block), "block \(block) of \(targetBlocks)")
      return block
    }
  }
}

/// Carries a direction into another model: `v_T = v_S W`, without the map's offset (EMB2EMB, Lee et al. 2025).
///
/// A direction is a difference of points, so the means that a map of points subtracts and adds cancel.
/// The norm that comes out depends on the map; calibrate it in the target before use.
/// - Throws: `SteeringError.widthMismatch` if the map does not start at the vector's width.
public func transfer(
  _ vector: SteeringVector, through map: LinearMap, into target: Model, identity: ModelIdentity,
  at block: Int, alignment: String
) throws -> SteeringVector {
  guard map.sourceWidth == vector.direction.count, map.targetWidth == target.configuration.width else {
    throw SteeringError.widthMismatch(
      map: "\(map.sourceWidth) -> \(map.targetWidth)",
      needed: "\(vector.direction.count) -> \(target.configuration.width)")
  }
  var provenance = vector.provenance
  provenance.model = identity.name
  provenance.modelHash = identity.hash
  provenance.architecture = target.configuration.architecture
  provenance.transferredBy =
    "\(alignment), from \(vector.provenance.model) block \(vector.point.block) \(vector.point.site.rawValue)"
  return SteeringVector(
    direction: map.applied(toDirection: vector.direction),
    point: ActivationPoint(block: block, site: vector.point.site),
    provenance: provenance)
}
