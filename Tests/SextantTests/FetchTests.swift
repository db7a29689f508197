import Foundation
import TestSupport
import Testing

/// Fetching as a user does it: with programs found in PATH, interrupted, from a folder that somebody prepared.
struct FetchTests {
  /// The tool in its folder with programs of ours before those of the system.
  private func fetch(_ tool: Tool, _ source: String) throws -> Process {
    try Data(TinyCatalog.text(sources: [source]).utf8).write(to: tool.folder.appending(path: "catalog.yaml"))
    let process = Process()
    process.executableURL = try Tool.binary
    process.arguments = ["models", "fetch", "tiny", "--catalog", "catalog.yaml"]
    process.currentDirectoryURL = tool.folder
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    process.environment = Tool.environment
      .merging(["PATH": tool.path("bin") + ":" + path, "PIP_NO_INDEX": "1"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    return process
  }

  /// The tool is started by a worker thread, which has SIGTERM blocked. SIGBUS is what a mapped file that is cut short ends with, and no crash.
  @Test(
    .timeLimit(.minutes(20)),
    arguments: [
      (SIGINT, .exit, 130), (SIGTERM, .uncaughtSignal, SIGTERM), (SIGKILL, .uncaughtSignal, SIGKILL),
      (SIGBUS, .exit, 3),
    ] as [(Int32, Process.TerminationReason, Int32)])
  func theDownloadEndsWithTheTool(signal: Int32, reason: Process.TerminationReason, status: Int32) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let bin = tool.folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    let curl = bin.appending(path: "curl").path
    let pidFile = tool.path("pid")
    try Data("#!/bin/sh\necho $$ > \(pidFile).new; mv \(pidFile).new \(pidFile); exec sleep 600\n".utf8)
      .write(to: URL(filePath: curl))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: curl)
    let process = try fetch(tool, TinyCatalog.repository)
    try process.run()
    while !FileManager.default.fileExists(atPath: pidFile) { Thread.sleep(forTimeInterval: 0.05) }
    let pid = try #require(
      Int32(String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(in: .newlines)))
    #expect(isRunning(pid))
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    for _ in 0..<100 where isRunning(pid) { Thread.sleep(forTimeInterval: 0.05) }
    #expect(!isRunning(pid), "the download outlives the tool")
    #expect(process.terminationReason == reason && process.terminationStatus == status)
  }

  /// From a hub on loopback to a model that `org/name` stands for; what goes wrong ends with its code and leaves nothing.
  @Test(.timeLimit(.minutes(20))) func aModelOfTheHub() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let tiny = Array(try Data(contentsOf: URL(filePath: tinyLlama)))
    var gated = FakeHub.Repository(["tiny.gguf": tiny], large: ["tiny.gguf"])
    gated.isGated = true
    let hub = try FakeHub([
      "org/tiny": FakeHub.Repository(["tiny.gguf": tiny, "README.md": [1]], large: ["tiny.gguf"]),
      "org/gated": gated,
      "org/two": FakeHub.Repository(["a.gguf": tiny, "b.gguf": [1]]),
    ])
    func run(_ command: String) throws -> Tool.Output {
      try tool.shell(
        "unset HF_TOKEN HF_HUB_OFFLINE HF_HUB_CACHE HF_TOKEN_PATH; export HF_HOME=hf HF_ENDPOINT=\(hub.endpoint)\n"
          + command)
    }
    let fetched = try run("sextant models fetch org/tiny")
    #expect(fetched.code == 0 && fetched.err == "org/tiny: licence: apache-2.0 (\(hub.endpoint)/org/tiny)\n")
    let path = fetched.out.trimmingCharacters(in: .newlines)
    #expect(path.hasPrefix("hf/hub/models--org--tiny/snapshots/") && path.hasSuffix("/tiny.gguf"))
    #expect(FileManager.default.contents(atPath: tool.path(path)) == Data(tiny))
    let imported = try run("sextant import org/tiny")
    #expect(imported.code == 0, "\(imported.err)")
    #expect(FileManager.default.fileExists(atPath: tool.path("models/tiny.h5")))

    #expect(try run("sextant models fetch tiny-gemma").err.contains("are called org/name"))
    for (command, code, words) in [
      ("org/two", 2, "--file: a.gguf"), ("org/two --file c.gguf", 2, "no file c.gguf"),
      ("org/two --file ../a.gguf", 2, "no file"), ("org/none", 2, "no such model"), ("org/tiny@v3", 2, "v3"),
      ("org/tiny@../x", 2, "branch or a tag"), ("org/gated", 2, "--accept-licence"),
      ("org/gated --accept-licence", 2, "HF_TOKEN"), ("smollm2-135m --file x", 2, "model of the catalog"),
    ] {
      let run = try run("sextant models fetch \(command)")
      #expect(
        run.code == code && run.err.contains(words) && run.out.isEmpty, "\(command): \(run.code) \(run.err)")
    }
    let known = try run("export HF_TOKEN=secret; sextant models fetch org/gated --accept-licence --verbose")
    #expect(known.code == 0 && !known.err.contains("secret"), "\(known.err)")
    let offline = try run("export HF_HUB_OFFLINE=1; sextant models fetch org/two --file a.gguf")
    #expect(offline.code == 2 && offline.err.contains("HF_HUB_OFFLINE"))
    let intact = try run("sextant models verify org/tiny")
    #expect(intact.code == 0 && intact.out == "tiny.gguf: intact (SHA-256)\n", "\(intact)")
    let blobs = tool.path("hf/hub/models--org--tiny/blobs")
    let blob = try #require(try FileManager.default.contentsOfDirectory(atPath: blobs).first)
    try Data(tiny.dropLast() + [tiny[tiny.count - 1] ^ 1]).write(to: URL(filePath: blobs + "/" + blob))
    let damaged = try run("sextant models verify org/tiny")
    #expect(damaged.code == 1 && damaged.out.hasPrefix("tiny.gguf: DAMAGED: ") && damaged.out.contains(blob))
    for (name, code) in [("org/none", 3), ("org/tiny@v3", 3), ("nothing", 2)] {
      #expect(try run("sextant models verify \(name)").code == code, "\(name)")
    }
    let away = try run("export HF_ENDPOINT=ftp://x; sextant models fetch org/two --file a.gguf")
    #expect(away.code == 2 && away.err.contains("HF_ENDPOINT"))
    let names = try FileManager.default.contentsOfDirectory(atPath: tool.path("hf/hub")).sorted()
    #expect(!names.contains("models--org--none"), "\(names)")
  }

  /// Whether there is such a process, and not only what is left of one.
  private func isRunning(_ pid: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return status.split(separator: ")").last?.hasPrefix(" Z") == false
  }

  /// A folder `pip` where the tool is started must not be taken for pip, nor a `zipfile.py`.
  @Test func nothingOfTheCurrentFolderIsRun() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try FileManager.default.createDirectory(
      at: tool.folder.appending(path: "pip"), withIntermediateDirectories: true)
    let trap = "open(\"\(tool.path("trapped"))\", \"w\").close()\n"
    for name in ["pip/__init__.py", "pip/__main__.py", "zipfile.py", "fnmatch.py", "shutil.py"] {
      try Data(trap.utf8).write(to: tool.folder.appending(path: name))
    }
    let process = try fetch(tool, "pypi: {packages: [tiny-part1==1.0.0], member: \"tiny.part*\"}")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 3)
    #expect(!FileManager.default.fileExists(atPath: tool.path("trapped")))
  }
}
