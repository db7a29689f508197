import Checkpoints
import Foundation
import Reports
import Studies
import Testing

/// The demo at reduced size on the real models: its numbers must lie within the recorded intervals.
@Suite struct RealStudyTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func theReducedDemoGivesTheRecordedNumbers() throws {
    let files = ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"]
    guard let models = ProcessInfo.processInfo.environment["SEXTANT_MODELS"],
      files.allSatisfy({ FileManager.default.fileExists(atPath: models + "/" + $0) })
    else {
      print("SKIPPED, NOT TESTED: the reduced demo: 1 test needs SEXTANT_MODELS with \(files)")
      return
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: file).path, withDestinationPath: models + "/" + file)
    }
    var folders = StudyFolders()
    folders.models = folder.path
    folders.alignments = folder.appending(path: "alignments").path
    folders.reports = folder.appending(path: "reports").path
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
}
