public import Files

/// What can go wrong with files and stored tensors: the place, the reason, expected and actual.
public enum TensorError: Failure, Equatable {
  /// The operating system refused an operation on a file.
  case file(path: String, operation: String, reason: String)
  /// Stored bytes do not fit the shape and the element type.
  case layout(tensor: String, expectedBytes: Int, actualBytes: Int)

  public var description: String {
    switch self {
    case .file(let path, let operation, let reason): "\(path): cannot \(operation): \(reason)"
    case .layout(let tensor, let expected, let actual):
      "tensor \(tensor): shape and type need \(expected) bytes, the file holds \(actual)"
    }
  }

  public var kind: FailureKind { .badInput }
}
