internal import Files
public import Foundation

/// The plotting tool, run as a program with a script.
public struct Gnuplot: Sendable {
  /// The program file.
  public let program: URL

  public init(program: URL) { self.program = program }

  /// Finds gnuplot in the folders of `PATH`.
  /// - Throws: ``ReportError/plotToolMissing(tool:searched:)``, which says how to install it.
  public static func find(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ReportError) -> Gnuplot {
    let path = environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      let file = URL(filePath: String(folder)).appending(path: "gnuplot")
      if FileManager.default.isExecutableFile(atPath: file.path) { return Gnuplot(program: file) }
    }
    throw .plotToolMissing(tool: "gnuplot", searched: path.isEmpty ? "an empty PATH" : path)
  }

  /// Makes sure that this gnuplot can write pictures of these formats.
  /// - Throws: ``ReportError/terminalMissing(format:terminal:)``, which says what to install.
  public func require(_ formats: [FigureFormat]) throws(ReportError) {
    let known = try inFolder { folder throws(ReportError) in
      try run("print GPVAL_TERMINALS", "the list of terminals", in: folder)
    }.split(whereSeparator: \.isWhitespace)
    for format in formats where !known.contains(Substring(format.terminal)) {
      throw .terminalMissing(format: format.rawValue, terminal: format.terminal)
    }
  }

  /// Draws a figure in every format and writes `NAME.svg` and its like, and beside them what they were drawn from: the data
  /// as `NAME.dat`, the script as `NAME.gp`. In their folder, `gnuplot NAME.gp` draws the same again.
  ///
  /// SVG is reproducible byte for byte with the same gnuplot: it carries no date and no program version. PNG has 300 pixels an inch.
  /// - Returns: the pictures' names, in the order of the formats.
  /// - Throws: ``ReportError/plotFailed(figure:status:message:)``; files appear only when all are drawn.
  @discardableResult
  public func render(
    _ figure: Figure, _ options: FigureOptions = FigureOptions(), in folder: URL, name: String
  ) throws(ReportError) -> [String] {
    let (script, data) = figure.files(options, name: name)
    let pictures = options.formats.map { "\(name).\($0.rawValue)" }
    let drawn = try inFolder { place throws(ReportError) in
      try TextFile.write(data, to: place.appending(path: "\(name).dat"))
      try run(script, figure.title, in: place)
      return pictures.map { try? Data(contentsOf: place.appending(path: $0)) }
    }
    var files: [(name: String, bytes: Data)] = []
    for (picture, bytes) in zip(pictures, drawn) {
      guard var bytes, !bytes.isEmpty else {
        throw .plotFailed(figure: figure.title, status: 0, message: "it wrote no \(picture)")
      }
      if picture.hasSuffix(".svg") {
        bytes = Data(Self.tidy(String(decoding: bytes, as: UTF8.self), title: figure.title).utf8)
      }
      files.append((picture, bytes))
    }
    files += [("\(name).dat", Data(data.utf8)), ("\(name).gp", Data(script.utf8))]
    for file in files { try TextFile.write(file.bytes, to: folder.appending(path: file.name)) }
    return pictures
  }

  /// Gives `body` a folder that is gone afterwards.
  private func inFolder<Value>(
    _ body: (URL) throws(ReportError) -> Value
  ) throws(ReportError) -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sextant-plot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do throws(OutputError) { try OutputFile.makeFolder(folder.path) } catch { throw .output(error) }
    return try body(folder)
  }

  /// What programs that draw know: nothing of the user's own but the folder of fonts.
  static func environment(home: String) -> [String: String] {
    let own = ProcessInfo.processInfo.environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share"
    return ["LC_ALL": "C.UTF-8", "HOME": home, "XDG_DATA_HOME": own, "PATH": "/usr/bin:/bin"]
  }

  /// Runs a script and returns what it said.
  @discardableResult
  private func run(_ script: String, _ figure: String, in folder: URL) throws(ReportError) -> String {
    let input = folder.appending(path: "script.gp")
    let messages = folder.appending(path: "messages.txt")
    try TextFile.write(script, to: input)
    try TextFile.write("", to: messages)
    let process = Process()
    do {
      process.executableURL = program
      process.arguments = ["-d"]
      process.currentDirectoryURL = folder
      process.environment = Self.environment(home: folder.path)
      // Files, not pipes: a tool that stops early cannot kill us by a closed pipe, one that talks cannot block.
      process.standardInput = try FileHandle(forReadingFrom: input)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: messages)
      try process.run()
    } catch {
      throw .plotFailed(figure: figure, status: -1, message: error.localizedDescription)
    }
    process.waitUntilExit()
    let said = ((try? String(contentsOf: messages, encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw .plotFailed(figure: figure, status: Int(process.terminationStatus), message: said)
    }
    return said
  }

  /// Removes the program's signature, names the picture for screen readers, and gives the font a fallback.
  package static func tidy(_ svg: String, title: String) -> String {
    let xmlTitle = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return
      svg
      .replacing(/<title>[^<]*<\/title>/, with: "<title>\(xmlTitle)</title>")
      .replacing(/<desc>[^<]*<\/desc>/, with: "")
      .replacing(
        "font-family=\"sans-serif\"", with: "font-family=\"Helvetica Neue, Helvetica, Arial, sans-serif\""
      )
      .split(separator: "\n", omittingEmptySubsequences: true)
      .joined(separator: "\n") + "\n"
  }
}

extension FigureFormat {
  /// What gnuplot calls it.
  var terminal: String {
    switch self {
    case .svg: "svg"
    case .pdf: "pdfcairo"
    case .png: "pngcairo"
    }
  }

  /// gnuplot's command for pictures of this size. Cairo takes letters for points of 1/72 inch at 96 pixels an inch, which the scale of
  /// letters undoes.
  fileprivate func terminalCommand(width: Double, height: Double, font: String, em: Double) -> String {
    let letters = "font \(FigureStyle.quoted("\(font),\(em)"))"
    switch self {
    case .svg:
      return "set terminal svg size \(Int(width)),\(Int(height)) fixed \(letters) background '#ffffff'"
    case .pdf:
      let inches = [width, height].map { "\((1e4 * $0 / FigurePage.pixelsPerInch).rounded() / 1e4)" }
      return
        "set terminal pdfcairo size \(inches.joined(separator: ",")) \(letters) fontscale 0.5625 linewidth 1.5 "
        + "pointscale 1.125 background '#ffffff'"
    case .png:
      let scale = 300 / FigurePage.pixelsPerInch
      return "set terminal pngcairo size \(Int(scale * width)),\(Int(scale * height)) \(letters) "
        + "fontscale \(0.75 * scale) linewidth \(scale) pointscale \(1.5 * scale) background '#ffffff'"
    }
  }
}

extension Figure {
  /// The script and its data. Equal figures give equal files.
  package func files(_ options: FigureOptions, name: String) -> (script: String, data: String) {
    let page = FigurePage(options)
    let drawing = drawn(page)
    let shown = MarkdownText.visible(name, keepingLineBreaks: false)
    let formats = options.formats.map(\.rawValue).joined(separator: " ")
    let terminals = options.formats.map { format in
      let command = format.terminalCommand(
        width: page.width, height: drawing.height, font: options.font, em: page.em)
      return "if (picture eq '\(format.rawValue)') { \(command) }"
    }
    let lines =
      [
        "# Draws this figure from \(shown).dat, in the same folder: gnuplot \(shown).gp",
        "data = \(FigureStyle.quoted("\(name).dat"))", "set encoding utf8", "set minussign",
        "do for [picture in '\(formats)'] {",
      ] + terminals + [
        // The SVG terminal takes lines for 1.3 times as high as cairo does.
        "svg = picture eq 'svg'", "set xtics offset 0,(svg ? 0.3 : 0)", "rows = svg ? 0.93 : 1.2",
      ] + ["set output \(FigureStyle.quoted("\(name).")).picture"] + drawing.commands
      + ["set output", "}"]
    return (lines.joined(separator: "\n") + "\n", drawing.data.map(\.text).joined())
  }
}
