import Foundation
public import Tensors
public import Tokenizers

/// What can go wrong with a checkpoint, a catalog or a download: place, reason, expected and actual.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The operating system refused an operation, or a tensor does not fit its file.
  case tensor(TensorError)
  /// The tokenizer in a file is not usable.
  case tokenizer(path: String, TokenizerError)
  /// A file breaks its format at `offset` (in bytes).
  case malformed(path: String, offset: Int, what: String, expected: String, actual: String)
  /// The file is of another kind than the one that is wanted here; told from its first bytes.
  case otherKind(path: String, expected: String, actual: String, remedy: String?)
  /// The file is well formed, but uses something that this version does not read.
  case unsupported(path: String, what: String, actual: String, supported: String)
  /// A key, a tensor or a companion file that is needed is not there.
  case missing(path: String, what: String, hint: String)
  /// The catalog breaks its schema at `place`.
  case catalog(path: String, place: String, expected: String, actual: String)
  /// No local file and no catalog entry goes by this name.
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
    case .tensor(let error): error.description
    case .tokenizer(let path, let error): "\(path): \(error)"
    case .malformed(let path, let offset, let what, let expected, let actual):
      "\(path): byte \(offset): \(what): expected \(expected), found \(actual)"
    case .otherKind(let path, let expected, let actual, let remedy):
      "\(path): expected \(expected), found \(actual)" + (remedy.map { "; " + $0 } ?? "")
    case .unsupported(let path, let what, let actual, let supported):
      "\(path): \(what) \(actual) is not supported; supported: \(supported)"
    case .missing(let path, let what, let hint): "\(path): \(what) is missing; \(hint)"
    case .catalog(let path, let place, let expected, let actual):
      "\(path): \(place): expected \(expected), found \(actual)"
    case .unknownModel(let name, let known):
      "\(name): no such file or folder in \(FileManager.default.currentDirectoryPath), no repository in the Hugging Face "
        + "cache, and the catalog "
        + (known.isEmpty ? "is empty" : "knows only \(known.joined(separator: ", "))")
        + suggestion(for: name, among: known)
    case .notFetched(let id, let path):
      "\(id): \(path) is not there; run `sextant models fetch \(id)`"
    case .licenceNotAccepted(let id, let licence, let terms):
      "\(id): \(licence): \(terms); to accept, fetch with --accept-licence"
    case .fetch(let id, let source, let reason): "\(id): cannot fetch from \(source): \(reason)"
    case .mismatch(let path, let what, let expected, let actual):
      "\(path): \(what): expected \(expected), found \(actual); delete the file and fetch it again"
    }
  }
}

/// Runs a tensor operation and reports its failure as the checkpoint's.
func checkpointErrors<Result>(
  _ body: () throws(TensorError) -> Result
) throws(CheckpointError) -> Result {
  do throws(TensorError) { return try body() } catch { throw .tensor(error) }
}
