import ArgumentParser
import Distribution
import Foundation
import Logging
import Reports
import Workflow

/// What `--version` prints.
let toolVersionText = "sextant \(toolVersion)"

/// Where output goes: results to standard output, everything else to standard error.
struct Console: Sendable {
  /// What lines on standard error are marked with.
  private static let name = "sextant"
  private let logger: Logger
  private let showsProgress: Bool
  private let isColoured: Bool

  init(_ verbosity: VerbosityOptions) {
    var logger = Logger(label: Self.name) { StreamLogHandler.standardError(label: $0) }
    let isRoot = MPIJob.launched?.rank ?? 0 == 0
    logger.logLevel = isRoot ? verbosity.level : .critical
    self.logger = logger
    let isTerminal = isatty(STDERR_FILENO) != 0
    showsProgress = isTerminal && !verbosity.quiet && isRoot
    isColoured = isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// One step of a long job: a line for people at a terminal, a log entry with `--verbose`.
  func progress(_ text: String) {
    let text = TerminalText.safe(text)
    if showsProgress {
      Output.message((isColoured ? "\u{1B}[2m\(text)\u{1B}[0m" : text) + "\n")
    } else {
      logger.info("\(text)", source: Self.name)
    }
  }

  /// Something that the user should know, unless `--quiet`.
  func warning(_ text: String) { logger.warning("\(TerminalText.safe(text))", source: Self.name) }

  /// A detail for `--verbose`.
  func detail(_ text: String) { logger.debug("\(TerminalText.safe(text))", source: Self.name) }

  static func error(_ text: String) { Output.message(TerminalText.safe(text) + "\n") }

  /// Ends with the documented code on Ctrl-C. Files appear by renaming, so none is left half written.
  static func exitOnInterrupt() {
    _ = signal(SIGINT) { _ in _exit(130) }
  }
}

struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Only errors on standard error.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Log each step on standard error, also when it is not a terminal.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  var level: Logger.Level { quiet ? .error : verbose ? .debug : .warning }
}
