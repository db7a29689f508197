import Foundation

/// Why output could not be written; the input is not to blame.
public enum OutputError: Failure, Equatable {
  /// The operating system refused an operation: the disk is full, a limit is reached, a right is missing.
  case failed(path: String, operation: String, reason: String)
  /// The folder that the file belongs into is not there.
  case noFolder(path: String, folder: String)
  /// Another writer is at work on the file.
  case locked(path: String, lock: String)

  public var description: String {
    switch self {
    case .failed(let path, let operation, let reason): "\(path): cannot \(operation): \(reason)"
    case .noFolder(let path, let folder): "\(path): the folder \(folder) does not exist; make it first"
    case .locked(let path, let lock):
      "\(path): another process is writing it (it holds \(lock)); wait for it to end"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .failed, .noFolder: .cannotWrite
    case .locked: .inUse
    }
  }

  /// The last system call's failure in the system's own words.
  static func system(_ path: String, _ operation: String) -> OutputError {
    errno == ENOENT && operation.hasPrefix("create") && !OutputPath.isFolder(OutputPath.folder(of: path))
      ? .noFolder(path: path, folder: OutputPath.folder(of: path))
      : .failed(path: path, operation: operation, reason: unsafe String(cString: strerror(errno)))
  }
}
