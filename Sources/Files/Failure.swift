/// Who or what a failure is due to, and so what can be done about it.
public enum FailureKind: Sendable, CaseIterable {
  /// A flag, a name, a study or a catalog is not as it should be.
  case usage
  /// An input file is missing, corrupt or not supported.
  case badInput
  /// Inputs that are each in order do not belong together.
  case misfit
  /// The data give no answer: too few tokens, no variance.
  case notEvaluable
  /// A part of the work was lost on the way; what is finished is kept.
  case lost
  /// A fault of the library, or a tool that the machine lacks.
  case internalError
  /// The result cannot be written.
  case cannotWrite
  /// Another process holds a file; later it may be free.
  case inUse
}

/// An error of this library: its words name the place, the reason, expected and actual, and what to do.
public protocol Failure: Error, CustomStringConvertible {
  var kind: FailureKind { get }
}
