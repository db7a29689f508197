internal import Tensors

/// The variance that pairs of tokens add to a mean over all pairs, beyond what each token adds by itself.
///
///     P = 2 G² δ² / (n (n-1))²,   δ² = E[(h_ab - h_ac - h_db + h_dc)²] / 4
///
/// over G groups a, b, c, d, all different, drawn at random; h of two groups is the sum over their pairs of tokens. A jackknife
/// counts P twice (Efron, Stein 1981), which is most of its variance where tokens by themselves add little: mean cosines of a
/// cloud about the origin, a participation ratio near its maximum, correlations of unrelated models. O(draws · d).
///
/// - Parameters:
///   - count: tokens n.
///   - groups: tokens that belong together; nil takes each by itself.
///   - seed: another draws other groups.
///   - kernel: what a pair of tokens adds.
/// - Returns: 0 for fewer than four groups.
package func pairInteraction(
  count: Int, _ groups: TokenGroups?, seed: UInt64, draws: Int = 4000,
  _ kernel: @Sendable (Int, Int) -> Double
) -> Double {
  let members = TokenGroups.members(groups, of: count)
  guard members.count >= 4 else { return 0 }
  @Sendable func sum(_ a: Int, _ b: Int) -> Double {
    members[a].reduce(0) { total, i in total + members[b].reduce(0) { $0 + kernel(i, $1) } }
  }
  var root = SeededRandom(seed: 0x494E_5445_5241_4354 ^ (seed &- 1))
  let seeds = (0..<draws).map { _ in root.next() }
  let squares: [Double] = parallelMap(count: draws, chunk: 64) { draw in
    var random = SeededRandom(seed: seeds[draw])
    var chosen: [Int] = []
    while chosen.count < 4 {
      let group = Int(random.next(upperBound: UInt64(members.count)))
      if !chosen.contains(group) { chosen.append(group) }
    }
    let contrast =
      sum(chosen[0], chosen[1]) - sum(chosen[0], chosen[2]) - sum(chosen[3], chosen[1])
      + sum(chosen[3], chosen[2])
    return contrast * contrast / 4
  }
  let pairs = Double(count) * Double(count - 1)
  let groupCount = Double(members.count)
  return 2 * groupCount * groupCount * squares.reduce(0, +) / Double(draws) / (pairs * pairs)
}
