import Foundation

/// A big file in the making that outlives its writer, so that a job that was killed goes on where it was.
///
/// `.NAME.unfinished` beside the file holds its bytes, written at any place; `.NAME.progress` says how much of them
/// holds, and is replaced only when these are on the disk. ``commit()`` shows the file whole. One writer at a time.
package final class ResumableFile: Sendable {
  /// The file that ``commit()`` makes or replaces, links followed.
  package let path: String
  /// Where its bytes are before that.
  package let unfinishedPath: String
  private let progressPath: String
  private let file: CInt
  private let lock: Lock

  /// Opens what an earlier writer has left, or begins anew.
  /// - Throws: `OutputError.locked` while another writer is at work; `.failed` for a device or a pipe.
  package init(path: String) throws(OutputError) {
    let target = try AtomicFile.regular(path).path
    let (folder, name) = OutputPath.split(target)
    self.path = target
    unfinishedPath = folder + "." + name + ".unfinished"
    progressPath = folder + "." + name + ".progress"
    lock = try Lock.take(for: target)
    file = unsafe open(unfinishedPath, O_CREAT | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .system(target, "create a file in its folder") }
  }

  deinit { close(file) }

  /// What the last writer has said of the bytes that hold; nil in a new file.
  package var progress: [UInt8]? {
    guard count > 0 else { return nil }
    return try? FileReader.kept(progressPath)
  }

  /// Forgets everything.
  package func restart() throws(OutputError) {
    _ = unsafe unlink(progressPath)
    try resize(to: 0)
  }

  /// Makes the file so long; bytes that nobody has written are zero and take no place.
  package func resize(to count: Int) throws(OutputError) {
    guard ftruncate(file, off_t(count)) == 0 else { throw .system(path, "write") }
  }

  /// How long it is.
  package var count: Int { byteCount(of: file) }

  /// Writes bytes at a place, from any thread.
  package func write(_ bytes: RawSpan, at offset: Int) throws(OutputError) {
    var done = 0
    while done < bytes.byteCount {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          file, buffer.baseAddress.map { unsafe $0 + done }, bytes.byteCount - done, off_t(offset + done))
      }
      guard written >= 0 || errno == EINTR else { throw .system(path, "write") }
      done += max(written, 0)
    }
  }

  /// The same for values without padding, as they lie in memory.
  package func write<Value: BitwiseCopyable>(_ values: Span<Value>, at offset: Int) throws(OutputError) {
    try unsafe write(values.bytes, at: offset)
  }

  /// `count` bytes of what was written, from `offset` on.
  package func bytes(at offset: Int, count: Int) throws(OutputError) -> [UInt8] {
    try readAll(from: file, at: offset, count: count) { _ in
      OutputError.system(path, "read back what was written")
    }
  }

  /// Says what holds from now on, once it is on the disk.
  package func keep(progress: [UInt8]) throws(OutputError) {
    try flush()
    try OutputFile.write(progress, to: progressPath)
  }

  private func flush() throws(OutputError) {
    guard fsync(file) == 0 else { throw .system(path, "write to the disk") }
  }

  /// Puts the file in its place.
  package func commit() throws(OutputError) {
    try flush()
    try putInPlace(unfinishedPath, path: path)
    _ = unsafe unlink(progressPath)
  }
}
