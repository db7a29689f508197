/// One line of a dose–response figure.
public struct DoseSeries: Sendable, Equatable {
  /// One dose and what it did.
  public struct Point: Sendable, Equatable {
    public let dose: Double
    /// `nil` leaves a gap.
    public let response: Double?
    /// The ends of the interval around the response.
    public let lower: Double?
    public let upper: Double?

    public init(dose: Double, response: Double?, lower: Double? = nil, upper: Double? = nil) {
      self.dose = dose
      self.response = response
      self.lower = lower
      self.upper = upper
    }
  }

  public let name: String
  public let points: [Point]
  /// A control is drawn thinner and dashed.
  public let isControl: Bool

  public init(_ name: String, points: [Point], isControl: Bool = false) {
    self.name = name
    self.points = points
    self.isControl = isControl
  }
}

/// The range in which controls fall at each dose, drawn as a grey band.
public struct ControlBand: Sendable, Equatable {
  public let name: String
  /// Dose, low end and high end.
  public let points: [(dose: Double, lower: Double, upper: Double)]

  /// - Parameter name: with the meaning of the band, for example `permuted labels, 5–95 %`.
  public init(_ name: String, points: [(dose: Double, lower: Double, upper: Double)]) {
    self.name = name
    self.points = points
  }

  public static func == (a: ControlBand, b: ControlBand) -> Bool {
    a.name == b.name && a.points.elementsEqual(b.points, by: ==)
  }
}

extension Figure {
  /// Response against dose: one line a vector, with intervals, and the band of the controls behind them.
  ///
  /// Points with no finite response are gaps.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if no series has a finite point.
  public static func doseResponse(
    title: String, dose: FigureAxis, response: FigureAxis, series: [DoseSeries], band: ControlBand? = nil
  ) throws(ReportError) -> Figure {
    let lines = series.map(\.finitePoints)
    guard lines.contains(where: { $0.contains { !$0.isEmpty } }) else {
      throw .notDrawable(figure: title, reason: "no series has a finite response")
    }
    return Figure(title: title) { page in
      let frame = FigureFrame(
        page, title: title, x: dose, y: response,
        key: (band.map { [$0.name] } ?? [])
          + zip(series, lines).filter { !$1.joined().isEmpty }.map { $0.0.name })
      var commands = frame.axes
      commands += [
        "set xzeroaxis linetype 1 linewidth 1 linecolor rgb '\(FigureStyle.faint)'",
        "set offsets 0, 0, graph 0.04, graph 0.04",
      ]
      commands += xRange(lines.flatMap { $0.compactMap(\.first) } + (band?.points.map(\.dose) ?? []))
      var data: [FigureData] = []
      var plots: [String] = []
      if let band {
        let rows = band.points.filter { $0.dose.isFinite && $0.lower.isFinite && $0.upper.isFinite }
          .sorted { $0.dose < $1.dose }.map { [$0.dose, $0.lower, $0.upper] }
        if !rows.isEmpty {
          data.append(FigureData("band", band.name, columns: [dose.label, "lower", "upper"], rows: rows))
          plots.append(
            "data index 'band' using 1:2:3 with filledcurves fillcolor rgb '#DDDDDD' fillstyle solid noborder "
              + frame.named(band.name))
        }
      }
      for (index, entry) in zip(series, lines).enumerated() where !entry.1.joined().isEmpty {
        data.append(
          FigureData(
            "s\(index)", entry.0.name, columns: [dose.label, response.label, "lower", "upper"], rows: entry.1)
        )
        plots += entry.0.plots(index, frame)
      }
      return FigureDrawing(height: frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }

  /// All doses and a little air, without rounding up to the next tick.
  private static func xRange(_ doses: [Double]) -> [String] {
    let finite = doses.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), low < high else { return [] }
    let air = 0.03 * (high - low)
    return ["set xrange [\(low - air):\(high + air)]"]
  }
}

extension DoseSeries {
  /// Dose, response, lower and upper end of each point, by dose; no interval is one of no height, a point
  /// without response an empty row.
  fileprivate var finitePoints: [[Double]] {
    points.filter(\.dose.isFinite).sorted { $0.dose < $1.dose }.map { point in
      guard let response = point.response, response.isFinite else { return [] }
      guard let lower = point.lower, let upper = point.upper, lower.isFinite, upper.isFinite else {
        return [point.dose, response, response, response]
      }
      return [point.dose, response, lower, upper]
    }
  }

  private static let marks = [7, 5, 9, 13, 11, 15, 4, 6]

  /// The interval is a ribbon behind a line that is no control, bars on one that is.
  fileprivate func plots(_ index: Int, _ frame: FigureFrame) -> [String] {
    let colour = FigureStyle.colour(index)
    let block = "data index 's\(index)'"
    let (width, dash) = isControl ? ("1.2", "dashtype (6,4)") : ("2", "dashtype 1")
    let mark = "pointtype \(Self.marks[index % Self.marks.count]) pointsize \(isControl ? "0.45" : "0.65")"
    let interval =
      isControl
      ? "\(block) using 1:2:3:4 with yerrorbars linewidth 0.9 linecolor rgb '\(colour)' pointsize 0 notitle"
      : "\(block) using 1:3:4 with filledcurves fillcolor rgb '\(colour)' fillstyle transparent solid 0.16 noborder "
        + "notitle"
    return [
      interval,
      "\(block) using 1:2 with linespoints linewidth \(width) \(dash) linecolor rgb '\(colour)' \(mark) "
        + frame.named(name),
    ]
  }
}
