/// One named point.
public struct ScatterPoint: Sendable, Equatable {
  public let name: String
  public let x: Double
  public let y: Double
  /// Points of one group have one colour; nil where there are no groups.
  public let group: String?

  public init(_ name: String, x: Double, y: Double, group: String? = nil) {
    self.name = name
    self.x = x
    self.y = y
    self.group = group
  }
}

extension Figure {
  /// Named points, for example models on a map.
  ///
  /// Each name stands beside its point where it covers as little of other points and names as can be.
  /// - Parameters:
  ///   - equalScale: one unit is equally long on both axes, as distances on a map need it.
  ///   - note: a sentence below the axes, such as how well the map fits.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if there is no point, or one is not finite.
  public static func scatter(
    title: String, x: FigureAxis, y: FigureAxis, points: [ScatterPoint], equalScale: Bool = false,
    note: String? = nil
  ) throws(ReportError) -> Figure {
    guard !points.isEmpty else { throw .notDrawable(figure: title, reason: "no points") }
    for point in points where !point.x.isFinite || !point.y.isFinite {
      throw .notDrawable(figure: title, reason: "point \(point.name) is at \(point.x), \(point.y)")
    }
    let groups = points.compactMap(\.group).reduce(into: [String]()) { groups, group in
      if !groups.contains(group) { groups.append(group) }
    }
    return Figure(title: title) { page in
      let frame = FigureFrame(
        page, title: title, x: x, y: y, key: groups.count > 1 ? groups : [], note: note,
        plotHeight: { min(0.75 * $0, 420) })
      let paper = ScatterPaper(page, frame, points: points, equalScale: equalScale)
      let commands =
        frame.axes + [
          "set grid xtics ytics linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)' back",
          "set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#C8C8C8'",
          "set yzeroaxis linetype 1 linewidth 1 linecolor rgb '#C8C8C8'",
        ] + paper.ranges + paper.labels()
      var data: [FigureData] = []
      var plots: [String] = []
      for (index, group) in (groups.map(Optional.some) + [nil]).enumerated() {
        let here = points.filter { $0.group == group }
        guard !here.isEmpty else { continue }
        data.append(
          FigureData("g\(index)", group ?? "", columns: [x.label, y.label], rows: here.map { [$0.x, $0.y] }))
        let colour = group == nil && !groups.isEmpty ? "#555555" : FigureStyle.colour(index)
        plots.append(
          "data index 'g\(index)' using 1:2 with points pointtype \([7, 5, 9, 13, 11, 15][index % 6]) pointsize 0.8 "
            + "linecolor rgb '\(colour)' "
            + (groups.count > 1 ? group.map(frame.named) ?? "notitle" : "notitle"))
      }
      return FigureDrawing(height: frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }
}

/// The drawn area in pixels of the page, so that names can be placed before anything is drawn.
struct ScatterPaper {
  /// In pixels from the page's upper left.
  struct Box {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    func overlap(_ other: Box) -> Double {
      let width = min(right, other.right) - max(left, other.left)
      let height = min(bottom, other.bottom) - max(top, other.top)
      return width > 0 && height > 0 ? width * height : 0
    }
  }

  private let points: [ScatterPoint]
  private let page: FigurePage
  private let frame: FigureFrame
  private let box: Box
  private let xRange: (low: Double, high: Double)
  private let yRange: (low: Double, high: Double)

  /// Points over the whole of a frame.
  init(_ page: FigurePage, _ frame: FigureFrame, points: [ScatterPoint], equalScale: Bool) {
    func span(_ values: [Double]) -> (middle: Double, half: Double) {
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      return ((low + high) / 2, (high - low) / 2)
    }
    let (x, y) = (span(points.map(\.x)), span(points.map(\.y)))
    // A seventh on each side stays free for names.
    var (halfX, halfY) = (x.half * 1.35, y.half * 1.35)
    if equalScale {
      let (width, height) = (frame.right - frame.left, frame.bottom - frame.top)
      let unit = max(halfX / width, halfY / height)
      (halfX, halfY) = (unit * width, unit * height)
    }
    if halfX <= 0 { halfX = max(abs(x.middle), 1) / 2 }
    if halfY <= 0 { halfY = max(abs(y.middle), 1) / 2 }
    self.init(
      page, frame, points: points,
      in: Box(left: frame.left, right: frame.right, top: frame.top, bottom: frame.bottom),
      x: (x.middle - halfX, x.middle + halfX), y: (y.middle - halfY, y.middle + halfY))
  }

  init(
    _ page: FigurePage, _ frame: FigureFrame, points: [ScatterPoint], in box: Box,
    x: (low: Double, high: Double), y: (low: Double, high: Double)
  ) {
    (self.page, self.frame, self.points, self.box) = (page, frame, points, box)
    (xRange, yRange) = (x, y)
  }

  var ranges: [String] {
    [
      "set xrange [\(xRange.low):\(xRange.high)]", "set yrange [\(yRange.low):\(yRange.high)]",
      FigureFrame.tics("x", xRange, atMost: (box.right - box.left) / (4.5 * page.em)),
      FigureFrame.tics("y", yRange, atMost: (box.bottom - box.top) / (3 * page.em)),
    ]
  }

  private func place(_ point: ScatterPoint) -> (x: Double, y: Double) {
    (
      box.left + (point.x - xRange.low) / (xRange.high - xRange.low) * (box.right - box.left),
      box.bottom - (point.y - yRange.low) / (yRange.high - yRange.low) * (box.bottom - box.top)
    )
  }

  /// Names right, left, above, below and at the four corners of their points; the first place that covers
  /// least wins, names in the order of the points.
  /// - Parameters:
  ///   - share: their size, as a share of the usual one.
  ///   - tag: the number of the first label.
  ///   - options: more of gnuplot's words for a label.
  func labels(_ share: Double = 0.9, tag: Int = 2000, options: String = "") -> [String] {
    let letter = share * page.em
    let dot = 0.4 * page.em
    let spots = points.map { point in
      let (x, y) = place(point)
      return Box(left: x - dot, right: x + dot, top: y - dot, bottom: y + dot)
    }
    var taken: [Box] = []
    return points.enumerated().map { index, point in
      let (x, y) = place(point)
      let text = FigureText.fitted(point.name, room: 0.9 * (box.right - box.left) / letter)
      let width = letter * FigureText.width(text)
      let height = 1.15 * letter
      var best: (cost: Double, box: Box)?
      for (right, down) in [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)] {
        let reach = down == 0 ? 0.65 * page.em : 0.3 * page.em
        let left = right > 0 ? x + reach : right < 0 ? x - reach - width : x - width / 2
        let middle = y + Double(down) * 1.05 * page.em
        let spot = Box(
          left: left, right: left + width, top: middle - height / 2, bottom: middle + height / 2)
        var cost = 3 * (width * height - spot.overlap(box))
        for (other, dot) in spots.enumerated() where other != index { cost += spot.overlap(dot) }
        for other in taken { cost += 2 * spot.overlap(other) }
        if cost < (best?.cost ?? .infinity) - 1e-9 { best = (cost, spot) }
      }
      guard let spot = best?.box else { return "" }
      taken.append(spot)
      let middle = (spot.left + spot.right) / 2
      let anchor = middle > x + 1 ? "left" : middle < x - 1 ? "right" : "center"
      let edge = anchor == "left" ? spot.left : anchor == "right" ? spot.right : middle
      return "set label \(tag + index) \(FigureStyle.quoted(text)) at "
        + "\(frame.place(edge, (spot.top + spot.bottom) / 2)) \(anchor) noenhanced front \(page.font(share)) "
        + "textcolor rgb '\(FigureStyle.ink)' \(options)"
    }
  }
}
