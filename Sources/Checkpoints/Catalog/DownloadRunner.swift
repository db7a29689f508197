import Files
import Foundation

/// Runs the programs that download and unpack, and ends them when they write too much or nothing.
struct DownloadRunner {
  let id: String
  /// The only folder that they write to, temporary files included.
  let folder: String
  /// The most bytes that the folder may come to hold.
  let limit: Int
  /// Bytes that are to come, for a display of progress.
  let expected: Int
  /// Seconds without a byte.
  let patience: Double

  /// Waits for a word on standard input, and ends a process group when the other end of the pipe is closed without
  /// one: it is closed by whatever ends this process. SIGKILL, since a child may have inherited blocked signals.
  private static let guardian = "read -r word; [ -n \"$word\" ] || kill -KILL \"-$1\""

  /// Runs a program found in PATH to its end; its last words become the reason of the error.
  func run(
    _ tool: String, _ arguments: [String], source: String, growing: (path: String, size: Int)? = nil
  ) throws(CheckpointError) {
    let end = try end(of: tool, arguments, source: source, growing: growing)
    guard end.status == 0 else {
      throw .fetch(
        id: id, source: source,
        reason: "\(tool) ended with status \(end.status)" + (end.words.isEmpty ? "" : ": " + end.words))
    }
  }

  /// Runs a program to its end: its status, and the last line that it wrote to standard error.
  /// - Parameters:
  ///   - input: what it reads from standard input, which no list of processes shows; at most some kilobytes.
  ///   - growing: a file and the most bytes that it may have.
  /// - Throws: where it cannot be run, and where there was a reason to end it.
  func end(
    of tool: String, _ arguments: [String], source: String, input: String? = nil,
    growing: (path: String, size: Int)? = nil
  ) throws(CheckpointError) -> (status: Int32, words: String) {
    func fail(_ reason: String) -> CheckpointError { .fetch(id: id, source: source, reason: reason) }
    let words = folder + "/words"
    guard !isLink(words), FileManager.default.createFile(atPath: words, contents: nil),
      let errors = FileHandle(forWritingAtPath: words)
    else { throw fail("cannot write \(words)") }
    // A process of Foundation has a group of its own, so that Ctrl-C does not reach it.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    if let input {
      // Written before anybody reads: it fits into the pipe, and no reader that has gone can end this process.
      let pipe = Pipe()
      do {
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
      } catch { throw fail("cannot speak to \(tool): \(error.localizedDescription)") }
      process.standardInput = pipe
    }
    process.standardError = errors
    do { try process.run() } catch { throw fail("cannot run \(tool): \(error.localizedDescription)") }
    let (guardian, life) = (Process(), Pipe())
    guardian.executableURL = URL(fileURLWithPath: "/bin/sh")
    guardian.arguments = ["-c", Self.guardian, "sh", "\(process.processIdentifier)"]
    guardian.standardOutput = FileHandle.nullDevice
    guardian.standardInput = life
    guardian.standardError = FileHandle.nullDevice
    do { try guardian.run() } catch {
      kill(-process.processIdentifier, SIGKILL)
      throw fail("cannot run /bin/sh: \(error.localizedDescription)")
    }
    let complaint = watch(process, growing)
    if complaint == nil { try? life.fileHandleForWriting.write(contentsOf: Data("ended\n".utf8)) }
    try? life.fileHandleForWriting.close()
    process.waitUntilExit()
    guardian.waitUntilExit()
    if let complaint { throw fail(complaint) }
    let status = process.terminationStatus
    return (process.terminationReason == .exit ? status : 128 + status, lastLine(of: words))
  }

  /// Waits for the end; returns early, with the reason, when there is one to give up.
  private func watch(_ process: Process, _ growing: (path: String, size: Int)?) -> String? {
    var (bytes, since) = (size(of: folder), Date.now)
    var pause = 0.005  // a small answer is there at once
    while process.isRunning {
      Thread.sleep(forTimeInterval: pause)
      pause = min(2 * pause, 0.1)
      let now = size(of: folder)
      if let growing, size(of: growing.path) > growing.size {
        return "more than the \(growing.size) bytes that were to come"
      }
      if now > limit { return "more than \(limit) bytes, far more than the catalog says" }
      if now != bytes { (bytes, since) = (now, .now) }
      let come = min(growing.map { size(of: $0.path) } ?? now, expected)
      JobProgress.current.tell(come, of: expected, "\(come / 1_000_000) of \(expected / 1_000_000) MB")
      if since.timeIntervalSinceNow < -patience { return "nothing came for \(Int(patience)) s" }
    }
    return nil
  }

  /// Bytes of a file, or of all files below a folder.
  private func size(of path: String) -> Int {
    func bytes(_ path: String) -> Int {
      (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
    }
    guard let below = FileManager.default.enumerator(atPath: path) else { return bytes(path) }
    return below.reduce(bytes(path)) { $0 + (($1 as? String).map { bytes(path + "/" + $0) } ?? 0) }
  }

  private func lastLine(of file: String) -> String {
    let text = try? TextInput.read(file, kind: "messages", limit: 1 << 20)
    let line = text.flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n").last }
    return line.map(String.init) ?? ""
  }
}

/// Whether `path` is a symbolic link, wherever it leads.
func isLink(_ path: String) -> Bool {
  (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
}
