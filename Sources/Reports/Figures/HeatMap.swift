extension Figure {
  /// The colours of a heat map.
  public enum ColourScale: Sendable, Equatable {
    /// Light to dark, for values from a natural low end.
    case sequential(low: Double, high: Double)
    /// Red – white – blue around zero, for values in −`extent` … `extent`.
    case diverging(extent: Double)
  }

  /// A matrix of coloured cells with their numbers inside; the first row is at the top.
  ///
  /// `nil` and non-finite cells are grey and read `n/e`.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if `values` is not `rows` × `columns` or is empty.
  public static func heatMap(
    title: String, rows: [String], columns: [String], values: [[Double?]], measure: FigureAxis,
    scale: ColourScale, format: NumberFormat = .decimals(2)
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
    var body = heatMapFrame(title: title, rows: rows, columns: columns, measure: measure, scale: scale)
    var cells: [[Double]] = []
    for (y, row) in values.enumerated() {
      for (x, value) in row.enumerated() {
        let number = value.flatMap { FigureStyle.number($0, format) }
        let position = min(1, max(0, ((value ?? .nan) - low) / (high - low)))
        if number != nil, let value { cells.append([Double(x), Double(y), value]) }
        let colour = number == nil ? "#666666" : scale.inkIsLight(position) ? "#FFFFFF" : FigureStyle.ink
        body.append(
          "set label \(FigureStyle.quoted(number ?? "n/e")) at \(x),\(y) center noenhanced front textcolor rgb '\(colour)'"
        )
      }
    }
    guard !cells.isEmpty else { throw .notDrawable(figure: title, reason: "no cell is finite") }
    body += FigureStyle.data("cells", cells)
    body.append(
      "plot $cells using 1:2:(0.485):(0.485):3 with boxxyerror fillcolor palette fillstyle solid noborder notitle"
    )
    // Points: a letter is about 8.6 wide, and so is the unit of the margins.
    let longestRow = rows.map(\.count).max() ?? 0
    let cell = max(96, 24 + 9 * (columns.map(\.count).max() ?? 0))
    let margins = 9 * (max(6, longestRow + 3) + 13)
    let width = margins + max(cell * columns.count, 9 * title.count - 100)
    return Figure(title: title, width: width, height: max(260, 110 + 78 * rows.count), body: body)
  }

  private static func heatMapFrame(
    title: String, rows: [String], columns: [String], measure: FigureAxis, scale: ColourScale
  ) -> [String] {
    let (low, high) = scale.ends
    let ink = FigureStyle.ink
    func tics(_ names: [String]) -> String {
      names.enumerated().map { "\(FigureStyle.quoted($1)) \($0)" }.joined(separator: ", ")
    }
    let longestRow = rows.map(\.count).max() ?? 0
    return [
      "unset border", "unset key", FigureStyle.heading(title),
      "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '#F0F0F0' "
        + "fillstyle solid noborder",
      "set xrange [-0.5:\(Double(columns.count) - 0.5)]", "set yrange [\(Double(rows.count) - 0.5):-0.5]",
      "set xtics (\(tics(columns))) scale 0 noenhanced textcolor rgb '\(ink)'",
      "set ytics (\(tics(rows))) scale 0 noenhanced textcolor rgb '\(ink)'",
      "set cbrange [\(low):\(high)]", "set cbtics scale 0.4 textcolor rgb '\(ink)'",
      "set colorbox noborder",
      "set cblabel \(FigureStyle.quoted(measure.label)) noenhanced textcolor rgb '\(ink)' offset 0.5,0",
      "set palette defined (\(scale.palette))",
      "set lmargin \(max(6, longestRow + 3))", "set rmargin 13", "set tmargin 2.8", "set bmargin 2.3",
    ]
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
      case .sequential: ["#F7FBFF", "#D6E6F4", "#ABCFE5", "#6AAED6", "#3787C0", "#105BA4", "#08306B"]
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
