import Foundation
import Studies
import Synchronization
import Testing

@Suite struct StepCacheTests {
  @Test func finishedStepsAreReusedUntilTheirInputsChange() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    var runs = 0
    func run(_ inputs: [String]) throws -> Int {
      try cache.step("a/b", inputs: inputs) {
        runs += 1
        return runs
      }.result
    }
    #expect(try run(["x"]) == 1)
    #expect(try run(["x"]) == 1)
    #expect(try run(["y"]) == 2)
    #expect(runs == 2)
  }

  @Test func aStepThatThrowsLeavesNothing() throws {
    struct Failure: Error {}
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    #expect(throws: Failure.self) { try cache.step("a", inputs: []) { () throws -> Int in throw Failure() } }
    #expect((try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.isEmpty ?? true)
  }

  @Test func aStepWhoseFilesAreGoneIsDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    let file = folder.appending(path: "left")
    var runs = 0
    func run() throws -> String {
      try cache.step("a", inputs: [], files: \String.asList) {
        runs += 1
        try Data().write(to: file)
        return file.path
      }.result
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(try run() == file.path)
    #expect(try run() == file.path)
    #expect(runs == 1)
    try FileManager.default.removeItem(at: file)
    #expect(try run() == file.path)
    #expect(runs == 2)
  }

  /// A digit that changes on the disk is still JSON.
  @Test func aStepWithAFlippedBitIsDoneAgainWithAWord() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = Mutex<[StepCache.Fate]>([])
    let cache = StepCache(folder: folder) { _, fate in words.withLock { $0.append(fate) } }
    #expect(try cache.step("a", inputs: []) { 1234 }.result == 1234)
    let file = folder.appending(path: "a.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacing("1234", with: "1235").utf8).write(to: file)
    #expect(try cache.step("a", inputs: []) { 1234 }.result == 1234)
    #expect(try cache.step("a", inputs: []) { 5 }.result == 1234)
    let fates = words.withLock { $0 }
    #expect(fates.count == 3 && fates[0] == .done && fates[2] == .reused)
    guard case .damaged(let reason) = fates[1] else {
      Issue.record("the changed step was \(fates[1])")
      return
    }
    #expect(reason.contains("a.json") && reason.contains("done again"))
  }

  /// A rebuilt tool may come to other results.
  @Test func stepsOfAnotherBuildAreDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    var runs = 0
    for (build, expected) in [("1", 1), ("1", 1), ("2", 2), ("2", 2)] {
      let cache = StepCache(folder: folder, build: build) { _, _ in }
      let result = try cache.step("a", inputs: ["x"]) { () -> Int in
        runs += 1
        return runs
      }.result
      #expect(result == expected, "build \(build)")
    }
  }

  @Test(.timeLimit(.minutes(20))) func aPipeIsNoStep() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(unsafe mkfifo(folder.appending(path: "a.json").path, 0o600) == 0)
    let cache = StepCache(folder: folder) { _, _ in }
    let error = #expect(throws: (any Error).self) { try cache.step("a", inputs: []) { 1 }.result }
    #expect(error.map { "\($0)".contains("a device or a pipe") } == true)
  }

  @Test func aDamagedStepIsDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    #expect(try cache.step("a", inputs: []) { 1 }.result == 1)
    try Data("{".utf8).write(to: folder.appending(path: "a.json"))
    #expect(try cache.step("a", inputs: []) { 2 }.result == 2)
  }
}

extension String {
  fileprivate var asList: [String] { [self] }
}
