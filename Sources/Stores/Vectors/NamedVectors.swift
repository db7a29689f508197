internal import Checkpoints
internal import Files
internal import Foundation
public import Tensors
internal import Tokenizers

/// Vectors with names, as files of any kind hold them.
///
/// | file | names |
/// | -- | -- |
/// | GloVe, word2vec or fastText as text, word2vec's binary form | each line's or row's word |
/// | CSV, TSV | the first column; a header is passed over |
/// | a store of ours | its tokens' text, those that are text |
/// | `.npz`, or a ZIP archive of `.npy` | its array of text, or its Parquet file, with as many rows |
/// | AnnData (`.h5ad`) | its observations; `X`, or `FILE:obsm/NAME` |
/// | other HDF5 of the structure that h5py writes by default | its list of text with as many rows, where it has one |
/// | `.npy`, safetensors, other HDF5 | of another file, see ``names(path:)`` |
public struct NamedVectors: Sendable, Equatable {
  public let names: [String]
  /// `[names x width]`.
  public let vectors: Matrix<Float>

  /// - Precondition: a row a name.
  public init(names: [String], vectors: Matrix<Float>) {
    precondition(names.count == vectors.rows, "\(names.count) names for \(vectors.rows) rows")
    (self.names, self.vectors) = (names, vectors)
  }

  /// Reads a file, its kind told from its first bytes, whose names differ and whose rows are directions.
  ///
  /// - Parameters:
  ///   - path: the file; `FILE:NAME` takes the array, tensor or dataset of that name.
  ///   - names: a file with the names of the rows, see ``names(path:)``; nil where the file has its own.
  /// - Throws: `FileError`, `CheckpointError` and `StoreError` for the file; `StoreError.misfit` where names are missing, or more or
  ///   fewer than the rows; `StoreError.malformed` for names that come twice, rows that are zero or hold NaN.
  public static func read(_ path: String, names: String? = nil) throws -> NamedVectors {
    let read = try unchecked(path, names: names)
    try read.validate(NamedRows.parts(of: path).file)
    return read
  }

  /// The same, whatever names and rows are.
  package static func unchecked(_ path: String, names: String?) throws -> NamedVectors {
    let (path, element) = NamedRows.parts(of: path)
    let given = try names.map { try Self.names(path: $0) }
    let found = try contents(path, element)
    guard let names = given ?? found.names else {
      throw StoreError.misfit(
        path: path, what: "names of the \(found.vectors.rows) rows", expected: "a file of names",
        actual: "none",
        hint: "give one with --names, with a name a line or an array of text")
    }
    guard names.count == found.vectors.rows else {
      throw StoreError.misfit(
        path: path, what: "names", expected: "\(found.vectors.rows), one a row", actual: "\(names.count)",
        hint: "give the names of these very rows")
    }
    return NamedVectors(names: names, vectors: found.vectors)
  }

  /// Names of rows: the lines of a text file, NumPy's array of text, or the first column of a Parquet file.
  public static func names(path: String) throws -> [String] {
    if try FileKind(path: path) == .numpy {
      let array = try NumpyFile(path: path)
      guard array.isText, let texts = array.texts else {
        throw Self.misfit(path, "names", "an array of text", "numbers")
      }
      return texts
    }
    if path.hasSuffix(".parquet") {
      let file = try FileReader(path: path)
      return try ParquetTexts.read(file.bytes(at: 0, count: file.count), path: path)
    }
    var lines = try TextLines(path: path)
    var names: [String] = []
    while let line = try lines.next() { names.append(line) }
    return names
  }

  private static func misfit(
    _ path: String, _ what: String, _ expected: String, _ actual: String
  ) -> StoreError {
    .misfit(
      path: path, what: what, expected: expected, actual: actual, hint: "it may be the other file of the two")
  }

  // MARK: - Kinds of files

  private typealias Contents = (names: [String]?, vectors: Matrix<Float>)

  private static func contents(_ path: String, _ element: String?) throws -> Contents {
    switch try FileKind(path: path) {
    case .numpy:
      let array = try NumpyFile(path: path)
      guard !array.isText else {
        throw Self.misfit(path, "vectors", "an array of numbers", "text")
      }
      return (nil, array.matrix)
    case .zip: return try archive(path, element)
    case .safetensors, .steeringVector:
      let file = try SafetensorsFile(path: path)
      let matrices = file.tensors.filter { $0.shape.count == 2 }.map(\.name)
      return (nil, try file.tensor(choose(element, among: matrices, path, "tensor")).dequantised())
    case .hdf5: return try hdf5(path, element)
    case .wordVectors: return try WordVectors.read(path)
    case .binaryWordVectors: return try WordVectors.readBinary(path)
    case .text: return try WordVectors.fills(path) ? WordVectors.read(path) : DelimitedText.vectors(path)
    case let kind:
      throw FileError.otherKind(
        path: path,
        expected:
          "vectors: NumPy (.npy, .npz), CSV, TSV, GloVe, word2vec or fastText, safetensors, or a store",
        kind)
    }
  }

  private static func archive(_ path: String, _ element: String?) throws -> Contents {
    let archive = try ZipArchive(path: path)
    var (numbers, texts): ([(String, NumpyFile)], [[String]]) = ([], [])
    for member in archive.members {
      let place = "\(path):\(member.name)"
      if member.name.hasSuffix(".npy") {
        let array = try NumpyFile(archive.contents(of: member), path: place)
        if array.isText {
          texts += array.texts.map { [$0] } ?? []
        } else {
          numbers.append((String(member.name.dropLast(".npy".count)), array))
        }
      } else if member.name.hasSuffix(".parquet") {
        texts.append(try ParquetTexts.read(archive.contents(of: member), path: place))
      }
    }
    let chosen = try choose(element, among: numbers.map(\.0), path, "array")
    guard let array = numbers.first(where: { $0.0 == chosen })?.1 else { preconditionFailure(chosen) }
    return (texts.first { $0.count == array.rows }, array.matrix)
  }

  private static func hdf5(_ path: String, _ element: String?) throws -> Contents {
    if ClassicHDF5.isOne(path) {
      return try ForeignHDF5.read(path, element) { try choose($0, among: $1, path, "dataset") }
    }
    let description = try? StoreFile.inspect(path)
    if description?.element("/names/offset") != nil {
      let domain = try Domain.open(path)
      return (domain.names, domain.vectors)
    }
    if description?.element("/embedding/input") != nil {
      let store = try EmbeddingStore.open(path)
      let rows = try element == "output" ? store.readOutput() : store.readInput()
      let texts = try store.readTokens().compactMap { token -> (Int, String)? in
        guard token.kind == .normal, let text = String(validating: token.bytes, as: UTF8.self), !text.isEmpty
        else { return nil }
        return (token.id, text)
      }
      return (texts.map(\.1), rows.selecting(rows: texts.map(\.0)))
    }
    let file = try HDF5Matrices.open(path)
    let name = try choose(element, among: file.names, path, "dataset")
    let rows = try (0..<file.rows(of: name)).map { try file.row($0, of: name) }
    return (
      nil, Matrix(rows: rows.count, columns: rows.first?.count ?? 0, elements: rows.flatMap { $0 })
    )
  }

  /// The one that was named, or the only one.
  private static func choose(
    _ name: String?, among names: [String], _ path: String, _ what: String
  ) throws(FileError) -> String {
    if let name, names.contains(name) { return name }
    if name == nil, names.count == 1 { return names[0] }
    throw .entry(
      path: path, place: what,
      expected: names.isEmpty
        ? "a matrix in it" : "FILE:NAME with one of \(names.prefix(8).joined(separator: ", "))",
      actual: name.map { $0 + suggestion(for: $0, among: names) } ?? "no name")
  }

  // MARK: - Checks

  /// Names that differ and are not empty; rows that are finite and not zero.
  package func validate(_ path: String) throws(StoreError) {
    var places: [ExactName: Int] = [:]
    for (row, name) in names.enumerated() {
      guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0.value == 0 }) else {
        throw .malformed(
          path: path, element: "row \(row)", what: "name", expected: "a name",
          actual: name.isEmpty ? "none" : "U+0000")
      }
      if let first = places.updateValue(row, forKey: ExactName(name)) {
        throw .malformed(
          path: path, element: "\"\(name)\"", what: "name", expected: "each name once",
          actual: "rows \(first) and \(row)")
      }
      var hasNumber = false
      for number in vectors.elements[vectors.range(ofRow: row)] {
        guard number.isFinite else {
          throw .malformed(
            path: path, element: "\"\(name)\"", what: "row \(row)", expected: "finite numbers",
            actual: "\(number)")
        }
        hasNumber = hasNumber || number != 0
      }
      guard hasNumber else {
        throw .malformed(
          path: path, element: "\"\(name)\"", what: "row \(row)", expected: "a direction",
          actual: "zeros; leave it out")
      }
    }
  }
}
