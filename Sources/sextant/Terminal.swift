import Foundation

/// What is known of the terminal that a stream leads to.
enum Terminal {
  static func isThere(_ descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

  /// Columns of a line: of the terminal, or as `COLUMNS` says; nil where neither is known.
  static func columns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    if isThere(descriptor), unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return environment("COLUMNS").flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Whether a line of it can be written over: not in an editor's window or a build server's log.
  static func renewsLines(_ descriptor: Int32) -> Bool {
    isThere(descriptor) && environment("TERM") != "dumb" && environment("CI") == nil
  }

  static func isColoured(_ descriptor: Int32) -> Bool {
    renewsLines(descriptor) && environment("NO_COLOR") == nil
  }

  /// A variable that is set, and not to nothing.
  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
