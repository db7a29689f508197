internal import Checkpoints
internal import Files
internal import Foundation
public import Stores
internal import Tensors

/// A domain of a user's own files.
public enum FileDomain {
  /// What a domain of this file is called: the file's name without the ending of a kind that is read.
  public static func name(of path: String) -> String {
    let name = ModelName.of(path)
    let ending = (Domain.ending as NSString).deletingPathExtension
    return name.hasSuffix(ending) && name != ending ? String(name.dropLast(ending.count)) : name
  }

  /// Reads vectors with their names, and texts about them.
  ///
  /// - Parameters:
  ///   - vectors: see ``NamedVectors/read(_:names:)``.
  ///   - names: a file of names; nil where the vectors have them.
  ///   - texts: ``TextRecords``, CSV, TSV or JSON Lines; nil for a domain whose items have nothing but names.
  ///   - licence: of the files, in words.
  /// - Returns: the domain, and how many names of the texts it does not have.
  /// - Throws: as these do; ``DomainError/misfit(path:what:expected:actual:)`` where vectors and texts have no name in common.
  public static func read(
    vectors: String, names: String?, texts: String?, name: String, licence: String, toolVersion: String,
    date: String
  ) throws -> (domain: Domain, strangers: Int) {
    let named = try NamedVectors.read(vectors, names: names)
    let (fields, strangers) = try texts.map { try TextRecords(path: $0).fields(of: named.names) } ?? ([], 0)
    if let texts, fields.allSatisfy({ $0.textCount == 0 }) {
      throw DomainError.misfit(
        path: texts, what: "names", expected: "some of the \(named.names.count) names of \(vectors)",
        actual: "none of them; both must be spelt alike")
    }
    let sources = try ([vectors] + [names, texts].compactMap { $0 }).map { path in
      let path =
        FileManager.default.fileExists(atPath: path)
        ? path : String(path[..<(path.lastIndex(of: ":") ?? path.endIndex)])
      return Domain.Source(
        name: (path as NSString).lastPathComponent, sha256: try MappedFile(path: path).sha256(),
        licence: licence)
    }
    let domain = Domain(
      name: name, recipe: "of files: vectors, names and texts", sources: sources, names: named.names,
      vectors: named.vectors, fields: fields.filter { $0.textCount > 0 }, toolVersion: toolVersion, date: date
    )
    return (domain, strangers)
  }
}
