public import Checkpoints
public import Files

/// What can go wrong with a store: the file, the element in it, the reason, expected and actual.
public enum StoreError: Failure, Equatable {
  /// The file cannot be read, or is no store.
  case file(FileError)
  /// The HDF5 library refused an operation; `reason` is its own message.
  case hdf5(path: String, element: String, operation: String, reason: String)
  /// An element's `encoding-type` and `encoding-version` are not ones that this version reads.
  case encoding(path: String, element: String, expected: String, actual: String, writer: String)
  /// An element is missing or has another shape, type or value than the format asks for.
  case malformed(path: String, element: String, what: String, expected: String, actual: String)
  /// The file uses something that could read other files or run foreign code.
  case refused(path: String, element: String, what: String)
  /// The bytes are not the ones that were written.
  case corrupt(path: String, element: String, expectedSHA256: String, actualSHA256: String)
  /// The file has no seal: another tool wrote it, or its end was cut off.
  case unsealed(path: String)
  /// Another program holds the file open for writing.
  case inUse(path: String)
  /// The file could not be written.
  case output(OutputError)
  /// Alignments are immutable: the file is there already.
  case exists(path: String)
  /// Files that are each in order but do not belong together.
  case misfit(path: String, what: String, expected: String, actual: String, hint: String)
  /// The checkpoint that is imported is at fault.
  case checkpoint(CheckpointError)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .hdf5(let path, let element, let operation, let reason):
      "\(path): \(element): cannot \(operation): HDF5 says: \(reason)"
    case .encoding(let path, "/", let expected, let actual, _) where Self.areOfTwoKinds(expected, actual):
      "\(path): expected \(Encoding.words(ofRoot: expected) ?? expected), found "
        + (Encoding.words(ofRoot: actual) ?? actual)
    case .encoding(let path, let element, let expected, let actual, let writer):
      "\(path): \(element): encoding \(actual) (written by \(writer)); this version reads \(expected);"
        + " import again, or use the version that wrote it"
    case .malformed(let path, let element, let what, let expected, let actual):
      "\(path): \(element): \(what): expected \(expected), found \(actual)"
    case .refused(let path, let element, let what):
      "\(path): \(element): \(what): refused, since our files never contain one; do not trust this file, import the"
        + " checkpoint again"
    case .corrupt(let path, let element, let expected, let actual):
      "\(path): \(element): damaged: SHA-256 expected \(expected), found \(actual); make the file again"
    case .unsealed(let path):
      "\(path): no seal at its end: another program has written to this file, or its end was cut off; if nothing but the"
        + " seal is missing, `sextant convert` makes it whole, otherwise make it again"
    case .inUse(let path):
      "\(path): in use: another program holds it open for writing (a notebook, h5py's mode \"a\" or \"r+\"); close it"
        + " there, and open it with mode \"r\" to look at it (`h5clear -s` frees a file that a program left behind)"
    case .output(let error): error.description
    case .exists(let path):
      "\(path): exists already, and such files are never changed; delete it or choose another name"
    case .misfit(let path, let what, let expected, let actual, let hint):
      "\(path): does not fit together: \(what): expected \(expected), found \(actual); \(hint)"
    case .checkpoint(let error): error.description
    }
  }

  /// Whether two roots are those of files of ours, and not of one kind: the version is not at fault then.
  private static func areOfTwoKinds(_ expected: String, _ actual: String) -> Bool {
    guard let first = Encoding.words(ofRoot: expected), let second = Encoding.words(ofRoot: actual) else {
      return false
    }
    return first != second && !expected.contains(",")
  }

  public var kind: FailureKind {
    switch self {
    case .file(let error): error.kind
    case .output(let error): error.kind
    case .checkpoint(let error): error.kind
    case .misfit, .encoding: .misfit
    case .exists: .usage
    case .inUse: .inUse
    case .hdf5, .malformed, .refused, .corrupt, .unsealed: .badInput
    }
  }
}

/// Runs a write and reports its failure as the store's.
func outputErrors<Result: ~Copyable>(_ body: () throws(OutputError) -> Result) throws(StoreError) -> Result {
  do throws(OutputError) { return try body() } catch { throw .output(error) }
}

extension FileReader {
  /// `count` bytes from `offset` on; a failure is the store's.
  func storeBytes(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
    do throws(FileError) { return try bytes(at: offset, count: count) } catch { throw .file(error) }
  }

  static func store(_ path: String) throws(StoreError) -> FileReader {
    do throws(FileError) { return try FileReader(path: path) } catch { throw .file(error) }
  }
}

/// Runs a checkpoint operation and reports its failure as the store's.
func checkpointErrors<Result>(_ body: () throws(CheckpointError) -> Result) throws(StoreError) -> Result {
  do throws(CheckpointError) { return try body() } catch { throw .checkpoint(error) }
}
