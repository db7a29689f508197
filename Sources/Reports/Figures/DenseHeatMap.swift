extension Figure {
  /// A matrix of coloured cells without numbers, for grids too large to read cell by cell; rows and columns count from
  /// 0, row 0 at the bottom.
  ///
  /// `nil` and non-finite cells are grey. `marked` cells carry a ring.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if `values` is empty or ragged, or no cell is finite.
  public static func denseHeatMap(
    title: String, rows: FigureAxis, columns: FigureAxis, values: [[Double?]], measure: FigureAxis,
    scale: ColourScale, marked: [(row: Int, column: Int)] = []
  ) throws(ReportError) -> Figure {
    let width = values.first?.count ?? 0
    guard width > 0, values.allSatisfy({ $0.count == width }) else {
      throw .notDrawable(figure: title, reason: "rows of \(values.map(\.count)) cells")
    }
    let (low, high) = scale.ends
    guard low.isFinite, high.isFinite, low < high else {
      throw .notDrawable(figure: title, reason: "the colour scale runs from \(low) to \(high)")
    }
    let cells = values.enumerated().flatMap { y, row in
      row.enumerated().compactMap { x, value in
        value.flatMap { $0.isFinite ? [Double(x), Double(y), $0] : nil }
      }
    }
    guard !cells.isEmpty else { throw .notDrawable(figure: title, reason: "no cell is finite") }
    var body = denseFrame(title: title, rows: rows, columns: columns, measure: measure, scale: scale)
    body += [
      "set xrange [-0.5:\(Double(width) - 0.5)]", "set yrange [-0.5:\(Double(values.count) - 0.5)]",
      "set xtics \(step(width)) scale 0.4 out nomirror textcolor rgb '\(FigureStyle.ink)'",
      "set ytics \(step(values.count)) scale 0.4 out nomirror textcolor rgb '\(FigureStyle.ink)'",
    ]
    body += FigureStyle.data("cells", cells)
    var plot =
      "plot $cells using 1:2:(0.5):(0.5):3 with boxxyerror fillcolor palette fillstyle solid noborder notitle"
    let rings = marked.filter { values.indices.contains($0.row) && (0..<width).contains($0.column) }
    if !rings.isEmpty {
      body += FigureStyle.data("rings", rings.map { [Double($0.column), Double($0.row)] })
      plot +=
        ", \\\n  $rings using 1:2 with points pointtype 6 pointsize 1.2 linewidth 2 linecolor rgb '#D55E00' notitle"
    }
    body.append(plot)
    return Figure(
      title: title, width: max(620, 230 + 22 * width, 200 + 9 * title.count),
      height: max(360, 130 + 18 * values.count), body: body)
  }

  /// About eight ticks.
  private static func step(_ count: Int) -> Int {
    [1, 2, 5, 10, 20, 50].first { count / $0 <= 10 } ?? 100
  }

  private static func denseFrame(
    title: String, rows: FigureAxis, columns: FigureAxis, measure: FigureAxis, scale: ColourScale
  ) -> [String] {
    let ink = FigureStyle.ink
    func label(_ axis: FigureAxis) -> String {
      "\(FigureStyle.quoted(axis.label)) noenhanced textcolor rgb '\(ink)'"
    }
    return [
      "unset border", "unset key", FigureStyle.heading(title),
      "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '#C9C9C9' "
        + "fillstyle solid noborder",
      "set xlabel \(label(columns)) offset 0,-0.2", "set ylabel \(label(rows)) offset -0.4,0",
      "set cbrange [\(scale.ends.low):\(scale.ends.high)]", "set cbtics scale 0.4 textcolor rgb '\(ink)'",
      "set colorbox noborder", "set cblabel \(label(measure)) offset 0.5,0",
      "set palette defined (\(scale.palette))", "set lmargin 9", "set rmargin 13", "set tmargin 2.8",
      "set bmargin 4.2",
    ]
  }
}
