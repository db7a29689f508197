public import ArgumentParser
import Files
import Foundation
public import Reports

/// How a command prints its tables: the same option wherever there are any.
struct FormatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How tables are printed (default: text at a terminal, md elsewhere; csv keeps all digits).",
      valueName: "format"))
  var format: TableFormat?

  @Flag(help: "The same as --format json.") var json = false

  func validate() throws {
    guard !json || format == nil || format == .json else {
      throw ValidationError("--json and --format \(format?.rawValue ?? "") exclude each other")
    }
  }

  /// The format that was asked for.
  var asked: TableFormat? { json ? .json : format }

  /// - Parameter output: a file is no terminal.
  func chosen(for output: WritableFile? = nil) -> TableFormat {
    asked ?? (output == nil && Terminal.isThere(STDOUT_FILENO) ? .text : .md)
  }

  /// Columns of the lines of a text.
  static var width: Int? { Terminal.columns(STDOUT_FILENO) }

  /// Prints tables, or writes them to a file; as JSON the values behind them, where these are more than the tables show.
  ///
  /// - Parameters:
  ///   - note: what must be said of all tables, a sentence without its full stop.
  ///   - json: those values; nil where there are no more.
  func emit(
    _ tables: @autoclosure () -> [Table], note: String? = nil, to output: WritableFile? = nil,
    json: (() throws -> String)? = nil
  ) throws {
    let format = chosen(for: output)
    if format == .json, let json { return try TextOutput.emit(json(), to: output) }
    let text = tables().formatted(format, note: note, width: Self.width)
    // Lines of CSV end in CR LF (RFC 4180), which is nothing for a terminal.
    if format == .csv, output == nil { return print(verbatim: text, terminator: "") }
    try TextOutput.emit(text, to: output)
  }

  /// Prints a paragraph where a reader and not a program takes the tables.
  func say(_ paragraph: Markdown) {
    let isText = chosen() == .text
    let words = isText ? paragraph.plain : paragraph.text
    let lines = isText ? Self.width.map { TerminalText.wrapped(words, to: $0) } : nil
    say((lines ?? [words]) + (words.isEmpty ? [] : [""]))
  }

  /// Prints more lines, such as paths of files, where a reader and not a program takes the tables.
  func say(_ lines: [String]) {
    guard [.text, .md].contains(chosen()), !lines.isEmpty else { return }
    print(lines.joined(separator: "\n"))
  }
}

extension TableFormat: ExpressibleByArgument {}
