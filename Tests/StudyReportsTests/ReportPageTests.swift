import Checkpoints
import Foundation
import Geometry
import Stores
import Studies
import StudyReports
import TestSupport
import Testing
import Workflow

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The report of a study in both forms.
@Suite struct ReportPageTests {
  private static let browser = ["chromium", "chromium-browser", "google-chrome", "firefox"].lazy.compactMap {
    name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }.first

  private func report(_ tiny: TinyStores) throws -> (markdown: String, page: String, file: URL) {
    let golden = tinyCheckpoints
    let study = try Study.parse(
      """
      name: s
      models: {a: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf, c: \(golden)/gemma3.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, also: [neighbour-graphs]}
      align: {methods: [ridge], candidates: matched}
      steer: {behaviours: [tense, formality], items: 10, random_vectors: 3, permuted_labels: 3, shuffled_maps: 3, generated_tokens: 2}
      hypotheses:
        - {name: holds, metric: a--b/raw/orientation, op: "<", threshold: 1}
        - {name: fails & <falls>, metric: a--b/raw/orientation, op: ">", threshold: 0.999}
      """, path: "s.yaml")
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let folder = tiny.folder.appending(path: "reports/s")
    let file = try writeReport(results, of: study, in: folder, command: "sextant run s.yaml")
    let page = folder.appending(path: "report.html")
    return (
      try String(contentsOf: file, encoding: .utf8), try String(contentsOf: page, encoding: .utf8), page
    )
  }

  @Test func thePageHoldsAllThatTheMarkdownHolds() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let (markdown, page, file) = try report(tiny)
    let lines = markdown.split(whereSeparator: \.isNewline)
    let figures = lines.count { $0.hasPrefix("![") }
    let tables = lines.count { $0.hasPrefix("| :--") || $0.hasPrefix("| ---") }
    let headings = lines.count { $0.wholeMatch(of: /#{1,6} .*/) != nil }
    #expect(figures > 3 && tables > 8)
    #expect(page.split(separator: "<svg").count == figures + 1)
    #expect(page.split(separator: "<table>").count == tables + 1)
    #expect(page.matches(of: /<h[1-6][ >]/).count == headings)
    #expect(XMLParser(data: Data(page.utf8)).parse())
    #expect(!page.contains("http") && !page.contains("src=") && !page.contains("<script"))
    // No two drawings share a name, and every link leads to a part of the page.
    let names = page.matches(of: /\sid=["']([^"']+)["']/).map { String($0.1) }
    #expect(!names.isEmpty && names.allSatisfy { $0.firstMatch(of: /^(p[0-9]+|part)-/) != nil })
    let links = page.matches(of: /<a href="#([^"]+)">/).map { String($0.1) }
    #expect(
      links.count == lines.count { $0.hasPrefix("## ") } && links == names.filter { $0.hasPrefix("part-") })

    // Words first, then figures, then numbers, then what they mean and come from.
    let parts = [
      "## In short", "## Figures", "## What was found", "## Models", "## What the measures mean",
      "## How it was made",
    ]
    let places = parts.compactMap { part in lines.firstIndex { $0 == part } }
    #expect(places.count == parts.count && places == places.sorted(), "\(places)")
    #expect(markdown.contains("Of 2 claims of the study 1 holds. The others: fails \\& \\<falls\\>"))
    #expect(markdown.contains("Steering vectors carried from a to b, each against three nulls"))
    #expect(lines.firstIndex { $0.contains("SHA-256") }.map { $0 > places[5] } == true)
    // Both behaviours are in one table.
    #expect(lines.count { $0.hasPrefix("| behaviour | arm |") } == 1)
    // And what all pairs have is in one.
    #expect(
      lines.contains("## All pairs") && lines.count { $0.hasPrefix("| pair | model | rows | matched |") } == 1
    )
    #expect(!lines.contains { $0.hasPrefix("| model | rows | matched |") })
    // Every measure that was taken is explained.
    for measure in Measures.all where measure.group == nil || measure.group == .neighbourGraphs {
      #expect(measure.concept?.meaning.isEmpty == false, "\(measure.name)")
    }

    guard let browser = Self.browser else {
      print("SKIPPED, NOT TESTED: report.html in a browser: there is no chromium and no firefox here")
      return
    }
    #expect(try shown(file, by: browser, beside: tiny.folder) == tables)
  }

  /// How many tables a browser sees; with firefox, which does not say, as many as there are if it draws the page.
  private func shown(_ page: URL, by browser: String, beside folder: URL) throws -> Int {
    let process = Process()
    process.executableURL = URL(filePath: browser)
    let picture = folder.appending(path: "page.png").path
    process.arguments =
      browser.hasSuffix("firefox")
      ? ["--headless", "--screenshot", picture, page.absoluteString]
      : [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/browser", "--dump-dom",
        page.absoluteString,
      ]
    process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
    let output = folder.appending(path: "dom.html")
    #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    guard !browser.hasSuffix("firefox") else {
      #expect(FileManager.default.fileExists(atPath: picture))
      return try String(contentsOf: page, encoding: .utf8).split(separator: "<table>").count - 1
    }
    return try String(contentsOf: output, encoding: .utf8).split(separator: "<table>").count - 1
  }
}

/// A glossary is made of what measures say of themselves.
@Suite struct MeaningTests {
  @Test func everyMeasureSaysWhatItMeans() {
    for measure in Measures.all {
      let meaning = measure.concept?.meaning ?? ""
      #expect(meaning.count > 20 && meaning.hasSuffix("."), "\(measure.name)")
    }
  }
}
