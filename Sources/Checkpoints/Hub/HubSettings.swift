import Files
import Foundation

/// What the environment says of the hub, by the names that Hugging Face's own tools know.
struct HubSettings: Sendable {
  /// `HF_ENDPOINT`, else the public hub.
  let endpoint: HubAddress
  /// `HF_TOKEN`, else the file that `HF_TOKEN_PATH` names, else `$HF_HOME/token`.
  let token: HubToken?
  /// `HF_HUB_OFFLINE`.
  let isOffline: Bool
  let cache: HuggingFaceCache

  /// - Throws: `HubError.setting` for a variable that has no usable value.
  init(environment: [String: String]) throws(HubError) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    guard let endpoint = HubAddress(address.hasSuffix("/") ? String(address.dropLast()) : address) else {
      throw .setting(variable: "HF_ENDPOINT", expected: HubAddress.form)
    }
    self.endpoint = endpoint
    isOffline = ["1", "on", "yes", "true"].contains(value("HF_HUB_OFFLINE")?.lowercased())
    cache = HuggingFaceCache(environment: environment)
    token = try Self.token(value)
  }

  private static func token(_ value: (String) -> String?) throws(HubError) -> HubToken? {
    let file =
      value("HF_TOKEN_PATH") ?? (value("HF_HOME") ?? (value("HOME") ?? ".") + "/.cache/huggingface")
      + "/token"
    let kept = (try? TextInput.text(file, kind: "a token", limit: 4096)).map { ($0, file) }
    guard let (text, place) = value("HF_TOKEN").map({ ($0, "HF_TOKEN") }) ?? kept else { return nil }
    let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if word.isEmpty { return nil }
    guard let token = HubToken(word) else {
      throw .setting(variable: place, expected: "a token: letters, digits and signs, without a space")
    }
    return token
  }

  /// Whether the token is kept back, since anybody on the way could read it.
  var withholdsToken: Bool { token != nil && token(for: endpoint) == nil }

  /// The token for a request to `address`: to the hub itself, and over a line that nobody else reads.
  func token(for address: HubAddress) -> HubToken? {
    address.isSameOrigin(as: endpoint) && (address.isEncrypted || address.isOfThisMachine) ? token : nil
  }
}

/// A user's secret. No text or mirror of it shows what it is.
struct HubToken: Sendable, CustomStringConvertible, CustomReflectable {
  private let text: String

  /// Nil for what is no token: it would end the header that carries it.
  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= 1000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
    self.text = text
  }

  var description: String { "(a token)" }
  var customMirror: Mirror { Mirror(self, children: []) }

  /// A text without it.
  func hidden(in words: String) -> String { words.replacing(text, with: description) }

  /// The header that carries it.
  var header: String { "Authorization: Bearer \(text)" }
}

/// An address of `http` or `https`.
struct HubAddress: Sendable, Equatable {
  /// What one looks like, for messages.
  static let form = "an address as https://huggingface.co, without user and password"

  let text: String
  /// `scheme://host:port`, in lower case, with the port that the scheme means where none is said.
  private let origin: String
  /// For messages: neither a path nor a query, which may be signed.
  let host: String

  /// Nil for what is no such address, or carries a user or a password.
  init?(_ text: String) {
    guard text.utf8.count <= 16_384, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty,
      parts.user == nil,
      parts.password == nil
    else { return nil }
    self.text = text
    origin = "\(scheme)://\(host):\(parts.port ?? (scheme == "https" ? 443 : 80))"
    self.host = parts.port.map { "\(host):\($0)" } ?? host
  }

  func isSameOrigin(as other: HubAddress) -> Bool { origin == other.origin }
  var isEncrypted: Bool { origin.hasPrefix("https:") }
  var isOfThisMachine: Bool {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].contains(where: origin.hasPrefix)
  }

  /// Where a redirect leads: an address, or a path on the same host. From an encrypted line nothing leads to an open one.
  func redirected(to location: String) -> HubAddress? {
    let isPath = location.hasPrefix("/") && !location.hasPrefix("//")
    guard let next = HubAddress(isPath ? origin + location : location), next.isEncrypted || !isEncrypted
    else { return nil }
    return next
  }
}
