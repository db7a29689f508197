import ArgumentParser
import Files
import Foundation
import Reports
import Synchronization

/// Prints a line of the result. In this module `print` is this one: no result goes around the check that it arrived, and no
/// text from outside reaches a terminal as a command to it.
func print(_ text: String, terminator: String = "\n") {
  Output.write(TerminalText.safe(text + terminator))
}

/// Prints what a model wrote, or a table of bytes: as it is where a program reads it, made safe for a terminal.
func print(verbatim text: String, terminator: String = "\n") {
  Output.write((isatty(STDOUT_FILENO) == 0 ? text : TerminalText.safe(text)) + terminator)
}

/// Standard output, which can be full, closed, or a pipe whose reader has gone: then the process ends with the code for it,
/// since a result that does not arrive is none.
enum Output {
  private static let isClosed = Atomic(false)

  /// Takes the places of standard streams that are closed, so that no file gets their numbers, and turns the signals of
  /// broken pipes and of files that grow too big into errors.
  static func prepare() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      if descriptor == STDOUT_FILENO { isClosed.store(true, ordering: .relaxed) }
      _ = unsafe open("/dev/null", O_RDWR)
    }
    for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
  }

  static func write(_ text: String) {
    ProgressDisplay.shared.finish()
    guard !isClosed.load(ordering: .relaxed) else { fail("it is closed") }
    guard let code = send(text, to: STDOUT_FILENO) else { return }
    if code == EPIPE { Foundation.exit(ExitStatus.readerGone.rawValue) }
    fail(unsafe String(cString: strerror(code)))
  }

  /// Writes to standard error; whether anybody reads it is not our business.
  static func message(_ text: String) { ProgressDisplay.shared.givingWay { showProgress(text) } }

  /// The same for the line that gives way to messages.
  static func showProgress(_ text: String) { _ = send(text, to: STDERR_FILENO) }

  private static func fail(_ reason: String) -> Never {
    Sextant.finish(with: OutputError.failed(path: "standard output", operation: "write", reason: reason))
  }

  /// - Returns: the number of the error; nil when all is written.
  private static func send(_ text: String, to descriptor: Int32) -> Int32? {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Foundation.write(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      if written < 0 && errno == EAGAIN { _ = usleep(1000) }
      guard written >= 0 || errno == EINTR || errno == EAGAIN else { return errno }
      done += max(written, 0)
    }
    return nil
  }
}

/// The file of an output option, which can be written: found out before any work is done.
struct WritableFile {
  let path: String

  init(_ path: String) throws {
    try OutputPath.check(path)
    self.path = path
  }
}

/// The folder of an output option, which can be made or written into.
struct WritableFolder {
  let path: String

  init(_ path: String) throws {
    try OutputPath.checkFolder(path)
    self.path = path
  }
}
