import Checkpoints
import Files
import Foundation
import Geometry
import Reports
import Steering
import Stores
import Studies
import StudyReports
import TestSupport
import Testing
import Workflow

/// The figures of a report, and what a study says of them.
@Suite struct StudyFigureTests {
  @Test func aStudySaysHowFiguresAreDrawn() throws {
    let study = try Study.parse(
      """
      name: s
      models: [a, b]
      figures: {formats: [pdf, png], width: 3.35in, font: Helvetica, font_size: 8, titles: false, labels: {a: "Model A"}}
      """, path: "s.yaml")
    #expect(study.figures.formats == [.pdf, .png] && study.figures.font == "Helvetica")
    #expect(abs(study.figures.width.millimetres - 85.09) < 1e-9)
    #expect(study.figures.fontSize == 8 && !study.figures.hasTitles)
    #expect(study.figures.label("a") == "Model A" && study.figures.label("b") == "b")
  }

  @Test(arguments: [
    ("formats: [gif]", "figures.formats[0]"), ("formats: []", "figures.formats"),
    ("formats: [svg, svg]", "figures.formats[1]"), ("width: 85", "figures.width"),
    ("width: 20mm", "figures.width"),
    ("font_size: 2", "figures.font_size"), ("titles: 3", "figures.titles"),
    ("labels: {c: x}", "figures.labels"),
    ("labels: [a]", "figures.labels"), ("colour: red", "colour"),
  ])
  func aFaultHasItsPlace(_ line: String, _ place: String) throws {
    let error = #expect(throws: (any Error).self) {
      try Study.parse("name: s\nmodels: [a, b]\nfigures: {\(line)}\n", path: "s.yaml")
    }
    #expect("\(try #require(error))".contains(place))
  }

  /// Every figure stands in every format beside its data and its script, with the names that were wanted.
  @Test func aReportHasItsFigures() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let golden = tinyCheckpoints
    let label = "Llama's {40} $letters_and @more, on `one` line"
    var study = try Study.parse(
      """
      name: s
      models: {a: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf}
      tokens: {letters_only: false, minimum_norm_quantile: 0}
      compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}
      align: {methods: [ridge]}
      figures: {formats: [png, pdf], width: 85mm, titles: false}
      """, path: "s.yaml")
    study.figures.labels = ["a": label]
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let picture = try #require(results.pairs.first?.picture)
    #expect(
      picture.tokens.count == picture.a.places.count && picture.a.places.count == picture.b.places.count)
    #expect(!picture.cosines.a.isEmpty && picture.cosines.a.count == picture.cosines.b.count)
    #expect(picture.cosines.a.allSatisfy { abs($0) <= 1 })

    let folder = tiny.folder.appending(path: "reports/s")
    let file = try writeReport(results, of: study, in: folder, command: "test")
    let report = try String(contentsOf: file, encoding: .utf8)
    let files = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    for name in ["cosines", "map", "dimension", "dimensions", "retrieval"] {
      for kind in ["png", "pdf", "dat", "gp"] { #expect(files.contains("a--b.\(name).\(kind)"), "\(name)") }
      #expect(report.contains("(a--b.\(name).png)"), "\(name)")
    }
    // Two models have no matrix, and nobody asked for SVG.
    #expect(!files.contains { $0.hasPrefix("models.") && $0 != "models.csv" || $0.hasSuffix(".svg") })
    let script = try String(contentsOf: folder.appending(path: "a--b.map.gp"), encoding: .utf8)
    #expect(script.contains("Llama\\047s \\17340\\175") && !script.contains("\nset label 1000"))
    #expect(report.contains("Pearson's r over all pairs"))

    #expect(!report.contains("no font"))

    // Drawn anew in another format and with letters that nobody has, without a step done again.
    study.figures.formats = [.pdf]
    study.figures.labels = ["a": "\u{10FFFD}"]
    let progress = JobProgress { event in
      if case .began(let step, _) = event, !step.hasPrefix("import/") {
        Issue.record("\(step) was done again")
      }
    }
    let again = try JobProgress.$current.withValue(progress) {
      try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    }
    _ = try writeReport(again, of: study, in: folder, command: "test")
    let other = try String(contentsOf: file, encoding: .utf8)
    #expect(other.contains("a--b.cosines.pdf"))
    #expect(MachineFonts.here == nil || other.contains("No font of this machine has \u{10FFFD}"))
  }

  /// The interval is of the items' own changes: what they differ in without a vector is not in it.
  @Test func changesOfDosesArePaired() throws {
    let response = DoseResponse(doses: [-1, 0, 1], logOdds: [[9, -11, 1], [10, -10, 2], [11, -8.9, 3]])
    let changes = response.changes()
    #expect(changes.map(\.dose) == [-1, 0, 1])
    #expect(changes[1].response == 0 && changes[1].lower == 0 && changes[1].upper == 0)
    let last = try #require(changes.last)
    let (mean, lower, upper) = (
      try #require(last.response), try #require(last.lower), try #require(last.upper)
    )
    #expect(abs(mean - 3.1 / 3) < 1e-12)
    // t of two degrees of freedom times the error of 1, 1.1 and 1.
    let reach = 4.3027 * (0.01 / 3 / 3).squareRoot()
    #expect(abs(upper - mean - reach) < 1e-3 && abs(mean - lower - reach) < 1e-3)
    #expect(DoseResponse(doses: [1], logOdds: [[1]]).changes().isEmpty)
  }
}
