import Files
import Foundation
import Reports

/// Results as text, to files or to standard output.
enum TextOutput {
  /// Writes a file that appears whole or not at all.
  static func write(_ text: String, to path: String) throws {
    try TextFile.write(text, to: URL(filePath: path))
  }

  /// `text` to a file whose path is printed then, or to standard output without a path.
  static func emit(_ text: String, to file: WritableFile?) throws {
    guard let path = file?.path else {
      print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
      return
    }
    try write(text, to: path)
    print(path)
  }

  /// A Codable value as JSON with sorted keys.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return TerminalText.json(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
