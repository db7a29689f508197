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
    var groups: [String] = []
    for point in points {
      if let group = point.group, !groups.contains(group) { groups.append(group) }
    }
    let paper = ScatterPaper(
      points: points, equalScale: equalScale, key: groups.count > 1 ? groups.map(\.count).max() ?? 0 : nil)
    var body = FigureStyle.frame(title: title, x: x, y: y)
    body += groups.count > 1 ? FigureStyle.keyOutside(names: groups) : ["unset key"]
    body += [
      "set grid xtics ytics linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)' back",
      "set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#C8C8C8'",
      "set yzeroaxis linetype 1 linewidth 1 linecolor rgb '#C8C8C8'",
    ]
    body += paper.commands
    if let note {
      body.append(
        "set label 999 \(FigureStyle.quoted(note)) at graph 0, graph 0 offset 0,-4.9 left noenhanced "
          + "font ',11' textcolor rgb '#666666'")
    }
    body += paper.labels()
    var plots: [String] = []
    for (index, group) in (groups.isEmpty ? [nil] : groups.map(Optional.some)).enumerated() {
      body += FigureStyle.data("g\(index)", points.filter { $0.group == group }.map { [$0.x, $0.y] })
      plots.append(
        "$g\(index) using 1:2 with points pointtype 7 pointsize 1 linecolor rgb '\(FigureStyle.colour(index))' "
          + (group.map { "title \(FigureStyle.quoted($0))" } ?? "notitle"))
    }
    if !groups.isEmpty, points.contains(where: { $0.group == nil }) {
      body += FigureStyle.data("rest", points.filter { $0.group == nil }.map { [$0.x, $0.y] })
      plots.append("$rest using 1:2 with points pointtype 7 pointsize 1 linecolor rgb '#555555' notitle")
    }
    body.append("plot " + plots.joined(separator: ", \\\n  "))
    return Figure(title: title, width: paper.width, height: paper.height, body: body)
  }
}

/// The drawn area in points of the page, so that names can be placed before anything is drawn.
private struct ScatterPaper {
  private struct Box {
    let left: Double
    let right: Double
    let bottom: Double
    let top: Double

    func overlap(_ other: Box) -> Double {
      let width = min(right, other.right) - max(left, other.left)
      let height = min(top, other.top) - max(bottom, other.bottom)
      return width > 0 && height > 0 ? width * height : 0
    }
  }

  let width: Int
  let height = 560
  private let points: [ScatterPoint]
  private let frame: Box
  private let xRange: (low: Double, high: Double)
  private let yRange: (low: Double, high: Double)

  /// - Parameter key: letters of the longest name in the key; nil without one.
  init(points: [ScatterPoint], equalScale: Bool, key: Int?) {
    self.points = points
    let right = key.map { 9.0 * Double(max(14, $0 * 19 / 20 + 10)) } ?? 30
    width = 790 + Int(right)
    frame = Box(left: 90, right: 790, bottom: 95, top: 515)
    func span(_ values: [Double]) -> (middle: Double, half: Double) {
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      return ((low + high) / 2, (high - low) / 2)
    }
    let (x, y) = (span(points.map(\.x)), span(points.map(\.y)))
    // A seventh on each side stays free for names.
    var (halfX, halfY) = (x.half * 1.35, y.half * 1.35)
    if equalScale {
      let unit = max(halfX / (frame.right - frame.left), halfY / (frame.top - frame.bottom))
      (halfX, halfY) = (unit * (frame.right - frame.left), unit * (frame.top - frame.bottom))
    }
    if halfX <= 0 { halfX = max(abs(x.middle), 1) / 2 }
    if halfY <= 0 { halfY = max(abs(y.middle), 1) / 2 }
    xRange = (x.middle - halfX, x.middle + halfX)
    yRange = (y.middle - halfY, y.middle + halfY)
  }

  var commands: [String] {
    [
      "set xrange [\(xRange.low):\(xRange.high)]", "set yrange [\(yRange.low):\(yRange.high)]",
      "set lmargin at screen \(frame.left / Double(width))",
      "set rmargin at screen \(frame.right / Double(width))",
      "set bmargin at screen \(frame.bottom / Double(height))",
      "set tmargin at screen \(frame.top / Double(height))",
    ]
  }

  private func place(_ point: ScatterPoint) -> (x: Double, y: Double) {
    (
      frame.left + (point.x - xRange.low) / (xRange.high - xRange.low) * (frame.right - frame.left),
      frame.bottom + (point.y - yRange.low) / (yRange.high - yRange.low) * (frame.top - frame.bottom)
    )
  }

  /// Names right, left, above, below and at the four corners of their points; the first place that covers
  /// least wins, names in the order of the points.
  func labels() -> [String] {
    let spots = points.map { point in
      let (x, y) = place(point)
      return Box(left: x - 7, right: x + 7, bottom: y - 7, top: y + 7)
    }
    var taken: [Box] = []
    return points.enumerated().map { index, point in
      let (x, y) = place(point)
      let width = 7.4 * Double(point.name.count)
      var best: (cost: Double, box: Box)?
      for (right, up) in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)] {
        let reach = up == 0 ? 11.0 : 5
        let left = right > 0 ? x + reach : right < 0 ? x - reach - width : x - width / 2
        let middle = y + Double(up) * 16
        let box = Box(left: left, right: left + width, bottom: middle - 8, top: middle + 8)
        let inside = box.overlap(frame)
        var cost = 3 * (width * 16 - inside)
        for (other, spot) in spots.enumerated() where other != index { cost += box.overlap(spot) }
        for other in taken { cost += 2 * box.overlap(other) }
        if cost < (best?.cost ?? .infinity) - 1e-9 { best = (cost, box) }
      }
      guard let box = best?.box else { return "" }
      taken.append(box)
      let (u, v) = (box.left + (box.right - box.left) / 2, (box.bottom + box.top) / 2)
      let anchor = u > x + 1 ? "left" : u < x - 1 ? "right" : "center"
      let edge = anchor == "left" ? box.left : anchor == "right" ? box.right : u
      return "set label \(2000 + index) \(FigureStyle.quoted(point.name)) at screen "
        + "\(edge / Double(self.width)), screen \(v / Double(height)) \(anchor) noenhanced front "
        + "textcolor rgb '\(FigureStyle.ink)'"
    }
  }
}
