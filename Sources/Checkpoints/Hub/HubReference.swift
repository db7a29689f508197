import Foundation

/// What a user writes for a model of the hub: `org/name`, or `org/name@revision`.
public struct HubReference: Sendable, Equatable, CustomStringConvertible {
  /// `org/name`.
  public let repository: String
  /// A branch, a tag or a commit.
  public let revision: String

  /// - Throws: `HubError.reference` for a text of another form.
  public init(_ text: String) throws(HubError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard HuggingFaceCache.isRepository(parts[0]), !parts[0].contains("--"), parts[0].utf8.count <= 192 else {
      throw .reference(text: text, expected: "org/name of letters, digits, \".\", \"_\" and \"-\"")
    }
    repository = parts[0]
    revision = parts.count > 1 ? parts[1] : "main"
    guard Self.isRevision(revision) else {
      throw .reference(text: text, expected: "the name of a branch or a tag, or a commit, behind \"@\"")
    }
  }

  public var description: String { revision == "main" ? repository : "\(repository)@\(revision)" }

  /// Whether the revision can be part of a path and of an address: `main`, `v1.0`, `refs/pr/1`, a commit.
  private static func isRevision(_ text: String) -> Bool {
    text.utf8.count <= 200
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        HuggingFaceCache.isRepository("a/" + part)
      }
  }

  /// Whether `text` is a commit: 40 hexadecimal digits.
  static func isCommit(_ text: String) -> Bool {
    text.utf8.count == 40 && isHexadecimal(text)
  }

  static func isHexadecimal(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
