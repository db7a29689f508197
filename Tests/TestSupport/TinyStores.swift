package import Foundation
package import Stores
package import Tensors
internal import Tokenizers

/// Synthetic stores in a folder of their own, removed by `remove`.
package struct TinyStores {
  package let folder: URL

  package init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  package func remove() { try? FileManager.default.removeItem(at: folder) }

  /// A store whose row i is the token of `texts[i]`.
  package func store(
    _ name: String, _ rows: Matrix<Float>, _ texts: [String]
  ) throws -> (name: String, store: EmbeddingStore) {
    let tokens = texts.enumerated().map { id, text in
      Token(id: id, form: text, bytes: Array(text.utf8), kind: .normal)
    }
    let path = folder.appending(path: "\(name).h5").path
    try EmbeddingContent(
      input: RowSource(rows), output: nil, tokens: tokens,
      provenance: Provenance(
        sourceFile: "\(name).gguf", sourceSHA256: "ab", architecture: "llama", quantisation: "F32",
        modelName: name, tokenizerSHA256: EmbeddingContent.tokenizerSHA256(of: tokens),
        toolVersion: "test", date: "2026")
    ).write(to: path)
    return (name, try EmbeddingStore.open(path))
  }

  /// Two lower-case letters a number, the first 676 of them different.
  package static func letters(_ number: Int) -> String {
    String(decoding: [UInt8(97 + number % 26), UInt8(97 + number / 26 % 26)], as: UTF8.self)
  }
}

/// Seeded normal numbers.
package func normalMatrix(_ rows: Int, _ columns: Int, _ random: inout SeededRandom) -> Matrix<Float> {
  Matrix(
    rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
}
