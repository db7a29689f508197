import Alignment
import Geometry
import LinearAlgebra
import Statistics
import Tensors
import Testing

@Suite struct EvaluationTests {
  @Test func splitIsSeededAndDisjoint() throws {
    let split = try HoldOutSplit(count: 101, testFraction: 0.25, seed: 3)
    #expect(split.heldOut.count == 25)
    #expect((split.training + split.heldOut).sorted() == Array(0..<101))
    #expect(split == (try HoldOutSplit(count: 101, testFraction: 0.25, seed: 3)))
    #expect(split != (try HoldOutSplit(count: 101, testFraction: 0.25, seed: 4)))
    let small = try HoldOutSplit(count: 2, testFraction: 0.01, seed: 1)
    #expect(small.training.count == 1 && small.heldOut.count == 1)
    #expect(throws: AlignmentError.tooFewTokens(purpose: "a hold-out split", needed: 2, actual: 1)) {
      try HoldOutSplit(count: 1, seed: 1)
    }
    #expect(
      throws: AlignmentError.option(
        name: "testFraction", expected: "a number between 0 and 1", actual: "1.0")
    ) { try HoldOutSplit(count: 10, testFraction: 1, seed: 1) }
  }

  @Test(arguments: AlignmentMethods.linear) func aShuffledMatchIsLeftWithChance(method: any LinearMethod)
    throws
  {
    let x = randomMatrix(1000, 10, seed: 1)
    var y = multiply(x, randomMatrix(10, 14, seed: 2))
    for (i, noise) in randomMatrix(1000, 14, seed: 3, scale: 0.3).elements.enumerated() {
      y.elements[i] += noise
    }
    let evaluation = try method.evaluate(
      source: x, target: y, split: HoldOutSplit(count: 1000, seed: 5), scoring: quickScoring())
    let scores = evaluation.scores.all
    #expect(scores.amongHeldOut.csls.at1.value > 0.9)
    #expect(evaluation.shuffledScores.amongHeldOut.csls.at1.value < 0.05)
    // Relative representations assume that cosines are kept, which this linear image does not do.
    let gain = method.name == "relative-representation" ? 0.2 : 0.3
    #expect(scores.r2.value > evaluation.shuffledScores.r2.value + gain)
    #expect(evaluation.shuffledScores.centredNormRatio.value < scores.centredNormRatio.value)
    #expect(scores.amongHeldOut.candidateCount == 200)
  }

  /// No word has forms on both sides, and a share of the words is held out, not of the tokens.
  @Test func aSplitByGroupsKeepsThemWhole() throws {
    let labels = (0..<600).map { $0 % 7 == 0 ? $0 : $0 / 3 + 1000 }
    let groups = TokenGroups(labels)
    let split = try HoldOutSplit(count: 600, testFraction: 0.25, groups: groups, seed: 3)
    let (training, held) = (Set(split.training.map { labels[$0] }), Set(split.heldOut.map { labels[$0] }))
    #expect(training.isDisjoint(with: held) && training.count + held.count == groups.count)
    #expect(held.count == Int((Double(groups.count) * 0.25).rounded()))
    #expect((split.training + split.heldOut).sorted() == Array(0..<600))
    let single = try HoldOutSplit(count: 600, testFraction: 0.25, groups: TokenGroups(0..<600), seed: 3)
    #expect(single == (try HoldOutSplit(count: 600, testFraction: 0.25, seed: 3)))
    #expect(throws: AlignmentError.tooFewTokens(purpose: "a hold-out split (groups)", needed: 2, actual: 1)) {
      try HoldOutSplit(count: 9, groups: TokenGroups(Array(repeating: 0, count: 9)), seed: 1)
    }
  }

  /// Two copies of each token add nothing: with groups the interval is as wide as without the copies.
  @Test func intervalsKeepGroupsTogether() throws {
    let x = randomMatrix(300, 4, seed: 1)
    var y = x
    for (i, noise) in randomMatrix(300, 4, seed: 2).elements.enumerated() { y.elements[i] += noise }
    let fitted = try LeastSquares().fit(source: x, target: y)
    let twice = (0..<600).map { $0 / 2 }
    func error(_ rows: [Int], _ groups: TokenGroups?) throws -> Double {
      var options = ScoringOptions()
      (options.resampling.bootstrapSamples, options.resampling.groups) = (400, groups)
      let scores = try fitted.scores(
        source: x.selecting(rows: rows), target: y.selecting(rows: rows), heldOut: Array(rows.indices),
        options: options)
      return try #require(scores.cosine.standardError)
    }
    let (once, copied) = (try error(Array(0..<300), nil), try error(twice, nil))
    let kept = try error(twice, TokenGroups(twice))
    #expect(abs(kept / once - 1) < 1e-9)
    #expect(abs(copied / once - 0.5.squareRoot()) < 0.1)
  }

  @Test func searchingAllRowsIsHarder() throws {
    let x = randomMatrix(500, 5, seed: 1)
    var y = multiply(x, randomMatrix(5, 6, seed: 2))
    for (i, noise) in randomMatrix(500, 6, seed: 3).elements.enumerated() { y.elements[i] += noise }
    let split = try HoldOutSplit(count: 500, seed: 5)
    let fitted = try LeastSquares().fit(
      source: x.selecting(rows: split.training), target: y.selecting(rows: split.training))
    func scores(_ candidates: CandidateSet) throws -> AlignmentScores {
      try fitted.scores(
        source: x, target: y, heldOut: split.heldOut, options: quickScoring(candidates: candidates))
    }
    let (among, all) = (try scores(.heldOut), try scores(.matched))
    #expect(among.retrieval.map(\.candidateCount) == [100])
    #expect(all.retrieval.map(\.candidates) == [.matched, .heldOut])
    #expect(all.retrieval.map(\.candidateCount) == [500, 100])
    #expect(all.retrieval[0].nearestNeighbour.at5.value < among.amongHeldOut.nearestNeighbour.at5.value)
    #expect(all.amongHeldOut == among.amongHeldOut && all.r2 == among.r2)
  }

  /// Held against ranks by definition; the unmatched rows hold copies of true rows, which tie with them.
  @Test func theWholeVocabularyIsSearchedByDefinition() throws {
    let count = 120
    let (vocabulary, rows) = (randomMatrix(400, 5, seed: 4), (0..<count).map { (7 * $0 + 3) % 380 })
    var all = vocabulary
    for (copy, row) in rows.prefix(20).enumerated() {
      for column in 0..<5 { all[380 + copy, column] = all[row, column] }
    }
    let y = all.selecting(rows: rows)
    var x = y
    for (i, noise) in randomMatrix(count, 5, seed: 5, scale: 0.5).elements.enumerated() {
      x.elements[i] += noise
    }
    let split = try HoldOutSplit(count: count, testFraction: 0.5, seed: 2)
    let side = VocabularyRows(rows: all, matched: rows)
    let evaluation = try LeastSquares().evaluate(
      source: x, target: y, split: split, vocabularies: BothVocabularies(source: side, target: side),
      scoring: quickScoring(candidates: .vocabulary))
    let map = try #require(evaluation.fitted).map
    func centred(_ matrix: Matrix<Float>) -> Matrix<Float> {
      var matrix = matrix
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns { matrix[row, column] -= map.targetMean[column] }
      }
      return matrix
    }
    let ranks = try retrievalRanks(
      queries: centred(map.applied(toPoints: x.selecting(rows: split.heldOut))), candidates: centred(all),
      truth: split.heldOut.map { rows[$0] })
    let widest = evaluation.scores.all.retrieval[0]
    #expect(widest.candidates == .vocabulary && widest.candidateCount == 400)
    for (scores, ranks) in [
      (widest.nearestNeighbour, ranks.nearestNeighbour), (widest.csls, ranks.csls),
    ] {
      for (precision, k) in [(scores.at1, 1), (scores.at5, 5), (scores.at10, 10)] {
        let expected = ranks.reduce(0) { $0 + $1.hit(at: k) } / Double(ranks.count)
        #expect(abs(precision.value - expected) < 1e-9)
      }
    }
    #expect(ranks.nearestNeighbour.contains { $0.ties == 1 })
    #expect(evaluation.scores.all.retrieval.map(\.candidates) == [.vocabulary, .matched, .heldOut])
    #expect(evaluation.shuffledScores.retrieval.map(\.candidates) == [.heldOut])
  }

  /// Most of what makes a token hard it makes hard for both maps, and is not in their difference.
  @Test func anAdvantageIsSurerThanTwoScores() throws {
    let x = randomMatrix(600, 6, seed: 1)
    var y = multiply(x, randomMatrix(6, 5, seed: 2))
    for (i, noise) in randomMatrix(600, 5, seed: 3).elements.enumerated() { y.elements[i] += noise }
    let fitted = try LeastSquares().fit(source: x, target: y).map
    var weights = fitted.weights
    for index in weights.elements.indices { weights.elements[index] *= 0.8 }
    let shrunk = LinearMap(
      weights: weights, sourceMean: fitted.sourceMean, targetMean: fitted.targetMean, method: "shrunk")
    func pair(_ own: LinearMap, _ other: LinearMap) throws -> PairedScores {
      try own.scores(
        beside: other, source: x, target: y, heldOut: Array(0..<600), options: quickScoring())
    }
    let (scores, turned) = (try pair(fitted, shrunk), try pair(shrunk, fitted))
    #expect(scores.own == turned.other && scores.other == turned.own)
    let more = scores.advantage.r2
    #expect(abs(more.value - (scores.own.r2.value - scores.other.r2.value)) < 1e-12)
    #expect(more.value == -turned.advantage.r2.value && more.lower == turned.advantage.r2.upper.map { -$0 })
    #expect(try #require(more.lower) > 0)
    #expect(try #require(more.standardError) < 0.5 * (try #require(scores.own.r2.standardError)))
    let none = try pair(fitted, fitted).advantage
    #expect(none.r2.value == 0 && none.r2.lower == 0 && none.precisionAt1.upper == 0)
  }

  @Test func intervalsAreSeededAndShrinkWithTheSample() throws {
    let x = randomMatrix(2000, 4, seed: 1)
    var y = x
    for (i, noise) in randomMatrix(2000, 4, seed: 2).elements.enumerated() { y.elements[i] += noise }
    let fitted = try LeastSquares().fit(source: x, target: y)
    func error(_ count: Int, seed: UInt64 = 1) throws -> Double? {
      var options = ScoringOptions()
      options.resampling.bootstrapSamples = 200
      options.resampling.seed = seed
      return try fitted.scores(source: x, target: y, heldOut: Array(0..<count), options: options)
        .cosine.standardError
    }
    let (few, many) = (try #require(try error(125)), try #require(try error(2000)))
    // The standard error falls with the root of the sample: a quarter for 16 times the tokens.
    #expect(few / many > 3 && few / many < 5.4)
    #expect(try error(125) == few)
    #expect(try error(125, seed: 2) != few)
  }

  @Test func pointsGetTheMeansAndDirectionsDoNot() {
    let map = LinearMap(
      weights: Matrix(rows: 2, columns: 3, elements: [1, 0, 2, 0, 1, 1]), sourceMean: [1, 2],
      targetMean: [10, 20, 30], method: "given")
    #expect(map.applied(toDirection: [3, 4]) == [3, 4, 10])
    #expect(map.applied(toPoints: Matrix(rows: 1, columns: 2, elements: [3, 4])).elements == [12, 22, 36])
    let zero = map.applied(toDirection: [0, 0])
    #expect(zero == [0, 0, 0])
    #expect(map.transposed().transposed() == map)
  }

  @Test func hostileRowsAreNamed() throws {
    let x = randomMatrix(30, 3, seed: 1)
    var bad = randomMatrix(30, 4, seed: 2)
    bad[17, 2] = .nan
    for method in AlignmentMethods.linear {
      #expect(throws: AlignmentError.notFinite(side: "target", row: 17)) {
        try method.fit(source: x, target: bad)
      }
      let constant = Matrix<Float>(rows: 30, columns: 4, repeating: 0.1)
      #expect(throws: AlignmentError.noVariance(side: "target")) {
        try method.fit(source: x, target: constant)
      }
      #expect(throws: AlignmentError.noVariance(side: "source")) {
        try method.fit(source: constant, target: x)
      }
      #expect(throws: AlignmentError.tooFewTokens(purpose: method.name, needed: 2, actual: 1)) {
        try method.fit(source: x.selecting(rows: [0]), target: x.selecting(rows: [0]))
      }
    }
    var options = AlignmentOptions()
    options.lambdaGrid = [0.1, -1]
    #expect(
      throws: AlignmentError.option(
        name: "lambdaGrid", expected: "numbers above 0", actual: "[0.1, -1.0]")
    ) { try Ridge().fit(source: x, target: x, options: options) }
  }
}
