import Files
import Foundation
import Tensors

/// A repository in the cache of Hugging Face's tools, written as they write it: content by its hash in `blobs`, a folder of links for
/// each commit in `snapshots`, and the commit of a branch in `refs`.
struct HubSnapshots {
  let cache: HuggingFaceCache
  let reference: HubReference

  var folder: String { cache.folder(of: reference.repository) }

  /// Where the content of that hash lies.
  func blob(_ hash: HubHash?) -> String? { hash.map { "\(folder)/blobs/\($0.digits)" } }

  /// Throws unless content is what its name says.
  func demandIntact(_ blob: String, _ hash: HubHash, size: Int? = nil) throws(HubError) {
    let file = try hubFiles { () throws(CheckpointError) in
      try checkpointErrors { () throws(TensorError) in try MappedFile(path: blob) }
    }
    func demand(_ what: String, _ expected: String, _ actual: String) throws(HubError) {
      guard expected != actual else { return }
      throw .checkpoint(.mismatch(path: blob, what: what, expected: expected, actual: actual))
    }
    if let size { try demand("size in bytes", "\(size)", "\(file.count)") }
    try demand(hash.name, hash.digits, hash.actual(of: file))
  }

  // MARK: - Writing

  /// Shows files in the snapshot of a commit, all at once where it is new, and lets the revision lead to it.
  /// - Returns: the snapshot's folder.
  func link(
    _ names: [String], to blobs: [String: String], commit: String, work: String
  ) throws(HubError) -> String {
    let snapshot = "\(folder)/snapshots/\(commit)"
    let isNew = !FileManager.default.fileExists(atPath: snapshot)
    let target = isNew ? "\(work)/snapshot" : snapshot
    if isNew { try? FileManager.default.removeItem(atPath: target) }
    for name in names {
      guard let blob = blobs[name] else { continue }
      try link(name, to: blob, in: target)
    }
    if isNew {
      try hubOutput { () throws(OutputError) in
        try OutputFile.makeFolder("\(folder)/snapshots")
        try putInPlace(target, path: snapshot)
      }
    }
    guard reference.revision != commit else { return snapshot }
    let name = "\(folder)/refs/\(reference.revision)"
    try hubOutput { () throws(OutputError) in
      try OutputFile.makeFolder((name as NSString).deletingLastPathComponent)
      try OutputFile.write(commit, to: name)
    }
    return snapshot
  }

  /// A relative link, so that the cache can be moved. What lies there already is left alone if it is the same.
  private func link(_ name: String, to blob: String, in target: String) throws(HubError) {
    let path = "\(target)/\(name)"
    let depth = name.split(separator: "/").count + 1
    let content = URL(filePath: blob).lastPathComponent
    if FileManager.default.fileExists(atPath: path) {
      let found = URL(filePath: path).resolvingSymlinksInPath()
      if found.lastPathComponent == content { return }
      guard let hash = HubHash(tag: content) else { return }
      return try demandIntact(path, hash)
    }
    // A link into nothing is what an interrupted tool may leave.
    if isLink(path) { try? FileManager.default.removeItem(atPath: path) }
    try hubOutput { () throws(OutputError) in
      try OutputFile.makeFolder((path as NSString).deletingLastPathComponent)
      do {
        try FileManager.default.createSymbolicLink(
          atPath: path, withDestinationPath: String(repeating: "../", count: depth) + "blobs/" + content)
      } catch {
        throw .failed(path: path, operation: "make the link", reason: error.localizedDescription)
      }
    }
  }

  // MARK: - Without a network

  /// What is in the cache, checked against the hashes that its files are named by.
  func kept(file: String?, progress: (FetchProgress) -> Void) throws(HubError) -> String {
    let offline = HubError.offline(reference: "\(reference)", cache: cache.root)
    let found = try hubFiles { () throws(CheckpointError) in
      try cache.snapshot(of: reference.repository, revision: reference.revision)
    }
    guard let snapshot = found else { throw offline }
    progress(
      .note("\(reference): HF_HUB_OFFLINE is set: the hub is not asked whether it has another commit now"))
    progress(.checking)
    let names = HuggingFaceCache.files(in: snapshot)
    for name in names {
      let content = URL(filePath: "\(snapshot)/\(name)").resolvingSymlinksInPath()
      guard isLink("\(snapshot)/\(name)"), let hash = HubHash(tag: content.lastPathComponent) else {
        continue
      }
      try demandIntact(content.path, hash)
    }
    guard let file else { return HuggingFaceCache.model(in: snapshot) }
    guard names.contains(file) else { throw offline }
    return "\(snapshot)/\(file)"
  }
}
