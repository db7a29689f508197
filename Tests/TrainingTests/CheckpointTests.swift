import Files
import Foundation
import Glibc
import Stores
import Synchronization
import Tensors
import TestSupport
import Testing
import Training

private let options: TrainingOptions = {
  var options = TrainingOptions()
  (options.steps, options.batchSize, options.accumulation, options.learningRate) = (400, 5, 2, 0.02)
  return options
}()

private func place(_ path: String, every interval: Duration = .zero) -> CheckpointPlace {
  CheckpointPlace(path: path, interval: interval, writer: "sextant test")
}

/// Where a child that is killed finds its file: a child knows nothing of its parent but the environment.
private let childFile = "SEXTANT_TEST_CHECKPOINT"

@Suite(.serialized) struct CheckpointTests {
  @Test func whatIsReadIsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    let state = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60)))
    let file = try TrainingCheckpoint.open(path)
    #expect(
      file.step == 400 && file.names == ["map", "bias"] && file.rows == [3, 1] && file.columns == [5, 3])
    #expect(file.values == state.parameters.parameters.flatMap(\.values.elements))
    #expect(file.losses == state.curve.map(\.loss) && file.what == "a linear map" && file.data == "d0")
    #expect(try StoreFile.verify(path).path == path)
    try StoreFile.convert(path, to: folder.file("copy.h5"))
    #expect(try TrainingCheckpoint.open(folder.file("copy.h5")) == file)
    // A finished run is read, and not trained on.
    let again = try train(LinearRegression(), options: options, checkpoint: place(path)) { _, _ in
      Issue.record("a step after the last")
      return false
    }
    #expect(bits(again) == bits(state))
  }

  @Test(arguments: [1, 7, 399]) func aRunThatStopsGoesOnWithTheSameBits(stop: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    let whole = try train(LinearRegression(), options: options)
    _ = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60))) {
      point, _ in point.step < stop
    }
    #expect(try TrainingCheckpoint.open(path).step == stop)
    let rest = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60)))
    #expect(bits(rest) == bits(whole))
  }

  /// `kill -9` at whatever a child does just then, which is writing checkpoints most of the time: after each of several kills
  /// the file is whole, and in the end the bits are those of a run that nobody killed.
  @Test func aKilledRunGoesOnWithTheSameBits() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    unsafe setenv(childFile, path, 1)
    defer { unsafe unsetenv(childFile) }
    var steps: [Int] = []
    for _ in 0..<4 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let path = try #require(ProcessInfo.processInfo.environment[childFile])
        let began = Atomic(0)
        _ = try train(LinearRegression(), options: options, checkpoint: place(path)) { _, _ in
          // A thread that knows nothing of the steps, so that the kill comes anywhere in one.
          if began.add(1, ordering: .relaxed).newValue == 3 {
            Thread.detachNewThread {
              usleep(UInt32.random(in: 1000...9000))
              kill(getpid(), SIGKILL)
            }
          }
          return true
        }
        // So quick that the kill came too late.
        kill(getpid(), SIGKILL)
      }
      steps.append(try TrainingCheckpoint.open(path).step)
      try StoreFile.verify(path)
    }
    #expect(steps[0] >= 2 && zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 || $0 == 400 }, "\(steps)")
    let rest = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60)))
    #expect(bits(rest) == bits(try train(LinearRegression(), options: options)))
    // Nothing is left of the writers that were killed.
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files == ["run.h5"], "\(files)")
  }

  @Test func aFileOfAnotherRunIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    _ = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60)))
    let bytes = try Data(contentsOf: URL(filePath: path))
    func refusal(_ problem: LinearRegression, _ options: TrainingOptions) -> TrainingError? {
      do {
        _ = try train(problem, options: options, checkpoint: place(path))
        return nil
      } catch { return error as? TrainingError }
    }
    var other = LinearRegression()
    other.data = "d1"
    #expect(
      refusal(other, options)
        == .otherRun(path: path, what: "the data (SHA-256)", expected: "d1", actual: "d0"))
    var changed = options
    changed.optimiser.beta2 = 0.99
    guard case .otherRun(path, "the options", _, _)? = refusal(LinearRegression(), changed) else {
      Issue.record("went on with other options")
      return
    }
    guard
      case .otherRun(path, "the parameters", _, "map [3 x 5], bias [1 x 3]")? = refusal(
        LinearRegression(inputs: 6), options)
    else {
      Issue.record("went on with parameters of other shapes")
      return
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
  }

  @Test func aDamagedFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    _ = try train(LinearRegression(), options: options, checkpoint: place(path, every: .seconds(60)))
    let bytes = try Data(contentsOf: URL(filePath: path))
    for cut in [1, bytes.count / 2, bytes.count - 1] {
      try bytes.prefix(cut).write(to: URL(filePath: path))
      #expect(throws: TrainingError.self) {
        try train(LinearRegression(), options: options, checkpoint: place(path))
      }
    }
    // One bit of the first parameter.
    try bytes.write(to: URL(filePath: path))
    let first = try TrainingCheckpoint.open(path).values[0].bitPattern
    let pattern = Data((0..<4).map { UInt8(truncatingIfNeeded: first >> (8 * $0)) })
    let found = try #require(bytes.firstRange(of: pattern))
    var flipped = bytes
    flipped[found.lowerBound] ^= 1
    try flipped.write(to: URL(filePath: path))
    #expect(throws: TrainingError.self) {
      try train(LinearRegression(), options: options, checkpoint: place(path))
    }
  }

  @Test func twoRunsDoNotShareAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.h5")
    _ = try train(LinearRegression(), options: options, checkpoint: place(path)) { _, _ in
      #expect {
        try train(LinearRegression(), options: options, checkpoint: place(path))
      } throws: {
        ($0 as? TrainingError)?.kind == .inUse
      }
      return false
    }
  }
}
