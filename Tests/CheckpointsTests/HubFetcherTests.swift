import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

/// Fetching from a hub on loopback: what it says, what comes, and what goes wrong on the way.
@Suite struct HubFetcherTests {
  private let folder: TemporaryFolder
  private let weights = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  private let commit = String(repeating: "c0", count: 20)
  private let token = "secret"

  init() throws { folder = try TemporaryFolder() }

  private var model: FakeHub.Repository {
    FakeHub.Repository(
      [
        "config.json": Array("{}".utf8), "tokenizer.json": Array("{\"a\": 1}".utf8),
        "model.safetensors": weights, "README.md": [1], "pytorch_model.bin": [2],
      ], large: ["model.safetensors", "tokenizer.json"])
  }

  private func fetch(
    _ hub: FakeHub?, _ text: String = "org/tiny", file: String? = nil, accepting: Bool = false,
    with more: [String: String] = [:], change: (inout HubFetcher) -> Void = { _ in },
    progress: (FetchProgress) -> Void = { _ in }
  ) throws -> String {
    let environment = ["HF_HOME": folder.path, "HF_ENDPOINT": hub?.endpoint ?? "http://127.0.0.1:9"]
    var fetcher = try HubFetcher(environment: environment.merging(more) { $1 })
    fetcher.hurry(attempts: 3, pause: 0.01, patience: 1, longest: 2)
    change(&fetcher)
    return try fetcher.fetch(
      try HubReference(text), file: file, acceptingLicence: accepting, progress: progress)
  }

  private func failure(_ body: () throws -> String) -> HubError? {
    #expect(throws: HubError.self) { try body() }
  }

  private var repository: String { folder.path + "/hub/models--org--tiny" }
  private func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Nothing that a reader of the cache could take for a model, or for a part of one.
  private func nothingAppeared() -> Bool {
    names(repository + "/snapshots").isEmpty && names(repository + "/refs").isEmpty
      && names(repository + "/blobs").allSatisfy { $0.count == 64 || $0.count == 40 }
  }

  // MARK: - What comes

  @Test func aModelLandsInTheCacheAsItsToolsWriteIt() throws {
    let hub = try FakeHub(["org/tiny": model])
    var notes: [String] = []
    let path = try fetch(hub, progress: { if case .note(let text) = $0 { notes.append(text) } })
    #expect(path == "\(repository)/snapshots/\(commit)")
    #expect(names(path) == ["config.json", "model.safetensors", "tokenizer.json"])
    #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/model.safetensors")
    #expect(link == "../../blobs/" + sha256Hex(of: weights))
    // git hash-object of a file with "{}".
    #expect(names(repository + "/blobs").contains("9e26dfeeb6e641a33dae4961196235bdb965b21b"))
    #expect(try String(contentsOfFile: repository + "/refs/main", encoding: .utf8) == commit)
    #expect(names(repository) == ["blobs", "refs", "snapshots"])
    #expect(notes == ["org/tiny: licence: apache-2.0 (\(hub.endpoint)/org/tiny)"])
    let cache = HuggingFaceCache(root: folder.path + "/hub")
    #expect(
      try ModelLibrary(catalog: .empty, folder: folder.path, cache: cache).find("org/tiny").meant.path == path
    )
    // A second fetch asks what there is, and checks what is here.
    let count = hub.requests.count
    #expect(try fetch(hub) == path)
    #expect(hub.requests.count == count + 1)
  }

  @Test func shardsAreThoseOfTheIndex() throws {
    var model = model
    let index =
      #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
    model.files["model.safetensors"] = nil
    model.files["model.safetensors.index.json"] = Array(index.utf8)
    for number in 1...3 { model.files["model-0000\(number)-of-00002.safetensors"] = [UInt8(number)] }
    let path = try fetch(try FakeHub(["org/tiny": model]))
    #expect(
      names(path) == [
        "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "tokenizer.json",
      ])
    model.files["model.safetensors.index.json"] = Array(#"{"weight_map": {"a": "other.safetensors"}}"#.utf8)
    model.commit = String(repeating: "d1", count: 20)
    let error = failure { try fetch(try FakeHub(["org/tiny": model])) }
    #expect(error?.description.contains("other.safetensors") == true && error?.kind == .badInput)
    model.files["model.safetensors.index.json"] = Array(#"{"weight_map": {"a": "../x.safetensors"}}"#.utf8)
    #expect(failure { try fetch(try FakeHub(["org/tiny": model])) }?.description.contains("../x") == true)
    #expect(names(repository + "/snapshots") == [commit])
  }

  @Test func oneGGUFOfSeveralIsNamed() throws {
    let files = ["m-Q4_K_M.gguf": [1, 2], "m-Q8_0.gguf": weights, "sub/m-F16.gguf": [3]]
    let hub = try FakeHub([
      "org/tiny": FakeHub.Repository(files.mapValues { $0.map { UInt8($0) } }, large: Set(files.keys))
    ])
    let several = failure { try fetch(hub) }
    #expect(
      several?.description.contains("--file: m-Q4_K_M.gguf (0 MB), m-Q8_0.gguf (0 MB), sub/m-F16.gguf")
        == true)
    #expect(several?.kind == .usage)
    let unknown = failure { try fetch(hub, file: "m-Q4_K_S.gguf") }
    #expect(
      unknown?.description.contains("did you mean \"m-Q4_K_M.gguf\"?") == true && unknown?.kind == .usage)
    #expect(nothingAppeared())
    let snapshot = "\(repository)/snapshots/\(commit)"
    #expect(try fetch(hub, file: "m-Q8_0.gguf") == snapshot + "/m-Q8_0.gguf")
    let cache = HuggingFaceCache(root: folder.path + "/hub")
    let library = ModelLibrary(catalog: .empty, folder: folder.path, cache: cache)
    #expect(try library.find("org/tiny").meant.path == snapshot + "/m-Q8_0.gguf")
    #expect(try fetch(hub, file: "sub/m-F16.gguf") == snapshot + "/sub/m-F16.gguf")
    #expect(FileManager.default.contents(atPath: snapshot + "/sub/m-F16.gguf") == Data([3]))
    #expect(names(snapshot) == ["m-Q8_0.gguf", "sub"])
    #expect(try library.find("org/tiny").meant.path == snapshot, "of two neither is meant")
  }

  @Test func aSplitGGUFComesWithAllItsParts() throws {
    let files = Dictionary(uniqueKeysWithValues: (1...3).map { ("q/m-0000\($0)-of-00003.gguf", [UInt8($0)]) })
    let hub = try FakeHub(["org/tiny": FakeHub.Repository(files)])
    let path = try fetch(hub)
    #expect(path.hasSuffix("/q/m-00001-of-00003.gguf"))
    #expect(names((path as NSString).deletingLastPathComponent).count == 3)
    var less = files
    less["q/m-00003-of-00003.gguf"] = nil
    let error = failure { try fetch(try FakeHub(["org/less": FakeHub.Repository(less)]), "org/less") }
    #expect(error?.description.contains("q/m-00003-of-00003.gguf") == true)
    // A name that only looks like a part's.
    let none = try fetch(
      try FakeHub(["org/none": FakeHub.Repository(["m-00001-of-00000.gguf": [1]])]), "org/none")
    #expect(none.hasSuffix("/m-00001-of-00000.gguf"))
  }

  @Test func revisionsLieSideBySideAndNamesDoNotCollide() throws {
    var (old, other) = (model, model)
    old.commit = String(repeating: "b1", count: 20)
    old.revisions = ["v1", "refs/pr/1"]
    other.files["model.safetensors"] = [7]
    _ = try fetch(try FakeHub(["org/tiny": model, "them/tiny": other]))
    let hub = try FakeHub(["org/tiny": old])
    let path = try fetch(hub, "org/tiny@refs/pr/1")
    #expect(path.hasSuffix(old.commit))
    #expect(hub.requests[0].line == "hub GET /api/models/org/tiny/revision/refs%2Fpr%2F1?blobs=true")
    #expect(try fetch(hub, "org/tiny@" + old.commit) == path)
    #expect(names(repository + "/refs") == ["main", "refs"])
    #expect(try fetch(hub, "org/tiny@refs/pr/1", with: ["HF_HUB_OFFLINE": "1"]) == path)
    let their = try fetch(try FakeHub(["them/tiny": other]), "them/tiny")
    #expect(FileManager.default.contents(atPath: their + "/model.safetensors") == Data([7]))
    let cache = HuggingFaceCache(root: folder.path + "/hub")
    let library = ModelLibrary(catalog: .empty, folder: folder.path, cache: cache)
    #expect(try library.find("them/tiny").meant.path == their)
    #expect(try library.find("org/tiny").meant.path.hasSuffix(commit))
    #expect(try library.find("org/tiny@refs/pr/1").meant.path == path)
    #expect(try library.find("org/tiny@\(old.commit)").meant.path == path)
    let absent = #expect(throws: CheckpointError.self) { try library.find("org/tiny@v2") }
    #expect(absent?.description.hasSuffix("`sextant models fetch org/tiny@v2` fetches this one") == true)
  }

  @Test func smallFilesBehindARedirectInsideTheHub() throws {
    var model = model
    model.redirectsSmall = true
    model.isGated = true
    let hub = try FakeHub(["org/tiny": model])
    _ = try fetch(hub, accepting: true, with: ["HF_TOKEN": token])
    let inside = hub.requests.filter { $0.line.contains("resolve-cache") }
    #expect(inside.count == 2 && inside.allSatisfy { $0.authorization == "Bearer secret" })
  }

  @Test func hubsThatListNoHashesAreAskedForEachFile() throws {
    var model = model
    model.tellsHashes = false
    let hub = try FakeHub(
      ["org/tiny": model], [.headers(omits: ["ETag"], at: "/config.json", times: 9)])
    var notes: [String] = []
    _ = try fetch(hub, progress: { if case .note(let text) = $0 { notes.append(text) } })
    #expect(notes.last == "org/tiny: config.json: the hub says no hash; only its size was compared")
    #expect(names(repository + "/blobs").contains(sha256Hex(of: Array("{}".utf8))))
    #expect(names(repository + "/blobs").contains(sha256Hex(of: weights)))
  }

  // MARK: - Who asks

  @Test func theTokenGoesNowhereElse() throws {
    var model = model
    model.isGated = true
    let hub = try FakeHub(["org/tiny": model])
    _ = try fetch(hub, accepting: true, with: ["HF_TOKEN": token])
    let (own, others) = (
      hub.requests.filter { $0.line.hasPrefix("hub") }, hub.requests.filter { $0.line.hasPrefix("store") }
    )
    #expect(own.count == 5 && own.allSatisfy { $0.authorization == "Bearer secret" })
    #expect(others.count == 2 && others.allSatisfy { $0.authorization == nil })
  }

  @Test func theTokenOfALogin() throws {
    var model = model
    model.isGated = true
    try folder.write("secret\n", to: "token")
    _ = try fetch(try FakeHub(["org/tiny": model]), accepting: true)
    let error = failure { try fetch(nil, with: ["HF_TOKEN": "two words"]) }
    #expect(error?.kind == .usage && error?.description.contains("two words") == false)
  }

  @Test func gatedModelsSayWhatToDo() throws {
    var model = model
    model.isGated = true
    model.licence = "llama3.2"
    let hub = try FakeHub(["org/tiny": model])
    let terms = failure { try fetch(hub) }
    #expect(terms?.kind == .usage)
    #expect(
      terms?.description.contains(
        "llama3.2: read them at \(hub.endpoint)/org/tiny; the hub asks for your consent") == true)
    #expect(hub.requests.count == 1, "nothing is fetched before")
    let unsigned = failure { try fetch(hub, accepting: true) }
    #expect(unsigned?.description.contains("set HF_TOKEN") == true && unsigned?.kind == .usage)
    let waiting = failure { try fetch(hub, accepting: true, with: ["HF_TOKEN": "another"]) }
    #expect(waiting?.description.contains("as the user of HF_TOKEN") == true)
    for error in [terms, unsigned, waiting] { #expect(error?.description.contains("another") != true) }
    #expect(nothingAppeared())
  }

  @Test func aFreeLicenceIsSaidAndAnotherAccepted() throws {
    var model = model
    model.licence = "gemma"
    let hub = try FakeHub(["org/tiny": model])
    #expect(failure { try fetch(hub) }?.description.contains("--accept-licence") == true)
    _ = try fetch(hub, accepting: true)
    model.licence = nil
    var notes: [String] = []
    _ = try fetch(
      try FakeHub(["org/none": model]), "org/none",
      progress: { if case .note(let text) = $0 { notes.append(text) } })
    #expect(notes.first?.contains("none is stated") == true)
  }

  @Test func whatIsNotThere() throws {
    let hub = try FakeHub(["org/tiny": model])
    let none = failure { try fetch(hub, "org/none") }
    #expect(none?.kind == .usage && none?.description.contains("HF_TOKEN is not set") == true)
    #expect(names(folder.path + "/hub").isEmpty, "a repository of which nothing came leaves no folder")
    let signed = failure { try fetch(hub, "org/none", with: ["HF_TOKEN": token]) }
    #expect(signed?.description.contains("to the user of HF_TOKEN") == true)
    let revision = failure { try fetch(hub, "org/tiny@v9") }
    #expect(revision?.description == "org/tiny: no branch, tag or commit v9" && revision?.kind == .usage)
    let bad = try FakeHub(
      [:], [.status(401, ["X-Error-Message": "Invalid credentials in Authorization header"], at: "/api/")])
    let stale = failure { try fetch(bad, with: ["HF_TOKEN": "stale"]) }
    #expect(stale?.description.contains("does not know this token") == true)
    #expect(stale?.description.contains("stale") == false)
    let echo = try FakeHub([:], [.status(500, ["X-Error-Message": "no stale here"], at: "/api/", times: 9)])
    let echoed = failure { try fetch(echo, with: ["HF_TOKEN": "stale"]) }
    #expect(echoed?.description.contains("no (a token) here") == true)
    #expect(nothingAppeared())
  }

  @Test(arguments: [
    "tiny", "a/b/c", "org/../x", "org/x@", "org/x@a b", "org/x@../y", "org/a--b", "/x", "org/x@a//b",
  ])
  func namesOfAnotherForm(text: String) {
    #expect(throws: HubError.self) { try HubReference(text) }
  }

  // MARK: - What goes wrong

  @Test func aBrokenLineIsGoneOnWith() throws {
    let hub = try FakeHub(
      ["org/tiny": model], [.cut(after: 120_000, at: "store GET /blob/" + sha256Hex(of: weights))])
    let path = try fetch(hub)
    #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
    let asked = hub.requests.filter { $0.line.contains(sha256Hex(of: weights)) }
    #expect(asked.map(\.range) == [nil, "bytes=120000-"])
    #expect(asked[1].ifRange == "\"store-\(sha256Hex(of: weights).prefix(8))\"")
  }

  /// What another process has left is gone on with, too.
  @Test func anInterruptedFetchIsGoneOnWith() throws {
    let blob = "store GET /blob/" + sha256Hex(of: weights)
    let broken = try FakeHub(
      ["org/tiny": model], [.cut(after: 150_000, at: blob), .status(503, at: blob, times: 9)])
    let error = failure { try fetch(broken) }
    #expect(error?.kind == .badInput && error?.description.contains("status 503") == true)
    #expect(error?.description.contains("goes on from there") == true && nothingAppeared())
    #expect(names(repository + "/.fetch").contains(sha256Hex(of: weights)))
    let hub = try FakeHub(["org/tiny": model])
    _ = try fetch(hub)
    #expect(hub.requests.compactMap(\.range) == ["bytes=150000-"])
    #expect(
      hub.requests.filter { $0.line.hasPrefix("store") }.count == 1, "what is whole is not fetched again")
    #expect(names(repository) == ["blobs", "refs", "snapshots"])
  }

  @Test func anotherFileBehindTheSameAddressIsBegunAnew() throws {
    let blob = "store GET /blob/" + sha256Hex(of: weights)
    for second in [FakeHub.Fault.headers(["ETag": "\"new\""], at: blob), .wholeOnly(at: blob)] {
      let repository = "org/\(UUID().uuidString)"
      let hub = try FakeHub([repository: model], [.cut(after: 1000, at: blob), second])
      let path = try fetch(hub, repository)
      #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
      #expect(hub.requests.filter { $0.line.contains(blob) }.map(\.range) == [nil, "bytes=1000-", nil])
    }
  }

  @Test func otherBytesNeverAppear() throws {
    let blob = "store GET /blob/" + sha256Hex(of: weights)
    var wrong = weights
    wrong[7] ^= 1
    let hub = try FakeHub(["org/tiny": model], [.body(wrong, at: blob, times: 9)])
    let error = failure { try fetch(hub) }
    guard
      case .content(
        "org/tiny", "model.safetensors", "SHA-256", sha256Hex(of: weights), sha256Hex(of: wrong))? = error
    else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.kind == .badInput && nothingAppeared())
    #expect(!names(repository + "/.fetch").contains(sha256Hex(of: weights)), "it is not gone on with")
    let small = try FakeHub(
      ["org/tiny": model], [.body(Array("[]".utf8), at: "hub GET /org/tiny/resolve", times: 9)])
    try FileManager.default.removeItem(atPath: repository)
    #expect(
      failure { try fetch(small) }?.description.contains("config.json: git's hash: expected 9e26dfee") == true
    )
  }

  /// A part whose beginning is wrong costs one more download, not the model.
  @Test func aDamagedPartIsFetchedAnew() throws {
    let part = repository + "/.fetch/" + sha256Hex(of: weights)
    try FileManager.default.createDirectory(atPath: repository + "/.fetch", withIntermediateDirectories: true)
    for damaged in [[UInt8](repeating: 0, count: 500), weights.map { ~$0 }, weights + [0]] {
      try Data(damaged).write(to: URL(filePath: part))
      let path = try fetch(try FakeHub(["org/tiny": model]))
      #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
      try FileManager.default.removeItem(atPath: repository + "/blobs/" + sha256Hex(of: weights))
      try FileManager.default.createDirectory(
        atPath: repository + "/.fetch", withIntermediateDirectories: true)
    }
  }

  @Test func tooShortAndTooLong() throws {
    let blob = "store GET /blob/" + sha256Hex(of: weights)
    let short = try FakeHub(
      ["org/tiny": model], [.body(Array(weights.prefix(500)), at: blob, times: 99, hidesLength: true)])
    let error = failure { try fetch(short) }
    #expect(error?.description.contains("500 of 200000 bytes") == true, "\(String(describing: error))")
    let long = try FakeHub(
      ["org/tiny": model], [.body(weights + weights, at: blob, times: 99, hidesLength: true)])
    #expect(failure { try fetch(long) }?.kind == .badInput)
    let honest = try FakeHub(["org/tiny": model], [.body(weights + [0], at: blob, times: 99)])
    #expect(failure { try fetch(honest) }?.kind == .badInput)
    #expect(nothingAppeared())
  }

  @Test func damageInTheCacheIsFound() throws {
    let hub = try FakeHub(["org/tiny": model])
    let path = try fetch(hub)
    let blob = repository + "/blobs/" + sha256Hex(of: weights)
    try Data(weights.map { ~$0 }).write(to: URL(filePath: blob))
    for more in [[:], ["HF_HUB_OFFLINE": "1"]] {
      let error = failure { try fetch(hub, with: more) }
      #expect(
        error?.description.hasPrefix("\(blob): SHA-256: expected \(sha256Hex(of: weights)), found") == true)
      #expect(error?.kind == .badInput)
    }
    try FileManager.default.removeItem(atPath: blob)
    #expect(try fetch(hub) == path)
    #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
  }

  /// A snapshot against the names of its blobs: nothing is asked.
  @Test func aSnapshotIsHeldAgainstItsHashes() throws {
    let hub = try FakeHub(["org/tiny": model])
    let (reference, cache) = (try HubReference("org/tiny"), HuggingFaceCache(root: folder.path + "/hub"))
    let absent = #expect(throws: HubError.self) { try SnapshotCheck(reference, in: cache) }
    #expect(
      absent?.description.contains("sextant models fetch org/tiny") == true && absent?.kind == .badInput)
    let path = try fetch(hub)
    let count = hub.requests.count
    let check = try SnapshotCheck(reference, in: cache)
    #expect(try check == SnapshotCheck(HubReference("org/tiny@\(commit)"), in: cache))
    #expect(check.path == path)
    #expect(check.files.map(\.name) == ["config.json", "model.safetensors", "tokenizer.json"])
    #expect(
      check.files.map(\.state) == [.intact(by: "git's hash"), .intact(by: "SHA-256"), .intact(by: "SHA-256")])
    #expect(throws: HubError.self) { try SnapshotCheck(HubReference("org/tiny@v9"), in: cache) }
    func states() throws -> [SnapshotCheck.File.State] {
      try SnapshotCheck(reference, in: cache).files.map(\.state)
    }
    // One bit of a small file, and of a large one.
    let (small, large) = ("9e26dfeeb6e641a33dae4961196235bdb965b21b", sha256Hex(of: weights))
    try Data("{]".utf8).write(to: URL(filePath: "\(repository)/blobs/\(small)"))
    var changed = weights
    changed[77] ^= 1
    try Data(changed).write(to: URL(filePath: "\(repository)/blobs/\(large)"))
    let damaged = try states()
    guard case .damaged(let blob, "git's hash", small, let found) = damaged[0] else {
      Issue.record("\(damaged)")
      return
    }
    #expect(blob.hasSuffix("/blobs/\(small)") && found.count == 40 && found != small)
    guard case .damaged(_, "SHA-256", large, sha256Hex(of: changed)) = damaged[1] else {
      Issue.record("\(damaged)")
      return
    }
    #expect(damaged[2] == .intact(by: "SHA-256"))
    // Links that lead nowhere or elsewhere, and a copy.
    try FileManager.default.removeItem(atPath: "\(repository)/blobs/\(small)")
    try FileManager.default.removeItem(atPath: path + "/model.safetensors")
    try FileManager.default.createSymbolicLink(
      atPath: path + "/model.safetensors", withDestinationPath: "/etc/hostname")
    try Data("{}".utf8).write(to: URL(filePath: path + "/copy.json"))
    let linked = try SnapshotCheck(reference, in: cache).files
    #expect(linked.map(\.name) == ["config.json", "copy.json", "model.safetensors", "tokenizer.json"])
    #expect(linked[1].state == .unnamed && linked[3].isIntact)
    guard case .unreadable(let nowhere) = linked[0].state, case .unreadable(let out) = linked[2].state else {
      Issue.record("\(linked)")
      return
    }
    #expect(nowhere.contains("is not there") && out.contains("out of the cache"))
    #expect(hub.requests.count == count)
    for name in linked.map(\.name) where name != "copy.json" {
      try FileManager.default.removeItem(atPath: path + "/" + name)
    }
    let copies = #expect(throws: HubError.self) { try SnapshotCheck(reference, in: cache) }
    #expect(copies?.description.contains("these files are copies") == true)
  }

  @Test func aBusyHubIsWaitedFor() throws {
    let hub = try FakeHub(
      ["org/tiny": model],
      [
        .status(429, ["Retry-After": "1"], at: "/api/models"), .status(502, at: "HEAD"),
        .status(500, at: "store"),
      ])
    let start = ContinuousClock.now
    _ = try fetch(hub)
    #expect(ContinuousClock.now - start > .seconds(1), "Retry-After is obeyed")
    let long = try FakeHub(
      ["org/tiny": model], [.status(429, ["Retry-After": "3600"], at: "/api/", times: 9)])
    let error = failure { try fetch(long) }
    #expect(error?.description.contains("asks for 3600 s") == true && long.requests.count == 1)
    let down = try FakeHub(["org/tiny": model], [.status(503, at: "/api/", times: 9)])
    #expect(failure { try fetch(down) }?.description.contains("status 503; tried 3 times") == true)
    #expect(down.requests.count == 3)
    #expect(failure { try fetch(nil) }?.kind == .badInput)
  }

  @Test(.timeLimit(.minutes(20))) func aServerThatFallsSilentIsGivenUp() throws {
    let blob = "store GET /blob/" + sha256Hex(of: weights)
    let hub = try FakeHub(["org/tiny": model], [.stall(after: 1000, at: blob)])
    let path = try fetch(hub)
    #expect(FileManager.default.contents(atPath: path + "/model.safetensors") == Data(weights))
    #expect(hub.requests.compactMap(\.range) == ["bytes=1000-"])
  }

  // MARK: - What somebody planted

  @Test(arguments: [
    "../x.gguf", "/etc/x.gguf", "a//x.gguf", "a/../../x.gguf", "a\\x.gguf", "x\n.gguf", "", ".",
  ])
  func namesThatLeaveTheFolder(name: String) throws {
    let hub = try FakeHub(["org/tiny": FakeHub.Repository([name: [1], "m.gguf": [2]])])
    let error = failure { try fetch(hub) }
    #expect(error?.description.contains("rfilename: expected a path inside the repository") == true)
    #expect(error?.kind == .badInput && nothingAppeared())
  }

  @Test func listsThatAreNone() throws {
    let answers = [
      "", "{", "[]", "{\"sha\": \"main\", \"siblings\": []}", "{\"sha\": \"\(commit)\"}",
      "{\"sha\": \"\(commit)\", \"siblings\": [{}]}",
      "{\"sha\": \"\(commit)\", \"siblings\": [{\"rfilename\": \"m.gguf\", \"size\": -1}]}",
      "{\"sha\": \"\(commit)\", \"siblings\": [{\"rfilename\": \"m.gguf\", \"lfs\": {\"sha256\": \"x\"}}]}",
      "{\"sha\": \"\(commit)\", \"siblings\": [{\"rfilename\": \"a.gguf\"}, {\"rfilename\": \"a.gguf\"}]}",
    ]
    for answer in answers {
      let hub = try FakeHub(["org/tiny": model], [.body(Array((answer + " ").utf8), at: "/api/", times: 9)])
      #expect(failure { try fetch(hub) }?.kind == .badInput, "\(answer)")
    }
    #expect(nothingAppeared())
  }

  @Test func whatTheHubSaysTwiceMustAgree() throws {
    for (name, value) in [
      ("X-Repo-Commit", String(repeating: "00", count: 20)), ("X-Linked-Size", "7"),
      ("X-Linked-Etag", "\"\(String(repeating: "0", count: 64))\""),
    ] {
      let hub = try FakeHub(
        ["org/tiny": model], [.headers([name: value], at: "HEAD /org/tiny/resolve/\(commit)/model", times: 9)]
      )
      let error = failure { try fetch(hub) }
      #expect(error?.description.contains("model.safetensors: expected") == true, "\(name)")
      #expect(error?.kind == .badInput)
    }
    #expect(nothingAppeared())
  }

  @Test func redirectsToElsewhereThatAreNone() throws {
    for place in [
      "file:///etc/passwd", "ftp://127.0.0.1/x", "//127.0.0.1/x", "x y", "http://user:word@127.0.0.1/x",
    ] {
      let hub = try FakeHub(
        ["org/tiny": model], [.status(302, ["Location": place], at: "HEAD", times: 9)])
      #expect(failure { try fetch(hub) }?.description.contains("no less safe") == true, "\(place)")
    }
    let round = try FakeHub(
      ["org/tiny": model], [.status(302, ["Location": "/again"], at: "hub HEAD", times: 99)])
    #expect(failure { try fetch(round) }?.description.contains("more") == true)
    #expect(nothingAppeared())
  }

  @Test func plantedLinksAreNotFollowed() throws {
    let files = FileManager.default
    try folder.write("mine", to: "victim")
    try files.createDirectory(atPath: repository + "/.fetch", withIntermediateDirectories: true)
    for name in [sha256Hex(of: weights), "answer", "headers"] {
      try files.createSymbolicLink(
        atPath: repository + "/.fetch/" + name, withDestinationPath: folder.file("victim"))
    }
    _ = try fetch(try FakeHub(["org/tiny": model]))
    #expect(files.contents(atPath: folder.file("victim")) == Data("mine".utf8))
    try files.createSymbolicLink(atPath: repository + "/.fetch", withDestinationPath: folder.path)
    #expect(
      failure { try fetch(try FakeHub(["org/tiny": model])) }?.description.contains("it is a link") == true)
  }

  // MARK: - This machine

  @Test func offline() throws {
    let hub = try FakeHub(["org/tiny": model])
    let absent = failure { try fetch(hub, with: ["HF_HUB_OFFLINE": "1"]) }
    #expect(absent?.kind == .usage && absent?.description.contains("HF_HUB_OFFLINE is set") == true)
    #expect(hub.requests.isEmpty)
    let path = try fetch(hub)
    let count = hub.requests.count
    #expect(try fetch(hub, with: ["HF_HUB_OFFLINE": "true"]) == path)
    #expect(try fetch(hub, "org/tiny@\(commit)", with: ["HF_HUB_OFFLINE": "ON"]) == path)
    #expect(try fetch(hub, file: "config.json", with: ["HF_HUB_OFFLINE": "yes"]) == path + "/config.json")
    #expect(failure { try fetch(hub, file: "m.gguf", with: ["HF_HUB_OFFLINE": "1"]) }?.kind == .usage)
    #expect(hub.requests.count == count)
  }

  @Test func roomIsAskedForFirst() throws {
    let hub = try FakeHub(["org/tiny": model])
    let error = failure { try fetch(hub) { $0.room = { _ in 100_000 } } }
    guard case .noRoom(_, needed: 200_010, free: 100_000)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.kind == .cannotWrite && hub.requests.count == 1)
  }

  @Test func oneFetchAtATime() throws {
    try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
    let lock = repository + "/.fetch.lock"
    try Data().write(to: URL(filePath: lock))
    let holder = try #require(FileHandle(forUpdatingAtPath: lock))
    #expect(flock(holder.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let hub = try FakeHub(["org/tiny": model])
    #expect(failure { try fetch(hub) }?.kind == .inUse)
    #expect(hub.requests.isEmpty)
    try holder.close()
    _ = try fetch(hub)
  }

  @Test func aMachineWithoutCurl() {
    #expect(failure { try fetch(nil) { $0.curl = "curl-that-nobody-has" } }?.kind == .internalError)
  }

  /// Where nothing safer is there, `pytorch_model.bin` comes, and that is said once.
  @Test func pickles() throws {
    var model = model
    model.files["model.safetensors"] = nil
    var notes: [String] = []
    let path = try fetch(
      try FakeHub(["org/tiny": model]), progress: { if case .note(let text) = $0 { notes.append(text) } })
    #expect(names(path) == ["config.json", "pytorch_model.bin", "tokenizer.json"])
    #expect(notes.filter { $0.contains("pytorch_model.bin: no safer file is there") }.count == 1, "\(notes)")
    #expect(notes.count == 2)
    model.commit = String(repeating: "d1", count: 20)
    model.files["pytorch_model.bin.index.json"] = Array(
      #"{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}"#
        .utf8)
    for number in 1...2 { model.files["pytorch_model-0000\(number)-of-00002.bin"] = [UInt8(number)] }
    model.files["pytorch_model.bin"] = nil
    let sharded = try fetch(try FakeHub(["org/tiny": model]))
    #expect(names(sharded).filter { $0.contains(".bin") }.count == 3, "\(names(sharded))")
    // A GGUF is safer, and other pickles are not what transformers wrote.
    model.commit = String(repeating: "e2", count: 20)
    model.files["m.gguf"] = [1]
    #expect(try fetch(try FakeHub(["org/tiny": model])).hasSuffix("/m.gguf"))
    var other = FakeHub.Repository(["config.json": [1], "model.pt": [2]])
    let error = failure { try fetch(try FakeHub(["org/pt": other]), "org/pt") }
    #expect(error?.description.contains("weights as pickles only: model.pt") == true)
    other.files["pytorch_model.bin"] = [3]
    let named = try fetch(try FakeHub(["org/pt": other]), "org/pt", file: "pytorch_model.bin")
    #expect(names(named) == ["config.json", "pytorch_model.bin"])
    let adapter = FakeHub.Repository(["adapter_config.json": [1], "adapter_model.safetensors": [2]])
    let hub = try FakeHub(["org/lora": adapter])
    #expect(failure { try fetch(hub, "org/lora") }?.description.contains("LoRA") == true)
  }
}
