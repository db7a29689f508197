internal import Alignment
internal import Files
public import Foundation
internal import Geometry
package import Reports
internal import Steering
public import Studies
internal import Transformers
internal import Workflow

/// Writes a study's report: `report.md`, the same as `report.html`, one CSV a table, `results.json` and `results.csv`, the tokens of each pair, and the
/// figures with what they are drawn from.
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
  let gnuplot = try Gnuplot.find()
  try gnuplot.require(study.figures.formats)
  var writer = ReportWriter(folder: folder, gnuplot: gnuplot, drawing: study.figures)
  try writer.models(results)
  let pairs = results.pairs.map(\.name) + results.maps.map(\.name)
  if pairs.count > 1 { writer.joint.pairs = pairs }
  for pair in results.pairs { try writer.pair(pair) }
  for maps in results.maps { try writer.maps(maps) }
  writer.allPairs()
  for comparison in results.layers { try writer.layers(comparison) }
  try writer.points(results)
  try writer.lenses(results)
  try writer.elms(results, study)
  if !results.transfers.isEmpty { try writer.transfers(results.transfers) }
  let report = try writer.write(
    writer.report(study, results, command: command), titled: "Sextant: \(study.name)")
  let file = try results.file(study)
  try file.write(to: folder.appending(path: "results.json"))
  try TextFile.write(file.csv, to: folder.appending(path: "results.csv"))
  return (report, writer.tables)
}

/// Builds the document and writes the tables and figures beside it.
struct ReportWriter {
  let folder: URL
  let gnuplot: Gnuplot
  let drawing: FigureOptions
  /// Sections of numbers.
  var document = MarkdownDocument()
  /// What stands before them.
  private(set) var figures = MarkdownDocument()
  /// All that is written in them.
  private(set) var figureText = ""
  /// Tables that stand in one for all pairs.
  var joint = JointTables()
  /// All that are in the document.
  private(set) var tables: [Table] = []

  init(folder: URL, gnuplot: Gnuplot, drawing: FigureOptions = FigureOptions()) {
    (self.folder, self.gnuplot, self.drawing) = (folder, gnuplot, drawing)
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
    if !joint.take(table, name) { show(table) }
    try TextFile.write(table.csv(), to: folder.appending(path: "\(name).csv"))
  }

  mutating func add(_ figure: Figure, _ name: String, _ caption: String) throws {
    let pictures = try gnuplot.render(figure, drawing, in: folder, name: name)
    figureText += figure.files(drawing, name: name).script
    guard let shown = pictures.first(where: { !$0.hasSuffix(".pdf") }) else {
      // No reader of Markdown shows a PDF.
      figures.paragraph("Figure \(code: pictures[0]): \(figure.title). \(caption)")
      return
    }
    figures.image(shown, alternativeText: figure.title, caption: caption)
  }

  func number(_ value: Double?, _ format: NumberFormat = .significant(3)) -> Markdown {
    Markdown(stringLiteral: value.flatMap { format.text($0) } ?? "not evaluable")
  }

  func words(_ value: Double?, _ lower: Double?, _ upper: Double?) -> Markdown {
    lower == nil ? number(value) : "\(number(value)) [\(number(lower)), \(number(upper))]"
  }
}
