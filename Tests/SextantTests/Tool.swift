import Files
import Foundation
import Testing

/// The built tool, run as a user runs it.
struct Tool {
  struct Output {
    let code: Int32
    let out: String
    let err: String
  }

  /// A folder of its own for each test, removed by `remove`.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "sextant-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Runs the tool in the test's folder, without a terminal, 80 columns wide.
  func run(_ arguments: String...) throws -> Output { try run(Self.binary, arguments) }

  /// The same with a list.
  func run(_ arguments: [String]) throws -> Output { try run(Self.binary, arguments) }

  /// Runs a script of bash that knows the tool as `sextant`, in the same way.
  func shell(_ script: String) throws -> Output {
    let folder = try Self.binary.deletingLastPathComponent().path
    return try run(URL(filePath: "/bin/bash"), ["-c", "PATH=\"\(folder):$PATH\"\n" + script])
  }

  private func run(_ program: URL, _ arguments: [String]) throws -> Output {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = Self.environment.merging(["COLUMNS": "80"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a pipe that nobody empties blocks a talkative process.
    let (out, err) = (path(".out-\(UUID().uuidString)"), path(".err-\(UUID().uuidString)"))
    for path in [out, err] { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
    let outHandle: FileHandle = try #require(FileHandle(forWritingAtPath: out))
    let errHandle: FileHandle = try #require(FileHandle(forWritingAtPath: err))
    process.standardOutput = outHandle
    process.standardError = errHandle
    try process.run()
    process.waitUntilExit()
    let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Output(
      code: code, out: try String(contentsOf: URL(filePath: out), encoding: .utf8),
      err: try String(contentsOf: URL(filePath: err), encoding: .utf8))
  }

  /// Of the tests, with stores and maps kept in the current folder.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["SEXTANT_HOME": "."]) { $1 }
  }

  /// `sextant` lies beside the test bundle in the build folder.
  static var binary: URL {
    get throws {
      let places = [Bundle.module.bundleURL, Bundle.main.bundleURL, Bundle.main.executableURL]
      let candidates = places.compactMap { $0 }.flatMap { place in
        [place, place.deletingLastPathComponent()].map { $0.appending(path: "sextant") }
      }
      return try #require(
        candidates.first {
          var isFolder: ObjCBool = false
          let exists = unsafe FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
          return exists && !isFolder.boolValue
        }, "sextant is not beside the test bundle: \(candidates.map(\.path))")
    }
  }
}

/// A golden file of another module's tests.
func fixture(_ path: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: path).path
}

let tinyLlama = fixture("TransformersTests/Golden/llama.gguf")
let tinyQwen = fixture("TransformersTests/Golden/qwen2.gguf")

/// A catalog of files that are there: each id, the path of its file from the tool's folder.
func catalogText(_ models: [(id: String, path: String)], in tool: Tool) throws -> String {
  try "format: 1\nmodels:\n"
    + models.map { id, path in
      let bytes = try Data(contentsOf: URL(filePath: tool.path(path)))
      return """
          - id: \(id)
            family: llama
            what: A tiny model
            licence: Apache-2.0
            licence-url: https://example.org/licence
            file: \(URL(filePath: path).lastPathComponent)
            size: \(bytes.count)
            sha256: \(sha256Hex(of: Array(bytes)))
            sources:
              - huggingface: {repository: org/\(id), file: \(id).gguf}

        """
    }.joined()
}
