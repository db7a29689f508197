import Foundation
import Reports
import Testing

/// One figure of each kind, with what goes wrong in real data: gaps, missing intervals, hostile names.
enum Gallery {
  static func all() throws -> [(name: String, figure: Figure)] {
    [
      ("dose", try dose()), ("heat", try heat()), ("diverging", try diverging()),
      ("histogram", try histogram()),
      ("bars", try bars()), ("layers", try layers()), ("models", try models()),
      ("dendrogram", try dendrogram()), ("tree-of-two", try treeOfTwo()), ("map", try map()),
      ("groups", try groups()), ("cosines", try cosines()), ("few", try few()), ("tokens", try tokens()),
    ]
  }

  static func dose() throws -> Figure {
    let doses = [-3.0, -2, -1, -0.5, 0, 0.5, 1, 2, 3]
    func line(_ name: String, slope: Double, isControl: Bool = false) -> DoseSeries {
      DoseSeries(
        name,
        points: doses.map { dose in
          let response = 3 * (slope * dose).magnitude.squareRoot() * (slope * dose < 0 ? -1 : 1)
          let half = 0.25 + 0.1 * abs(dose)
          return .init(dose: dose, response: response, lower: response - half, upper: response + half)
        }, isControl: isControl)
    }
    let gap = DoseSeries(
      "self-transfer",
      points: doses.map { .init(dose: $0, response: $0 == 1 ? nil : $0 * 1.1) })
    return try .doseResponse(
      title: "Sentiment: SmolLM2-135M → Gemma-3-270M, block 11",
      dose: FigureAxis("dose", unit: "× calibrated scale"),
      response: FigureAxis("change of log-odds", unit: "nats"),
      series: [
        line("native", slope: 1), line("transferred", slope: 0.55), gap,
        line("shuffled match", slope: 0.04, isControl: true), line("sign flip", slope: -0.5, isControl: true),
      ],
      band: ControlBand("random vectors, 5–95 %", points: doses.map { ($0, -0.35 * abs($0), 0.3 * abs($0)) }))
  }

  static func heat() throws -> Figure {
    let models = ["SmolLM2-135M", "Gemma-3-270M", "Qwen2.5-0.5B"]
    return try .heatMap(
      title: "Relative orientation of matched tokens", rows: models, columns: models,
      values: [[1, 0.42, 0.31], [0.42, 1, nil], [0.31, .nan, 1]], measure: FigureAxis("Pearson r"),
      scale: .sequential(low: 0, high: 1))
  }

  static func diverging() throws -> Figure {
    try .heatMap(
      title: "Cosine", rows: ["a's `x`", "b"], columns: ["sentiment", "formality", "certainty", "tense"],
      values: [[0.9, -0.9, 0.1, -0.4], [0.3, -0.2, 0, 0.5]], measure: FigureAxis("cosine"),
      scale: .diverging(extent: 1))
  }

  static func layers() throws -> Figure {
    let values = (0..<24).map { row in
      (0..<30).map { column -> Double? in
        let distance = Double(row) / 24 - Double(column) / 30
        return row == 20 && column > 25 ? nil : 0.05 + 0.5 * (1 - abs(distance)) * (1 - abs(distance))
      }
    }
    let dots = (0..<24).flatMap { row in
      (0..<30).filter { (values[row][$0] ?? 0) > 0.5 }.map {
        Figure.HeatMapMark(row: row, column: $0, kind: .dot)
      }
    }
    return try .heatMap(
      title: "Shared neighbours, layer by layer", rows: (0..<24).map(String.init),
      columns: (0..<30).map(String.init), values: values, measure: FigureAxis("mutual 10-NN overlap"),
      scale: .sequential(low: 0, high: 0.6), rowAxis: FigureAxis("block of Qwen2.5-0.5B"),
      columnAxis: FigureAxis("block of SmolLM2-135M"),
      marks: dots + [.init(row: 12, column: 15, kind: .frame)])
  }

  static let modelNames = [
    "SmolLM2-135M", "SmolLM2-360M", "Gemma-3-270M", "Gemma-3-1B", "Qwen2.5-0.5B", "Qwen2.5-Coder-0.5B",
    "Qwen2.5-1.5B", "Llama-3.2-1B",
  ]

  static func models() throws -> Figure {
    let values = modelNames.indices.map { row in
      modelNames.indices.map { column -> Double? in
        row == column ? 1 : row == 7 && column == 1 ? nil : 0.9 / (1 + 0.4 * abs(Double(row - column)))
      }
    }
    return try .heatMap(
      title: "Shared neighbours of the token embeddings", rows: modelNames, columns: modelNames,
      values: values,
      measure: FigureAxis("mutual k-NN overlap, centred"), scale: .sequential(low: 0, high: 1),
      marks: [.init(row: 0, column: 1, kind: .dot), .init(row: 3, column: 3, kind: .dot)])
  }

  static func dendrogram() throws -> Figure {
    try .dendrogram(
      title: "Models by the shape of their token embeddings", leaves: modelNames,
      merges: [
        .init(4, 5, height: 0.21), .init(0, 1, height: 0.55), .init(6, 8, height: 0.61),
        .init(2, 3, height: 0.64), .init(9, 10, height: 0.93), .init(7, 12, height: 0.97),
        .init(11, 13, height: 1.05),
      ],
      height: FigureAxis("mean shape distance, α = 1", unit: "rad"),
      reference: FigureReference("unrelated models", value: 1.31))
  }

  static func treeOfTwo() throws -> Figure {
    try .dendrogram(
      title: "Two", leaves: ["it's `a`", "b"], merges: [.init(0, 1, height: 0.4)],
      height: FigureAxis("distance"))
  }

  static func map() throws -> Figure {
    let places = [
      (-0.42, 0.31), (-0.4, 0.28), (0.1, -0.44), (0.16, -0.41), (0.32, 0.12), (0.33, 0.13), (0.3, 0.09),
      (-0.05, 0.2),
    ]
    return try .scatter(
      title: "A map of the models", x: FigureAxis("first axis", unit: "rad"),
      y: FigureAxis("second axis", unit: "rad"),
      points: zip(modelNames, places).map { ScatterPoint($0, x: $1.0, y: $1.1) }, equalScale: true,
      note: "Classical scaling of shape distances: stress 0.12, 71 % of the spread shown, negative share 3 %."
    )
  }

  static func groups() throws -> Figure {
    try .scatter(
      title: "Size and similarity", x: FigureAxis("parameters", unit: "10⁶"), y: FigureAxis("mean overlap"),
      points: modelNames.enumerated().map {
        ScatterPoint(
          $0.element, x: Double(135 + 100 * $0.offset), y: 0.2 + 0.03 * Double(($0.offset * 5) % 8),
          group: $0.offset == 7 ? nil : String($0.element.prefix { $0.isLetter }))
      })
  }

  static func histogram() throws -> Figure {
    func values(_ centre: Double, _ spread: Double, _ count: Int) -> [Double] {
      (0..<count).map { index in
        // A fixed low-discrepancy sum of three uniforms: bell-shaped and the same every time.
        let u = [0.618, 0.755, 0.570].map { (Double(index + 1) * $0).truncatingRemainder(dividingBy: 1) }
        return centre + spread * (u.reduce(0, +) - 1.5)
      }
    }
    return try .histogram(
      title: "Intrinsic dimension of tokens (k = 1200, 95 % of variance)", quantity: FigureAxis("components"),
      series: [
        .init("SmolLM2-135M", values: values(310, 120, 4000)),
        .init("Gemma-3-270M", values: values(385, 90, 3900) + [.nan]),
        .init("Qwen2.5-0.5B", values: values(440, 150, 4000)),
      ])
  }

  static func bars() throws -> Figure {
    func value(_ x: Double) -> BarValue { BarValue(x, lower: x - 0.02, upper: x + 0.025) }
    return try .groupedBars(
      title: "Held-out retrieval: SmolLM2-135M → Gemma-3-270M",
      groups: ["least squares", "ridge", "Procrustes", "logit matching"], groupAxis: FigureAxis("method"),
      value: FigureAxis("P@1 of held-out tokens"),
      series: [
        .init("nearest neighbour", values: [0.41, 0.52, 0.36, nil].map { $0.map(value) }),
        .init("CSLS", values: [0.49, 0.6, 0.44, 0.33].map(value)),
        .init(
          "shuffled match", values: [0.0004, 0.0003, 0.0002, 0.0001].map { BarValue($0) }, isControl: true),
      ])
  }

  /// Uniform in [0, 1) and the same every time.
  private static func uniform(_ index: Int, _ step: Double) -> Double {
    (Double(index + 1) * step).truncatingRemainder(dividingBy: 1)
  }

  static func pairs(_ count: Int) -> (x: [Double], y: [Double]) {
    let x = (0..<count).map { uniform($0, 0.6180339887) + uniform($0, 0.7548776662) - 0.9 }
    return (x, x.enumerated().map { 0.5 * $1 + 0.3 * uniform($0, 0.5698402910) })
  }

  static func cosines() throws -> Figure {
    try .density(
      title: "Cosines of token pairs", x: FigureAxis("cosine in SmolLM2-135M"),
      y: FigureAxis("cosine in Gemma-3-270M"), values: pairs(20_000), countedThing: "token pairs",
      note: "r = 0.42 [0.41, 0.43]")
  }

  static func few() throws -> Figure {
    var values = pairs(300)
    values.x[7] = .nan
    return try .density(
      title: "Few", x: FigureAxis("x"), y: FigureAxis("y"), values: values, isOneQuantity: false)
  }

  static func tokens() throws -> Figure {
    let (x, y) = pairs(500)
    let places = zip(x, y).map { (x: $0, y: $1) }
    return try .maps(
      title: "Shared tokens",
      panels: [
        MapPanel("SmolLM2-135M", x: FigureAxis("PC 1, 12 %"), y: FigureAxis("PC 2, 6 %"), places: places),
        MapPanel(
          "Gemma-3-270M", x: FigureAxis("PC 1, 9 %"), y: FigureAxis("PC 2, 5 %"),
          places: places.map { (x: 10 * $0.y, y: 10 * $0.x) }),
      ], shades: x, shade: "shade: the first axis of SmolLM2-135M",
      named: [(3, "house"), (99, "it's {"), (400, "\\")])
  }
}

/// A folder that is gone afterwards.
private func inFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

@Suite struct FigureTests {
  @Test func everyKindIsDrawnTheSameTwice() throws {
    let gnuplot = try Gnuplot.find()
    let kept = ProcessInfo.processInfo.environment["FIGURE_GALLERY"].map { URL(filePath: $0) }
    let folder =
      kept ?? FileManager.default.temporaryDirectory.appending(path: "gallery-\(UUID().uuidString)")
    defer { if kept == nil { try? FileManager.default.removeItem(at: folder) } }
    for (name, figure) in try Gallery.all() {
      let svg = folder.appending(path: "\(name).svg")
      #expect(
        try gnuplot.render(figure, formats, in: folder, name: name)
          == ["\(name).svg", "\(name).pdf", "\(name).png"])
      let first = try String(contentsOf: svg, encoding: .utf8)
      try gnuplot.render(figure, in: folder, name: name)
      let second = try String(contentsOf: svg, encoding: .utf8)
      #expect(first == second, "\(name)")
      #expect(first.contains("<svg") && !first.contains("GNUPLOT") && !first.contains("gnuplot 5"), "\(name)")
      #expect(!first.lowercased().contains("nan"), "\(name)")
      #expect(
        try Data(contentsOf: folder.appending(path: "\(name).png")).starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(try Data(contentsOf: folder.appending(path: "\(name).pdf")).starts(with: Array("%PDF".utf8)))
    }
  }

  private var formats: FigureOptions {
    var options = FigureOptions()
    options.formats = [.svg, .pdf, .png]
    return options
  }

  /// Whatever a name holds, gnuplot writes it and does nothing else; forty letters and more fit the page.
  @Test(arguments: [
    "it's `touch TRAP`", "\"; system('touch TRAP')\n_{sub}", "'", "''", "\\", "a\\", "{", "}", "#",
    "$x @data", "%s %g",
    "a\"\"b", "{/Bold x}_^~", "org/Model-0.5B-Instruct-with-a-very-long-name_of-sixty-letters-or-more",
  ])
  func wordsInTheSVGAreTheWordsGiven(_ words: String) throws {
    try inFolder { folder in
      let trap = folder.appending(path: "trap").path
      let name = words.replacing("TRAP", with: trap)
      let axis = FigureAxis(name)
      let figures: [Figure] = [
        try .doseResponse(
          title: name, dose: axis, response: axis,
          series: [.init(name, points: [.init(dose: 0, response: 0), .init(dose: 1, response: 1)])],
          band: ControlBand(name, points: [(0, 0, 1), (1, 0, 1)])),
        try .heatMap(
          title: name, rows: [name, "b"], columns: [name, "b"], values: [[1, 0.2], [0.2, 1]], measure: axis,
          scale: .sequential(low: 0, high: 1), rowAxis: axis, columnAxis: axis),
        try .histogram(title: name, quantity: axis, series: [.init(name, values: [1, 2, 2])]),
        try .groupedBars(
          title: name, groups: [name], groupAxis: axis, value: axis,
          series: [.init(name, values: [BarValue(1)])]),
        try .dendrogram(
          title: name, leaves: [name, "b"], merges: [.init(0, 1, height: 1)], height: axis,
          reference: FigureReference(name, value: 2)),
        try .scatter(
          title: name, x: axis, y: axis,
          points: [.init(name, x: 0, y: 0, group: name), .init("b", x: 1, y: 1, group: "b")], note: name),
        try .density(title: name, x: axis, y: axis, values: ([0, 1], [0, 1]), note: name),
        try .maps(
          title: name, panels: [MapPanel(name, x: axis, y: axis, places: [(0, 0), (1, 1)])], shades: [0, 1],
          shade: name, named: [(0, name)]),
      ]
      for (number, figure) in figures.enumerated() {
        for width in [85.0, 170] {
          var options = FigureOptions()
          options.width = FigureWidth(millimetres: width)
          try Gnuplot.find().render(figure, options, in: folder, name: "\(number)")
        }
        #expect(!FileManager.default.fileExists(atPath: trap))
        let svg = try String(contentsOf: folder.appending(path: "\(number).svg"), encoding: .utf8)
        let shown = name.prefix(3).replacing("\n", with: " ").replacing("&", with: "&amp;")
          .replacing("<", with: "&lt;")
        // The name for screen readers would do.
        let drawn = svg.replacing(/<title>[^<]*<\/title>/, with: "")
        #expect(drawn.contains(shown), "figure \(number) of \(name)")
      }
    }
  }

  /// The script that stands beside a figure draws it anew, with nothing but the data beside it.
  @Test func theScriptBesideAFigureDrawsItAgain() throws {
    let gnuplot = try Gnuplot.find()
    for (name, figure) in try Gallery.all() {
      try inFolder { folder in
        try gnuplot.render(figure, formats, in: folder, name: "it's \(name)")
        let again = folder.appending(path: "again")
        try FileManager.default.createDirectory(at: again, withIntermediateDirectories: true)
        for kind in ["gp", "dat"] {
          try FileManager.default.copyItem(
            at: folder.appending(path: "it's \(name).\(kind)"),
            to: again.appending(path: "it's \(name).\(kind)"))
        }
        let process = Process()
        process.executableURL = gnuplot.program
        process.arguments = ["-d", "it's \(name).gp"]
        process.currentDirectoryURL = again
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(name)")
        func bytes(_ place: URL, _ kind: String) throws -> Data {
          try Data(contentsOf: place.appending(path: "it's \(name).\(kind)"))
        }
        #expect(try bytes(folder, "png") == bytes(again, "png"), "\(name)")
        let svg = Gnuplot.tidy(String(decoding: try bytes(again, "svg"), as: UTF8.self), title: figure.title)
        #expect(String(decoding: try bytes(folder, "svg"), as: UTF8.self) == svg, "\(name)")
        #expect(try bytes(again, "pdf").count > 1000, "\(name)")
      }
    }
  }

  @Test(arguments: [("85mm", 321, 1003), ("3.35in", 322, 1006), ("170 mm", 643, 2009)])
  func aFigureIsAsWideAsItsOptionsSay(_ width: String, _ pixels: Int, _ dots: Int) throws {
    try inFolder { folder in
      var options = formats
      options.width = try #require(FigureWidth(width))
      try Gnuplot.find().render(Gallery.dose(), options, in: folder, name: "f")
      let svg = try String(contentsOf: folder.appending(path: "f.svg"), encoding: .utf8)
      #expect(svg.contains("width=\"\(pixels)\""))
      let png = [UInt8](try Data(contentsOf: folder.appending(path: "f.png")))
      #expect(png[16..<20].reduce(0) { $0 << 8 | Int($1) } == dots)
      let pdf = String(decoding: try Data(contentsOf: folder.appending(path: "f.pdf")), as: UTF8.self)
      let box = try #require(pdf.firstMatch(of: /MediaBox \[ 0 0 (\d+)/))
      let points = try #require(Double(box.1))
      #expect(abs(points - Double(pixels) * 0.75) <= 1)
    }
  }

  @Test func widthsAreReadWithTheirUnits() {
    #expect(FigureWidth("85mm")?.text == "85mm")
    #expect(FigureWidth("3.35in")?.text == "85.09mm")
    for text in ["85", "", "mm", "85cm", "nanmm", "infin"] { #expect(FigureWidth(text) == nil, "\(text)") }
    #expect(FigureWidth("20mm")?.isAllowed == false)
    #expect(FigureWidth("40mm")?.isAllowed == true)
  }

  @Test func titleFontAndSizeAreOptions() throws {
    try inFolder { folder in
      var options = FigureOptions()
      (options.hasTitles, options.font, options.fontSize) = (false, "DejaVu Serif", 12)
      try Gnuplot.find().render(Gallery.dose(), options, in: folder, name: "f")
      let svg = try String(contentsOf: folder.appending(path: "f.svg"), encoding: .utf8)
      options.hasTitles = true
      try Gnuplot.find().render(Gallery.dose(), options, in: folder, name: "titled")
      let titled = try String(contentsOf: folder.appending(path: "titled.svg"), encoding: .utf8)
      // The name for screen readers stays.
      let mentions = [svg, titled].map { $0.components(separatedBy: "SmolLM2-135M").count - 1 }
      #expect(mentions[0] > 0 && mentions[1] == mentions[0] + 1)
      #expect(svg.contains("DejaVu Serif") && svg.contains("font-size=\"16"))
    }
  }

  @Test func aDiagonalCanBeLeftOutOfColoursAndData() throws {
    func cells(_ hasDiagonal: Bool) throws -> String {
      try Figure.heatMap(
        title: "t", rows: ["a", "b"], columns: ["a", "b"], values: [[1, 0.2], [0.3, 1]],
        measure: FigureAxis("x"), scale: .sequential(low: 0, high: 0.3), hasDiagonal: hasDiagonal
      ).files(FigureOptions(), name: "f").data
    }
    #expect(try cells(true).contains("0.0 0.0 1.0"))
    let without = try cells(false)
    #expect(!without.contains("1.0 1.0 1.0") && without.contains("1.0 0.0 0.2"))
  }

  /// A gnuplot without cairo, as some systems have it, is found out before anything is drawn.
  @Test func aMissingTerminalNamesTheRemedy() throws {
    try inFolder { folder in
      let program = folder.appending(path: "gnuplot")
      try Data("#!/bin/sh\necho ' dumb svg ' >&2\n".utf8).write(to: program)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      let plain = Gnuplot(program: program)
      #expect(throws: Never.self) { try plain.require([.svg]) }
      let error = #expect(throws: ReportError.self) { try plain.require([.svg, .pdf]) }
      #expect(error == .terminalMissing(format: "pdf", terminal: "pdfcairo"))
      #expect(error?.description.contains("gnuplot-nox") == true)
    }
    #expect(throws: Never.self) { try Gnuplot.find().require(FigureFormat.allCases) }
  }

  @Test func whatTheMachineCannotWriteIsSaid() throws {
    guard let fonts = MachineFonts.here else {
      return print("SKIPPED, NOT TESTED: fonts: there is no fc-match here")
    }
    let missing = "No Such Family: 7-x"
    let other = try #require(fonts.standIn(for: missing))
    #expect(!other.isEmpty && fonts.standIn(for: other) == nil && fonts.standIn(for: "sans-serif") == nil)
    #expect(fonts.lacking(in: "abc é").isEmpty)
    #expect(fonts.lacking(in: "a\u{10FFFD}é\u{10FFFD}") == ["\u{10FFFD}"])

    var options = FigureOptions()
    options.font = missing
    // Letters of SVG are its reader's affair.
    #expect(options.fontNotes(text: "\u{10FFFD}").isEmpty)
    options.formats = [.svg, .pdf, .png]
    #expect(
      options.fontNotes() == [
        "this machine has no font called \(missing): letters in PDF and PNG are those of \(other)"
      ])
    options.font = other
    #expect(options.fontNotes(text: "é").isEmpty)
    let notes = options.fontNotes(text: "\u{10FFFD}")
    #expect(notes.count == 1 && notes[0].contains("`fc-list :charset=10fffd`"), "\(notes)")
  }

  @Test func textIsBrokenAndShortenedToItsRoom() {
    #expect(FigureText.lines("a b c", room: 100) == ["a b c"])
    let lines = FigureText.lines("shared neighbours of the embeddings", room: 12)
    #expect(lines.count > 1 && lines.allSatisfy { FigureText.width($0) <= 12 })
    let name = "Model-0.5B-Instruct-with-a-very-long-name"
    let short = FigureText.fitted(name, room: 10)
    #expect(FigureText.width(short) <= 10 && short.contains("…"))
    #expect(short.hasPrefix("Mod") && short.hasSuffix("me"))
    #expect(FigureText.fitted("short", room: 10) == "short")
  }

  @Test func aMissingToolNamesTheRemedy() throws {
    let error = #expect(throws: ReportError.self) { try Gnuplot.find(environment: ["PATH": "/nowhere"]) }
    #expect(error == .plotToolMissing(tool: "gnuplot", searched: "/nowhere"))
    #expect(error?.description.contains("make setup") == true)
    #expect(throws: ReportError.self) { try Gnuplot.find(environment: [:]) }
  }

  @Test func aToolThatFailsIsAnErrorNotAFigure() throws {
    try inFolder { folder in
      let error = #expect(throws: ReportError.self) {
        try Gnuplot(program: URL(filePath: "/bin/false")).render(Gallery.dose(), in: folder, name: "never")
      }
      let title = try Gallery.dose().title
      #expect(error == .plotFailed(figure: title, status: 1, message: ""))
      #expect(throws: ReportError.self) {
        try Gnuplot(program: URL(filePath: "/bin/true")).render(Gallery.dose(), in: folder, name: "never")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.isEmpty)
    }
  }

  @Test func whatCannotBeDrawnIsRefused() {
    let axis = FigureAxis("x")
    #expect(throws: ReportError.self) {
      try Figure.doseResponse(
        title: "t", dose: axis, response: axis, series: [.init("s", points: [.init(dose: 0, response: .nan)])]
      )
    }
    #expect(throws: ReportError.self) {
      try Figure.heatMap(
        title: "t", rows: ["a"], columns: ["b", "c"], values: [[1]], measure: axis,
        scale: .diverging(extent: 1))
    }
    #expect(throws: ReportError.self) {
      try Figure.heatMap(
        title: "t", rows: ["a"], columns: ["b"], values: [[1]], measure: axis,
        scale: .sequential(low: 1, high: 1))
    }
    #expect(throws: ReportError.self) {
      try Figure.histogram(title: "t", quantity: axis, series: [.init("s", values: [.nan, .infinity])])
    }
    #expect(throws: ReportError.self) {
      try Figure.groupedBars(
        title: "t", groups: ["a", "b"], groupAxis: axis, value: axis,
        series: [.init("s", values: [BarValue(1)])])
    }
  }

  @Test func treesAndMapsThatCannotBeDrawnAreRefused() {
    let axis = FigureAxis("x")
    let wrong: [[DendrogramMerge]] = [
      [], [.init(0, 1, height: 1)], [.init(0, 1, height: 1), .init(0, 2, height: 2)],
      [.init(0, 1, height: 1), .init(2, 2, height: 2)], [.init(0, 1, height: 1), .init(2, 4, height: 2)],
      [.init(0, 1, height: 1), .init(2, -1, height: 2)], [.init(0, 1, height: .nan), .init(2, 3, height: 2)],
      [.init(0, 1, height: -1), .init(2, 3, height: 2)],
    ]
    for merges in wrong {
      #expect(throws: ReportError.self, "\(merges)") {
        try Figure.dendrogram(title: "t", leaves: ["a", "b", "c"], merges: merges, height: axis)
      }
    }
    #expect(throws: ReportError.self) {
      try Figure.dendrogram(title: "t", leaves: [], merges: [], height: axis)
    }
    #expect(throws: Never.self) {
      try Figure.dendrogram(
        title: "t", leaves: ["a", "b", "c"], merges: [.init(0, 1, height: 1), .init(3, 2, height: 2)],
        height: axis)
    }
    #expect(throws: ReportError.self) { try Figure.scatter(title: "t", x: axis, y: axis, points: []) }
    #expect(throws: ReportError.self) {
      try Figure.scatter(title: "t", x: axis, y: axis, points: [.init("a", x: 1, y: .infinity)])
    }
    #expect(throws: ReportError.self) {
      try Figure.heatMap(
        title: "t", rows: ["a"], columns: ["b"], values: [[1]], measure: axis,
        scale: .sequential(low: 0, high: 1), marks: [.init(row: 1, column: 0, kind: .dot)])
    }
  }

  @Test func everyNameIsInTheFigure() throws {
    for figure in [try Gallery.dendrogram(), try Gallery.map(), try Gallery.models()] {
      let svg = try Self.svg(figure)
      for name in Gallery.modelNames { #expect(svg.contains(name), "\(figure.title)") }
    }
  }

  @Test func aPointAloneIsDrawn() throws {
    let alone = try Figure.scatter(
      title: "t", x: FigureAxis("x"), y: FigureAxis("y"), points: [.init("only", x: 0, y: 0)],
      equalScale: true)
    #expect(try Self.svg(alone).contains("only"))
    let leaf = try Figure.dendrogram(title: "t", leaves: ["leaf"], merges: [], height: FigureAxis("x"))
    #expect(try Self.svg(leaf).contains("leaf"))
    let axis = FigureAxis("x")
    #expect(throws: Never.self) {
      try Self.svg(.density(title: "t", x: axis, y: axis, values: ([1], [1])))
      try Self.svg(
        .maps(
          title: "t", panels: [MapPanel("a", x: axis, y: axis, places: [(0, 0)])], shades: [0], shade: "s",
          named: []))
    }
  }

  @Test func mapsAndDensitiesThatCannotBeDrawnAreRefused() {
    let axis = FigureAxis("x")
    for values: ([Double], [Double]) in [([1], [1, 2]), ([], []), ([.nan], [1])] {
      #expect(throws: ReportError.self) {
        try Figure.density(title: "t", x: axis, y: axis, values: values)
      }
    }
    func panel(_ places: [(x: Double, y: Double)]) -> MapPanel {
      MapPanel("a", x: axis, y: axis, places: places)
    }
    let wrong: [([MapPanel], [Double], Int)] = [
      ([], [0], 0), ([panel([(0, 0)])], [0, 1], 0), ([panel([(0, .nan)])], [0], 0),
      ([panel([(0, 0)])], [.nan], 0), ([panel([(0, 0)])], [0], 1),
    ]
    for (panels, shades, index) in wrong {
      #expect(throws: ReportError.self) {
        try Figure.maps(title: "t", panels: panels, shades: shades, shade: "s", named: [(index, "n")])
      }
    }
  }

  @Test func equalValuesGiveOneBin() throws {
    let figure = try Figure.histogram(
      title: "t", quantity: FigureAxis("x"), series: [.init("s", values: [2, 2, 2])])
    #expect(try Self.svg(figure).contains("100"))
  }

  /// Every pair of values is in one square, and whole numbers are in the middle of theirs.
  @Test func squaresOfADensityHoldAllPairs() throws {
    let values = (0..<2000).map { Double($0 % 37) }
    let data = try Figure.density(
      title: "t", x: FigureAxis("x"), y: FigureAxis("y"), values: (values, values.map { $0 + 3 })
    ).files(FigureOptions(), name: "f").data
    let rows = data.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      $0.split(separator: " ").compactMap { Double($0) }
    }
    let squares = rows.filter { $0.count == 3 }
    #expect(squares.map { $0[2] }.reduce(0, +) == 2000)
    #expect(squares.count == 37 && squares.allSatisfy { $0[1] == $0[0] + 3 && $0[0] == $0[0].rounded() })
  }

  @discardableResult
  private static func svg(_ figure: Figure) throws -> String {
    try inFolder { folder in
      try Gnuplot.find().render(figure, in: folder, name: "figure")
      return try String(contentsOf: folder.appending(path: "figure.svg"), encoding: .utf8)
    }
  }
}
