import Testing
import Tokenizers

/// A vocabulary made so that its tokens collide must cost no more than another one.
@Suite struct HashFloodingTests {
  /// Blocks that take FNV-1a, one after the other, to equal low 46 bits: any choice of one of each two gives tokens
  /// that share a slot in tables which hash by it, as ours once did. Found by a birthday search.
  private static let blocks: [(String, String)] = [
    ("rbJyN08", "wkV8TN9"), ("YSmRlTw", "IOP40WY"), ("Ggv6Nh6", "zLXWPjW"), ("hITtXnl", "7pYskKH"),
    ("qxmDxua", "R2hCZ9Z"), ("bmZlOUd", "6cZRF0f"), ("vLWkjpY", "sauS0ZU"), ("BAfTK30", "5jFJpFp"),
    ("6lMxPQC", "bj1NaLA"), ("l9YXea7", "8S6vRfB"), ("Plh3iO1", "HpcvkDr"), ("QtObUMU", "LNXDpev"),
    ("xgeBJrK", "YR32yFP"), ("lfsy40J", "4qbOkps"),
  ]

  private func tokens(colliding: Bool) -> [String] {
    (0..<1 << Self.blocks.count).map { choice in
      Self.blocks.enumerated().map { choice >> $0 & 1 == 0 ? $1.0 : $1.1 }.joined()
        + (colliding ? "" : "\(choice)")
    }
  }

  private func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  @Test func theBlocksCollide() {
    let slots = Set(tokens(colliding: true).prefix(100).map { hash($0) & (1 << 46 - 1) })
    #expect(slots.count == 1)
  }

  /// The time that a tokenizer of these takes to be made.
  private func seconds(_ forms: [String], merges: [String] = []) throws -> Double {
    let elapsed = try ContinuousClock().measure {
      let tokenizer = try Tokenizer(
        TokenizerDefinition(algorithm: .byteLevelBPE(merges: merges, preTokenizer: .gpt2), forms: forms))
      #expect(tokenizer.id(form: forms[77]) == 77)
    }
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }

  @Test func collidingTokensCostNoMore() throws {
    let ordinary = try seconds(tokens(colliding: false))
    let colliding = try seconds(tokens(colliding: true))
    #expect(colliding < 5 * ordinary + 1)
  }

  /// Merges of any token with one and the same: the low halves of the pairs' keys are equal.
  @Test func pairsThatShareATokenCostNoMore() throws {
    let names = (0..<120_000).map { "t\($0)" }
    func seconds(unions: [String], merges: [String]) throws -> Double {
      try self.seconds(names + ["x"] + unions, merges: merges)
    }
    let ordinary = try seconds(unions: names.map { "x\($0)" }, merges: names.map { "x \($0)" })
    let colliding = try seconds(unions: names.map { "\($0)x" }, merges: names.map { "\($0) x" })
    #expect(colliding < 5 * ordinary + 1)
  }
}
