internal import Foundation

extension Figure {
  /// One quantity of many things in two places, as how many fall into each square of a grid; few things are points.
  ///
  /// Squares are as dark as the logarithm of their count. Values that are not finite are left out, in pairs.
  /// - Parameters:
  ///   - isOneQuantity: both axes measure the same, over the same range, with a diagonal where both are equal.
  ///   - note: words in a corner, such as the correlation.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if there are not as many of one as of the other, or no pair is finite.
  public static func density(
    title: String, x: FigureAxis, y: FigureAxis, values: (x: [Double], y: [Double]),
    countedThing: String = "tokens", isOneQuantity: Bool = true, note: String? = nil
  ) throws(ReportError) -> Figure {
    guard values.x.count == values.y.count else {
      throw .notDrawable(
        figure: title, reason: "\(values.x.count) values on one axis, \(values.y.count) on the other")
    }
    let points = zip(values.x, values.y).filter { $0.isFinite && $1.isFinite }.map { (x: $0, y: $1) }
    guard !points.isEmpty else { throw .notDrawable(figure: title, reason: "no pair of values is finite") }
    let joint = isOneQuantity ? points.map(\.x) + points.map(\.y) : nil
    let (xs, ys) = (joint ?? points.map(\.x), joint ?? points.map(\.y))
    let (xSpan, ySpan) = (AxisSpan(xs), AxisSpan(ys))
    let isBinned = points.count > Self.mostPoints
    return Figure(title: title) { page in
      let frame = FigureFrame(
        page, title: title, x: x, y: y, beside: isBinned ? 6.2 : 1,
        widest: min(360, page.width - 10 * page.em), plotHeight: { $0 })
      var commands =
        frame.axes + [
          "set xrange [\(xSpan.low):\(xSpan.high)]", "set yrange [\(ySpan.low):\(ySpan.high)]",
          FigureFrame.tics(
            "x", (xSpan.low, xSpan.high), atMost: (frame.right - frame.left) / (4.5 * page.em)),
          FigureFrame.tics("y", (ySpan.low, ySpan.high), atMost: (frame.bottom - frame.top) / (3 * page.em)),
          "set grid xtics ytics linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)' back",
        ]
      if let note {
        let room = 0.9 * (frame.right - frame.left) / (0.9 * page.em)
        commands.append(
          "set label 1005 \(FigureStyle.quoted(FigureText.lines(note, room: room))) at "
            + "\(frame.place(frame.left + 0.6 * page.em, frame.top + 0.8 * page.em)) left noenhanced front "
            + "\(page.font(0.9)) textcolor rgb '\(FigureStyle.ink)'")
      }
      var data: [FigureData] = []
      var plots: [String] = []
      if isBinned {
        // Squares of some four pixels, or of one unit where values are whole numbers.
        let count = max(20, min(80, Int((frame.right - frame.left) / 5)))
        let (across, up) = (xSpan.bins(count, of: xs), ySpan.bins(count, of: ys))
        var counts: [[Int]: Int] = [:]
        for point in points { counts[[across.index(point.x), up.index(point.y)], default: 0] += 1 }
        let rows = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { place, count in
          [across.centre(place[0]), up.centre(place[1]), Double(count)]
        }
        data.append(FigureData("squares", columns: [x.label, y.label, countedThing], rows: rows))
        commands += Self.colourBar(frame, page, most: counts.values.max() ?? 1, countedThing)
        // A little wider than the grid: no seams.
        plots.append(
          "data index 'squares' using 1:2:(\(0.51 * across.width)):(\(0.51 * up.width)):3 with boxxyerror "
            + "fillcolor palette fillstyle solid noborder notitle")
      } else {
        data.append(FigureData("points", columns: [x.label, y.label], rows: points.map { [$0.x, $0.y] }))
        plots.append(
          "data index 'points' using 1:2 with points pointtype 7 pointsize 0.35 linecolor rgb '#800072B2' notitle"
        )
      }
      if isOneQuantity {
        data.append(
          FigureData(
            "equal", "equal in both", columns: [x.label, y.label],
            rows: [[xSpan.low, xSpan.low], [xSpan.high, xSpan.high]]))
        plots.append(
          "data index 'equal' using 1:2 with lines dashtype (6,4) linewidth 1 linecolor rgb '\(FigureStyle.faint)' "
            + "notitle")
      }
      return FigureDrawing(height: frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }

  /// More points would lie on one another.
  private static let mostPoints = 500

  private static func colourBar(
    _ frame: FigureFrame, _ page: FigurePage, most: Int, _ countedThing: String
  ) -> [String] {
    let em = page.em
    let high = max(most, 2)
    let barHeight = min(frame.bottom - frame.top, 14 * em)
    let left = frame.right + 0.8 * em
    // The palest colours would be lost on paper.
    let colours = FigureStyle.sequential.dropFirst().enumerated().map { "\($0) '\($1)'" }
    return [
      "set logscale cb", "set cbrange [1:\(high)]", "set cbtics scale 0.4 textcolor rgb '\(FigureStyle.ink)'",
      "set format cb '%.0f'", "set palette defined (\(colours.joined(separator: ", ")))",
      "set colorbox noborder user origin \(frame.place(left, frame.top + barHeight)) size screen "
        + "\(FigureFrame.rounded(0.9 * em / page.width)), screen \(FigureFrame.rounded(barHeight / frame.height))",
      "set label 1004 \(FigureStyle.quoted(countedThing)) at "
        + "\(frame.place(left + 4.9 * em, frame.top + barHeight / 2)) center rotate by 90 noenhanced "
        + "textcolor rgb '\(FigureStyle.ink)'",
    ]
  }
}

/// An axis from a little below its values to a little above them.
private struct AxisSpan {
  let low: Double
  let high: Double

  init(_ values: [Double]) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    let air = most > least ? 0.04 * (most - least) : 0.5
    (low, high) = (least - air, most + air)
  }

  /// Some `count` bins; of whole numbers each holds as many as its neighbours, so that none is darker for its width alone.
  func bins(_ count: Int, of values: [Double]) -> AxisBins {
    var width = (high - low) / Double(count)
    guard values.allSatisfy({ $0 == $0.rounded() }) else { return AxisBins(low: low, width: width) }
    width = max(1, width.rounded(.up))
    return AxisBins(low: low.rounded(.down) - 0.5, width: width)
  }
}

private struct AxisBins {
  let low: Double
  let width: Double

  func index(_ value: Double) -> Int { Int(((value - low) / width).rounded(.down)) }

  func centre(_ index: Int) -> Double { low + (Double(index) + 0.5) * width }
}
