import Files

/// How the process ends. The numbers are part of the interface.
package enum ExitStatus: Int32, Error, CaseIterable {
  case success = 0
  case checkFailed = 1
  case usage = 2
  case badInput = 3
  case misfit = 4
  case notEvaluable = 5
  case rankLost = 6
  case internalError = 70
  case cannotWrite = 74
  case inUse = 75
  case interrupted = 130
  case readerGone = 141

  var meaning: String {
    switch self {
    case .success: "done"
    case .checkFailed: "a check failed"
    case .usage: "usage: a flag, a name, a study or a catalog is not as it should be"
    case .badInput: "an input file is missing, corrupt or not supported"
    case .misfit: "inputs do not fit together (width, tokenizer, store version)"
    case .notEvaluable: "not evaluable: too few tokens, no variance"
    case .rankLost: "a rank of an MPI job was lost; finished blocks are kept"
    case .internalError: "an internal error, or a tool that this machine lacks"
    case .cannotWrite: "the result cannot be written (disk full, no folder, output closed)"
    case .inUse: "a file is in use by another process; try again later"
    case .interrupted: "interrupted"
    case .readerGone: "the reader of standard output has gone; nothing is said"
    }
  }

  /// The lines of the root command's help.
  static let table = allCases.map { status in
    String(repeating: " ", count: 5 - "\(status.rawValue)".count) + "\(status.rawValue)  \(status.meaning)"
  }.joined(separator: "\n")

  /// The code of a library's error; `nil` for an error that no library of ours throws.
  package init?(of error: any Error) {
    guard let kind = (error as? any Failure)?.kind else { return nil }
    switch kind {
    case .usage: self = .usage
    case .badInput: self = .badInput
    case .misfit: self = .misfit
    case .notEvaluable: self = .notEvaluable
    case .lost: self = .rankLost
    case .internalError: self = .internalError
    case .cannotWrite: self = .cannotWrite
    case .inUse: self = .inUse
    }
  }
}
