public import Files

/// What can go wrong with a job of several ranks: place, reason and what to do.
public enum DistributionError: Failure, Equatable {
  /// MPI reported a failure; the ranks cannot go on.
  case transport(rank: Int, operation: String, reason: String)
  /// Blocks that were given out did not come back.
  case lost(job: String, waiting: [RankBlocks], seconds: Int?, kept: String)
  /// The build has no MPI.
  case unavailable

  /// A rank was lost while no blocks were out.
  static let lostBetweenBlocks = DistributionError.lost(
    job: "between blocks", waiting: [], seconds: nil, kept: "finished blocks are kept")

  /// A rank and the blocks that it has not delivered.
  public struct RankBlocks: Sendable, Equatable {
    public let rank: Int
    public let blocks: [Int]

    package init(rank: Int, blocks: [Int]) {
      (self.rank, self.blocks) = (rank, blocks)
    }
  }

  public var description: String {
    switch self {
    case .transport(let rank, let operation, let reason):
      "MPI rank \(rank): \(operation) failed: \(reason); start the same command again: finished blocks are kept"
    case .lost(let job, let waiting, let seconds, let kept):
      "MPI job \(job): "
        + (seconds.map { "no block arrived for \($0) s" }
          ?? "ended by the launcher: a rank was lost, or the job was stopped")
        + "; " + Self.described(waiting) + "; \(kept); start the same command again"
    case .unavailable:
      "this build has no MPI, but a launcher started it as one of several ranks; build with `swift build --traits MPI`"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .unavailable: .usage
    case .transport, .lost: .lost
    }
  }

  private static func described(_ waiting: [RankBlocks]) -> String {
    guard !waiting.isEmpty else { return "no block was out" }
    return waiting.map { entry in
      let shown = entry.blocks.prefix(4).map(String.init).joined(separator: ", ")
      return "rank \(entry.rank) had not delivered block \(shown)"
        + (entry.blocks.count > 4 ? " and \(entry.blocks.count - 4) more" : "")
    }.joined(separator: "; ")
  }
}
