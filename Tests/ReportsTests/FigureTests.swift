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
      ("groups", try groups()),
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
      try gnuplot.render(figure, as: .svg, to: svg)
      let first = try String(contentsOf: svg, encoding: .utf8)
      try gnuplot.render(figure, as: .svg, to: svg)
      let second = try String(contentsOf: svg, encoding: .utf8)
      #expect(first == second, "\(name)")
      #expect(first.contains("<svg") && !first.contains("GNUPLOT") && !first.contains("gnuplot 5"), "\(name)")
      #expect(!first.lowercased().contains("nan"), "\(name)")
      let png = folder.appending(path: "\(name).png")
      try gnuplot.render(figure, as: .png, to: png)
      #expect(try Data(contentsOf: png).starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(name)")
    }
  }

  @Test func wordsInTheSVGAreTheWordsGiven() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "words-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let trap = folder.appending(path: "trap").path
    let name = "it's `touch \(trap)` \"; system('touch \(trap)')\n_{sub}"
    let figure = try Figure.doseResponse(
      title: name, dose: FigureAxis(name), response: FigureAxis(name),
      series: [.init(name, points: [.init(dose: 0, response: 0), .init(dose: 1, response: 1)])])
    let file = folder.appending(path: "figure.svg")
    try Gnuplot.find().render(figure, as: .svg, to: file)
    #expect(!FileManager.default.fileExists(atPath: trap))
    let svg = try String(contentsOf: file, encoding: .utf8)
    #expect(svg.contains("_{sub}") && svg.contains("it's `touch"))
  }

  @Test func aMissingToolNamesTheRemedy() throws {
    let error = #expect(throws: ReportError.self) { try Gnuplot.find(environment: ["PATH": "/nowhere"]) }
    #expect(error == .plotToolMissing(tool: "gnuplot", searched: "/nowhere"))
    #expect(error?.description.contains("make setup") == true)
    #expect(throws: ReportError.self) { try Gnuplot.find(environment: [:]) }
  }

  @Test func aToolThatFailsIsAnErrorNotAFigure() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "never-\(UUID().uuidString).svg")
    let error = #expect(throws: ReportError.self) {
      try Gnuplot(program: URL(filePath: "/bin/false")).render(Gallery.dose(), as: .svg, to: file)
    }
    #expect(error == .plotFailed(figure: try Gallery.dose().title, status: 1, message: ""))
    #expect(!FileManager.default.fileExists(atPath: file.path))
    #expect(throws: ReportError.self) {
      try Gnuplot(program: URL(filePath: "/bin/true")).render(Gallery.dose(), as: .svg, to: file)
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
      let file = FileManager.default.temporaryDirectory.appending(path: "names-\(UUID().uuidString).svg")
      defer { try? FileManager.default.removeItem(at: file) }
      try Gnuplot.find().render(figure, as: .svg, to: file)
      let svg = try String(contentsOf: file, encoding: .utf8)
      for name in Gallery.modelNames { #expect(svg.contains(name), "\(figure.title)") }
    }
  }

  @Test func aPointAloneIsDrawn() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "alone-\(UUID().uuidString).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    let alone = try Figure.scatter(
      title: "t", x: FigureAxis("x"), y: FigureAxis("y"), points: [.init("only", x: 0, y: 0)],
      equalScale: true)
    try Gnuplot.find().render(alone, as: .svg, to: file)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("only"))
    let leaf = try Figure.dendrogram(title: "t", leaves: ["leaf"], merges: [], height: FigureAxis("x"))
    try Gnuplot.find().render(leaf, as: .svg, to: file)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("leaf"))
  }

  @Test func equalValuesGiveOneBin() throws {
    let figure = try Figure.histogram(
      title: "t", quantity: FigureAxis("x"), series: [.init("s", values: [2, 2, 2])])
    let file = FileManager.default.temporaryDirectory.appending(path: "one-\(UUID().uuidString).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    try Gnuplot.find().render(figure, as: .svg, to: file)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("100"))
  }
}
