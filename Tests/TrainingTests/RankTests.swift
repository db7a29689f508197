import Foundation
import Stores
import TestSupport
import Testing
import Training

private let options: TrainingOptions = {
  var options = TrainingOptions()
  (options.steps, options.batchSize, options.accumulation, options.learningRate) = (40, 5, 4, 0.02)
  return options
}()

/// Training over ranks, which are threads here: the bits of one process, whatever their number.
@Suite struct RankTests {
  @Test(arguments: [2, 3, 6]) func ranksComeToTheBitsOfOneProcess(ranks: Int) throws {
    let alone = try train(LinearRegression(), options: options)
    for state in try onRanks(ranks, { try train(LinearRegression(), options: options) }) {
      #expect(bits(state) == bits(alone))
    }
  }

  @Test func aStoppedJobGoesOnAndOneRankWrites() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    let alone = try train(LinearRegression(), options: options)
    for stop in [7, 40] {
      let states = try onRanks(2) {
        try train(
          LinearRegression(), options: options,
          checkpoint: CheckpointPlace(path: path, interval: .seconds(60), writer: "sextant test")
        ) { point, _ in point.step < stop }
      }
      #expect(states.map(\.step) == [stop, stop])
      if stop == 40 { #expect(states.allSatisfy { bits($0) == bits(alone) }) }
    }
    #expect(folder.names == ["run.h5"])
  }

  /// A batch that fails on one rank ends all of them.
  @Test func aFaultOfOneRankEndsAll() throws {
    var broken = LinearRegression()
    broken.broken = 20
    let problem = broken
    #expect(throws: TrainingError.self) { try onRanks(2) { try train(problem, options: options) } }
  }
}
