public import Files

/// Why a model of the hub was not fetched: what was asked for, what was found, and what to do.
public enum HubError: Failure, Equatable {
  /// The name of a repository or a revision has another form.
  case reference(text: String, expected: String)
  /// An environment variable has no usable value; the value is not said, since it may be a secret.
  case setting(variable: String, expected: String)
  /// `HF_HUB_OFFLINE` forbids what was asked for.
  case offline(reference: String, cache: String)
  /// `HF_HUB_OFFLINE` forbids to ask for a file that the catalog names.
  case isOffline(reference: String)
  /// The hub knows no such repository, or does not show it to this user.
  case noRepository(repository: String, host: String, isSigned: Bool)
  /// The repository has no such branch, tag or commit.
  case noRevision(repository: String, revision: String)
  /// The repository has no such file.
  case noFile(reference: String, name: String, files: [String])
  /// Several files could be meant, and none was named.
  case severalFiles(reference: String, files: [String])
  /// The repository has no weights in a form that is read here.
  case noWeights(reference: String, found: String, hint: String)
  /// The hub wants to know who asks, or has not let this user in.
  case noAccess(reference: String, status: Int, page: String, isSigned: Bool)
  /// The hub does not know the token.
  case noToken(host: String)
  /// What the hub says breaks its own rules, or was changed on the way.
  case answer(reference: String, what: String, expected: String, actual: String)
  /// What came is not what the hub said that it would be; it was thrown away.
  case content(reference: String, file: String, what: String, expected: String, actual: String)
  /// Nothing, or not everything, came; what did is kept for the next attempt.
  case unreachable(reference: String, host: String, reason: String)
  /// The file system has too little room.
  case noRoom(folder: String, needed: Int, free: Int)
  /// The program that downloads is not here.
  case noTool(String)
  /// A file in the cache, or terms that were not accepted.
  case checkpoint(CheckpointError)
  /// The cache cannot be written.
  case output(OutputError)

  public var description: String {
    switch self {
    case .reference(let text, let expected): "\(text): no model of the hub: expected \(expected)"
    case .setting(let variable, let expected): "\(variable): expected \(expected)"
    case .offline(let reference, let cache):
      "\(reference): not in the cache \(cache), and HF_HUB_OFFLINE is set: nothing is fetched; "
        + "unset it, or fetch where there is a network"
    case .isOffline(let reference):
      "\(reference): HF_HUB_OFFLINE is set: nothing is fetched; unset it, or fetch where there is a network"
    case .noRepository(let repository, let host, let isSigned):
      "\(repository): \(host) has no such model"
        + (isSigned
          ? ", or does not show it to the user of HF_TOKEN"
          : ", or does not show it: HF_TOKEN is not set, which private ones need")
    case .noRevision(let repository, let revision):
      "\(repository): no branch, tag or commit \(revision)"
    case .noFile(let reference, let name, let files):
      "\(reference): no file \(name)" + suggestion(for: name, among: files) + Self.list("; it has ", files)
    case .severalFiles(let reference, let files):
      "\(reference): several files could be meant; name one with --file: \(files.joined(separator: ", "))"
    case .noWeights(let reference, let found, let hint): "\(reference): \(found); \(hint)"
    case .noAccess(let reference, let status, let page, let isSigned):
      "\(reference): the hub refuses the files (status \(status)): "
        + (isSigned
          ? "accept the model's terms at \(page) as the user of HF_TOKEN, or wait until its makers have let you in"
          : "accept the model's terms at \(page), and set HF_TOKEN to a token of yours")
    case .noToken(let host):
      "HF_TOKEN, or the file that stands for it: \(host) does not know this token; "
        + "set a valid one, or none for public models"
    case .answer(let reference, let what, let expected, let actual):
      "\(reference): the hub's answer: \(what): expected \(expected), found \(actual)"
    case .content(let reference, let file, let what, let expected, let actual):
      "\(reference): \(file): \(what): expected \(expected), found \(actual); what came is thrown away: fetch again"
    case .unreachable(let reference, let host, let reason):
      "\(reference): cannot fetch from \(host): \(reason); "
        + "what has come is kept, and the same command goes on from there"
    case .noRoom(let folder, let needed, let free):
      "\(folder): \(needed / 1_000_000) MB are to come, and \(free / 1_000_000) MB are free; "
        + "make room, or name another place with HF_HUB_CACHE"
    case .noTool(let tool): "\(tool) is not in PATH; install it: it does the downloads"
    case .checkpoint(let error): error.description
    case .output(let error): error.description
    }
  }

  public var kind: FailureKind {
    switch self {
    case .reference, .setting, .offline, .isOffline, .noRepository, .noRevision, .noFile, .severalFiles,
      .noAccess,
      .noToken:
      .usage
    case .noWeights, .answer, .content, .unreachable: .badInput
    case .noRoom: .cannotWrite
    case .noTool: .internalError
    case .checkpoint(let error): error.kind
    case .output(let error): error.kind
    }
  }

  private static func list(_ words: String, _ files: [String]) -> String {
    files.isEmpty ? "" : words + files.prefix(12).joined(separator: ", ") + (files.count > 12 ? ", …" : "")
  }
}

/// Runs a step that writes and reports its failure as the hub's.
func hubOutput<Result: ~Copyable>(_ body: () throws(OutputError) -> Result) throws(HubError) -> Result {
  do throws(OutputError) { return try body() } catch { throw .output(error) }
}

/// Runs a step on files and reports its failure as the hub's.
func hubFiles<Result>(_ body: () throws(CheckpointError) -> Result) throws(HubError) -> Result {
  do throws(CheckpointError) { return try body() } catch { throw .checkpoint(error) }
}
