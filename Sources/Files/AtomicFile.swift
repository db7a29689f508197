import Foundation
import Synchronization

/// A file in the making: a temporary file beside it, and the rename that shows the new file whole or not at all.
///
/// The temporary file is always a new one: whatever has its name is removed first, never followed or written through.
/// Dropped before `commit`, nothing remains.
public struct AtomicFile: ~Copyable {
  /// The file that `commit` makes or replaces, links followed.
  public let path: String
  /// Where to write before `commit`.
  public let temporaryPath: String
  private let file: CInt
  private let lock: Lock?

  /// Begins a file that any number of writers may write; the last one wins.
  ///
  /// A writer at work holds the kernel's lock of its temporary file; those that killed writers left are removed.
  public static func begin(path: String) throws(OutputError) -> AtomicFile {
    let target = try regular(path)
    removeLeftovers(of: target.path)
    for _ in 0..<20 {
      let file = try begin(target, suffix: newMark() + markedEnding, lock: nil)
      // A file system without locks keeps its leftovers.
      let isOurs = flock(file.file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      if isOurs && isSameFile(file.file, file.temporaryPath) { return file }
      // Another writer took it for a leftover between our two calls.
    }
    throw .failed(
      path: target.path, operation: "create a file in its folder", reason: "it is removed each time")
  }

  /// Begins a file with one writer at a time.
  ///
  /// The lock is the kernel's, so it goes with the process that held it; the temporary file that a killed process left
  /// makes room for the next writer's.
  /// - Throws: `OutputError.locked` while another writer is at work.
  public static func beginLocked(path: String) throws(OutputError) -> AtomicFile {
    let target = try regular(path)
    return try begin(target, suffix: "partial", lock: Lock.take(for: target.path))
  }

  /// The end of `path`'s links, where a file can be put.
  /// - Throws: also for a device or a pipe.
  static func regular(_ path: String) throws(OutputError) -> OutputPath.Target {
    let target = try OutputPath.target(of: path)
    guard !target.isSpecial else {
      throw .failed(path: path, operation: "put a file here", reason: "it is a device or a pipe")
    }
    return target
  }

  private static func begin(
    _ target: OutputPath.Target, suffix: String, lock: consuming Lock?
  ) throws(OutputError) -> AtomicFile {
    let (folder, name) = OutputPath.split(target.path)
    let temporary = folder + "." + name + "." + suffix
    let file = unfinished.withLock { names in
      _ = unsafe unlink(temporary)
      let file = unsafe open(temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0o666)
      if file >= 0 { names.insert(temporary) }
      return file
    }
    guard file >= 0 else { throw .system(target.path, "create a file in its folder") }
    if let mode = target.mode { fchmod(file, mode) }
    return AtomicFile(path: target.path, temporaryPath: temporary, file: file, lock: lock)
  }

  // MARK: - Leftovers

  /// Not that of `beginLocked`, whose temporary file its own lock protects.
  private static let markedEnding = ".new"

  /// Tells temporary files of one name apart: 13 digits in base 36, which hold 64 bits.
  private static func newMark() -> String {
    let digits = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    return String(repeating: "0", count: 13 - digits.count) + digits
  }

  /// Whether `begin` may have made a file of this name on the way to `target`.
  private static func isTemporary(_ name: String, of target: String) -> Bool {
    guard name.hasPrefix(".\(target)."), name.hasSuffix(markedEnding) else { return false }
    let mark = name.utf8.dropFirst(target.utf8.count + 2).dropLast(markedEnding.utf8.count)
    return mark.count == 13 && mark.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
  }

  private static func removeLeftovers(of path: String) {
    let (folder, target) = OutputPath.split(path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: OutputPath.folder(of: path))) ?? []
    for name in names where isTemporary(name, of: target) {
      let leftover = unsafe open(folder + name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard leftover >= 0 else { continue }
      if flock(leftover, LOCK_EX | LOCK_NB) == 0 && isSameFile(leftover, folder + name) {
        _ = unsafe unlink(folder + name)
      }
      close(leftover)
    }
  }

  private init(path: String, temporaryPath: String, file: CInt, lock: consuming Lock?) {
    self.path = path
    self.temporaryPath = temporaryPath
    self.file = file
    self.lock = lock
  }

  deinit {
    _ = unsafe unlink(temporaryPath)
    close(file)
    _ = Self.unfinished.withLock { $0.remove(temporaryPath) }
  }

  /// The temporary files of this process.
  private static let unfinished = Mutex<Set<String>>([])

  /// Ends the process without unwinding, and removes what it has begun and not put in place. No thread begins another file
  /// meanwhile.
  public static func abandonAll(exitCode: Int32) -> Never {
    unfinished.withLock { names in
      for path in names { _ = unsafe unlink(path) }
      _exit(exitCode)
    }
  }

  /// Hands the temporary file to a library that opens it by its name. `abandonAll` waits for that: the library would make a file
  /// again that is removed already.
  package func opened<Opened: ~Copyable, Failure>(
    by open: (_ path: String) throws(Failure) -> sending Opened
  ) throws(Failure) -> sending Opened {
    try Self.unfinished.withLock { _ throws(Failure) in try open(temporaryPath) }
  }

  /// Appends bytes to the temporary file.
  public func append(_ bytes: some Collection<UInt8>) throws(OutputError) {
    guard lseek(file, 0, SEEK_END) >= 0 else { throw .system(path, "write") }
    try writeAll(Array(bytes), to: file, path: path)
  }

  /// `count` bytes of what was written so far, from `offset` on.
  public func bytes(at offset: Int, count: Int) throws(OutputError) -> [UInt8] {
    try readAll(from: file, at: offset, count: count) { _ in
      OutputError.system(path, "read back what was written")
    }
  }

  /// Bytes that were written so far.
  public var count: Int { byteCount(of: file) }

  /// Forces the temporary file to the disk and puts it in the place of `path`.
  public consuming func commit() throws(OutputError) {
    guard fsync(file) == 0 else { throw .system(path, "write to the disk") }
    guard isSameFile(file, temporaryPath) else {
      throw .failed(
        path: path, operation: "put the new file in place", reason: "\(temporaryPath) is another file now")
    }
    try putInPlace(temporaryPath, path: path)
  }
}

/// Renames a file that is on the disk to `path`, and forces the new name to the disk, too.
package func putInPlace(_ temporary: String, path: String) throws(OutputError) {
  guard unsafe rename(temporary, path) == 0 else { throw .system(path, "put the new file in place") }
  let folder = unsafe open(OutputPath.folder(of: path), O_RDONLY | O_CLOEXEC)
  guard folder >= 0 else { return }  // the file is there; a folder that cannot be read cannot be forced out
  defer { close(folder) }
  guard fsync(folder) == 0 || errno == EINVAL else { throw .system(path, "write its folder to the disk") }
}

/// How long an open file is.
func byteCount(of file: CInt) -> Int {
  var status = stat()
  return unsafe fstat(file, &status) == 0 ? Int(status.st_size) : 0
}

/// Reads `count` bytes from `offset` on, however many calls the system takes.
/// - Parameter failure: what is thrown where the file ends before, or the system refuses.
func readAll<Failure: Error>(
  from file: CInt, at offset: Int, count: Int, orThrow failure: (_ atEnd: Bool) -> Failure
) throws(Failure) -> [UInt8] {
  var found: Failure?
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
    while done < count {
      let read = unsafe pread(
        file, buffer.baseAddress.map { unsafe UnsafeMutableRawPointer($0 + done) }, count - done,
        off_t(offset + done))
      if read < 0 && errno == EINTR { continue }
      guard read > 0 else {
        found = failure(read == 0)
        break
      }
      done += read
    }
  }
  if let found { throw found }
  return bytes
}

/// Writes all of it, however many calls the system takes.
func writeAll(_ bytes: [UInt8], to file: CInt, path: String) throws(OutputError) {
  var done = 0
  while done < bytes.count {
    let written = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(file, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
    }
    guard written >= 0 || errno == EINTR else { throw .system(path, "write") }
    done += max(written, 0)
  }
}
