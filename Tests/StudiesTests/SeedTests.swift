import Checkpoints
import Foundation
import Steering
import Studies
import Tensors
import TestSupport
import Testing
import Workflow

/// A study's seed reaches every choice.
@Suite struct SeedTests {
  @Test func aListOfPairsIsSplitByTheStudysSeed() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 1)
    for name in ["a", "b"] {
      _ = try tiny.store(name, normalMatrix(4, 3, &random), ["a", "b", "c", "d"])
    }
    let file = tiny.folder.appending(path: "pairs.json")
    let pairs = (0..<20).map { ["positive": "It is good \($0)", "negative": "It is bad \($0)"] }
    try JSONEncoder().encode(pairs).write(to: file)
    func behaviour(_ seed: UInt64) throws -> String? {
      var study = Study(name: "s", models: ["a", "b"])
      (study.seed, study.steer.behaviours) = (seed, [.init(file.path)])
      var folders = WorkFolders()
      folders.models = tiny.folder.path
      let runner = StudyRunner(
        study, folders: folders, catalog: .empty)
      return try runner.plan().first { $0.step.hasPrefix("transfer/") }?.parts["behaviour"]
    }
    func split(_ seed: UInt64) throws -> String? {
      var options = ContrastSet.SplitOptions()
      options.seed = seed
      let set = try ContrastSet.load(file, options: options)
      return try Fingerprint("s", version: 1).with("behaviour", set).parts["behaviour"]
    }
    #expect(try behaviour(1) == split(1) && behaviour(7) == split(7))
    #expect(try split(1) != split(7))
  }
}
