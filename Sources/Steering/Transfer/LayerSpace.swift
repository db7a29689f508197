internal import Transformers

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
