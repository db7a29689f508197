import Checkpoints
public import Transformers

extension Model {
  /// How many cotangents of a tape to take back at once: as many as the stream is wide, of which each costs about half of what it
  /// costs by itself (the feed-forward layers are multiplied out), unless they took more than 512 MB; at least one.
  ///
  /// - Parameter tokens: tokens of the tape.
  public func cotangentsAtOnce(tokens: Int) -> Int {
    let width = configuration.width
    return max(1, min(width, (1 << 27) / max(1, tokens * width)))
  }
}
