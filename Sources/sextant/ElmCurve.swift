import Foundation
import Reports
import Statistics
import Stores

/// The learning curve of an embedding language model: its table, its CSV and its pictures.
struct ElmCurve {
  private let record: ElmRecord
  /// Steps whose losses make one point of the picture.
  private static let window = 20

  init(_ record: ElmRecord) { self.record = record }

  /// The looks at validation items.
  ///
  /// - Parameters:
  ///   - items: that were told from others at each look.
  ///   - candidates: answers among which the own one has to come first.
  func table(name: String, items: Int, candidates: Int) -> Table {
    Table(
      "\(name): looks at validation items; told apart: the own answer first among \(candidates), chance "
        + "\(String(format: "%.0f", 100 / Double(max(1, candidates)))) %, with Wilson's 95 % interval; the same items at every look. "
        + "Kept: step \(record.step).",
      columns: [
        .init("step", .integer), .init("held-out loss", unit: "nats", .number(.decimals(3))),
        .init("items", .integer), .init("told apart", .estimate(.decimals(2))),
      ],
      rows: record.evaluations.map { look in
        [
          .integer(look.step), .number(Double(look.loss)), .integer(items),
          Self.share(Int((Double(look.identified) * Double(items)).rounded()), of: items),
        ]
      })
  }

  private static func share(_ hits: Int, of items: Int) -> Table.Cell {
    guard items > 0 else { return .notEvaluable("no item was looked at") }
    let share = Double(hits) / Double(items)
    let interval = wilsonInterval(share, n: Double(items), confidence: 0.95)
    return .estimate(share, lower: interval.lower, upper: interval.upper)
  }

  /// Every step's training loss, and the looks in the rows of their steps.
  private var csv: String {
    let looks = Dictionary(record.evaluations.map { ($0.step, $0) }) { $1 }
    let rows = (0...record.losses.count).map { step -> [String] in
      let look = looks[step]
      return [
        "\(step)", step > 0 ? CSV.number(record.losses[step - 1]) : "", CSV.number(look?.loss),
        CSV.number(look?.identified),
      ]
    }
    return CSV.text([["step", "training-loss-nats", "held-out-loss-nats", "identified-share"]] + rows)
  }

  /// Writes `NAME.elm.curve.csv` beside the model, and pictures where gnuplot is installed.
  /// - Parameter say: told where there is no gnuplot.
  func write(beside path: String, name: String, _ say: (String) -> Void) throws {
    let folder = URL(filePath: path).deletingLastPathComponent()
    try TextFile.write(csv, to: folder.appending(path: "\(name).elm.curve.csv"))
    let gnuplot: Gnuplot
    do { gnuplot = try Gnuplot.find() } catch { return say("no pictures of the learning curve: \(error)") }
    for (ending, figure) in try figures(name) {
      try gnuplot.render(figure, in: folder, name: "\(name).elm.\(ending)")
    }
  }

  private func figures(_ name: String) throws -> [(String, Figure)] {
    let training = stride(from: 0, to: record.losses.count, by: Self.window).map { start in
      let part = record.losses[start..<min(record.losses.count, start + Self.window)]
      return DoseSeries.Point(
        dose: Double(start + part.count), response: Double(part.reduce(0, +)) / Double(part.count))
    }
    let losses = try Figure.doseResponse(
      title: "\(name): loss", dose: FigureAxis("step"), response: FigureAxis("loss", unit: "nats a token"),
      series: [
        DoseSeries("training, mean of \(Self.window) steps", points: training, isControl: true),
        DoseSeries("held-out items", points: points(\.loss)),
      ])
    let identified = try Figure.doseResponse(
      title: "\(name): held-out items told apart", dose: FigureAxis("step"),
      response: FigureAxis("own answer first", unit: "share"),
      series: [DoseSeries("held-out items", points: points(\.identified))])
    return [("loss", losses), ("identified", identified)]
  }

  private func points(_ value: KeyPath<ElmRecord.Evaluation, Float>) -> [DoseSeries.Point] {
    record.evaluations.map { DoseSeries.Point(dose: Double($0.step), response: Double($0[keyPath: value])) }
  }
}
