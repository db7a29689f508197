public import Alignment
internal import Checkpoints
public import Transformers

/// A map that carries steering vectors into another model: `v_T = v_S W`, without the map's offset.
///
/// A direction is a difference of two points (embeddings, hidden states), so the means that a map of points subtracts and adds
/// cancel (EMB2EMB, Lee et al. 2025; of hidden states Chen et al. 2025, while Bello et al. 2025 add the bias). The norm that
/// comes out depends on the map; calibrate it in the target before use.
public struct Carrier: Sendable {
  public let map: LinearMap
  /// What the map is, for the provenance of what it carries.
  public let words: String
  /// The hash of the map's own file; nil where it was not kept in one.
  public let hash: String?
  /// Between which blocks a map of hidden states leads; nil for one of embeddings, which serves any two.
  public let layers: LayerSpace?

  public init(_ map: LinearMap, words: String, hash: String? = nil, layers: LayerSpace? = nil) {
    (self.map, self.words, self.hash, self.layers) = (map, words, hash, layers)
  }

  /// Throws unless the map leads from the vector's place to the target's width.
  ///
  /// - Throws: `SteeringError.widthMismatch`; `.layerMismatch` for a vector of another block or site than the map begins at.
  public func requireFit(_ vector: SteeringVector, to target: Model) throws(SteeringError) {
    guard map.sourceWidth == vector.direction.count, map.targetWidth == target.configuration.width else {
      throw .widthMismatch(
        map: "\(map.sourceWidth) -> \(map.targetWidth)",
        needed: "\(vector.direction.count) -> \(target.configuration.width)")
    }
    guard let layers else { return }
    guard vector.point == ActivationPoint(block: layers.sourceBlock, site: .residualPost) else {
      throw .layerMismatch(
        map: "\(layers)", vector: "\(vector.point.site.rawValue) \(vector.point.block)")
    }
  }

  /// The vector as one of the target, at the output of a block there. One product with the map.
  ///
  /// - Throws: as ``requireFit(_:to:)``.
  /// - Precondition: the block that a map of hidden states leads to.
  public func carried(
    _ vector: SteeringVector, into target: NamedModel, at block: Int
  ) throws(SteeringError) -> SteeringVector {
    let (model, identity) = (target.model, target.identity)
    try requireFit(vector, to: model)
    precondition(
      layers.map { $0.targetBlock == block } ?? true, "a map to \(layers?.targetBlock ?? 0) used at \(block)")
    var provenance = vector.provenance
    (provenance.model, provenance.modelHash) = (identity.name, identity.hash)
    provenance.architecture = model.configuration.architecture
    provenance.tokenizerHash = identity.tokenizerHash
    provenance.blockCount = model.configuration.blockCount
    provenance.source = vector.provenance.identity
    provenance.alignmentHash = hash
    // What was measured in the source says nothing of the target.
    (provenance.calibration, provenance.testedOn) = (nil, nil)
    provenance.transferredBy =
      "\(words), from \(vector.provenance.model) block \(vector.point.block) \(vector.point.site.rawValue)"
    return SteeringVector(
      direction: map.applied(toDirection: vector.direction),
      point: ActivationPoint(block: block, site: vector.point.site), provenance: provenance)
  }

  /// The block of the target that receives a vector: the one that a map of hidden states leads to, or else the policy's.
  ///
  /// - Parameters:
  ///   - sourceBlocks: blocks of the vector's model, for the same depth.
  ///   - set: whose training pairs are to be told apart, for the best separation; one forward pass over them.
  /// - Throws: ``SteeringError`` as ``bestBlock(for:on:in:positions:)``; what the two arguments throw.
  public func targetBlock(
    of vector: SteeringVector, in target: Model, by policy: LayerPolicy,
    sourceBlocks: @autoclosure () throws -> Int, on set: @autoclosure () throws -> ContrastSet,
    positions: ActivationPositions = .last
  ) throws -> Int {
    if let layers { return layers.targetBlock }
    switch policy {
    case .sameDepth:
      return LayerPolicy.sameDepthBlock(
        source: vector.point.block, sourceBlocks: try sourceBlocks(),
        targetBlocks: target.configuration.blockCount)
    case .bestSeparation:
      return try bestBlock(
        for: map.applied(toDirection: vector.direction), on: set(), in: target, positions: positions)
    }
  }
}
