/// The values of one series of a histogram, for example the intrinsic dimensions of one model's tokens.
public struct HistogramSeries: Sendable, Equatable {
  public let name: String
  public let values: [Double]

  public init(_ name: String, values: [Double]) {
    self.name = name
    self.values = values
  }
}

extension Figure {
  /// Histograms of several series over the same bins, as shares in percent, with the median of each in the key.
  ///
  /// Non-finite values are left out and counted in the key.
  /// - Parameter binCount: bins over the whole range of all series; 1 … 500.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if no value is finite.
  public static func histogram(
    title: String, quantity: FigureAxis, series: [HistogramSeries], binCount: Int = 40,
    countedThing: String = "tokens"
  ) throws(ReportError) -> Figure {
    precondition((1...500).contains(binCount), "binCount must be 1 … 500, is \(binCount)")
    let finite = series.map { $0.values.filter(\.isFinite).sorted() }
    guard let low = finite.compactMap(\.first).min(), let high = finite.compactMap(\.last).max() else {
      throw .notDrawable(figure: title, reason: "no value is finite")
    }
    let bins = HistogramBins(low: low, high: high, count: binCount)
    let share = FigureAxis("share of \(countedThing)", unit: "%")
    let names = zip(series, finite).map { $0.key(sorted: $1) }
    return Figure(title: title) { page in
      let shown = series.indices.filter { !finite[$0].isEmpty }
      let frame = FigureFrame(page, title: title, x: quantity, y: share, key: shown.map { names[$0] })
      let end = bins.low + Double(bins.count) * bins.width
      let commands = frame.axes + ["set yrange [0:*]", "set xrange [\(bins.low):\(end)]"]
      let data = shown.map { index in
        FigureData(
          "h\(index)", names[index], columns: [quantity.label, share.label], rows: bins.outline(finite[index])
        )
      }
      let areas = shown.map { index in
        "data index 'h\(index)' using 1:2 with filledcurves y=0 fillcolor rgb '\(FigureStyle.colour(index))' "
          + "fillstyle transparent solid 0.16 noborder notitle"
      }
      let outlines = shown.map { index in
        "data index 'h\(index)' using 1:2 with lines linewidth 1.8 \(dashes[index % dashes.count]) "
          + "linecolor rgb '\(FigureStyle.colour(index))' \(frame.named(names[index]))"
      }
      return FigureDrawing(
        height: frame.height, commands: commands + [FigureStyle.plot(areas + outlines)], data: data)
    }
  }

  /// So that outlines differ in grey too.
  private static let dashes = ["dashtype 1", "dashtype (8,3)", "dashtype (2,3)", "dashtype (8,3,2,3)"]
}

extension HistogramSeries {
  fileprivate func key(sorted: [Double]) -> String {
    guard !sorted.isEmpty else { return name }
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    let missing = values.count - sorted.count
    let note = missing == 0 ? "" : ", \(missing) n/e"
    return "\(name) (median \(NumberFormat.significant(3).text(median) ?? "n/e")\(note))"
  }
}

/// Bins of equal width; a bin holds its low end, the last one its high end too.
struct HistogramBins {
  let low: Double
  let width: Double
  let count: Int

  /// Values that are all equal get one bin around them.
  init(low: Double, high: Double, count: Int) {
    guard high > low, (high - low).isFinite else {
      self.low = low - 0.5
      self.width = 1
      self.count = 1
      return
    }
    self.low = low
    self.width = (high - low) / Double(count)
    self.count = count
  }

  func shares(_ values: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: count)
    for value in values {
      let bin = ((value - low) / width).rounded(.down)
      counts[bin >= Double(count) ? count - 1 : max(0, Int(bin))] += 1
    }
    return counts.map { 100 * $0 / Double(values.count) }
  }

  /// The corners of the steps, from the floor to the floor, without the empty bins at both ends.
  func outline(_ values: [Double]) -> [[Double]] {
    let shares = shares(values)
    guard let first = shares.firstIndex(where: { $0 > 0 }), let last = shares.lastIndex(where: { $0 > 0 })
    else {
      return []
    }
    let edges = (first...last + 1).map { low + Double($0) * width }
    let steps = (first...last).flatMap {
      [[edges[$0 - first], shares[$0]], [edges[$0 - first + 1], shares[$0]]]
    }
    return [[edges[0], 0]] + steps + [[edges[edges.count - 1], 0]]
  }
}
