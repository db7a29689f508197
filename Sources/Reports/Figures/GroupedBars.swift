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
    var body = FigureStyle.frame(title: title, x: groupAxis, y: value)
    body += FigureStyle.keyOutside(names: series.map(\.name))
    let tics = groups.enumerated().map { "\(FigureStyle.quoted($1)) \($0)" }.joined(separator: ", ")
    body += [
      "set xtics (\(tics)) scale 0 noenhanced", "set xrange [-0.6:\(Double(groups.count) - 0.4)]",
      "set xzeroaxis linetype 1 linewidth 1 linecolor rgb '\(FigureStyle.faint)'",
    ]
    if !series.contains(where: { $0.values.contains { ($0?.value ?? 0) < 0 || ($0?.lower ?? 0) < 0 } }) {
      body.append("set yrange [0:*]")
    }
    var plots: [String] = []
    let width = 0.8 / Double(series.count)
    for (index, bars) in series.enumerated() {
      body += bars.blocks(
        index, offset: -0.4 + width * (Double(index) + 0.5), halfWidth: width * 0.44, labels: labels)
      plots += bars.plots(index)
    }
    body.append("plot " + plots.joined(separator: ", \\\n  "))
    return Figure(title: title, width: max(900, 300 + groups.count * (30 + 26 * series.count)), body: body)
  }
}

extension BarSeries {
  /// The finite bars (`centre left right value`), their intervals (`centre lower height`) and all labels.
  fileprivate func blocks(_ index: Int, offset: Double, halfWidth: Double, labels format: NumberFormat?)
    -> [String]
  {
    var rows: [[Double]] = []
    var intervals: [[Double]] = []
    var labels: [String] = []
    for (group, bar) in values.enumerated() {
      let centre = Double(group) + offset
      guard let bar, bar.value.isFinite else {
        labels.append(
          "set label 'n/e' at \(centre), 0 offset 0,0.5 left rotate by 90 textcolor rgb '\(FigureStyle.faint)'"
        )
        continue
      }
      let lower = bar.lower.flatMap { $0.isFinite ? $0 : nil } ?? bar.value
      let upper = bar.upper.flatMap { $0.isFinite ? $0 : nil } ?? bar.value
      rows.append([centre, centre - halfWidth, centre + halfWidth, bar.value])
      if upper > lower { intervals.append([centre, lower, upper - lower]) }
      if let format, let text = FigureStyle.number(bar.value, format) {
        let (y, side) = bar.value < 0 ? (min(lower, bar.value), "-0.8") : (max(upper, bar.value), "0.6")
        labels.append(
          "set label '\(text)' at \(centre), \(y) offset 0,\(side) center font ',10' textcolor rgb '\(FigureStyle.ink)'"
        )
      }
    }
    // A block needs a row; one outside the range draws nothing and keeps the name in the key.
    if rows.isEmpty { rows = [[-9, -9, -9, 0]] }
    if intervals.isEmpty { intervals = [[-9, 0, 0]] }
    return FigureStyle.data("b\(index)", rows) + FigureStyle.data("e\(index)", intervals) + labels
  }

  fileprivate func plots(_ index: Int) -> [String] {
    let colour = FigureStyle.colour(index)
    let fill =
      isControl
      ? "fillcolor rgb '#D9D9D9' fillstyle solid border linecolor rgb '\(FigureStyle.faint)'"
      : "fillcolor rgb '\(colour)' fillstyle solid noborder"
    return [
      "$b\(index) using 1:4:2:3:(0):4 with boxxyerror \(fill) title \(FigureStyle.quoted(name))",
      "$e\(index) using 1:2:(0):3 with vectors heads size graph 0.006,90 linewidth 1.3 linecolor rgb '\(FigureStyle.ink)' notitle",
    ]
  }
}
