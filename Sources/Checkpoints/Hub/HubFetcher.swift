import Files
import Foundation
import Tensors

/// Fetches models of the Hugging Face hub into the local cache of its tools, where `org/name` finds them.
///
/// The hub says which files there are, how long they are and what their hashes are; every file that comes is compared
/// with both, and lies in `blobs` by its hash only then. The snapshot that names them appears when all are there. What
/// has come before an interruption is kept in `.fetch` beside them, and gone on with. One process at a time fetches a
/// repository.
public struct HubFetcher: Sendable {
  /// The program that downloads.
  public var curl = "curl"
  let settings: HubSettings
  var retry = HubRetry()
  /// Bytes that are free where a folder is; `nil` where nobody knows.
  package var room: @Sendable (String) -> Int? = { folder in
    (try? FileManager.default.attributesOfFileSystem(forPath: folder))?[.systemFreeSize] as? Int
  }

  /// A fetcher with the settings of this process's environment.
  public init() throws(HubError) { try self.init(environment: ProcessInfo.processInfo.environment) }

  /// - Parameter environment: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`, `HF_HUB_CACHE`, `HF_HOME`, as Hugging
  ///   Face's tools know them.
  /// - Throws: `HubError.setting` for a variable that has no usable value.
  public init(environment: [String: String]) throws(HubError) {
    settings = try HubSettings(environment: environment)
  }

  /// For servers of tests: how often a request is made, seconds before the second, seconds without a byte.
  package mutating func hurry(attempts: Int, pause: Double, patience: Int, longest: Double = 300) {
    retry = HubRetry(attempts: attempts, pause: pause, longest: longest, patience: patience)
  }

  /// Where finished parts of a fetch are.
  public func workFolder(of reference: HubReference) -> String {
    settings.cache.folder(of: reference.repository) + "/.fetch"
  }

  /// Fetches a model and returns the path of its folder, or of the one file that it is.
  ///
  /// What is there already is only checked. With `HF_HUB_OFFLINE` nothing else is done, and nothing is asked.
  /// - Parameters:
  ///   - file: the file of weights that is wanted, where the repository has several.
  ///   - acceptingLicence: whether the user accepted the terms, if there are any.
  /// - Throws: `licenceNotAccepted`, as the checkpoint's; see `HubError` for the others.
  public func fetch(
    _ reference: HubReference, file: String? = nil, acceptingLicence: Bool,
    progress: (FetchProgress) -> Void = { _ in }
  ) throws(HubError) -> String {
    let cache = HubSnapshots(cache: settings.cache, reference: reference)
    if settings.isOffline { return try cache.kept(file: file, progress: progress) }
    let work = workFolder(of: reference)
    guard !isLink(work) else {
      throw .output(
        .failed(path: work, operation: "write into the folder", reason: "it is a link; delete it"))
    }
    try hubOutput { () throws(OutputError) in try OutputFile.makeFolder(work) }
    if settings.withholdsToken {
      progress(.note("\(settings.endpoint.text): HF_TOKEN is not sent, since the line is not encrypted"))
    }
    let client = HubClient(settings: settings, reference: reference, curl: curl, folder: work, retry: retry)
    let job = HubJob(client: client, cache: cache, work: work, room: room)
    // A repository of which nothing came leaves no folder.
    defer { OutputFile.removeFolderIfEmpty(cache.folder) }
    return try alone(at: work) { () throws(HubError) -> String in
      defer { job.tidy() }
      return try job.run(file: file, acceptingLicence: acceptingLicence, progress: progress)
    }
  }

  /// Does a job that no other process does meanwhile.
  private func alone(at work: String, _ job: () throws(HubError) -> String) throws(HubError) -> String {
    let lock = try hubOutput { () throws(OutputError) -> Lock in try Lock.take(for: work) }
    return try withExtendedLifetime(lock) { () throws(HubError) -> String in try job() }
  }
}

/// One fetch.
private struct HubJob {
  let client: HubClient
  let cache: HubSnapshots
  let work: String
  let room: @Sendable (String) -> Int?
  private var reference: HubReference { client.reference }

  func run(
    file: String?, acceptingLicence: Bool, progress: (FetchProgress) -> Void
  ) throws(HubError) -> String {
    progress(.downloading(what: "\(reference)", part: 1, parts: 1))
    let listing = try client.listing()
    let selection = try HubSelection(listing, file: file, reference: reference)
    try consent(listing.licence, acceptingLicence, progress)
    if let pickle = selection.pickle {
      progress(
        .note(
          "\(reference): \(pickle.name): no safer file is there; it is read here without running anything in it, "
            + "but other programs may run what its author likes"))
    }
    var files = selection.companions + selection.weights
    try demandRoom(for: files)
    // An index of shards comes first, and says what else there is.
    var blobs = try load(selection.companions, of: files, listing, progress)
    var weights = selection.weights
    if let index = selection.index, let blob = blobs[index.name] {
      weights = try shards(index, at: blob, ending: selection.shardEnding, listing)
      files += weights
      try demandRoom(for: files)
    }
    try blobs.merge(load(weights, of: files, listing, progress)) { $1 }
    let snapshot = try cache.link(files.map(\.name), to: blobs, commit: listing.commit, work: work)
    return selection.whole.map { "\(snapshot)/\($0.name)" } ?? snapshot
  }

  /// Leaves nothing behind but parts of files that can be gone on with.
  func tidy() {
    for name in ["answer", "headers", "words", "snapshot"] {
      try? FileManager.default.removeItem(atPath: "\(work)/\(name)")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? []
    for name in names where name.hasSuffix(".tag") && !names.contains(String(name.dropLast(4))) {
      try? FileManager.default.removeItem(atPath: "\(work)/\(name)")
    }
    OutputFile.removeFolderIfEmpty(work)
  }

  /// Says what the licence is, and stops where terms are to be accepted first.
  private func consent(
    _ licence: HubLicence, _ isAccepted: Bool, _ progress: (FetchProgress) -> Void
  ) throws(HubError) {
    if licence.hasTerms, !isAccepted {
      throw .checkpoint(
        .licenceNotAccepted(
          id: "\(reference)", licence: licence.name ?? "terms of its makers",
          terms: "read them at \(licence.place(page: client.page))"
            + (licence.isGated ? "; the hub asks for your consent there, and for HF_TOKEN" : "")))
    }
    progress(.note("\(reference): \(licence.words(page: client.page))"))
  }

  /// The files that the index names, as the hub lists them.
  private func shards(
    _ index: HubFile, at blob: String, ending: String, _ listing: HubListing
  ) throws(HubError) -> [HubFile] {
    let names = try hubFiles { () throws(CheckpointError) in
      try HuggingFaceFolder.shards(of: blob, ending: ending)
    }
    let folder = index.name.split(separator: "/").dropLast().map { $0 + "/" }.joined()
    var files: [HubFile] = []
    for name in names.keys.sorted() {
      guard let file = listing[folder + name] else {
        throw .answer(
          reference: "\(reference)", what: index.name, expected: "shards that the hub lists",
          actual: name.debugDescription)
      }
      files.append(file)
    }
    return files
  }

  // MARK: - Files

  /// Throws where what is to come does not fit, with some room to spare for the rest of the system.
  private func demandRoom(for files: [HubFile]) throws(HubError) {
    let needed = files.reduce(0) { sum, file in
      guard let size = file.size, cache.blob(file.hash).map({ HubClient.size(of: $0) == nil }) ?? true else {
        return sum
      }
      return sum + max(0, size - (HubClient.size(of: part(of: file, hash: file.hash)) ?? 0))
    }
    guard needed > 0, let free = room(work), free < needed + (16 << 20) else { return }
    throw .noRoom(folder: cache.folder, needed: needed, free: free)
  }

  /// Brings files into the cache: the path of each by its name.
  private func load(
    _ files: [HubFile], of all: [HubFile], _ listing: HubListing, _ progress: (FetchProgress) -> Void
  ) throws(HubError) -> [String: String] {
    var blobs: [String: String] = [:]
    let total = max(1, all.reduce(0) { $0 + ($1.size ?? 0) })
    for file in files {
      let before = all.prefix { $0.name != file.name }.reduce(0) { $0 + ($1.size ?? 0) }
      let share = Double(before) / Double(total)...Double(before + (file.size ?? 0)) / Double(total)
      blobs[file.name] = try JobProgress.current.part(share, file.name) { () throws(HubError) in
        try load(file, listing, progress)
      }
    }
    return blobs
  }

  private func load(
    _ file: HubFile, _ listing: HubListing, _ progress: (FetchProgress) -> Void
  ) throws(HubError) -> String {
    if let hash = file.hash, let blob = cache.blob(hash), HubClient.size(of: blob) != nil {
      try cache.demandIntact(blob, hash, size: file.size)
      return blob
    }
    // A part that is of no use is thrown away, and the file fetched once more from its beginning.
    var isSecond = false
    while true {
      let part = part(of: file, hash: file.hash)
      if isLink(part) { try? FileManager.default.removeItem(atPath: part) }
      let wasBegun = (HubClient.size(of: part) ?? 0) > 0
      let place = try client.download(file, at: listing.commit, to: part)
      let mapped = try hubFiles { () throws(CheckpointError) in
        try checkpointErrors { () throws(TensorError) in try MappedFile(path: part) }
      }
      let hash = place.hash ?? .sha256(mapped.sha256())
      if place.hash == nil {
        progress(.note("\(reference): \(file.name): the hub says no hash; only its size was compared"))
      }
      let actual = place.hash == nil ? hash.digits : hash.actual(of: mapped)
      if actual == hash.digits, let blob = cache.blob(hash) {
        try keep(part, as: blob)
        return blob
      }
      for path in [part, part + ".tag"] { try? FileManager.default.removeItem(atPath: path) }
      guard wasBegun, !isSecond else {
        throw .content(
          reference: "\(reference)", file: file.name, what: hash.name, expected: hash.digits, actual: actual)
      }
      isSecond = true
    }
  }

  /// Where a file's bytes come to lie first: by its hash, or by a hash of what it is called.
  private func part(of file: HubFile, hash: HubHash?) -> String {
    "\(work)/" + (hash?.digits ?? "name-" + sha256Hex(of: Array(file.name.utf8)))
  }

  private func keep(_ part: String, as blob: String) throws(HubError) {
    try hubOutput { () throws(OutputError) in
      try OutputFile.makeFolder(cache.folder + "/blobs")
      do {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: part))
        try handle.synchronize()
        try handle.close()
      } catch {
        throw .failed(path: part, operation: "write to the disk", reason: error.localizedDescription)
      }
      try putInPlace(part, path: blob)
    }
    try? FileManager.default.removeItem(atPath: part + ".tag")
  }
}
