import Files
import Foundation
import Stores
import Tensors
import Testing
import Training

@Suite struct TrainTests {
  private var options: TrainingOptions {
    var options = TrainingOptions()
    (options.steps, options.batchSize, options.learningRate) = (300, 6, 0.05)
    options.optimiser.weightDecay = 0
    return options
  }

  @Test func theMapIsFound() throws {
    let problem = LinearRegression()
    let state = try train(problem, options: options)
    #expect(state.step == 300 && state.curve.map(\.step) == Array(1...300))
    #expect(state.curve.last.map { $0.loss < 1e-3 * state.curve[0].loss } == true)
    let map = state.parameters["map"]
    #expect(zip(map.elements, problem.truth.elements).allSatisfy { abs($0 - $1) < 0.02 })
  }

  /// Four batches of three are one of twelve, but for rounding.
  @Test func accumulatedBatchesAreOneBatch() throws {
    var options = options
    (options.steps, options.batchSize, options.accumulation) = (20, 12, 1)
    let whole = try train(LinearRegression(), options: options)
    (options.batchSize, options.accumulation) = (3, 4)
    let parts = try train(LinearRegression(), options: options)
    #expect(whole.curve.map(\.count) == parts.curve.map(\.count))
    for (a, b) in zip(whole.curve, parts.curve) { #expect(abs(a.loss - b.loss) < 1e-4 * abs(a.loss)) }
  }

  @Test func seedsAreAllThatIsRandom() throws {
    var options = options
    options.steps = 30
    let first = try train(LinearRegression(), options: options)
    #expect(bits(try train(LinearRegression(), options: options)) == bits(first))
    options.seed = 2
    #expect(bits(try train(LinearRegression(), options: options)) != bits(first))
  }

  /// Each round takes each example once, in another order, whatever the size of the batches.
  @Test(arguments: [1, 4, 7, 30]) func everyRoundTakesEveryExampleOnce(size: Int) {
    var order = BatchOrder(count: 21, size: size, seed: 5)
    let batches = (21 * 4 + size - 1) / size
    let sequence = (0..<batches).flatMap { order.examples(ofBatch: $0) }
    let rounds = (0..<4).map { Array(sequence[$0 * 21..<($0 + 1) * 21]) }
    for round in rounds { #expect(round.sorted() == Array(0..<21)) }
    #expect(Set(rounds).count == 4)
    // Any batch is known without those before it.
    var other = BatchOrder(count: 21, size: size, seed: 5)
    #expect(other.examples(ofBatch: batches - 1) == Array(sequence.suffix(size)))
  }

  @Test func whatCannotBeTrainedIsSaid() {
    var problem = LinearRegression()
    problem.broken = 5
    #expect { try train(problem, options: options) } throws: {
      ($0 as? TrainingError)?.kind == .notEvaluable && "\($0)".contains("the loss is not finite")
    }
    var bad = options
    bad.learningRate = -1
    #expect(throws: TrainingError.option(name: "learningRate", expected: "a number above 0", actual: "-1.0"))
    {
      try train(LinearRegression(), options: bad)
    }
    #expect(throws: TrainingError.noExamples(what: "a linear map")) {
      try train(LinearRegression(examples: 0), options: options)
    }
  }
}
