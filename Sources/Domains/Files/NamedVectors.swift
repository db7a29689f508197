internal import Checkpoints
internal import Files
internal import Foundation
internal import Stores
public import Tensors
internal import Tokenizers

/// Vectors with names, as files of any kind hold them.
///
/// | file | names |
/// | -- | -- |
/// | GloVe or word2vec as text | each line's first word |
/// | CSV, TSV | the first column; a header is passed over |
/// | a store of ours | its tokens' text, those that are text |
/// | `.npz` | its array of text, where it has one |
/// | `.npy`, safetensors, HDF5 of other tools | of another file, see ``names(path:)`` |
public struct NamedVectors: Sendable, Equatable {
  public let names: [String]
  /// `[names x width]`.
  public let vectors: Matrix<Float>

  /// - Precondition: a row a name.
  public init(names: [String], vectors: Matrix<Float>) {
    precondition(names.count == vectors.rows, "\(names.count) names for \(vectors.rows) rows")
    (self.names, self.vectors) = (names, vectors)
  }

  /// Reads a file, its kind told from its first bytes.
  ///
  /// - Parameters:
  ///   - path: the file; `FILE:NAME` takes the array, tensor or dataset of that name.
  ///   - names: a file with the names of the rows, see ``names(path:)``; nil where the file has its own.
  /// - Throws: `FileError`, `CheckpointError` and `StoreError` for the file, ``DomainError/misfit(path:what:expected:actual:)`` where
  ///   names are missing, or more or fewer than the rows; ``DomainError/item(path:item:expected:actual:)`` for names that come twice, rows
  ///   that are zero or hold NaN.
  public static func read(_ path: String, names: String? = nil) throws -> NamedVectors {
    let (path, element) = parts(of: path)
    let given = try names.map { try Self.names(path: $0) }
    let found = try contents(path, element)
    guard let names = given ?? found.names else {
      throw DomainError.misfit(
        path: path, what: "names of the \(found.vectors.rows) rows",
        expected: "a file of names (--names), one a line or an array of text", actual: "none")
    }
    guard names.count == found.vectors.rows else {
      throw DomainError.misfit(
        path: path, what: "names", expected: "\(found.vectors.rows), one a row", actual: "\(names.count)")
    }
    let read = NamedVectors(names: names, vectors: found.vectors)
    try read.validate(path)
    return read
  }

  /// Names of rows: the lines of a text file, or NumPy's array of text.
  public static func names(path: String) throws -> [String] {
    if try FileKind(path: path) == .numpy {
      let array = try NumpyFile(path: path)
      guard array.isText, let texts = array.texts else {
        throw DomainError.misfit(path: path, what: "names", expected: "an array of text", actual: "numbers")
      }
      return texts
    }
    var lines = try TextLines(path: path)
    var names: [String] = []
    while let line = try lines.next() { names.append(line) }
    return names
  }

  /// A file that is there under the whole of its name has no element.
  private static func parts(of path: String) -> (path: String, element: String?) {
    guard !FileManager.default.fileExists(atPath: path), let colon = path.lastIndex(of: ":") else {
      return (path, nil)
    }
    return (String(path[..<colon]), String(path[path.index(after: colon)...]))
  }

  // MARK: - Kinds of files

  private typealias Contents = (names: [String]?, vectors: Matrix<Float>)

  private static func contents(_ path: String, _ element: String?) throws -> Contents {
    switch try FileKind(path: path) {
    case .numpy:
      let array = try NumpyFile(path: path)
      guard !array.isText else {
        throw DomainError.misfit(path: path, what: "vectors", expected: "an array of numbers", actual: "text")
      }
      return (nil, array.matrix)
    case .zip: return try archive(path, element)
    case .safetensors, .steeringVector:
      let file = try SafetensorsFile(path: path)
      let matrices = file.tensors.filter { $0.shape.count == 2 }.map(\.name)
      return (nil, try file.tensor(choose(element, among: matrices, path, "tensor")).dequantised())
    case .hdf5: return try hdf5(path, element)
    case .wordVectors: return try WordVectors.read(path)
    case .text: return try WordVectors.fills(path) ? WordVectors.read(path) : DelimitedText.vectors(path)
    case let kind:
      throw FileError.otherKind(
        path: path,
        expected: "vectors: NumPy (.npy, .npz), CSV, TSV, GloVe or word2vec as text, safetensors, or a store",
        kind)
    }
  }

  private static func archive(_ path: String, _ element: String?) throws -> Contents {
    let archive = try ZipArchive(path: path)
    var (numbers, texts): ([(String, NumpyFile)], [[String]]) = ([], [])
    for member in archive.members where member.name.hasSuffix(".npy") {
      let array = try NumpyFile(archive.contents(of: member), path: "\(path):\(member.name)")
      if array.isText {
        texts += array.texts.map { [$0] } ?? []
      } else {
        numbers.append((String(member.name.dropLast(4)), array))
      }
    }
    let chosen = try choose(element, among: numbers.map(\.0), path, "array")
    guard let array = numbers.first(where: { $0.0 == chosen })?.1 else { preconditionFailure(chosen) }
    return (texts.first { $0.count == array.rows }, array.matrix)
  }

  private static func hdf5(_ path: String, _ element: String?) throws -> Contents {
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
  func validate(_ path: String) throws(DomainError) {
    var places: [ExactName: Int] = [:]
    for (row, name) in names.enumerated() {
      guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0.value == 0 }) else {
        throw .item(
          path: path, item: "row \(row)", expected: "a name", actual: name.isEmpty ? "none" : "U+0000")
      }
      if let first = places.updateValue(row, forKey: ExactName(name)) {
        throw .item(
          path: path, item: "\"\(name)\"", expected: "each name once", actual: "rows \(first) and \(row)")
      }
      var hasNumber = false
      for number in vectors.elements[vectors.range(ofRow: row)] {
        guard number.isFinite else {
          throw .item(
            path: path, item: "\"\(name)\" (row \(row))", expected: "finite numbers", actual: "\(number)")
        }
        hasNumber = hasNumber || number != 0
      }
      guard hasNumber else {
        throw .item(
          path: path, item: "\"\(name)\" (row \(row))", expected: "a direction", actual: "zeros; leave it out"
        )
      }
    }
  }
}
