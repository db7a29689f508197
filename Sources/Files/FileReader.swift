import Foundation

/// A regular file that is read by calls, not mapped: one that shrinks meanwhile is an error and no signal.
public final class FileReader: Sendable {
  public let path: String
  /// Its size when it was opened.
  public let count: Int
  /// Tells this file in this state from every other: device, inode, size, and when it was changed.
  public let stamp: String
  private let file: CInt

  /// Opens a file; a FIFO or a device is refused, and never waited for.
  /// - Throws: `FileError.system`.
  public init(path: String) throws(FileError) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .last(path, "open") }
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw .system(path: path, operation: "read", reason: "not a regular file")
    }
    (self.path, self.file, count, stamp) = (path, file, Int(status.st_size), Self.stamp(status))
  }

  deinit { close(file) }

  /// The bytes of a file of our own that an earlier run may have kept; nil where there is none that can be read.
  /// - Throws: for a device or a pipe, which could not be written later either, and for a folder.
  package static func kept(_ path: String) throws(OutputError) -> [UInt8]? {
    _ = try AtomicFile.regular(path)
    guard let file = try? FileReader(path: path) else { return nil }
    return try? file.bytes(at: 0, count: file.count)
  }

  /// Whether the path still leads to this very file, unchanged.
  public var isCurrent: Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && Self.stamp(status) == stamp
  }

  /// Whether another process holds the file for itself (`flock`), as HDF5 does while it writes.
  public var isLockedByAnother: Bool {
    guard flock(file, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
    flock(file, LOCK_UN)
    return false
  }

  /// `count` bytes from `offset` on.
  /// - Throws: `FileError.system`, also where the file ends before.
  public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try readAll(from: file, at: offset, count: count) { atEnd in
      atEnd
        ? FileError.system(path: path, operation: "read", reason: "it has become shorter")
        : .last(path, "read")
    }
  }

  private static func stamp(_ status: stat) -> String {
    let (m, c) = (status.st_mtim, status.st_ctim)
    return
      "\(status.st_dev):\(status.st_ino):\(status.st_size):\(m.tv_sec).\(m.tv_nsec):\(c.tv_sec).\(c.tv_nsec)"
  }
}

extension FileError {
  /// The last system call's failure in the system's own words.
  fileprivate static func last(_ path: String, _ operation: String) -> FileError {
    .system(path: path, operation: operation, reason: unsafe String(cString: strerror(errno)))
  }
}
