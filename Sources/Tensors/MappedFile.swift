import Foundation
import Glibc

/// A whole file mapped read-only into memory; unmapped when the last reference goes.
///
/// Pages are read when they are touched, so mapping a checkpoint costs nothing until its tensors are used.
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
  }

  deinit {
    if base != 0 { unsafe munmap(UnsafeMutableRawPointer(bitPattern: base), count) }
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
