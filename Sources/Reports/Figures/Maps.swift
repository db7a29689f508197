/// Points in one plane of a figure of several.
public struct MapPanel: Sendable {
  public let name: String
  public let x: FigureAxis
  public let y: FigureAxis
  /// One a point, in the same order in every panel.
  public let places: [(x: Double, y: Double)]

  public init(_ name: String, x: FigureAxis, y: FigureAxis, places: [(x: Double, y: Double)]) {
    (self.name, self.x, self.y, self.places) = (name, x, y, places)
  }
}

extension Figure {
  /// The same points on several maps, side by side.
  ///
  /// A point has one shade on all maps, from light to dark along `shades`: where maps agree, the same shades lie together. On each map
  /// one unit is equally long on both axes.
  /// - Parameters:
  ///   - shades: one a point, such as its place on the first axis of the first map.
  ///   - named: points whose names stand on every map, by number.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if maps have different points, or one is not finite.
  public static func maps(
    title: String, panels: [MapPanel], shades: [Double], shade: String, named: [(index: Int, name: String)]
  ) throws(ReportError) -> Figure {
    guard !panels.isEmpty, !shades.isEmpty, shades.allSatisfy(\.isFinite),
      panels.allSatisfy({ $0.places.count == shades.count })
    else {
      throw .notDrawable(
        figure: title,
        reason: "maps of \(panels.map(\.places.count)) points for \(shades.count) shades, all finite")
    }
    for panel in panels where !panel.places.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) {
      throw .notDrawable(figure: title, reason: "a point of \(panel.name) is not finite")
    }
    for point in named where !shades.indices.contains(point.index) {
      throw .notDrawable(figure: title, reason: "there is no point \(point.index), called \(point.name)")
    }
    return Figure(title: title) { page in
      let em = page.em
      // Room left of a map and below it for its axes, and above it for its name.
      let (leftRoom, belowRoom, aboveRoom) = (5.2 * em, 3.6 * em, 1.4 * em)
      let across = max(1, min(panels.count, Int(page.width / (25 * em))))
      let down = (panels.count + across - 1) / across
      let side = (page.width - em) / Double(across) - leftRoom
      let frame = FigureFrame(
        page, title: title, note: shade,
        plotHeight: { _ in Double(down) * (side + belowRoom + aboveRoom) - 2.4 * em })
      var commands = Array(frame.axes.prefix(2)) + frame.words.filter { $0.hasPrefix("set label") }
      commands += [
        "unset key", "unset colorbox", "set multiplot", "set palette defined (\(shadeColours))",
        "set style textbox opaque noborder fillcolor rgb '#40FFFFFF' margins 0.2,0.1",
        "set xzeroaxis linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)'",
        "set yzeroaxis linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)'",
      ]
      var data: [FigureData] = []
      for (number, panel) in panels.enumerated() {
        let left = leftRoom * Double(number % across + 1) + side * Double(number % across)
        let top =
          frame.top + aboveRoom - 0.3 * em
          + Double(number / across) * (side + belowRoom + aboveRoom)
        let box = ScatterPaper.Box(left: left, right: left + side, top: top, bottom: top + side)
        let points = named.map { point in
          ScatterPoint(point.name, x: panel.places[point.index].x, y: panel.places[point.index].y)
        }
        let span = MapSpan(panel.places)
        let paper = ScatterPaper(page, frame, points: points, in: box, x: span.x, y: span.y)
        func word(_ tag: Int, _ text: String, _ x: Double, _ y: Double, _ turned: String = "") -> String {
          "set label \(tag) \(FigureStyle.quoted(FigureText.fitted(text, room: side / em))) at "
            + "\(frame.place(x, y)) center \(turned) noenhanced textcolor rgb '\(FigureStyle.ink)'"
        }
        let (middle, centre) = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        commands +=
          paper.ranges + box.margins(frame, page) + [
            word(1004, panel.name, middle, box.top - 0.8 * em),
            word(1005, panel.x.label, middle, box.bottom + 2.9 * em),
            word(1006, panel.y.label, box.left - 4.4 * em, centre, "rotate by 90"),
          ] + paper.labels(0.8, options: "boxed")
        let columns = [panel.x.label, panel.y.label]
        data.append(
          FigureData(
            "map\(number)", panel.name, columns: columns + ["shade"],
            rows: zip(panel.places, shades).map { [$0.x, $0.y, $1] }))
        var plots = [
          "data index 'map\(number)' using 1:2:3 with points pointtype 7 pointsize 0.18 linecolor palette notitle"
        ]
        if !points.isEmpty {
          data.append(
            FigureData(
              "named\(number)", "\(panel.name), the points with names", columns: columns,
              rows: points.map { [$0.x, $0.y] }))
          plots.append(
            "data index 'named\(number)' using 1:2 with points pointtype 6 pointsize 0.55 linewidth 1.1 "
              + "linecolor rgb '\(FigureStyle.ink)' notitle")
        }
        commands.append(FigureStyle.plot(plots))
        // Words of the whole figure once.
        if number == 0 { commands += ["unset label 1000", "unset label 1003"] }
      }
      commands.append("unset multiplot")
      return FigureDrawing(height: frame.height, commands: commands, data: data)
    }
  }

  /// Light to dark, evenly, from yellow over green to violet (after viridis, by Smith and van der Walt): it reads in grey too.
  private static let shadeColours = [
    "#E3D93A", "#8FCB4E", "#3DB07A", "#23888E", "#35608D", "#472F7D", "#2D0B45",
  ]
  .enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")
}

extension ScatterPaper.Box {
  fileprivate func margins(_ frame: FigureFrame, _ page: FigurePage) -> [String] {
    [
      ("l", left / page.width), ("r", right / page.width), ("t", 1 - top / frame.height),
      ("b", 1 - bottom / frame.height),
    ]
    .map { "set \($0)margin at screen \(FigureFrame.rounded($1))" }
  }
}

/// The ranges of a square map: as long on both axes, with air for names.
private struct MapSpan {
  let x: (low: Double, high: Double)
  let y: (low: Double, high: Double)

  init(_ places: [(x: Double, y: Double)]) {
    func ends(_ values: [Double]) -> (Double, Double) { (values.min() ?? 0, values.max() ?? 0) }
    let (xs, ys) = (ends(places.map(\.x)), ends(places.map(\.y)))
    let half = max(0.54 * max(xs.1 - xs.0, ys.1 - ys.0), 1e-9)
    x = ((xs.0 + xs.1) / 2 - half, (xs.0 + xs.1) / 2 + half)
    y = ((ys.0 + ys.1) / 2 - half, (ys.0 + ys.1) / 2 + half)
  }
}
