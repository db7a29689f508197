import Checkpoints
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct CheckpointImportTests {
  /// A GGUF file of F32 matrices and nothing else.
  private func checkpoint(
    _ matrices: [(String, Matrix<Float>)], in folder: TemporaryFolder
  ) throws -> Checkpoint {
    func little(_ value: some FixedWidthInteger) -> [UInt8] {
      (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    func sized(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + text.utf8 }
    var header = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(matrices.count)) + little(UInt64(1))
    header += sized("general.architecture") + little(UInt32(8)) + sized("llama")
    var data: [UInt8] = []
    for (name, matrix) in matrices {
      header += sized(name) + little(UInt32(2)) + little(UInt64(matrix.columns))
      header += little(UInt64(matrix.rows)) + little(UInt32(0)) + little(UInt64(data.count))
      data += matrix.elements.flatMap { little($0.bitPattern) }
      data += [UInt8](repeating: 0, count: (32 - data.count % 32) % 32)
    }
    header += [UInt8](repeating: 0, count: (32 - header.count % 32) % 32)
    let path = folder.file("tiny.gguf")
    try Data(header + data).write(to: URL(fileURLWithPath: path))
    return try Checkpoint.open(path)
  }

  private let input = randomMatrix(rows: 6, columns: 4, seed: 1)
  private let output = randomMatrix(rows: 6, columns: 4, seed: 2)
  private let options = ImportOptions(toolVersion: "sextant 1.2.3", date: "2026")

  @Test func bothMatricesAndTheProvenance() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint([("token_embd.weight", input), ("output.weight", output)], in: folder)
    let content = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens, options: options)
    try content.write(to: folder.file("a.h5"))
    let store = try EmbeddingStore.open(folder.file("a.h5"))
    #expect(try store.readInput() == input)
    #expect(try store.readOutput() == output)
    #expect(try store.readTokens() == awkwardTokens)
    let provenance = store.provenance
    #expect(provenance.sourceFile == "tiny.gguf" && provenance.architecture == "llama")
    #expect(provenance.sourceSHA256 == checkpoint.sha256() && provenance.sourceSHA256.count == 64)
    #expect(provenance.tokenizerSHA256 == EmbeddingContent.tokenizerSHA256(of: awkwardTokens))
  }

  @Test func tiedWhenThereIsNoUnembedding() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint([("token_embd.weight", input)], in: folder)
    let content = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens, options: options)
    try content.write(to: folder.file("a.h5"))
    #expect(try EmbeddingStore.open(folder.file("a.h5")).isTied)
  }

  @Test func rowsAndTokensNeedNotBeEqualInNumber() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint([("token_embd.weight", input)], in: folder)
    let few = try EmbeddingContent(
      checkpoint: checkpoint, tokens: Array(awkwardTokens.prefix(4)), options: options)
    #expect(few.tokens.count == 6 && few.tokens[3] == awkwardTokens[3])
    #expect(few.tokens[5] == Token(id: 5, form: "<row 5>", bytes: [], kind: .unused))
    let extra = Token(id: 6, form: "<image>", bytes: [], kind: .control)
    let many = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens + [extra], options: options)
    #expect(many.tokens == awkwardTokens)
  }

  @Test(arguments: [Float.nan, .infinity]) func numbersThatAreNoneNameTheCheckpointAndTheToken(bad: Float)
    throws
  {
    let folder = try TemporaryFolder()
    var elements = output.elements
    elements[3 * 4 + 1] = bad
    let broken = Matrix(rows: 6, columns: 4, elements: elements)
    let checkpoint = try checkpoint([("token_embd.weight", input), ("output.weight", broken)], in: folder)
    let content = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens, options: options)
    let error = storeError { try content.write(to: folder.file("a.h5")) }
    let words = error?.description ?? ""
    #expect(words.contains(folder.file("tiny.gguf")) && !words.contains("partial"))
    #expect(words.contains("row 3 of output.weight, token \(awkwardTokens[3].form.debugDescription)"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("a.h5")))
  }

  @Test func matricesMustHaveOneShape() throws {
    let folder = try TemporaryFolder()
    let wide = randomMatrix(rows: 6, columns: 5, seed: 2)
    let checkpoint = try checkpoint([("token_embd.weight", input), ("output.weight", wide)], in: folder)
    guard
      case .misfit(_, "unembedding", "6 x 4", "6 x 5", _)? = storeError({
        _ = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens, options: options)
      })
    else {
      Issue.record("imported matrices of different widths")
      return
    }
  }

  @Test func checkpointWithoutEmbedding() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint([("output.weight", output)], in: folder)
    guard
      case .checkpoint? = storeError({
        _ = try EmbeddingContent(checkpoint: checkpoint, tokens: awkwardTokens, options: options)
      })
    else {
      Issue.record("imported a checkpoint without an embedding")
      return
    }
  }
}
