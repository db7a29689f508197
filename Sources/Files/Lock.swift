import Foundation

/// A lock file beside a file or a folder, held as long as the value lives. The lock is the kernel's: it goes with the process.
package struct Lock: ~Copyable {
  private let path: String
  private let file: CInt

  /// Takes `PATH.lock`, which a link may not be.
  /// - Throws: `OutputError.locked` while another process has it.
  package static func take(for path: String) throws(OutputError) -> Lock {
    let lockPath = path + ".lock"
    while true {
      let file = unsafe open(lockPath, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw .system(lockPath, "create the lock file") }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        let isBusy = errno == EWOULDBLOCK
        let failure = OutputError.system(lockPath, "lock")
        close(file)
        throw isBusy ? .locked(path: path, lock: lockPath) : failure
      }
      if isSameFile(file, lockPath) { return Lock(path: lockPath, file: file) }
      close(file)  // its owner removed it between our two calls
    }
  }

  deinit {
    _ = unsafe unlink(path)
    close(file)
  }
}

/// Whether a path leads to the very file that is open.
func isSameFile(_ file: CInt, _ path: String) -> Bool {
  var (held, there) = (stat(), stat())
  guard unsafe fstat(file, &held) == 0, unsafe lstat(path, &there) == 0 else { return false }
  return held.st_ino == there.st_ino && held.st_dev == there.st_dev
}
