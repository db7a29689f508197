internal import Files
internal import Foundation

/// What the result of a step depends on, by name: canonical JSON of each part, never Swift's description of a value.
///
/// Equal fingerprints mean equal results. Each step has a version, raised when equal parts come to another result;
/// `Golden/steps.json` of the tests holds the results of every version.
package struct Fingerprint: Sendable, Equatable, Codable {
  /// The step's name, such as `compare/A--B`.
  package let step: String
  package let version: Int
  /// JSON with sorted keys, by name.
  package private(set) var parts: [String: String] = [:]

  package init(_ step: String, version: Int) { (self.step, self.version) = (step, version) }

  /// The same step, which depends on one thing more.
  ///
  /// - Throws: `EncodingError` for a number that is not finite.
  package func with(_ name: String, _ value: some Encodable) throws -> Fingerprint {
    precondition(parts[name] == nil, "\(step) depends on two things called \(name)")
    var more = self
    more.parts[name] = String(decoding: try Self.encoder.encode(value), as: UTF8.self)
    return more
  }

  /// SHA-256 of name, version and parts.
  package var sha256: String {
    get throws { sha256Hex(of: Array(try Self.encoder.encode(self))) }
  }

  /// What is not as it was, in words.
  package func changes(since old: Fingerprint) -> [String] {
    let names = Set(parts.keys).union(old.parts.keys).sorted().filter { parts[$0] != old.parts[$0] }
    let versions = version == old.version ? [] : ["version \(old.version) → \(version)"]
    return versions
      + names.map { name in
        let values = [old.parts[name] ?? "nothing", parts[name] ?? "nothing"]
        return values.allSatisfy { $0.count <= 24 } ? "\(name) \(values[0]) → \(values[1])" : name
      }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
