extension Figure {
  /// The colours of a heat map.
  public enum ColourScale: Sendable, Equatable {
    /// Light to dark, for values from a natural low end.
    case sequential(low: Double, high: Double)
    /// Red – white – blue around zero, for values in −`extent` … `extent`.
    case diverging(extent: Double)
  }

  /// A cell that deserves the eye.
  public struct HeatMapMark: Sendable, Equatable {
    /// How a cell is pointed out.
    public enum Kind: Sendable, Equatable {
      /// A frame around the cell, for the best.
      case frame
      /// A dot in the cell, for those that hold (beyond chance, say).
      case dot
    }

    public let row: Int
    public let column: Int
    public let kind: Kind

    public init(row: Int, column: Int, kind: Kind) {
      self.row = row
      self.column = column
      self.kind = kind
    }
  }

  /// A matrix of coloured cells; the first row is at the top.
  ///
  /// Cells carry their numbers where these have room; more become small squares without, as layers × layers are.
  /// Names that would make cells wide are turned; of many names every second, fifth or tenth is written.
  /// `nil` and non-finite cells are grey and read `n/e` where there are numbers.
  /// - Parameters:
  ///   - rowAxis, columnAxis: what rows and columns are, such as the layers of a model; nil where names say it.
  ///   - marks: cells to point out.
  ///   - hasDiagonal: false leaves the cells of a thing with itself empty.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if `values` is not `rows` × `columns` or is empty.
  public static func heatMap(
    title: String, rows: [String], columns: [String], values: [[Double?]], measure: FigureAxis,
    scale: ColourScale, format: NumberFormat = .decimals(2), rowAxis: FigureAxis? = nil,
    columnAxis: FigureAxis? = nil, marks: [HeatMapMark] = [], hasDiagonal: Bool = true
  ) throws(ReportError) -> Figure {
    guard !rows.isEmpty, !columns.isEmpty, values.count == rows.count,
      values.allSatisfy({ $0.count == columns.count })
    else {
      throw .notDrawable(
        figure: title,
        reason:
          "\(rows.count) row and \(columns.count) column names for \(values.map(\.count)) cells in each row")
    }
    let (low, high) = scale.ends
    guard low.isFinite, high.isFinite, low < high else {
      throw .notDrawable(figure: title, reason: "the colour scale runs from \(low) to \(high)")
    }
    for mark in marks where !rows.indices.contains(mark.row) || !columns.indices.contains(mark.column) {
      throw .notDrawable(
        figure: title,
        reason: "a mark on cell \(mark.row), \(mark.column) of \(rows.count) x \(columns.count)")
    }
    guard values.joined().contains(where: { $0?.isFinite == true }) else {
      throw .notDrawable(figure: title, reason: "no cell is finite")
    }
    return Figure(title: title) { page in
      let layout = HeatMapLayout(
        page, title: title, measure: measure, rows: rows, columns: columns, rowAxis: rowAxis,
        columnAxis: columnAxis)
      var commands = layout.commands(scale)
      var cells: [[Double]] = []
      var missing: [[Double]] = []
      for (y, row) in values.enumerated() {
        for (x, value) in row.enumerated() where hasDiagonal || x != y {
          let number = value.flatMap { FigureStyle.number($0, format) }
          let position = min(1, max(0, ((value ?? .nan) - low) / (high - low)))
          if number != nil, let value {
            cells.append([Double(x), Double(y), value])
          } else {
            missing.append([Double(x), Double(y)])
          }
          guard layout.hasNumbers else { continue }
          let colour =
            number == nil ? FigureStyle.soft : scale.inkIsLight(position) ? "#FFFFFF" : FigureStyle.ink
          commands.append(
            "set label \(FigureStyle.quoted(number ?? "n/e")) at \(x),\(y) center noenhanced front "
              + "textcolor rgb '\(colour)'")
        }
      }
      var data = [FigureData("cells", measure.label, columns: ["column", "row", "value"], rows: cells)]
      let half = layout.hasNumbers ? 0.485 : 0.47
      var plots = [
        "data index 'cells' using 1:2:(\(half)):(\(half)):3 with boxxyerror fillcolor palette fillstyle solid noborder notitle"
      ]
      if !missing.isEmpty {
        data.append(FigureData("missing", "not evaluable", columns: ["column", "row"], rows: missing))
        plots.append(
          "data index 'missing' using 1:2:(\(half)):(\(half)) with boxxyerror fillcolor rgb "
            + "'\(layout.hasNumbers ? "#EEEEEE" : "#C8C8C8")' fillstyle solid noborder notitle")
      }
      if !marks.isEmpty {
        let drawn = layout.drawn(marks) { row, column in
          scale.inkIsLight(min(1, max(0, ((values[row][column] ?? low) - low) / (high - low))))
        }
        commands += drawn.commands
        data += drawn.data
        plots += drawn.plots
      }
      return FigureDrawing(
        height: layout.frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }
}

/// How large cells are, what stands beside them and how much room it takes.
private struct HeatMapLayout {
  /// More have no numbers, even on a wide page.
  static let mostWithNumbers = 12

  let frame: FigureFrame
  let hasNumbers: Bool
  private let page: FigurePage
  private let rows: [String]
  private let columns: [String]
  private let columnNames: FigureNames
  private let rowStep: Int
  /// What the colours mean.
  private let measure: [String]

  init(
    _ page: FigurePage, title: String, measure: FigureAxis, rows: [String], columns: [String],
    rowAxis: FigureAxis?, columnAxis: FigureAxis?
  ) {
    (self.page, self.columns) = (page, columns)
    let em = page.em
    self.rows = rows.map { FigureText.fitted($0, room: 0.3 * page.width / em) }
    let left = 0.8 + (self.rows.map(FigureText.width).max() ?? 0)
    // Most heat maps are as high as ten lines.
    self.measure = FigureText.lines(measure.label, room: max(10, 1.3 * Double(rows.count)), atMost: 2)
    let beside = 5.9 + 1.25 * Double(self.measure.count)
    let room = page.width / em - left - beside - (rowAxis == nil ? 0.6 : 1.9)
    // Not wider than a name of usual length needs.
    let cell = min(room / Double(columns.count), 9)
    hasNumbers = max(rows.count, columns.count) <= Self.mostWithNumbers && cell >= 2.7
    let cellHeight = hasNumbers ? min(cell, 3.6) : cell
    rowStep = [1, 2, 5, 10, 20, 50, 100].first { Double($0) * cellHeight >= 1.2 } ?? 200
    columnNames = FigureNames(columns, place: cell, most: 0.3 * page.width / em)
    frame = FigureFrame(
      page, title: title, x: columnAxis, y: rowAxis, ticsLeft: left, ticsBelow: columnNames.room,
      beside: beside, widest: cell * Double(columns.count) * em,
      plotHeight: { _ in cellHeight * Double(rows.count) * em })
  }

  func commands(_ scale: Figure.ColourScale) -> [String] {
    let (low, high) = scale.ends
    let ink = FigureStyle.ink
    let em = page.em
    let rowNames = rows.indices.filter { $0.isMultiple(of: rowStep) }
      .map { FigureStyle.tic([rows[$0]], at: $0) }.joined(separator: ", ")
    // A bar of a few lines is too low for its words and more than two numbers.
    let barHeight = min(frame.bottom - frame.top, 24 * em)
    let barLeft = frame.right + 0.8 * em
    return frame.words + [
      "unset border",
      "set xrange [-0.5:\(Double(columns.count) - 0.5)]", "set yrange [\(Double(rows.count) - 0.5):-0.5]",
      columnNames.command,
      "set ytics (\(rowNames)) scale 0 noenhanced textcolor rgb '\(ink)'",
      "set cbrange [\(low):\(high)]",
      FigureFrame.tics("cb", (low, high), atMost: barHeight / (3 * em)) + " scale 0.4 textcolor rgb '\(ink)'",
      "set colorbox noborder user origin \(frame.place(barLeft, frame.top + barHeight)) size screen "
        + "\(FigureFrame.rounded(0.9 * em / page.width)), screen \(FigureFrame.rounded(barHeight / frame.height))",
      "set label 1004 \(FigureStyle.quoted(measure)) at "
        + "\(frame.place(barLeft + 5 * em, frame.top + barHeight / 2)) center rotate by 90 "
        + "noenhanced textcolor rgb '\(ink)'",
      "set palette defined (\(scale.palette))",
    ]
  }

  /// Frames as objects, dots as points, dark on light cells and light on dark ones.
  func drawn(
    _ marks: [Figure.HeatMapMark], isDark: (_ row: Int, _ column: Int) -> Bool
  ) -> (commands: [String], data: [FigureData], plots: [String]) {
    var commands: [String] = []
    var data: [FigureData] = []
    var plots: [String] = []
    for (index, mark) in marks.filter({ $0.kind == .frame }).enumerated() {
      let (x, y) = (Double(mark.column), Double(mark.row))
      commands.append(
        "set object \(index + 2) rectangle from \(x - 0.5),\(y - 0.5) to \(x + 0.5),\(y + 0.5) front "
          + "fillstyle empty border linecolor rgb '\(FigureStyle.colour(3))' linewidth 2")
    }
    let dots = marks.filter { $0.kind == .dot }
    for (name, colour, dark) in [("light", "#FFFFFF", true), ("dark", FigureStyle.ink, false)] {
      let here = dots.filter { isDark($0.row, $0.column) == dark }
      guard !here.isEmpty else { continue }
      // Under the number where there is one.
      let below = hasNumbers ? 0.3 : 0
      data.append(
        FigureData(
          name, "cells with a dot", columns: ["column", "row"],
          rows: here.map { [Double($0.column), Double($0.row) + below] }))
      plots.append(
        "data index '\(name)' using 1:2 with points pointtype 7 pointsize 0.35 linecolor rgb '\(colour)' notitle"
      )
    }
    return (commands, data, plots)
  }
}

extension Figure.ColourScale {
  var ends: (low: Double, high: Double) {
    switch self {
    case .sequential(let low, let high): (low, high)
    case .diverging(let extent): (-extent, extent)
    }
  }

  /// Both palettes change evenly in lightness, so that they read in grey too.
  var palette: String {
    let colours =
      switch self {
      case .sequential: FigureStyle.sequential
      case .diverging: ["#9B2226", "#D6604D", "#F4B79A", "#F7F7F7", "#A6CEE3", "#4393C3", "#1B4F8A"]
      }
    return colours.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")
  }

  /// Whether white reads better than black at a position 0 … 1 of the scale.
  fileprivate func inkIsLight(_ position: Double) -> Bool {
    switch self {
    case .sequential: position > 0.55
    case .diverging: abs(position - 0.5) > 0.33
    }
  }
}
