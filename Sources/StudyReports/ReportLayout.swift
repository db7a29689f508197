internal import Files
internal import Foundation
internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

// The order of a report: what was found, in words and figures; the numbers; what they mean; what they were made from.

extension ReportWriter {
  /// Puts the parts of the report together; sections and figures are written already.
  func report(_ study: Study, _ results: StudyResults, command: String) throws -> MarkdownDocument {
    var report = MarkdownDocument()
    let summary = results.check(study)
    report.heading(1, "Sextant report: \(study.name)")
    if !study.question.isEmpty { report.paragraph("\(study.question)") }
    let verdict = verdict(results, summary)
    if !verdict.isEmpty || !summary.checks.isEmpty { report.heading(2, "In short") }
    report.list(verdict)
    if !summary.checks.isEmpty {
      report.heading(3, "Hypotheses")
      report.paragraph(summary.counts)
      report.table(summary.table)
    }
    if !figures.isEmpty {
      report.heading(2, "Figures")
      report.append(figures)
      for note in drawing.fontNotes(text: figureText) {
        report.paragraph("\(note.prefix(1).uppercased() + note.dropFirst()).")
      }
    }
    let findings = findings(results)
    if !findings.isEmpty {
      report.heading(2, "What was found")
      report.list(findings)
    }
    report.append(document.withoutEmptySections)
    report.append(glossary(results))
    report.append(try origin(study, results, command: command))
    return report
  }

  /// Writes the report as Markdown and as a page that needs nothing else.
  /// - Returns: the path of the Markdown.
  func write(_ report: MarkdownDocument, titled title: String) throws -> URL {
    let file = folder.appending(path: "report.md")
    try TextFile.write(report.text, to: file)
    let page = try report.html(title: title) { path in
      let file = folder.appending(path: path)
      return path.hasSuffix(".svg")
        ? .svg(try String(contentsOf: file, encoding: .utf8)) : .png(try Data(contentsOf: file))
    }
    try TextFile.write(page, to: folder.appending(path: "report.html"))
    return file
  }

  /// What the measures of the report say, each in a sentence or two of its own.
  private func glossary(_ results: StudyResults) -> MarkdownDocument {
    var glossary = MarkdownDocument()
    guard let findings = results.pairs.first?.findings else { return glossary }
    var names: Set<String> = []
    let entries = findings.readings.compactMap { reading -> Markdown? in
      guard names.insert(reading.measure.name).inserted else { return nil }
      return entry(reading.measure, findings.options)
    }
    glossary.heading(2, "What the measures mean")
    glossary.list(
      entries + [
        "**interval**: 95 %, over words or tokens; where a table has none, none is known that covers (docs/coverage.md).",
        "**null**: the measure of spaces that share nothing: with the tokens of one model permuted, among those of the same kind and "
          + "frequency where there are strata. p: how often the null does as well.",
        "**calibrated**: 0 up to what the null gives in 95 % of draws, 1 at the measure's largest value.",
        "**raw, centred, standardised**: rows as they are; less their mean; and divided by each dimension's standard deviation.",
      ])
    return glossary
  }

  private func entry<M: Measure>(_ measure: M.Type, _ options: MeasureOptions) -> Markdown? {
    let metrics = M.metrics(options)
    guard let first = metrics.first, let meaning = M.concept?.meaning else { return nil }
    let title = first.title.replacing("{a}", with: "A").replacing("{b}", with: "B")
      .replacing("{model}", with: "a model")
    let key = first.key.split(separator: "/").last.map(String.init) ?? first.key
    return "**\(title)** (\(code: key.replacing("{side}", with: "a")), …): \(meaning)"
  }

  /// What the numbers were made from, and how to make them again.
  private func origin(_ study: Study, _ results: StudyResults, command: String) throws -> MarkdownDocument {
    var origin = MarkdownDocument()
    origin.heading(2, "How it was made")
    origin.code(command, language: "sh")
    let versions = ToolVersions.all.map { "\($0.name) \($0.version)" }
    let commit = ToolVersions.commit.map { [", commit \(code: $0)" as Markdown] } ?? []
    origin.list(
      ["Versions: \(versions.joined(separator: ", "))\(commit.joined(separator: "")). Seed \(study.seed)."]
        + results.models.map {
          "\($0.name), of \($0.file): SHA-256 \(code: $0.fileHash), tokenizer \(code: $0.tokenizerHash)"
        })
    origin.paragraph(
      "Maps are row-vector maps of token embeddings after EMB2EMB (Lee et al. 2025, arXiv 2503.21073); the similarity of "
        + "relative orientations is exact over all pairs of the compared tokens; calibrated scores follow Gröger et al. "
        + "2026. The study, with every option:")
    origin.code(try (results.study ?? study).configuration().text, language: "json")
    return origin
  }
}
