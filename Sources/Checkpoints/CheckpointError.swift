public import Files
import Foundation
public import Tensors
public import Tokenizers

/// What can go wrong with a checkpoint, a catalog or a download: place, reason, expected and actual.
public enum CheckpointError: Failure, Equatable {
  /// A file cannot be read, breaks its format, is of another kind than the one that is wanted, or a catalog breaks its schema.
  case file(FileError)
  /// The operating system refused an operation, or a tensor does not fit its file.
  case tensor(TensorError)
  /// The tokenizer in a file is not usable.
  case tokenizer(path: String, TokenizerError)
  /// The file is well formed, but uses something that this version does not read.
  case unsupported(path: String, what: String, actual: String, supported: String)
  /// A key, a tensor or a companion file that is needed is not there.
  case missing(path: String, what: String, hint: String)
  /// No local file goes by this name, nor do any of the names that are known: ids of the catalog, stores.
  case unknownModel(name: String, known: [String])
  /// A catalog model that has not been fetched yet.
  case notFetched(id: String, path: String)
  /// The model's terms must be accepted before it is fetched.
  case licenceNotAccepted(id: String, licence: String, terms: String)
  /// A download failed.
  case fetch(id: String, source: String, reason: String)
  /// A file's size or SHA-256 is not what the catalog says.
  case mismatch(path: String, what: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .tensor(let error): error.description
    case .tokenizer(let path, let error): "\(path): \(error)"
    case .unsupported(let path, let what, let actual, let supported):
      "\(path): \(what) \(actual) is not supported; supported: \(supported)"
    case .missing(let path, let what, let hint): "\(path): \(what) is missing; \(hint)"
    case .unknownModel(let name, let known):
      "\(name): no such file or folder in \(FileManager.default.currentDirectoryPath), no repository in the Hugging Face "
        + "cache, and "
        + (known.isEmpty
          ? "neither a catalog nor stores are here: give the path of a checkpoint, or name their folder with --models"
          : "no name that is known here: \(known.joined(separator: ", "))")
        + suggestion(for: name, among: known)
        + ((try? HubReference(name)) == nil
          ? "" : "; `sextant models fetch \(name)` fetches a model of the hub")
    case .notFetched(let id, let path):
      "\(id): \(path) is not there; run `sextant models fetch \(id)`"
    case .licenceNotAccepted(let id, let licence, let terms):
      "\(id): \(licence): \(terms); to accept, fetch with --accept-licence"
    case .fetch(let id, let source, let reason): "\(id): cannot fetch from \(source): \(reason)"
    case .mismatch(let path, let what, let expected, let actual):
      "\(path): \(what): expected \(expected), found \(actual); delete the file and fetch it again"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .file(let error): error.kind
    case .tensor(let error): error.kind
    case .tokenizer(_, let error): error.kind
    case .unknownModel, .notFetched, .licenceNotAccepted: .usage
    case .unsupported, .missing, .fetch, .mismatch: .badInput
    }
  }
}

extension CheckpointError {
  package static func malformed(
    path: String, offset: Int, what: String, expected: String, actual: String
  ) -> CheckpointError {
    .file(.malformed(path: path, offset: offset, what: what, expected: expected, actual: actual))
  }

  /// An architecture that inference does not run.
  static func unsupportedArchitecture(_ name: String, path: String) -> CheckpointError {
    let run = ModelFamily.known.filter { $0.isRun && !$0.isEncoder }.map(\.name).sorted()
    let hint =
      ModelFamily.named(name).isEncoder
      ? "; an encoder of sentences runs with `sextant encode`"
      : "; its tokens and embeddings can be read: `sextant import`"
    return .unsupported(
      path: path, what: "architecture", actual: name, supported: run.joined(separator: ", ") + hint)
  }

  static func otherKind(path: String, expected: String, _ kind: FileKind) -> CheckpointError {
    .file(.otherKind(path: path, expected: expected, kind))
  }
}

extension FileKind {
  /// The kind of the file at this path, which is mapped.
  package init(path: String) throws(CheckpointError) {
    self.init(try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) })
  }

  /// The kind of a file that is mapped.
  init(_ file: MappedFile) {
    self.init(file.bytes(at: 0, count: min(file.count, 4096)) ?? [])
  }
}

extension JSONReader {
  /// The whole file as one value; a failure is the checkpoint's.
  static func checkpoint(_ path: String) throws(CheckpointError) -> JSON {
    try fileErrors { () throws(FileError) in try read(path: path) }
  }
}

extension TextInput {
  /// The whole text; a failure is the checkpoint's.
  static func checkpoint(_ path: String, kind: String, limit: Int) throws(CheckpointError) -> String {
    try fileErrors { () throws(FileError) in try text(path, kind: kind, limit: limit) }
  }
}

/// Runs a read of a file and reports its failure as the checkpoint's.
func fileErrors<Result>(
  _ body: () throws(FileError) -> Result
) throws(CheckpointError) -> Result {
  do throws(FileError) { return try body() } catch { throw .file(error) }
}

/// Runs a tensor operation and reports its failure as the checkpoint's.
func checkpointErrors<Result>(
  _ body: () throws(TensorError) -> Result
) throws(CheckpointError) -> Result {
  do throws(TensorError) { return try body() } catch { throw .tensor(error) }
}
