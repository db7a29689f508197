internal import Alignment
internal import Files
public import Foundation
internal import Geometry
package import Reports
internal import Steering
public import Studies
internal import Transformers
internal import Workflow

/// Writes a study's report: `report.md`, one CSV a table, `results.json` and the figures as SVG.
///
/// - Parameter command: what made the report, as a user would type it.
/// - Returns: the path of `report.md`.
/// - Throws: `ReportError` when a file or a figure cannot be written.
public func writeReport(
  _ results: StudyResults, of study: Study, in folder: URL, command: String
) throws -> URL {
  try reportWritten(results, of: study, in: folder, command: command).file
}

/// The same, with the tables of the report.
package func reportWritten(
  _ results: StudyResults, of study: Study, in folder: URL, command: String
) throws -> (file: URL, tables: [Table]) {
  try OutputFile.makeFolder(folder.path)
  var writer = ReportWriter(folder: folder, gnuplot: try Gnuplot.find())
  let summary = results.check(study)
  try writer.head(study, results, summary, command: command)
  try writer.models(results)
  for pair in results.pairs { try writer.pair(pair) }
  for comparison in results.layers { try writer.layers(comparison) }
  if !results.transfers.isEmpty { try writer.transfers(results.transfers) }
  try writer.options(study)
  let report = folder.appending(path: "report.md")
  try TextFile.write(writer.document.text, to: report)
  try resultsFile(results, study).write(to: folder.appending(path: "results.json"))
  return (report, writer.tables)
}

/// `results.json`: every metric with what it can be traced by.
private func resultsFile(_ results: StudyResults, _ study: Study) throws -> ResultsFile {
  var file = ResultsFile()
  file.results = results.metrics
  file.config = .object([
    "name": .string(study.name), "models": .array(study.models.map { .string($0.source) }),
    "tokens": try .init(encoding: study.tokens), "compare": try .init(encoding: study.compare),
    "align": try .init(encoding: study.align), "steer": try .init(encoding: study.steer),
  ])
  file.seeds = ["study": study.seed]
  for model in results.models {
    // Two models may come from files of one name.
    let isOne = results.models.count { $0.file == model.file } == 1
    file.hashes[isOne ? model.file : "\(model.name)/\(model.file)"] = model.fileHash
    file.hashes["\(model.name).h5"] = model.storeIdentity
  }
  file.versions = ["sextant": toolVersion]
  file.seconds = results.seconds
  return file
}

/// Builds the document and writes the tables and figures beside it.
struct ReportWriter {
  let folder: URL
  let gnuplot: Gnuplot
  var document = MarkdownDocument()
  /// All that are in the document.
  private(set) var tables: [Table] = []

  init(folder: URL, gnuplot: Gnuplot) {
    self.folder = folder
    self.gnuplot = gnuplot
  }

  mutating func head(
    _ study: Study, _ results: StudyResults, _ summary: CheckSummary, command: String
  ) throws {
    document.heading(1, "Sextant report: \(study.name)")
    if !study.question.isEmpty { document.paragraph("\(study.question)") }
    document.code(command, language: "sh")
    document.list(
      ["Sextant \(toolVersion), seed \(study.seed); all options are at the end."]
        + results.models.map {
          "\($0.name), of \($0.file): SHA-256 \(code: $0.fileHash), tokenizer \(code: $0.tokenizerHash)"
        })
    document.heading(2, "What was found")
    document.list(findings(results))
    if !study.hypotheses.isEmpty {
      document.heading(3, "Hypotheses")
      document.paragraph(summary.markdown)
    }
  }

  mutating func options(_ study: Study) throws {
    document.heading(2, "Options")
    document.code(
      JSONValue.object([
        "tokens": try .init(encoding: study.tokens), "compare": try .init(encoding: study.compare),
        "align": try .init(encoding: study.align), "steer": try .init(encoding: study.steer),
      ]).text, language: "json")
    document.paragraph(
      "Maps are row-vector maps of token embeddings after EMB2EMB (Lee et al. 2025, arXiv 2503.21073); the similarity of "
        + "relative orientations is exact over all pairs of the compared tokens; calibrated scores follow Gröger et al. "
        + "2026."
    )
  }

  /// `notLetters` as readers see it: `not letters`.
  static func words(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
  }

  mutating func show(_ table: Table) {
    document.table(table)
    tables.append(table)
  }

  mutating func add(_ table: Table, _ name: String) throws {
    show(table)
    try TextFile.write(table.csv(), to: folder.appending(path: "\(name).csv"))
  }

  mutating func add(_ figure: Figure, _ name: String, _ caption: String) throws {
    try gnuplot.render(figure, as: .svg, to: folder.appending(path: "\(name).svg"))
    document.image("\(name).svg", alternativeText: figure.title, caption: caption)
  }

  func number(_ value: Double?, _ format: NumberFormat = .significant(3)) -> Markdown {
    Markdown(stringLiteral: value.flatMap { format.text($0) } ?? "not evaluable")
  }

  func words(_ value: Double?, _ lower: Double?, _ upper: Double?) -> Markdown {
    lower == nil ? number(value) : "\(number(value)) [\(number(lower)), \(number(upper))]"
  }
}
