import Files
import Foundation

/// Requests to a hub, by the program `curl`.
///
/// The token goes to the hub's own origin only: redirects inside it are followed here, one request each, and one
/// that leads elsewhere is followed without it. curl reads addresses and token from standard input, so that no list
/// of processes shows them, and no `.curlrc`.
struct HubClient {
  let settings: HubSettings
  let reference: HubReference
  let curl: String
  /// For what curl writes.
  let folder: String
  let retry: HubRetry

  // MARK: - What is asked

  /// What the hub lists of the repository.
  func listing() throws(HubError) -> HubListing {
    let path =
      "api/models/\(reference.repository)/revision/\(Self.encoded(reference.revision, asOnePart: true))?blobs=true"
    let answer = folder + "/answer"
    let limit = 64 << 20
    let response = try retry.run(reference, host: settings.endpoint.host) { () throws(HubError) in
      try clear(answer)
      let (response, _) = try follow(path) { () throws(HubError) in
        [("output", answer), ("max-filesize", "\(limit)")]
      }
      return .init(response)
    }
    guard response.status == 200 else { throw refusal(response) }
    let json: JSON
    do throws(FileError) { json = try JSONReader.read(path: answer, limit: limit) } catch {
      throw .answer(
        reference: "\(reference)", what: "list of files", expected: "JSON", actual: "\(error)")
    }
    try clear(answer)
    return try HubListing(json, reference: reference)
  }

  /// Where a file's bytes are, and what the hub says of them.
  struct Place {
    let address: HubAddress
    let size: Int?
    let hash: HubHash?
  }

  /// Downloads a file, going on behind the bytes that `part` already holds.
  ///
  /// - Parameter revision: a commit, or a branch that is taken as it is now.
  /// - Returns: what the hub says of its bytes; `part` has exactly so many.
  func download(_ file: HubFile, at revision: String, to part: String) throws(HubError) -> Place {
    var place: Place?
    let response = try retry.run(reference, host: settings.endpoint.host) { () throws(HubError) in
      let (found, response) = try locate(file, at: revision)
      guard let found else { return .init(response) }
      place = found
      return try load(file, found, to: part)
    }
    guard response.end == 0, [0, 200, 206].contains(response.status), let place else {
      throw refusal(response, file: file.name)
    }
    return place
  }

  // MARK: - Steps

  /// Asks the hub where a file is; nil, with the answer, where it does not say.
  private func locate(_ file: HubFile, at revision: String) throws(HubError) -> (Place?, HubResponse) {
    let path = "\(reference.repository)/resolve/\(revision)/\(Self.encoded(file.name))"
    let (response, address) = try follow(path) { [("head", nil)] }
    guard response.end == 0, response.status == 200 || response.isRedirect else { return (nil, response) }
    func compare(_ what: String, _ listed: String?, _ said: String?) throws(HubError) {
      guard let listed, let said, listed != said else { return }
      throw .answer(
        reference: "\(reference)", what: "\(what) of \(file.name)", expected: listed,
        actual: said)
    }
    if HubReference.isCommit(revision) { try compare("commit", revision, response["x-repo-commit"]) }
    try compare("size", file.size.map(String.init), response.size.map(String.init))
    let (listed, said) = (file.hash, response.hash)
    if listed?.name == said?.name { try compare("hash", listed?.digits, said?.digits) }
    return (
      Place(address: address, size: file.size ?? response.size, hash: HubHash.stronger(listed, said)),
      response
    )
  }

  /// Downloads from where the file is.
  private func load(_ file: HubFile, _ place: Place, to part: String) throws(HubError) -> HubRetry.Attempt {
    guard let size = place.size else {
      throw .answer(
        reference: "\(reference)", what: "size of \(file.name)", expected: "a number of bytes",
        actual: "nothing")
    }
    let tag = part + ".tag"
    var begun = Self.size(of: part) ?? 0
    // Without a hash to compare, only the same bytes by the server's own word may be gone on with.
    let known = try? TextInput.text(tag, kind: "a tag", limit: 4096)
    if begun > size || place.hash == nil && known == nil {
      try clear(part)
      begun = 0
    }
    if begun == size, size > 0 { return .init(HubResponse()) }
    let isOwn = place.address.isSameOrigin(as: settings.endpoint)
    var options: [(String, String?)] = [
      ("fail", nil), ("output", part), ("max-filesize", "\(size)"),
    ]
    if begun > 0 { options.append(("continue-at", "\(begun)")) }
    if begun > 0, let known { options.append(("header", "If-Range: \(known)")) }
    if !isOwn {
      options += [
        ("location", nil), ("max-redirs", "5"),
        ("proto-redir", place.address.isEncrypted ? "=https" : "=http,https"),
      ]
    }
    var response = try request(place.address, options, growing: (part, size))
    if [200, 206].contains(response.status), let tagNow = response.strongTag {
      try hubOutput { () throws(OutputError) in try OutputFile.write(tagNow, to: tag) }
    }
    let now = Self.size(of: part) ?? 0
    if response.end == 23 {
      throw .output(.failed(path: part, operation: "write", reason: response.words))
    }
    // The server has another file now, knows no ranges, or has less than is here already: from the beginning, then.
    if response.end == 33 || response.status == 416 {
      try clear(part)
      return .init(response, isTransient: true)
    }
    if response.end == 0, ![200, 206].contains(response.status) { try clear(part) }
    guard response.end == 0, [200, 206].contains(response.status) else {
      // A place elsewhere is signed for some minutes: the hub is asked for another.
      return .init(response, isTransient: response.isTransient || !isOwn, bytes: now)
    }
    // Of no bytes curl makes no file.
    if size == 0 { try hubOutput { () throws(OutputError) in try OutputFile.write([UInt8](), to: part) } }
    guard now == size else {
      response.words = "it ended after \(now) of \(size) bytes"
      (response.end, response.status) = (18, 0)
      return .init(response, bytes: now)
    }
    return .init(response)
  }

  /// Follows redirects inside the hub; the address is the one that answers, or the one elsewhere that it leads to.
  private func follow(
    _ path: String, _ options: () throws(HubError) -> [(String, String?)]
  ) throws(HubError) -> (HubResponse, HubAddress) {
    guard var address = HubAddress(settings.endpoint.text + "/" + path) else {
      throw .answer(reference: "\(reference)", what: "path", expected: "an address", actual: path)
    }
    var first: HubResponse?
    for _ in 0..<5 {
      var response = try request(address, try options())
      // What is said on the way counts: the last answer may be of a store that knows no repository.
      response.adopt(first)
      guard response.isRedirect else { return (response, address) }
      guard let next = response["location"].flatMap(address.redirected) else {
        throw .answer(
          reference: "\(reference)", what: "redirect", expected: "an address that is no less safe",
          actual: response["location"].map { HubAddress($0)?.host ?? "another text" } ?? "none")
      }
      guard next.isSameOrigin(as: settings.endpoint) else { return (response, next) }
      address = next
      first = response
    }
    throw .answer(reference: "\(reference)", what: "redirects", expected: "at most 5", actual: "more")
  }

  /// One request.
  private func request(
    _ address: HubAddress, _ options: [(String, String?)], growing: (path: String, size: Int)? = nil
  ) throws(HubError) -> HubResponse {
    let headers = folder + "/headers"
    try clear(headers)
    var options = options
    options += [
      ("url", address.text), ("dump-header", headers), ("silent", nil), ("show-error", nil), ("globoff", nil),
      ("proto", address.isEncrypted ? "=https" : "=http,https"), ("user-agent", "sextant"),
      ("suppress-connect-headers", nil), ("connect-timeout", "20"), ("speed-limit", "1"),
      ("speed-time", "\(retry.patience)"),
    ]
    if let token = settings.token(for: address) { options.append(("header", token.header)) }
    let input = options.map { name, value in name + (value.map { " = " + Self.quoted($0) } ?? "") }
      .joined(separator: "\n")
    let runner = DownloadRunner(
      id: "\(reference)", folder: folder, limit: .max, expected: growing?.size ?? 1,
      patience: 2 * Double(retry.patience) + 20)
    // `--disable` goes first, or `.curlrc` is read.
    let end = try hubFiles { () throws(CheckpointError) in
      try runner.end(
        of: curl, ["--disable", "--config", "-"], source: address.host, input: input + "\n", growing: growing)
    }
    guard end.status != 127 else { throw .noTool(curl) }
    let lines = try? TextInput.text(headers, kind: "headers", limit: 1 << 20)
    var response = HubResponse(lines: lines ?? "")
    (response.end, response.words) = end
    if let token = settings.token { response.hide(token) }
    return response
  }

  /// What an answer that is none means.
  private func refusal(_ response: HubResponse, file: String? = nil) -> HubError {
    let isSigned = settings.token != nil
    let code = response["x-error-code"]
    if response.status == 401, response["x-error-message"]?.hasPrefix("Invalid credentials") == true, isSigned
    {
      return .noToken(host: settings.endpoint.host)
    }
    // To who does not say who it is, the hub does not tell a private repository from none.
    if file == nil, response.status == 404 || response.status == 401 && code != "GatedRepo" {
      return code == "RevisionNotFound"
        ? .noRevision(repository: reference.repository, revision: reference.revision)
        : .noRepository(
          repository: reference.repository, host: settings.endpoint.host, isSigned: isSigned)
    }
    if [401, 403].contains(response.status) {
      return .noAccess(
        reference: "\(reference)", status: response.status, page: page, isSigned: isSigned)
    }
    if let file, response.status == 404 {
      return .answer(
        reference: "\(reference)", what: file, expected: "the file, as it lists", actual: "none (status 404)")
    }
    return .unreachable(
      reference: "\(reference)", host: settings.endpoint.host, reason: response.reason)
  }

  /// Where people read of the model.
  var page: String { "\(settings.endpoint.text)/\(reference.repository)" }

  // MARK: - Small things

  /// Removes a file, also one that is a link and could make curl write anywhere.
  private func clear(_ path: String) throws(HubError) {
    guard Self.size(of: path) != nil || isLink(path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw .output(.failed(path: path, operation: "remove", reason: error.localizedDescription))
    }
  }

  /// Of a file; nil where there is none.
  static func size(of path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }

  /// A value of curl's configuration file.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static let plain = CharacterSet(
    charactersIn: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~")

  /// A path as part of an address (RFC 3986).
  private static func encoded(_ path: String, asOnePart: Bool = false) -> String {
    path.addingPercentEncoding(withAllowedCharacters: asOnePart ? plain : plain.union(["/"])) ?? path
  }
}
