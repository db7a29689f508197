package import Tensors

/// Tokens that belong together: what an interval leaves out as one, or what a null permutes only among itself.
///
/// Vocabularies are clustered: ` Word`, ` word` and ` words` share most of what they are in either model, so they are not
/// three independent tokens. Intervals that resample them one by one are too narrow.
public struct TokenGroups: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The group of each token, 0 ..< `count`, numbered by first occurrence.
  public let labels: [Int32]
  /// How many groups there are.
  public let count: Int

  /// Tokens with equal names are one group. O(n).
  @inlinable
  public init<Name: Hashable>(_ names: some Sequence<Name>) {
    var numbers: [Name: Int32] = [:]
    var labels: [Int32] = []
    for name in names {
      let next = Int32(truncatingIfNeeded: numbers.count)
      let label = numbers[name] ?? next
      if label == next { numbers[name] = next }
      labels.append(label)
    }
    self.labels = labels
    count = numbers.count
  }

  /// The groups of some tokens, by position, numbered anew.
  public func selecting(_ positions: [Int]) -> TokenGroups { TokenGroups(positions.map { labels[$0] }) }

  /// The tokens of each group, ascending.
  public var members: [[Int]] {
    var members = [[Int]](repeating: [], count: count)
    for (token, label) in labels.enumerated() { members[Int(label)].append(token) }
    return members
  }

  /// The tokens of each group; of nil each token by itself.
  ///
  /// - Precondition: groups of as many tokens.
  public static func members(_ groups: TokenGroups?, of count: Int) -> [[Int]] {
    guard let groups else { return (0..<count).map { [$0] } }
    precondition(groups.labels.count == count, "groups of \(groups.labels.count) tokens for \(count)")
    return groups.members
  }

  /// The tokens in `count` random parts of about as many groups each, ascending: what a delete-a-group jackknife leaves out.
  ///
  /// - Parameter groups: tokens that stay in one part; nil takes each by itself.
  package static func randomParts(
    _ count: Int, of tokens: Int, keeping groups: TokenGroups?, _ random: inout SeededRandom
  ) -> [[Int]] {
    let members = members(groups, of: tokens)
    let order = random.permutation(members.count)
    return (0..<count).map { part in
      stride(from: part, to: order.count, by: count).flatMap { members[order[$0]] }.sorted()
    }
  }

  /// Short, but different for different groups: options with groups are part of what names a block of work.
  public var description: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for label in labels { hash = (hash ^ UInt64(UInt32(bitPattern: label))) &* 0x0000_0100_0000_01B3 }
    return "\(count) groups of \(labels.count) tokens, \(hash)"
  }
}
