public import Alignment
internal import Checkpoints
public import Transformers

/// Carries a direction into another model: `v_T = v_S W`, without the map's offset (EMB2EMB, Lee et al. 2025).
///
/// A direction is a difference of points, so the means that a map of points subtracts and adds cancel.
/// The norm that comes out depends on the map; calibrate it in the target before use.
/// - Parameters:
///   - alignment: what the map is, in words.
///   - alignmentHash: the map's own hash, where it was kept in a file.
/// - Throws: `SteeringError.widthMismatch` if the map does not start at the vector's width.
public func transfer(
  _ vector: SteeringVector, through map: LinearMap, into target: Model, identity: ModelIdentity,
  at block: Int, alignment: String, alignmentHash: String? = nil
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
  provenance.tokenizerHash = identity.tokenizerHash
  provenance.blockCount = target.configuration.blockCount
  provenance.source = vector.provenance.identity
  provenance.alignmentHash = alignmentHash
  // What was measured in the source says nothing of the target.
  (provenance.calibration, provenance.testedOn) = (nil, nil)
  provenance.transferredBy =
    "\(alignment), from \(vector.provenance.model) block \(vector.point.block) \(vector.point.site.rawValue)"
  return SteeringVector(
    direction: map.applied(toDirection: vector.direction),
    point: ActivationPoint(block: block, site: vector.point.site),
    provenance: provenance)
}
