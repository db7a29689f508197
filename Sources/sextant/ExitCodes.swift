import Alignment
import Checkpoints
import Distribution
import Files
import Geometry
import Reports
import Steering
import Stores
import Studies
import Tensors
import Tokenizers
import Transformers

/// How the process ends. The numbers are part of the interface.
enum ExitStatus: Int32, Error, CaseIterable {
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
  init?(of error: any Error) {
    switch error {
    case let error as CheckpointError: self = error.status
    case let error as OutputError: self = error.status
    case let error as StoreError: self = error.status
    case let error as TransformerError: self = error.status
    case let error as SteeringError: self = error.status
    case let error as AlignmentError: self = error.status
    case let error as GeometryError: self = error.status
    case let error as DistributionError: self = error.status
    case let error as StudyError: self = error.status
    case let error as ReportError: self = error.status
    case is TokenizerError, is TensorError: self = .badInput
    default: return nil
    }
  }
}

extension CheckpointError {
  fileprivate var status: ExitStatus {
    switch self {
    case .catalog, .unknownModel, .notFetched, .licenceNotAccepted: .usage
    case .tensor, .tokenizer, .malformed, .otherKind, .unsupported, .missing, .fetch, .mismatch: .badInput
    }
  }
}

extension OutputError {
  fileprivate var status: ExitStatus {
    switch self {
    case .failed, .noFolder: .cannotWrite
    case .locked: .inUse
    }
  }
}

extension StoreError {
  fileprivate var status: ExitStatus {
    switch self {
    case .misfit, .encoding: .misfit
    case .exists: .usage
    case .inUse: .inUse
    case .output(let error): error.status
    case .checkpoint(let error): error.status
    case .file, .hdf5, .malformed, .refused, .corrupt, .unsealed: .badInput
    }
  }
}

extension TransformerError {
  fileprivate var status: ExitStatus {
    switch self {
    case .checkpoint(let error): error.status
    case .tokenizer, .unsupported, .shape, .weight: .badInput
    case .emptySequence, .option: .usage
    case .token, .count, .edit, .position, .contextLength: .misfit
    case .notFinite: .notEvaluable
    }
  }
}

extension SteeringError {
  fileprivate var status: ExitStatus {
    switch self {
    case .output(let error): error.status
    case .file, .contrastSet, .vectorFile, .notFinite: .badInput
    case .unknownContrastSet, .convention: .usage
    case .widthMismatch, .layerMismatch, .otherModel: .misfit
    case .tooFewPairs, .noNeutralText, .zeroVector: .notEvaluable
    case .missingActivation: .internalError
    }
  }
}

extension AlignmentError {
  fileprivate var status: ExitStatus {
    switch self {
    case .notFinite: .badInput
    case .tooFewTokens, .noVariance, .linearAlgebra: .notEvaluable
    case .option: .usage
    }
  }
}

extension DistributionError {
  fileprivate var status: ExitStatus {
    switch self {
    case .unavailable: .usage
    case .transport, .lost: .rankLost
    }
  }
}

extension GeometryError {
  fileprivate var status: ExitStatus {
    switch self {
    case .notFinite, .file, .malformedLine: .badInput
    case .tooFewTokens, .decomposition, .distance: .notEvaluable
    }
  }
}

extension StudyError {
  fileprivate var status: ExitStatus {
    switch self {
    case .study: .usage
    case .sameModel: .misfit
    case .tooFewTokens: .notEvaluable
    }
  }
}

extension ReportError {
  fileprivate var status: ExitStatus {
    switch self {
    case .json: .badInput
    case .output(let error): error.status
    case .plotToolMissing, .plotFailed: .internalError
    case .notDrawable: .notEvaluable
    }
  }
}
