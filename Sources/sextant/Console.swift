import ArgumentParser
import Distribution
import Files
import Foundation
import Reports

/// Where output goes: results to standard output, everything else to standard error, each line marked with the tool's name.
struct Console: Sendable {
  /// What lines on standard error are marked with.
  static let name = "sextant"
  private let isQuiet: Bool
  private let isVerbose: Bool

  init(_ verbosity: VerbosityOptions) {
    let isRoot = MPIJob.launched?.rank ?? 0 == 0
    (isQuiet, isVerbose) = (verbosity.quiet || !isRoot, verbosity.verbose && isRoot)
    ProgressDisplay.shared.begin(progressStyle)
  }

  private var progressStyle: ProgressDisplay.Style {
    if isQuiet { return .none }
    if isVerbose { return .lines }
    if Terminal.renewsLines(STDERR_FILENO) { return .renewed }
    return Terminal.isThere(STDERR_FILENO) ? .lines : .none
  }

  /// A step of the command begins; the one before has ended.
  func progress(_ text: String) { JobProgress.current.begin(text) }

  /// What was done besides what was asked for, unless `--quiet`.
  func note(_ text: String) {
    if !isQuiet { Output.message("\(Self.name): \(TerminalText.safe(text))\n") }
  }

  /// Something that the user should know, unless `--quiet`.
  func warning(_ text: String) { note("warning: " + text) }

  /// A detail for `--verbose`.
  func detail(_ text: String) { if isVerbose { note(text) } }

  static func error(_ text: String) { Output.message(TerminalText.safe(text) + "\n") }

  /// Takes signals that a parent has blocked, as worker threads of Swift programs have: the mask is handed on, and neither Ctrl-C nor `kill`
  /// would end this process.
  static func takeSignals() {
    var none = sigset_t()
    _ = unsafe sigemptyset(&none)
    _ = unsafe sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// Kept for as long as the process runs.
  nonisolated(unsafe) private static let interrupts = DispatchSource.makeSignalSource(
    signal: SIGINT, queue: DispatchQueue(label: "sextant.interrupt"))

  /// Ends with the documented code on Ctrl-C, and says what is kept. Files appear by renaming, so none is left half written, nor
  /// what was to be renamed.
  static func exitOnInterrupt() {
    signal(SIGINT, SIG_IGN)
    unsafe interrupts.setEventHandler {
      if MPIJob.launched?.rank ?? 0 == 0, let text = ProgressDisplay.shared.interrupted() {
        Output.showProgress("\(name): \(TerminalText.safe(text))\n")
      }
      AtomicFile.abandonAll(exitCode: ExitStatus.interrupted.rawValue)
    }
    unsafe interrupts.activate()
  }
}

struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Only errors on standard error.")
  var quiet = false

  @Flag(
    name: .shortAndLong,
    help: "Say each step on standard error in a line of its own, also when it is not a terminal.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }
}
