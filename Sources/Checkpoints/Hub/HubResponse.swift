import Files
import Foundation

/// How a request to a hub ended.
struct HubResponse: Sendable {
  /// Of HTTP; 0 where no answer came.
  var status = 0
  /// By lower-case names; of the last answer, where redirects were followed.
  private(set) var headers: [String: String] = [:]
  /// Of curl; 0 for a whole answer.
  var end: Int32 = 0
  /// What curl said of it.
  var words = ""

  init() {}

  /// From the lines that curl wrote: a block for each answer, the last of which counts.
  init(lines: String) {
    for line in lines.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("HTTP/") {
        headers = [:]
        status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      } else if let colon = line.firstIndex(of: ":") {
        let name = line[..<colon].lowercased()
        // A field that comes twice is one list (RFC 9110, 5.3).
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        headers[name] = headers[name].map { $0 + ", " + value } ?? value
      }
    }
  }

  /// Takes a secret out of what may be said: a server can send back what it was sent.
  mutating func hide(_ token: HubToken) {
    words = token.hidden(in: words)
    headers["x-error-message"] = headers["x-error-message"].map(token.hidden)
  }

  subscript(name: String) -> String? { headers[name] }

  var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }

  /// Takes over what an answer before a redirect inside the hub said of the file.
  mutating func adopt(_ earlier: HubResponse?) {
    for name in ["x-repo-commit", "x-linked-etag", "x-linked-size"] where headers[name] == nil {
      headers[name] = earlier?[name]
    }
  }

  /// What the hub calls the file by: of a large one `X-Linked-Etag`, since its `ETag` is of the redirect.
  var hash: HubHash? {
    (self["x-linked-etag"] ?? (isRedirect ? nil : self["etag"])).flatMap { HubHash(tag: $0) }
  }

  /// The file's bytes.
  var size: Int? {
    (self["x-linked-size"] ?? (isRedirect ? nil : self["content-length"])).flatMap { Int($0) }
  }

  /// An `ETag` that stands for exactly these bytes, and so can be asked for (RFC 9110, 13.1.5).
  var strongTag: String? {
    self["etag"].flatMap { tag in
      tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count >= 2
        && tag.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? tag : nil
    }
  }

  /// Seconds that the server wants to be left alone for; nil where it says none, or a date.
  var retryAfter: Double? { self["retry-after"].flatMap { Int($0) }.map { Double(max($0, 0)) } }

  /// Whether the same request may succeed later: the line broke, or the server is busy (RFC 6585, RFC 9110).
  var isTransient: Bool {
    [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524].contains(status)
      // curl(1), exit codes: names, connections, parts of a file, time-outs, encryption, empty answers, HTTP/2.
      || [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92].contains(end)
  }

  /// Why it failed, in words.
  var reason: String {
    if status >= 300 {
      return "it answers with status \(status)" + (self["x-error-message"].map { ": " + $0 } ?? "")
    }
    return words.isEmpty ? "curl ended with status \(end)" : words
  }
}
