import Foundation
import Synchronization
import Testing
import Workflow

@Suite struct StepCacheTests {
  @Test func finishedStepsAreReusedUntilTheirInputsChange() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    var runs = 0
    func run(_ input: String) throws -> Int {
      try cache.step(Fingerprint("a/b", version: 1).with("input", input)) {
        runs += 1
        return runs
      }.result
    }
    #expect(try run("x") == 1)
    #expect(try run("x") == 1)
    #expect(try run("y") == 2)
    #expect(runs == 2)
  }

  @Test func stepsOfSimilarNamesAreApart() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    #expect(try cache.step(Fingerprint("a/b_c", version: 1)) { 1 }.result == 1)
    #expect(try cache.step(Fingerprint("a_b/c", version: 1)) { 2 }.result == 2)
    #expect(try cache.step(Fingerprint("a/b_c", version: 1)) { 3 }.result == 1)
  }

  @Test func aStepSaysWhyItIsDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let fates = Mutex<[StepCache.Fate]>([])
    let cache = StepCache(folder: folder) { _, fate in fates.withLock { $0.append(fate) } }
    func run(_ version: Int, _ k: Int, _ text: String) throws {
      _ = try cache.step(Fingerprint("a", version: version).with("k", k).with("text", text)) { 0 }
    }
    let long = String(repeating: "x", count: 100)
    try run(1, 10, "")
    try run(1, 20, "")
    try run(2, 20, long)
    #expect(
      fates.withLock { $0 } == [
        .done(changes: []), .done(changes: ["k 10 → 20"]), .done(changes: ["version 1 → 2", "text"]),
      ])
  }

  @Test func aStepThatThrowsLeavesNothing() throws {
    struct Failure: Error {}
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    #expect(throws: Failure.self) {
      try cache.step(Fingerprint("a", version: 1)) { () throws -> Int in throw Failure() }
    }
    #expect((try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.isEmpty ?? true)
  }

  @Test func aStepWhoseFilesAreGoneIsDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    let file = folder.appending(path: "left")
    var runs = 0
    func run() throws -> String {
      try cache.step(Fingerprint("a", version: 1), files: \String.asList) {
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
    #expect(try cache.step(Fingerprint("a", version: 1)) { 1234 }.result == 1234)
    let file = folder.appending(path: "a.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacing("1234", with: "1235").utf8).write(to: file)
    #expect(try cache.step(Fingerprint("a", version: 1)) { 1234 }.result == 1234)
    #expect(try cache.step(Fingerprint("a", version: 1)) { 5 }.result == 1234)
    let fates = words.withLock { $0 }
    #expect(fates.count == 3 && fates[0] == .done(changes: []) && fates[2] == .reused)
    guard case .damaged(let reason) = fates[1] else {
      Issue.record("the changed step was \(fates[1])")
      return
    }
    #expect(reason.contains("a.json") && reason.contains("done again"))
  }

  @Test(.timeLimit(.minutes(20))) func aPipeIsNoStep() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(unsafe mkfifo(folder.appending(path: "a.json").path, 0o600) == 0)
    let cache = StepCache(folder: folder) { _, _ in }
    let error = #expect(throws: (any Error).self) {
      try cache.step(Fingerprint("a", version: 1)) { 1 }.result
    }
    #expect(error.map { "\($0)".contains("a device or a pipe") } == true)
  }

  @Test func aDamagedStepIsDoneAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder) { _, _ in }
    #expect(try cache.step(Fingerprint("a", version: 1)) { 1 }.result == 1)
    try Data("{".utf8).write(to: folder.appending(path: "a.json"))
    #expect(try cache.step(Fingerprint("a", version: 1)) { 2 }.result == 2)
  }
}

extension String {
  fileprivate var asList: [String] { [self] }
}
