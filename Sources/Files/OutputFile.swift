public import Foundation

/// The one way in which whole files are written: a reader sees the old file or the new one, never half of it.
public enum OutputFile {
  /// Writes `bytes`: a new file in the same folder, flushed to the disk, then renamed. Links are followed; a device or a
  /// FIFO is written in place. A failure leaves what was there before.
  public static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    guard !(try OutputPath.target(of: path)).isSpecial else { return try writeInPlace(bytes, path) }
    let file = try AtomicFile.begin(path: path)
    try file.append(bytes)
    try file.commit()
  }

  /// Writes `text` as UTF-8 in the same way.
  public static func write(_ text: String, to path: String) throws(OutputError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes `data` in the same way.
  public static func write(_ data: Data, to path: String) throws(OutputError) {
    try write(Array(data), to: path)
  }

  /// Makes a folder, and those above it, where they are missing.
  public static func makeFolder(_ path: String) throws(OutputError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .failed(path: path, operation: "make the folder", reason: error.localizedDescription)
    }
  }

  /// Removes a folder that holds nothing; leaves any other, and what another process puts there at this moment.
  package static func removeFolderIfEmpty(_ path: String) {
    _ = unsafe rmdir(path)
  }

  private static func writeInPlace(_ bytes: [UInt8], _ path: String) throws(OutputError) {
    let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system(path, "open") }
    defer { close(file) }
    try writeAll(bytes, to: file, path: path)
  }
}
