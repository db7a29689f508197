import Foundation
import Glibc
import Synchronization

/// A whole file mapped read-only into memory; unmapped when the last reference goes.
///
/// Pages are read when they are touched, so mapping a checkpoint costs nothing until its tensors are used. A file that another
/// program cuts short meanwhile ends the process with SIGBUS, see ``exitWhenCutShort(status:)``.
public final class MappedFile: Sendable {
  public let path: String
  public let count: Int
  private let base: UInt

  /// - Throws: `TensorError.file` when the file cannot be opened or mapped.
  public init(path: String) throws(TensorError) {
    func fail(_ operation: String) -> TensorError {
      .file(path: path, operation: operation, reason: unsafe String(cString: strerror(errno)))
    }
    // Without O_NONBLOCK a FIFO would wait for a writer here, before it can be refused.
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw fail("open") }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw fail("inspect") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .file(path: path, operation: "map", reason: "not a regular file")
    }
    self.path = path
    self.count = Int(status.st_size)
    guard count > 0 else {
      base = 0
      return
    }
    guard let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe address != MAP_FAILED
    else { throw fail("map") }
    base = UInt(bitPattern: address)
    Self.mapped.withLock { [base, count] in $0[base] = (count, path) }
  }

  deinit {
    guard base != 0 else { return }
    Self.mapped.withLock { [base] in $0[base] = nil }
    unsafe munmap(UnsafeMutableRawPointer(bitPattern: base), count)
  }

  /// What is mapped, by address.
  private static let mapped = Mutex<[UInt: (count: Int, path: String)]>([:])

  /// From here on, a mapped file that loses bytes while they are read is named on standard error, and ends the process with a code
  /// in place of SIGBUS. For tools: it is the process's one handler.
  public static func exitWhenCutShort(status: Int32) {
    exitStatus.store(status, ordering: .relaxed)
    var action = sigaction()
    action.sa_flags = SA_SIGINFO
    unsafe action.__sigaction_handler.sa_sigaction = { _, info, _ in
      let address = unsafe info.map { unsafe UInt(bitPattern: $0.pointee._sifields._sigfault.si_addr) } ?? 0
      MappedFile.exit(readingAt: address)
    }
    unsafe sigaction(SIGBUS, &action, nil)
  }

  private static let exitStatus = Atomic<Int32>(1)

  /// The fault is the reading thread's own, at a load: it holds no lock of ours or of the allocator.
  private static func exit(readingAt address: UInt) -> Never {
    let path = mapped.withLock { files in
      files.first { address >= $0.key && address - $0.key < UInt($0.value.count) }?.value.path
    }
    let message =
      "sextant: \(path ?? "a mapped file"): shorter than when it was opened, or unreadable: another program has changed it; "
      + "nothing is written; try again with a file that stays as it is\n"
    _ = unsafe message.utf8CString.withUnsafeBufferPointer { unsafe write(2, $0.baseAddress, $0.count - 1) }
    _exit(exitStatus.load(ordering: .relaxed))
  }

  /// Lends the file's bytes for the duration of the call.
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: base), count: count)
    return try body(unsafe bytes.bytes)
  }
}
