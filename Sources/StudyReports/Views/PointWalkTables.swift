internal import Files
public import Foundation
internal import Geometry
public import Points
public import Reports
internal import Statistics

extension PointWalk {
  /// What the way comes to, a paragraph.
  public var sentences: Markdown {
    let towards = way == .along ? "along" : "to"
    return "From \(start) \(towards) \(self.towards) in \(model), \(spaceWords). \(alarmSentence)"
  }

  /// Where on the way the point no longer lies where rows lie.
  var alarmSentence: Markdown {
    alarmBegins.map {
      "From \(axis.name) \(Self.number($0)) on the alarm stays raised (p ≤ \(Self.number(significance)), \(heldOut) held-out rows)."
    }
      ?? (steps.contains { $0.alarm.isRaised }
        ? "The alarm is raised on the way, but not at its end." : "The alarm is never raised.")
  }

  /// The steps, and what the whole way is.
  public var tables: [Table] { [stepTable(), wayTable()] }

  private var axis: FigureAxis { way == .along ? FigureAxis("dose") : FigureAxis("share of the way") }

  /// - Parameter task: what `results.json` has a step's numbers under; nil for a walk of no study.
  func stepTable(_ task: (Int) -> String? = { _ in nil }) -> Table {
    var table = Table(
      "Along the way: the nearest row by \(steps.first?.neighbours.first?.nearness.rawValue ?? "cosine"), which of the nearest come and go, the p of "
        + "the alarm over \(heldOut) held-out rows of \(heldAgainst), what the logit lens reads, and KL of the model's output with the way so far "
        + "added on \(divergenceTexts) neutral texts, with its 95 % interval over texts.",
      columns: [
        .init(axis.name, .number(.significant(3))), .init("norm", .number(.significant(4))), .init("nearest"),
        .init("enter"), .init("leave"), .init("p", .number(.significant(2))), .init("alarm"), .init("lens"),
        .init("lens enters"), .init("KL", unit: "nats", .estimate(.significant(3)), metric: "divergence"),
      ])
    for (index, step) in steps.enumerated() {
      let first = step.neighbours.first
      let row: [Table.Cell] = [
        .number(step.position), .number(step.norm),
        .text(first?.identical.first ?? first?.near.first?.words ?? first?.reason ?? ""),
        .text(index == 0 ? "" : step.entered.joined(separator: ", ")),
        .text(step.left.joined(separator: ", ")), .number(step.alarm.pValue),
        .text(step.alarm.isRaised ? "yes" : ""),
        .text(step.tokens?.prefix(3).map(\.words).joined(separator: ", ") ?? ""),
        .text(index == 0 ? "" : step.tokensEntered.joined(separator: ", ")),
        .optionalEvaluation(step.divergence, divergenceGap?.words ?? ""),
      ]
      table.append(row, task: task(index))
    }
    return table
  }

  /// - Parameter task: what `results.json` has the way's numbers under; nil for a walk of no study.
  func wayTable(task: String? = nil) -> Table {
    var table = Table(
      "The whole way. Detour: its length over the straight distance of its ends. Geodesic: the shortest way from row to row over the straight "
        + "distance, in samples of \(geodesic.sampleRows) rows, and its percentile among pairs of random rows.",
      columns: [
        .init("curvature"), .init("ratio", .estimate(.significant(4))),
        .init("percentile", .number(.decimals(0))),
      ])
    table.append(
      [
        .text("detour"), .optional(detour, "it ends where it began"),
        .notEvaluable("a way is chosen, not found"),
      ], task: task, metric: "detour")
    table.append(
      [
        .text("geodesic"), .evaluation(geodesic.ratio),
        .optional(geodesic.standing?.percentile, "there is no ratio"),
      ], task: task, metric: "geodesic")
    return table
  }

  private static func number(_ value: Double) -> String { NumberFormat.significant(3).text(value) ?? "" }

  /// Writes the tables as CSV and a figure of each number along the way, with its data and its script.
  /// - Returns: the files.
  /// - Throws: `ReportError`, `OutputError`.
  public func write(to folder: URL, figures options: FigureOptions = FigureOptions()) throws -> [URL] {
    try OutputFile.makeFolder(folder.path)
    let gnuplot = try Gnuplot.find()
    try gnuplot.require(options.formats)
    var written: [URL] = []
    for (name, table) in [("path.steps", stepTable()), ("path.way", wayTable())] {
      written.append(folder.appending(path: "\(model).\(name).csv"))
      try TextFile.write(table.csv(), to: written[written.count - 1])
    }
    for (name, figure) in try figures() {
      written += try gnuplot.render(figure, options, in: folder, name: "\(model).\(name)")
        .map { folder.appending(path: $0) }
    }
    return written
  }

  /// p of the alarm with its level, and KL where it was measured.
  func figures() throws(ReportError) -> [(name: String, figure: Figure)] {
    let title = "\(model), \(spaceWords)"
    let level = DoseSeries(
      "level of the alarm", points: steps.map { .init(dose: $0.position, response: significance) },
      isControl: true)
    var figures = [
      (
        name: "path.alarm",
        figure: try Figure.doseResponse(
          title: "Is it anywhere? \(title)", dose: axis, response: FigureAxis("p among held-out rows"),
          series: [
            DoseSeries("p", points: steps.map { .init(dose: $0.position, response: $0.alarm.pValue) }), level,
          ])
      )
    ]
    guard steps.contains(where: { $0.divergence?.value != nil }) else { return figures }
    figures.append(
      (
        name: "path.divergence",
        figure: try Figure.doseResponse(
          title: "What it does to the output: \(title)", dose: axis, response: FigureAxis("KL", unit: "nats"),
          series: [
            DoseSeries(
              "mean over texts",
              points: steps.map { step in
                let estimate = step.divergence?.estimate
                return .init(
                  dose: step.position, response: estimate?.value, lower: estimate?.lower,
                  upper: estimate?.upper)
              })
          ])
      ))
    return figures
  }
}
