import Foundation

/// One writer's hold on a file: a lock beside it, a temporary file beside it, and the rename that shows the
/// new file whole or not at all.
///
/// The lock is the kernel's, so it goes with the process that held it; a temporary file that a killed
/// process left is overwritten by the next writer.
struct AtomicWrite: ~Copyable {
  let path: String
  /// Where to write before `commit`.
  let temporaryPath: String
  private let lockPath: String
  private let lock: CInt

  /// - Throws: `StoreError.locked` while another writer holds the file.
  static func begin(path: String) throws(StoreError) -> AtomicWrite {
    let lockPath = path + ".lock"
    while true {
      let lock = unsafe open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
      guard lock >= 0 else { throw systemError(lockPath, "create the lock file") }
      guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
        let busy = errno == EWOULDBLOCK
        let failure = systemError(lockPath, "lock")
        close(lock)
        throw busy ? .locked(path: path, lock: lockPath) : failure
      }
      if isStill(lock, at: lockPath) { return AtomicWrite(path: path, lockPath: lockPath, lock: lock) }
      close(lock)  // its owner removed it between our two calls
    }
  }

  private init(path: String, lockPath: String, lock: CInt) {
    self.path = path
    self.lockPath = lockPath
    self.lock = lock
    let (folder, name) = Self.split(path)
    temporaryPath = folder + "." + name + ".partial"
  }

  deinit {
    _ = unsafe unlink(temporaryPath)
    _ = unsafe unlink(lockPath)
    close(lock)
  }

  /// Forces the temporary file to the disk and puts it in the place of `path`.
  consuming func commit() throws(StoreError) {
    try Self.synchronise(temporaryPath)
    guard unsafe rename(temporaryPath, path) == 0 else {
      throw Self.systemError(path, "put the new file in place")
    }
    try Self.synchronise(Self.split(path).folder)
  }

  private static func synchronise(_ path: String) throws(StoreError) {
    let file = unsafe open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw systemError(path, "open") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw systemError(path, "write to the disk") }
  }

  private static func isStill(_ lock: CInt, at path: String) -> Bool {
    var (held, there) = (stat(), stat())
    guard unsafe fstat(lock, &held) == 0, unsafe stat(path, &there) == 0 else { return false }
    return held.st_ino == there.st_ino && held.st_dev == there.st_dev
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }

  private static func systemError(_ path: String, _ operation: String) -> StoreError {
    .file(path: path, operation: operation, reason: unsafe String(cString: strerror(errno)))
  }
}
