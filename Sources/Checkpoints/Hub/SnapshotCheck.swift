import Files
import Foundation
import Tensors

/// What the files of a snapshot in the Hugging Face cache turn out to be, held against the hashes that name their content.
///
/// A file there is a link to a blob that is called by the hub's own hash: SHA-256 of large files (Git LFS), git's SHA-1 of small ones.
public struct SnapshotCheck: Sendable, Equatable {
  /// One file.
  public struct File: Sendable, Equatable {
    /// How it stands to its hash.
    public enum State: Sendable, Equatable {
      /// Its bytes are what the hash says; the hash's name.
      case intact(by: String)
      /// Other bytes; `path` is the file to delete.
      case damaged(path: String, hash: String, expected: String, actual: String)
      /// It cannot be read: the link leads nowhere or out of the cache, or the system refuses.
      case unreadable(reason: String)
      /// No link to a blob, and so nothing says what it should be.
      case unnamed
    }

    /// Its path in the repository.
    public let name: String
    public let state: State

    public var isIntact: Bool { if case .intact = state { true } else { false } }
  }

  /// The folder of the snapshot.
  public let path: String
  /// In the order of their names.
  public let files: [File]

  /// Nothing is asked of the hub. Cost: one pass over every file.
  /// - Throws: `HubError.checkpoint` for a repository that the cache does not hold; for a revision that is not there, with those that are;
  ///   where no file is a link to a blob, since then there is nothing to compare.
  public init(_ reference: HubReference, in cache: HuggingFaceCache) throws(HubError) {
    let found = try hubFiles { () throws(CheckpointError) in
      FileManager.default.fileExists(atPath: cache.folder(of: reference.repository) + "/snapshots")
        ? try cache.folderOfSnapshot(reference.revision, of: reference.repository) : nil
    }
    guard let path = found else {
      throw .checkpoint(
        .missing(
          path: cache.folder(of: reference.repository), what: "the snapshot",
          hint: "`sextant models fetch \(reference)` fetches it"))
    }
    let root = URL(filePath: cache.root).resolvingSymlinksInPath().path + "/"
    self.path = path
    files = HuggingFaceCache.files(in: path).compactMap { name in
      Self.state(of: path + "/" + name, root: root).map { File(name: name, state: $0) }
    }
    guard files.contains(where: { $0.state != .unnamed }) else {
      throw .checkpoint(
        .missing(
          path: path, what: "a link to a blob",
          hint:
            "blobs are called by the hash of their content, and these files are copies: fetch the model again"
        ))
    }
  }

  /// nil for a folder.
  private static func state(of path: String, root: String) -> File.State? {
    guard isLink(path) else {
      var isFolder: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return isFolder.boolValue ? nil : .unnamed
    }
    let content = URL(filePath: path).resolvingSymlinksInPath()
    guard content.path.hasPrefix(root) else { return .unreadable(reason: "the link leads out of the cache") }
    guard FileManager.default.fileExists(atPath: path) else {
      return .unreadable(reason: "the blob \(content.path) is not there")
    }
    guard let hash = HubHash(tag: content.lastPathComponent) else { return .unnamed }
    do throws(TensorError) {
      let actual = hash.actual(of: try MappedFile(path: content.path))
      return actual == hash.digits
        ? .intact(by: hash.name)
        : .damaged(path: content.path, hash: hash.name, expected: hash.digits, actual: actual)
    } catch {
      return .unreadable(reason: error.description)
    }
  }
}
