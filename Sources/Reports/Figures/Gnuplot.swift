internal import Files
public import Foundation

/// The plotting tool, run as a program with a script on its standard input.
public struct Gnuplot: Sendable {
  /// The kinds of picture that it writes.
  public enum Picture: String, Sendable, CaseIterable {
    case svg, png
  }

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

  /// Draws a figure and writes it atomically to `url`.
  ///
  /// SVG is reproducible byte for byte with the same gnuplot: it carries no date and no program version.
  /// PNG has twice the size, for screens with fine pixels.
  public func render(_ figure: Figure, as picture: Picture, to url: URL) throws(ReportError) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sextant-plot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do throws(OutputError) { try OutputFile.makeFolder(folder.path) } catch { throw .output(error) }
    let output = folder.appending(path: "figure.\(picture.rawValue)")
    try run(figure.script(picture, output: output.path), figure: figure, in: folder)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: output)
    } catch {
      throw .plotFailed(figure: figure.title, status: 0, message: "it wrote no picture")
    }
    switch picture {
    case .png: try TextFile.write(bytes, to: url)
    case .svg:
      try TextFile.write(Self.tidy(String(decoding: bytes, as: UTF8.self), title: figure.title), to: url)
    }
  }

  private func run(_ script: String, figure: Figure, in folder: URL) throws(ReportError) {
    let input = folder.appending(path: "script.gp")
    let messages = folder.appending(path: "messages.txt")
    try TextFile.write(script, to: input)
    try TextFile.write("", to: messages)
    let process = Process()
    do {
      process.executableURL = program
      process.arguments = ["-d"]
      process.environment = ["LC_ALL": "C.UTF-8", "HOME": folder.path, "PATH": "/usr/bin:/bin"]
      // Files, not pipes: a tool that stops early cannot kill us by a closed pipe, one that talks cannot block.
      process.standardInput = try FileHandle(forReadingFrom: input)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: messages)
      try process.run()
    } catch {
      throw .plotFailed(figure: figure.title, status: -1, message: error.localizedDescription)
    }
    process.waitUntilExit()
    let said = ((try? String(contentsOf: messages, encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw .plotFailed(figure: figure.title, status: Int(process.terminationStatus), message: said)
    }
  }

  /// Removes the program's signature, names the picture for screen readers, and gives the font a fallback.
  static func tidy(_ svg: String, title: String) -> String {
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

extension Figure {
  /// The whole script: terminal, output, body. Equal figures give equal scripts.
  func script(_ picture: Gnuplot.Picture, output: String) -> String {
    let terminal =
      switch picture {
      case .svg: "set terminal svg size \(width),\(height) fixed font 'sans-serif,13' background '#ffffff'"
      case .png:
        "set terminal pngcairo size \(2 * width),\(2 * height) font 'sans-serif,13' fontscale 1.5 linewidth 2 "
          + "pointscale 2 background '#ffffff'"
      }
    let setup = ["set encoding utf8", "set minussign", "set output \(FigureStyle.quoted(output))"]
    return ([terminal] + setup + body + ["unset output"]).joined(separator: "\n") + "\n"
  }
}
