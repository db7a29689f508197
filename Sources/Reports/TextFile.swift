internal import Files
public import Foundation

/// Whole files, written so that a reader sees the old one or the new one, never half of it.
public enum TextFile {
  /// Writes `text` as UTF-8: a temporary file in the same folder, flushed to the disk, then renamed.
  ///
  /// Makes the folder if it is missing. A failure leaves what was there before.
  public static func write(_ text: String, to url: URL) throws(ReportError) {
    try write(Data(text.utf8), to: url)
  }

  /// Writes bytes in the same way.
  public static func write(_ bytes: Data, to url: URL) throws(ReportError) {
    do throws(OutputError) {
      try OutputFile.makeFolder(url.deletingLastPathComponent().path)
      try OutputFile.write(bytes, to: url.path)
    } catch { throw .output(error) }
  }
}
