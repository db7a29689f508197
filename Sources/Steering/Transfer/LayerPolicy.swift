internal import Checkpoints
internal import Tensors
public import Transformers

/// Which block of the target receives a vector that was read in a block of the source.
public enum LayerPolicy: String, Sendable, CaseIterable, Codable {
  /// The block whose output lies at the same share of the depth.
  case sameDepth = "same-depth"
  /// The block at which the carried direction tells the pairs' two sides apart best (``bestBlock(for:on:in:positions:)``).
  /// The map has never seen these texts, and the test items stay untouched.
  case bestSeparation = "best-separation"

  /// The block whose output lies nearest to a share of the depth of a model of so many blocks.
  public static func block(atDepth share: Double, of blocks: Int) -> Int {
    min(blocks - 1, max(0, Int((share * Double(blocks)).rounded()) - 1))
  }

  /// The target's block for block `source` of `sourceBlocks`: nearest to `(source + 1) / sourceBlocks` of the depth.
  public static func sameDepthBlock(source: Int, sourceBlocks: Int, targetBlocks: Int) -> Int {
    block(atDepth: Double(source + 1) / Double(sourceBlocks), of: targetBlocks)
  }
}

/// The block of `model` at whose output `direction` tells the pairs' two sides apart best.
///
/// The last block is left out: behind it nothing could answer to an edit. Cost and errors as of
/// ``separations(of:on:in:blocks:positions:)``.
public func bestBlock(
  for direction: [Float], on set: ContrastSet, in model: Model, positions: ActivationPositions = .last
) throws -> Int {
  let blocks = Array(0..<max(1, model.configuration.blockCount - 1))
  let scores = try separations(of: direction, on: set, in: model, blocks: blocks, positions: positions)
  return zip(blocks, scores).max { $0.1 < $1.1 }?.0 ?? 0
}

/// How well `direction` tells the positive from the negative text of each pair, at the output of each block.
///
/// With `p = ⟨h⁺ - h⁻, v⟩` a pair, the paired effect size `mean(p) / sd(p)` (Cohen's d_z): 0 for a direction that
/// has nothing to do with the trait, whatever its norm.
/// Cost: one forward pass over the pairs.
/// - Returns: one number a block; 0 where the projections do not vary.
/// - Throws: `SteeringError.tooFewPairs`, `.widthMismatch`; what the model throws.
public func separations(
  of direction: [Float], on set: ContrastSet, in model: Model, blocks: [Int],
  positions: ActivationPositions = .last
) throws -> [Double] {
  guard direction.count == model.configuration.width else {
    throw SteeringError.widthMismatch(map: "\(direction.count)", needed: "\(model.configuration.width)")
  }
  return try pairDifferences(set, in: model, blocks: blocks, positions: positions).map { differences in
    let projections = (0..<differences.rows).map { row in
      zip(differences.row(row), direction).reduce(0.0) { $0 + $1.0 * Double($1.1) }
    }
    let mean = projections.reduce(0, +) / Double(projections.count)
    let squares = projections.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(projections.count - 1)).squareRoot()
    return deviation > 0 ? mean / deviation : 0
  }
}
