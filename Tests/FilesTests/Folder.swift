import Foundation

/// A folder that goes away with the value.
final class Folder {
  let path = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func text(_ name: String) -> String? { try? String(contentsOfFile: file(name), encoding: .utf8) }
}
