import Statistics
import Testing

@Suite struct TokenPermutationsTests {
  @Test func moreDrawsBeginWithTheFewer() {
    var few = Resampling()
    few.permutations = 3
    let (short, long) = (TokenPermutations(count: 50, few), TokenPermutations(count: 50))
    #expect(short.draws == 3 && long.draws == 200)
    for draw in 0..<3 {
      #expect(short[draw] == long[draw])
      #expect(short[draw].sorted() == Array(0..<50))
    }
    #expect(short[0] != short[1])
  }

  @Test func strataKeepTheirTokens() {
    var options = Resampling()
    options.strata = TokenGroups((0..<60).map { $0 % 3 })
    let permutations = TokenPermutations(count: 60, options)
    for draw in 0..<5 {
      let order = permutations[draw]
      #expect(order.sorted() == Array(0..<60) && order != Array(0..<60))
      for (token, image) in order.enumerated() { #expect(token % 3 == image % 3) }
    }
  }
}
