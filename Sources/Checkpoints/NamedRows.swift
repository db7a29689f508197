import Files
import Foundation
package import Tensors
import Tokenizers

/// Rows with names, such as word vectors: an embedding, and nothing else of a model.
package struct NamedRows: Sendable {
  /// What `Checkpoint.architecture` calls it.
  package static let architecture = "vectors"

  package let names: [String]
  /// [names x d_model].
  package let rows: PackedMatrix
  /// What was read for it: the vectors, and their names where those lie in a file of their own.
  package let files: [MappedFile]
  package let remarks: [String]

  /// - Precondition: a name a row.
  package init(names: [String], vectors: Matrix<Float>, files: [MappedFile], remarks: [String]) {
    precondition(names.count == vectors.rows, "\(names.count) names for \(vectors.rows) rows")
    (self.names, self.files, self.remarks) = (names, files, remarks)
    rows = PackedMatrix(name: "token_embd.weight", vectors)
  }

  /// The names as tokens. Where at least one in a hundred has the mark of a tokenizer, or begins with a space, they are spelt as that
  /// tokenizer does, or as text; all others are whole words, which other vocabularies write behind a space. A name without letters is a row
  /// that stands for nothing.
  func vocabulary(_ path: String) throws(CheckpointError) -> CheckpointVocabulary {
    let marked = TokenSpelling(of: names)
    let isText = names.count { $0.hasPrefix(" ") } * 100 >= names.count
    return try checkpointVocabulary(
      path, forms: names, types: names.map { $0.isEmpty ? .unused : .normal },
      spelling: (marked == .plain && !isText ? .words : marked, guessed: true)
    ) {}
  }

  /// SHA-256 of the file, or of the `sha256sum` listing of its two.
  func sha256() -> String { sha256OfFiles(files) }

  /// The file and the array of `FILE:NAME`; a file that is there under the whole of its name has no element.
  package static func parts(of path: String) -> (file: String, element: String?) {
    guard !FileManager.default.fileExists(atPath: path), let colon = path.lastIndex(of: ":") else {
      return (path, nil)
    }
    return (String(path[..<colon]), String(path[path.index(after: colon)...]))
  }

  /// What a command says that would run a model.
  package static func noDecoder(_ path: String) -> CheckpointError {
    .missing(
      path: path, what: "a decoder",
      hint:
        "there are vectors with names and nothing else: they can be imported, matched, compared, aligned and searched; what runs "
        + "a model on text needs the checkpoint of one")
  }
}

extension Checkpoint {
  /// Rows with names in place of a model.
  package init(_ rows: NamedRows, path: String) {
    self.init(source: .vectors(rows), path: path)
  }

  /// Whether there is an embedding alone, without a model that it is of.
  package var isVectorsAlone: Bool { if case .vectors = source { true } else { false } }
}

/// SHA-256 of a file; of several, of the `sha256sum` listing of them.
func sha256OfFiles(_ files: [MappedFile]) -> String {
  if files.count == 1 { return files[0].sha256() }
  let lines = files.map { "\($0.sha256())  \(($0.path as NSString).lastPathComponent)\n" }
  return sha256Hex(of: Array(lines.joined().utf8))
}
