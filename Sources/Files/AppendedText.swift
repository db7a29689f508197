import Foundation

extension OutputFile {
  /// Adds text to the end of a file that others add to as well, in place; makes the file where it is missing.
  public static func append(_ text: String, to path: String) throws(OutputError) {
    let file = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .system(path, "open") }
    defer { close(file) }
    try writeAll(Array(text.utf8), to: file, path: path)
  }
}
