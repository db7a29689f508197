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

  /// The folder of a repository's snapshot, or `nil` when the cache does not hold it. A repository that was fetched
  /// by its commit alone has no reference: its only snapshot is meant then.
  /// - Throws: when the reference does not hold a commit of 40 hexadecimal digits, or when there is none and several
  ///   snapshots, which are named.
  public func snapshot(of repository: String, revision: String = "main") throws(CheckpointError) -> String? {
    guard Self.isRepository(repository),
      revision.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy(Self.isPlain)
    else { return nil }
    let folder = folder(of: repository)
    if HubReference.isCommit(revision) {
      let snapshot = folder + "/snapshots/" + revision
      return FileManager.default.fileExists(atPath: snapshot) ? snapshot : nil
    }
    let reference = folder + "/refs/" + revision
    guard FileManager.default.fileExists(atPath: reference) else {
      return revision == "main" ? try onlySnapshot(in: folder, reference: reference) : nil
    }
    let commit = try TextInput.checkpoint(reference, kind: "a commit", limit: 4096)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard commit.utf8.count == 40, commit.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      throw .malformed(
        path: reference, offset: 0, what: "commit", expected: "40 hexadecimal digits",
        actual: commit.debugDescription)
    }
    let snapshot = folder + "/snapshots/" + commit
    guard FileManager.default.fileExists(atPath: snapshot) else {
      guard FileManager.default.fileExists(atPath: folder + "/snapshots") else { return nil }
      throw .missing(
        path: snapshot, what: "the snapshot", hint: "\(reference) names it: download the repository again")
    }
    return snapshot
  }

  /// The one GGUF file of a snapshot that has nothing else to run, or the snapshot itself.
  static func model(in snapshot: String) -> String {
    let names = FileManager.default.enumerator(atPath: snapshot)?.compactMap { $0 as? String } ?? []
    let models = names.filter { $0.hasSuffix(".gguf") && HubSelection.part($0)?.number ?? 1 == 1 }
    let isFolder = names.contains { $0 == "config.json" || $0.hasSuffix(".safetensors") }
    return models.count == 1 && !isFolder ? "\(snapshot)/\(models[0])" : snapshot
  }

  private func onlySnapshot(in folder: String, reference: String) throws(CheckpointError) -> String? {
    let snapshots = folder + "/snapshots"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: snapshots)) ?? [])
      .filter { !$0.hasPrefix(".") }.sorted()
    guard names.count > 1 else { return names.first.map { snapshots + "/" + $0 } }
    throw .missing(
      path: reference, what: "the reference",
      hint: "the cache holds \(names.count) snapshots; give the folder of one: "
        + names.map { snapshots + "/" + $0 }.joined(separator: ", "))
  }
}
