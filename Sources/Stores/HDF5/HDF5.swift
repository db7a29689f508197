import CHDF5
import Files
import Foundation

/// The one door to the C library: every call goes through its lock, and every failure comes out as a
/// `StoreError` with the library's own words.
enum HDF5 {
  private static let lock = NSLock()

  /// No plug-in is ever loaded: a file must not be able to make us run a filter from disk. And no handler runs at the
  /// end of the process: after a write that failed, the library's own would write again, and crash.
  private static let prepared: Void = {
    _ = H5dont_atexit()
    _ = H5open()
    _ = H5PLset_loading_state(0)
  }()

  /// Runs one or a few C calls; a negative value is a failure of `operation` at `place`.
  ///
  /// Handles must be made and dropped outside `body`, for dropping one takes the same lock.
  @discardableResult
  static func call<Value: SignedInteger>(
    _ place: Place, _ operation: String, _ body: () -> Value
  ) throws(StoreError) -> Value {
    lock.lock()
    defer { lock.unlock() }
    prepared
    _ = sextant_h5_silence()
    let value = body()
    guard value >= 0 else {
      throw place.failure(operation, reason: explain())
    }
    return value
  }

  /// A call whose failure nobody can act upon.
  static func silently(_ body: () -> Void) {
    lock.lock()
    defer { lock.unlock() }
    _ = sextant_h5_silence()
    body()
  }

  private static func explain() -> String {
    let capacity = 1024
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      unsafe buffer.withMemoryRebound(to: CChar.self) { text in
        if let start = text.baseAddress {
          unsafe sextant_h5_explain(start, capacity)
          count = unsafe strlen(start)
        }
      }
    }
    return bytes.isEmpty ? "no reason given" : String(decoding: bytes, as: UTF8.self)
  }
}

/// Where in which file: what every error names.
struct Place: Sendable {
  let path: String
  let element: String
  /// Whether the file is being written: then a failure is the disk's.
  var isOutput = false

  func child(_ name: String) -> Place {
    Place(path: path, element: element == "/" ? "/" + name : element + "/" + name, isOutput: isOutput)
  }

  /// What the library could not do here, in its own words or, where it quotes them, the system's.
  func failure(_ operation: String, reason: String) -> StoreError {
    guard isOutput else {
      return .hdf5(path: path, element: element, operation: operation, reason: reason)
    }
    let quoted = reason.firstMatch(of: /error message = '([^']+)'/).map { String($0.1) }
    return .output(
      .failed(
        path: path, operation: "write \(element) (\(operation))", reason: quoted ?? "HDF5 says: " + reason))
  }

  func malformed(_ what: String, expected: String, actual: String) -> StoreError {
    .malformed(path: path, element: element, what: what, expected: expected, actual: actual)
  }

  func refused(_ what: String) -> StoreError { .refused(path: path, element: element, what: what) }
}

/// Owner of one HDF5 identifier (file, group, dataset, type, space, property list); closes it.
struct Handle: ~Copyable, Sendable {
  let id: hid_t

  /// Takes ownership of what `body` opens.
  static func open(
    _ place: Place, _ operation: String, _ body: () -> hid_t
  ) throws(StoreError) -> Handle {
    Handle(id: try HDF5.call(place, operation, body))
  }

  private init(id: hid_t) { self.id = id }

  deinit {
    let id = id
    HDF5.silently { _ = H5Idec_ref(id) }
  }

  /// Closes now and reports a failure, where it matters that everything was written.
  consuming func close(_ place: Place) throws(StoreError) {
    let id = id
    discard self
    try HDF5.call(place, "close") { H5Idec_ref(id) }
  }
}
