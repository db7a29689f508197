import Alignment
import Checkpoints
import Foundation
import Reports
import Statistics
import Stores
import Studies
import StudyReports
import Testing
import Workflow

/// The demo at reduced size on the real models: its numbers must lie within the recorded intervals.
@Suite struct RealStudyTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let files = ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"]

  /// A folder of links to the models, for stores beside them; nil, and a word about it, where they are not.
  private func models(for test: String) throws -> URL? {
    guard let models = ProcessInfo.processInfo.environment["SEXTANT_MODELS"],
      Self.files.allSatisfy({ FileManager.default.fileExists(atPath: models + "/" + $0) })
    else {
      print("SKIPPED, NOT TESTED: \(test): 1 test needs SEXTANT_MODELS with \(Self.files)")
      return nil
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in Self.files {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: file).path, withDestinationPath: models + "/" + file)
    }
    return folder
  }

  @Test func theReducedDemoGivesTheRecordedNumbers() throws {
    guard let folder = try models(for: "the reduced demo") else { return }
    defer { try? FileManager.default.removeItem(at: folder) }
    var folders = WorkFolders(in: folder.path)
    folders.models = folder.path
    let study = try Study.load(Self.root.appending(path: "Tests/StudiesTests/Golden/reduced.yaml").path)
    let catalog = try Catalog.load(path: Self.root.appending(path: "models/catalog.yaml").path)
    let runner = StudyRunner(study, folders: folders, catalog: catalog)
    let results = try runner.run()
    let summary = results.check(study)
    #expect(summary.success, "\(summary.markdown)")
    let report = try writeReport(
      results, of: study, in: runner.reportFolder, command: "sextant run reduced.yaml")
    #expect(try String(contentsOf: report, encoding: .utf8).contains("nan") == false)
  }
  @Test func theRoundTripOfTwoFamiliesLosesWhatWasRecorded() throws {
    guard let folder = try models(for: "the round trip") else { return }
    defer { try? FileManager.default.removeItem(at: folder) }
    let stores = try zip(["smollm2", "gemma"], Self.files).map { name, file in
      let checkpoint = try Checkpoint.open(folder.appending(path: file).path)
      let path = folder.appending(path: "\(name).h5").path
      try importCheckpoint(checkpoint, name: name, hash: checkpoint.sha256(), to: path)
      return (name: name, store: try EmbeddingStore.open(path))
    }
    let result = try StoreCycle(stores).measured()
    #expect(result.sharedTokens == 44_533 && result.detours.isEmpty)
    let recorded: [(way: [String], error: Double, cosine: Double, floor: Double)] = [
      (["smollm2", "gemma", "smollm2"], 0.690, 0.800, 0),
      (["gemma", "smollm2", "gemma"], 0.675, 0.795, 0.132),
    ]
    for (cycle, expected) in zip(result.cycles, recorded) {
      let found = cycle.consistency
      #expect(cycle.way == expected.way && found.narrowestWidth == 576)
      #expect(abs(found.error.value - expected.error) < 0.005, "\(found.error)")
      #expect(abs(found.cosine.value - expected.cosine) < 0.005, "\(found.cosine)")
      #expect(abs(found.floor - expected.floor) < 0.002, "\(found.floor)")
      #expect(cycle.shuffled.error.value > 0.99 && abs(cycle.shuffled.cosine.value) < 0.02)
    }
  }
}
