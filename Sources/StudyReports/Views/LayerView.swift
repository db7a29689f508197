internal import Files
public import Foundation
internal import Geometry
public import Reports
public import Workflow

extension LayerComparison {
  /// Tables for people: searches, matched depths, profiles, maps; at most `limit` layers each.
  public func tables(limit: Int = 9) -> [Table] {
    let tables = LayerTables(layers: self)
    return [tables.searches]
      + samples.flatMap { sample in
        tables.normalisations.map { tables.matched(sample, $0, limit: limit) } + [
          tables.profiles(sample, limit: limit)
        ]
      } + [tables.maps(limit: limit)].compactMap { $0 }
  }

  /// Writes every table as CSV, every figure, and what figures are drawn from, into a folder, which is made if it is missing.
  ///
  /// - Returns: the paths, in order.
  /// - Throws: `ReportError`; `OutputError` when the folder cannot be made.
  public func write(to folder: URL, figures options: FigureOptions = FigureOptions()) throws -> [URL] {
    try OutputFile.makeFolder(folder.path)
    let tables = LayerTables(layers: self)
    let gnuplot = try Gnuplot.find()
    try gnuplot.require(options.formats)
    var texts = [("layers", tables.searches), ("layers.grid", tables.grid)]
    var figures: [(String, Figure)] = []
    for sample in samples {
      let kind = sample.kind.rawValue
      texts += tables.normalisations.map { ("layers.\(kind).\($0.rawValue)", tables.matched(sample, $0)) }
      texts.append(("layers.\(kind).profile", tables.profiles(sample)))
      figures += try tables.figures(sample, options).map { ("layers.\($0.name)", $0.figure) }
    }
    if let maps = tables.maps() {
      texts.append(("layers.maps", maps))
      figures.append(("layers.maps", try tables.mapCurve(options)))
    }
    var written: [URL] = []
    for (name, table) in texts {
      written.append(folder.appending(path: "\(a)--\(b).\(name).csv"))
      try TextFile.write(table.csv(), to: written[written.count - 1])
    }
    for (name, figure) in figures {
      written += try gnuplot.render(figure, options, in: folder, name: "\(a)--\(b).\(name)")
        .map { folder.appending(path: $0) }
    }
    return written
  }
}
