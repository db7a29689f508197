import Files
import Foundation
import Tensors

/// What the hub calls a file's content by.
enum HubHash: Sendable, Equatable {
  /// Of a large file (Git LFS).
  case sha256(String)
  /// Of a small one: git's own, see `GitBlobHash`.
  case git(String)

  /// From an `ETag`: 64 or 40 hexadecimal digits between quotes, weak or not; nil for another.
  init?(tag: String) {
    let digits = (tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag).trimmingCharacters(in: ["\""])
    guard HubReference.isHexadecimal(digits) else { return nil }
    switch digits.utf8.count {
    case 64: self = .sha256(digits)
    case 40: self = .git(digits)
    default: return nil
    }
  }

  var digits: String {
    switch self {
    case .sha256(let digits), .git(let digits): digits
    }
  }

  var name: String {
    switch self {
    case .sha256: "SHA-256"
    case .git: "git's hash"
    }
  }

  /// The one that no two files can be made to share; the hub may list either.
  static func stronger(_ a: HubHash?, _ b: HubHash?) -> HubHash? {
    if case .sha256? = b { b } else { a ?? b }
  }

  /// What the same hash of a file is. Cost: one pass over it.
  func actual(of file: MappedFile) -> String {
    guard case .git = self else { return file.sha256() }
    var hash = GitBlobHash(size: file.count)
    file.withBytes { hash.update($0) }
    return hash.finalized()
  }
}

/// A file of a repository, as the hub lists it.
struct HubFile: Sendable, Equatable {
  let name: String
  /// In bytes; hubs of others may not say it.
  var size: Int?
  var hash: HubHash?
}

/// What the hub says of a repository at a revision: `/api/models/ID/revision/REVISION?blobs=true`.
struct HubListing: Sendable {
  let commit: String
  let licence: HubLicence
  let files: [HubFile]

  /// - Throws: `HubError.answer` with the place of what is not as it should be; of a name that could leave the folder.
  init(_ answer: JSON, reference: HubReference) throws(HubError) {
    func wrong(_ place: String, _ expected: String, _ actual: JSON?) -> HubError {
      .answer(
        reference: "\(reference)", what: place, expected: expected,
        actual: actual?.string?.debugDescription ?? actual?.kind ?? "nothing")
    }
    guard let commit = answer["sha"]?.string, HubReference.isCommit(commit) else {
      throw wrong("sha", "a commit of 40 hexadecimal digits", answer["sha"])
    }
    self.commit = commit
    guard let siblings = answer["siblings"]?.array else {
      throw wrong("siblings", "a list of files", answer["siblings"])
    }
    licence = HubLicence(answer)
    var files: [HubFile] = []
    var names: Set<ExactName> = []
    for (index, sibling) in siblings.enumerated() {
      let place = "siblings[\(index)]"
      guard let name = sibling["rfilename"]?.string, Self.isSafe(name) else {
        throw wrong("\(place).rfilename", "a path inside the repository", sibling["rfilename"])
      }
      guard names.insert(ExactName(name)).inserted else {
        throw wrong("\(place).rfilename", "a new name", sibling["rfilename"])
      }
      let size = sibling["size"]?.present
      guard size.map({ $0.integer.map((0...(1 << 50)).contains) == true }) ?? true else {
        throw wrong("\(place).size", "a number of bytes", size)
      }
      let large = sibling["lfs"]?.present?["sha256"]?.present
      let said = large ?? sibling["blobId"]?.present
      var hash: HubHash?
      if let said {
        hash = said.string.flatMap { HubHash(tag: $0) }
        guard let hash, (large != nil) == (hash.digits.utf8.count == 64) else {
          throw wrong(place, "SHA-256 of a large file, git's hash of a small one", said)
        }
      }
      files.append(HubFile(name: name, size: size?.integer, hash: hash))
    }
    self.files = files
  }

  subscript(name: String) -> HubFile? { files.first { $0.name.utf8.elementsEqual(name.utf8) } }

  /// Whether a name stays in its folder, on every file system: relative, no part of which is empty, `.` or `..`.
  static func isSafe(_ name: String) -> Bool {
    name.utf8.count <= 500
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" && $0 != ":" }
      && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
      }
  }
}

/// What a repository says of its licence.
struct HubLicence: Sendable, Equatable {
  /// As the hub writes it; `nil` where nothing is said.
  let name: String?
  let link: String?
  /// Whether the hub itself asks for consent first.
  let isGated: Bool

  /// Licences that ask for no consent before use, as the hub writes them (its list of licence identifiers).
  static let free: Set<String> = [
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsl-1.0",
    "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0",
    "cdla-permissive-2.0", "cdla-sharing-1.0", "ecl-2.0", "epl-1.0", "epl-2.0", "eupl-1.1", "eupl-1.2",
    "gfdl",
    "gpl", "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "mit", "mpl-2.0", "ms-pl", "ncsa",
    "odbl", "ofl-1.1", "osl-3.0", "pddl", "postgresql", "unlicense", "wtfpl", "zlib",
  ]

  /// From the answer of the hub: `gated`, and the card's `license`, `license_name` and `license_link`.
  init(_ answer: JSON) {
    let card = answer["cardData"]?.present
    // A card may name several.
    let said = card?["license"]?.present
    let names = said?.array?.compactMap(\.string) ?? (said?.string).map { [$0] } ?? []
    let own = card?["license_name"]?.string
    name = names == ["other"] ? own ?? "other" : names.isEmpty ? own : names.joined(separator: ", ")
    link = card?["license_link"]?.string
    isGated = ![nil, .bool(false)].contains(answer["gated"]?.present)
    isFree = !names.isEmpty && names.allSatisfy(Self.free.contains)
  }

  private let isFree: Bool

  /// Whether its terms are to be accepted before anything is fetched.
  var hasTerms: Bool { isGated || (name != nil && !isFree) }

  /// Where to read it.
  func place(page: String) -> String { link.flatMap { $0.hasPrefix("https://") ? $0 : nil } ?? page }

  /// In words, with where to read it.
  func words(page: String) -> String {
    "licence: " + (name.map { "\($0) (\(place(page: page)))" } ?? "none is stated at \(page)")
  }
}
