import Files
import Foundation

/// Finds a model in the local cache of Hugging Face's tools: no download, no network.
///
/// Layout: `models--org--name/refs/<revision>` holds a commit, `snapshots/<commit>/` the files.
public struct HuggingFaceCache: Sendable {
  public let root: String

  public init(root: String) { self.root = root }

  /// The cache of this process's environment.
  public init() { self.init(environment: ProcessInfo.processInfo.environment) }

  /// `HF_HUB_CACHE`, else `$HF_HOME/hub`, else `~/.cache/huggingface/hub`.
  public init(environment: [String: String]) {
    if let cache = environment["HF_HUB_CACHE"], !cache.isEmpty {
      root = cache
    } else if let home = environment["HF_HOME"], !home.isEmpty {
      root = home + "/hub"
    } else {
      root = (environment["HOME"] ?? ".") + "/.cache/huggingface/hub"
    }
  }

  /// Whether `text` has the form `org/name` of a repository.
  public static func isRepository(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy(isPlain)
  }

  private static func isPlain(_ part: Substring) -> Bool {
    !part.isEmpty && part != "." && part != ".."
      && part.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// Where a repository lies, if it is there.
  func folder(of repository: String) -> String {
    root + "/models--" + repository.replacing("/", with: "--")
  }

  /// The folder of a repository's snapshot, or `nil` when the cache does not hold the repository. A repository that was fetched
  /// by its commit alone has no reference `main`: its only snapshot is meant then.
  /// - Parameter revision: a branch, a tag or a whole commit.
  /// - Throws: when the revision is not here, naming those that are; when the reference does not hold a commit of 40 hexadecimal digits,
  ///   or when there is none and several snapshots, which are named; for a file of the snapshot that is a link out of the cache, or to a
  ///   blob that is not here.
  public func snapshot(of repository: String, revision: String = "main") throws(CheckpointError) -> String? {
    // Revisions of pull requests have slashes: refs/pr/1.
    guard Self.isRepository(repository),
      revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isPlain),
      FileManager.default.fileExists(atPath: folder(of: repository) + "/snapshots"),
      let snapshot = try folderOfSnapshot(revision, of: repository)
    else { return nil }
    try requireInside(snapshot)
    return snapshot
  }

  /// The folder of a snapshot, whose links nobody has followed yet.
  func folderOfSnapshot(
    _ revision: String, of repository: String
  ) throws(CheckpointError) -> String? {
    let (files, folder) = (FileManager.default, folder(of: repository))
    let reference = folder + "/refs/" + revision
    if HubReference.isCommit(revision), files.fileExists(atPath: folder + "/snapshots/" + revision) {
      return folder + "/snapshots/" + revision
    }
    guard files.fileExists(atPath: reference) else {
      if revision == "main" { return try onlySnapshot(in: folder, reference: reference) }
      throw .missing(
        path: folder, what: "revision \(revision)",
        hint: "the cache holds \(revisions(in: folder).joined(separator: ", ")): name one of those, or "
          + "`sextant models fetch \(repository)@\(revision)` fetches this one")
    }
    let commit = try TextInput.checkpoint(reference, kind: "a commit", limit: 4096)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard HubReference.isCommit(commit) else {
      throw .malformed(
        path: reference, offset: 0, what: "commit", expected: "40 hexadecimal digits",
        actual: commit.debugDescription)
    }
    let snapshot = folder + "/snapshots/" + commit
    guard files.fileExists(atPath: snapshot) else {
      throw .missing(
        path: snapshot, what: "the snapshot", hint: "\(reference) names it: download the repository again")
    }
    return snapshot
  }

  /// The paths in a snapshot, sorted.
  static func files(in snapshot: String) -> [String] {
    (FileManager.default.subpaths(atPath: snapshot) ?? []).sorted()
  }

  /// The one GGUF file of a snapshot that has nothing else to run, or the snapshot itself.
  static func model(in snapshot: String) -> String {
    let names = files(in: snapshot)
    let models = names.filter { $0.hasSuffix(".gguf") && GGUFPartName($0)?.number ?? 1 == 1 }
    let isFolder = names.contains { $0 == "config.json" || $0.hasSuffix(".safetensors") }
    return models.count == 1 && !isFolder ? "\(snapshot)/\(models[0])" : snapshot
  }

  private func onlySnapshot(in folder: String, reference: String) throws(CheckpointError) -> String? {
    let names = Self.names(in: folder + "/snapshots")
    guard names.count > 1 else { return names.first.map { folder + "/snapshots/" + $0 } }
    throw .missing(
      path: reference, what: "the reference",
      hint: "the cache holds \(names.count) snapshots; give the folder of one: "
        + names.map { folder + "/snapshots/" + $0 }.joined(separator: ", "))
  }

  /// What a user can write behind the `@`: references, then commits.
  private func revisions(in folder: String) -> [String] {
    let found = FileManager.default.subpaths(atPath: folder + "/refs") ?? []
    let references = found.filter { path in
      (try? FileManager.default.attributesOfItem(atPath: "\(folder)/refs/\(path)")[.type]
        as? FileAttributeType) == .typeRegular
    }
    return references.sorted() + Self.names(in: folder + "/snapshots")
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }
      .sorted()
  }

  /// Throws for a link among a snapshot's files that leads out of the cache, where nobody has downloaded anything, or nowhere.
  private func requireInside(_ snapshot: String) throws(CheckpointError) {
    let cache = URL(filePath: root).resolvingSymlinksInPath().path + "/"
    let paths = [snapshot] + Self.files(in: snapshot).map { "\(snapshot)/\($0)" }
    for path in paths {
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { continue }
      guard FileManager.default.fileExists(atPath: path) else {
        throw .missing(path: path, what: "its blob \(link)", hint: "download the repository again")
      }
      guard URL(filePath: path).resolvingSymlinksInPath().path.hasPrefix(cache) else {
        throw .malformed(
          path: path, offset: 0, what: "link", expected: "a file inside the cache \(root)", actual: link)
      }
    }
  }
}
