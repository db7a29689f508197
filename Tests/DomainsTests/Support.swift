import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

/// A folder that goes when it is done with.
struct TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "domains-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
    return path(name)
  }

  func remove() { try? FileManager.default.removeItem(at: url) }

  static func with(_ body: (TemporaryFolder) throws -> Void) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try body(folder)
  }
}

/// The path of a golden file.
func golden(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)").path
}

/// Items 0, 1, … around a circle, so that neighbours are near; each third one without an example.
func circle(_ count: Int, groups: [String]? = nil) -> Domain {
  let angles = (0..<count).map { 2 * Double.pi * Double($0) / Double(count) }
  return Domain(
    name: "circle", recipe: "test", sources: [.init(name: "none", sha256: "00", licence: "free")],
    names: (0..<count).map { "item \($0)" }, groups: groups,
    vectors: Matrix(rows: count, columns: 2, elements: angles.flatMap { [Float(cos($0)), Float(sin($0))] }),
    fields: [
      .init("gloss", (0..<count).map { ["number \($0)"] }),
      .init("kind", (0..<count).map { [$0 % 2 == 0 ? "even" : "odd", "number", "thing"] }),
      .init("example", (0..<count).map { $0 % 3 == 0 ? [] : ["I have \($0)."] }),
    ], toolVersion: "test", date: "2026-01-01T00:00:00Z")
}

/// What an error says; nothing where there is none.
func said(_ error: (any Error)?) -> String { error.map { "\($0)" } ?? "" }

/// The failure that a body throws; nil, with an issue, where it throws none.
func fault<Value>(_ body: () throws -> Value) -> (any Failure)? {
  do {
    _ = try body()
    Issue.record("no error")
  } catch let failure as any Failure {
    return failure
  } catch {
    Issue.record("\(error)")
  }
  return nil
}
