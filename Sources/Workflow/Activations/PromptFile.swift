public import Files
import Foundation

/// A file of prompts that is read again and again, a prompt at a time: a text a line, or JSON Lines with the text under a key.
public struct PromptFile: Sendable {
  public let path: String
  /// What errors call the file.
  public let name: String
  /// The member of each line's object that holds the text; nil for lines of text.
  public let key: String?
  /// What was read from standard input, which goes with the value.
  private let copy: TemporaryCopy?

  /// - Parameter key: nil takes `text` where the file's name ends in `.jsonl`, and lines of text otherwise.
  public init(path: String, key: String? = nil) {
    (self.path, name, copy) = (path, path, nil)
    self.key = key ?? (path.hasSuffix(".jsonl") ? "text" : nil)
  }

  /// Copies standard input to a file for the time of the job: prompts are read more than once.
  public static func standardInput(key: String?) throws(OutputError) -> PromptFile {
    let copy = try TemporaryCopy(of: .standardInput)
    return PromptFile(copy, key: key)
  }

  private init(_ copy: TemporaryCopy, key: String?) {
    (path, name, self.key, self.copy) = (copy.path, "standard input", key, copy)
  }

  /// Gives each prompt and where it stands to `body`.
  /// - Throws: `FileError.entry` naming the line that has no text; what `body` throws.
  func eachText(_ body: (_ text: String, _ place: String) throws -> Void) throws {
    var lines = try TextLines(path: path)
    while let line = try lines.next() {
      let place = "line \(lines.number)"
      try body(try text(line, place), place)
    }
  }

  private func text(_ line: String, _ place: String) throws -> String {
    func fault(_ expected: String, _ actual: String) -> FileError {
      .entry(path: name, place: place, expected: expected, actual: actual)
    }
    guard let key else {
      guard !line.allSatisfy(\.isWhitespace) else {
        throw fault("a prompt", "an empty line; remove it")
      }
      return line
    }
    let value = try object(line, place)
    guard let member = value[key] else {
      let keys = value.object?.map(\.key) ?? []
      throw fault(
        "an object with \(key.debugDescription)",
        keys.isEmpty
          ? value.kind : "one with \(keys.joined(separator: ", "))" + suggestion(for: key, among: keys))
    }
    guard case .string(let text) = member, !text.allSatisfy(\.isWhitespace) else {
      throw fault("a text under \(key.debugDescription)", member.string == nil ? member.kind : "an empty one")
    }
    return text
  }

  private func object(_ line: String, _ place: String) throws(FileError) -> JSON {
    var reader = JSONReader(Array(line.utf8), path: name)
    do throws(FileError) { return try reader.document() } catch {
      switch error {
      case .malformed(_, let offset, _, let expected, let actual):
        throw .entry(
          path: name, place: "\(place), byte \(offset)", expected: expected, actual: actual)
      default: throw error
      }
    }
  }
}

/// What came through a pipe, in a file that goes away with the value.
private final class TemporaryCopy: Sendable {
  let path: String

  init(of input: FileHandle) throws(OutputError) {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("sextant-\(UUID().uuidString)").path
    do {
      try Data().write(to: URL(filePath: path))
      let output = try FileHandle(forWritingTo: URL(filePath: path))
      while let block = try input.read(upToCount: 1 << 20), !block.isEmpty {
        try output.write(contentsOf: block)
      }
      try output.close()
    } catch {
      throw .failed(path: path, operation: "copy standard input", reason: error.localizedDescription)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
