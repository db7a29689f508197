/// One bar of a group: a value with its interval.
public struct BarValue: Sendable, Equatable {
  public let value: Double
  public let lower: Double?
  public let upper: Double?

  public init(_ value: Double, lower: Double? = nil, upper: Double? = nil) {
    self.value = value
    self.lower = lower
    self.upper = upper
  }
}

/// The bars of one colour, one a group; `nil` where it was not evaluable.
public struct BarSeries: Sendable, Equatable {
  public let name: String
  public let values: [BarValue?]
  /// A control (a shuffled match, say) is drawn pale with an outline.
  public let isControl: Bool

  public init(_ name: String, values: [BarValue?], isControl: Bool = false) {
    self.name = name
    self.values = values
    self.isControl = isControl
  }
}

extension Figure {
  /// Groups of bars with intervals, for example held-out retrieval for each method.
  ///
  /// Bars start at zero and carry their number, so that a control close to zero can be read. A bar that was not evaluable is a gap marked `n/e`.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if a series has not one value a group or none is finite.
  public static func groupedBars(
    title: String, groups: [String], groupAxis: FigureAxis, value: FigureAxis, series: [BarSeries],
    labels: NumberFormat? = .significant(2)
  ) throws(ReportError) -> Figure {
    for bars in series where bars.values.count != groups.count {
      throw .notDrawable(
        figure: title, reason: "series \(bars.name) has \(bars.values.count) bars for \(groups.count) groups")
    }
    guard series.contains(where: { $0.values.contains { $0?.value.isFinite == true } }) else {
      throw .notDrawable(figure: title, reason: "no bar is finite")
    }
    let width = 0.8 / Double(series.count)
    return Figure(title: title) { page in
      let groupRoom = (page.width / page.em - 7) / (Double(groups.count) + 0.2)
      let names = FigureNames(groups, place: groupRoom)
      let frame = FigureFrame(
        page, title: title, x: groupAxis, y: value, key: series.map(\.name), ticsBelow: names.room)
      var commands =
        frame.axes + [
          names.command, "set xrange [-0.6:\(Double(groups.count) - 0.4)]",
          "set xzeroaxis linetype 1 linewidth 1 linecolor rgb '\(FigureStyle.faint)'",
        ]
      let numbers = BarNumbers(series, labels, room: width * groupRoom)
      let ends = series.flatMap { $0.values.compactMap { $0 } }.flatMap { [$0.value, $0.lower, $0.upper] }
        .compactMap { $0 }.filter(\.isFinite)
      if ends.allSatisfy({ $0 >= 0 }), let most = ends.max(), most > 0 {
        let share = (numbers.height + 0.6) * page.em / (frame.bottom - frame.top)
        commands.append("set yrange [0:\(most / (1 - min(share, 0.5)))]")
      } else {
        commands.append("set offsets 0, 0, graph 0.1, graph 0.1")
      }
      var data: [FigureData] = []
      var plots: [String] = []
      for (index, bars) in series.enumerated() {
        let drawn = bars.drawn(
          index, page, offset: -0.4 + width * (Double(index) + 0.5), halfWidth: width * 0.44,
          numbers: numbers, value: value.label)
        data += drawn.data
        commands += drawn.labels
        plots += bars.plots(index, frame)
      }
      return FigureDrawing(height: frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }
}

/// The numbers at bars: turned where bars are narrow, left out where not even a turned one has room.
private struct BarNumbers {
  static let size = 0.8

  let format: NumberFormat?
  let isTurned: Bool
  /// What they need above a bar, in em.
  let height: Double

  /// - Parameter room: of one bar, in em.
  init(_ series: [BarSeries], _ format: NumberFormat?, room: Double) {
    let texts = series.flatMap { $0.values.compactMap { $0 } }
      .compactMap { bar in format.flatMap { FigureStyle.number(bar.value, $0) } }
    let longest = Self.size * (texts.map(FigureText.width).max() ?? 0)
    isTurned = longest > 1.05 * room
    self.format = isTurned && room < 1.05 * Self.size ? nil : format
    height = self.format == nil ? 0 : isTurned ? longest : 1.2 * Self.size
  }
}

extension BarSeries {
  /// The finite bars, their intervals and all labels.
  fileprivate func drawn(
    _ index: Int, _ page: FigurePage, offset: Double, halfWidth: Double, numbers: BarNumbers,
    value: String
  ) -> (data: [FigureData], labels: [String]) {
    var rows: [[Double]] = []
    var intervals: [[Double]] = []
    var labels: [String] = []
    for (group, bar) in values.enumerated() {
      let centre = Double(group) + offset
      guard let bar, bar.value.isFinite else {
        labels.append(
          "set label 'n/e' at \(centre), 0 offset 0,0.5 left rotate by 90 \(page.font(0.8)) "
            + "textcolor rgb '\(FigureStyle.faint)'")
        continue
      }
      let lower = bar.lower.flatMap { $0.isFinite ? $0 : nil } ?? bar.value
      let upper = bar.upper.flatMap { $0.isFinite ? $0 : nil } ?? bar.value
      rows.append([centre, centre - halfWidth, centre + halfWidth, bar.value])
      if upper > lower { intervals.append([centre, lower, upper - lower]) }
      guard let text = numbers.format.flatMap({ FigureStyle.number(bar.value, $0) }) else { continue }
      let (y, side) = bar.value < 0 ? (min(lower, bar.value), -0.6) : (max(upper, bar.value), 0.5)
      let turned = numbers.isTurned ? "\(bar.value < 0 ? "right" : "left") rotate by 90" : "center"
      labels.append(
        "set label \(FigureStyle.quoted(text)) at \(centre), \(y) offset 0,\(numbers.isTurned ? side * 0.6 : side) \(turned) "
          + "\(page.font(BarNumbers.size)) textcolor rgb '\(FigureStyle.ink)'")
    }
    // A block needs a row; one outside the range draws nothing and keeps the name in the key.
    if rows.isEmpty { rows = [[-9, -9, -9, 0]] }
    if intervals.isEmpty { intervals = [[-9, 0, 0]] }
    return (
      [
        FigureData("b\(index)", name, columns: ["centre", "left", "right", value], rows: rows),
        FigureData(
          "e\(index)", "intervals of \(name)", columns: ["centre", "lower", "height"], rows: intervals),
      ], labels
    )
  }

  fileprivate func plots(_ index: Int, _ frame: FigureFrame) -> [String] {
    let colour = FigureStyle.colour(index)
    let fill =
      isControl
      ? "fillcolor rgb '#DDDDDD' fillstyle solid border linecolor rgb '\(FigureStyle.faint)'"
      : "fillcolor rgb '\(colour)' fillstyle solid noborder"
    return [
      "data index 'b\(index)' using 1:4:2:3:(0):4 with boxxyerror \(fill) \(frame.named(name))",
      "data index 'e\(index)' using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.1 "
        + "linecolor rgb '\(FigureStyle.ink)' notitle",
    ]
  }
}
