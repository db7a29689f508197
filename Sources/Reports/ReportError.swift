public import Files

/// What can go wrong while a report is written: the place, the reason and what to do.
public enum ReportError: Failure, Equatable {
  /// A file could not be written.
  case output(OutputError)
  /// The plotting tool is not on this machine.
  case plotToolMissing(tool: String, searched: String)
  /// The plotting tool of this machine cannot write a format.
  case terminalMissing(format: String, terminal: String)
  /// The plotting tool refused a figure.
  case plotFailed(figure: String, status: Int, message: String)
  /// A figure has nothing that can be drawn, or its parts do not fit together.
  case notDrawable(figure: String, reason: String)
  /// A file could not be read, or is no JSON.
  case file(FileError)
  /// A JSON file holds other things than it should.
  case json(file: String, place: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .output(let error): error.description
    case .file(let error): error.description
    case .plotToolMissing(let tool, let searched):
      "\(tool) is not installed (searched \(searched)): run `make setup`, or install \(tool) with your package manager"
    case .terminalMissing(let format, let terminal):
      "this gnuplot has no terminal \(terminal), which writes \(format): install one with cairo (Debian and Ubuntu: "
        + "gnuplot-nox; Fedora: gnuplot; macOS: brew install gnuplot), or leave \(format) out of the figures' formats"
    case .plotFailed(let figure, let status, let message):
      "figure \"\(figure)\": the plotting tool stopped with status \(status): \(message)"
    case .notDrawable(let figure, let reason):
      "figure \"\(figure)\" cannot be drawn: \(reason)"
    case .json(let file, let place, let expected, let actual):
      "\(file): \(place): expected \(expected), found \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .output(let error): error.kind
    case .file(let error): error.kind
    case .plotToolMissing, .terminalMissing, .plotFailed: .internalError
    case .notDrawable: .notEvaluable
    case .json: .badInput
    }
  }
}
