import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct EmbeddingStoreTests {
  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    try forSeeds(0..<3) { seed in
      let path = folder.file("\(seed).h5")
      try content(seed: seed).write(to: path)
      let store = try EmbeddingStore.open(path)
      #expect(store.vocabularySize == 6 && store.width == 5 && !store.isTied, "seed \(seed)")
      #expect(try store.readInput() == randomMatrix(rows: 6, columns: 5, seed: seed), "seed \(seed)")
      #expect(try store.readOutput() == randomMatrix(rows: 6, columns: 5, seed: seed + 1000))
      #expect(try store.readTokens() == awkwardTokens)
      #expect(store.provenance == provenance(date: "2026"))
      try store.verify()
    }
  }

  @Test func tiedStoreHasOneMatrix() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("tied.h5")
    try content(tied: true).write(to: path)
    let store = try EmbeddingStore.open(path)
    #expect(store.isTied)
    #expect(try store.readOutput() == store.readInput())
    #expect(store.fileDescription.element("/embedding/output") == nil)
  }

  @Test func readsRangesOfRows() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content().write(to: path)
    let store = try EmbeddingStore.open(path)
    let whole = try store.readInput()
    for rows in [0..<1, 2..<5, 5..<6, 0..<6, 3..<3] {
      #expect(try store.readInput(rows: rows) == whole.selecting(rows: Array(rows)), "rows \(rows)")
    }
  }

  @Test func manyChunksGiveTheSameRows() throws {
    // 700 rows of 12 kB are more than one block of 8 MiB.
    let folder = try TemporaryFolder()
    let path = folder.file("big.h5")
    let matrix = randomMatrix(rows: 700, columns: 3001, seed: 7)
    let tokens = (0..<700).map { Token(id: $0, form: "t\($0)", bytes: [], kind: .normal) }
    try EmbeddingContent(
      input: RowSource(matrix), output: nil, tokens: tokens, provenance: provenance()
    ).write(to: path)
    let store = try EmbeddingStore.open(path)
    #expect(try store.readInput() == matrix)
    #expect(try store.readInput(rows: 690..<700) == matrix.selecting(rows: Array(690..<700)))
    try store.verify()
    // The seal leaves out the matrix: a byte changed in it is found by verify, not by open.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let damaged = try EmbeddingStore.open(path)
    guard case .corrupt(_, let element, _, _)? = storeError({ try damaged.verify() }) else {
      Issue.record("verify did not find a changed byte in the matrix")
      return
    }
    #expect(element == "/embedding/input")
  }

  @Test func blocksAreAskedForInOrder() throws {
    let folder = try TemporaryFolder()
    let matrix = randomMatrix(rows: 700, columns: 4000, seed: 3)
    let source = RowSource(rows: 700, columns: 4000) { (rows: Range<Int>) throws(StoreError) in
      #expect(rows.count * 4000 * 4 <= 8 << 20)
      return Array(matrix.elements[rows.lowerBound * 4000..<rows.upperBound * 4000])
    }
    let tokens = (0..<700).map { Token(id: $0, form: "", bytes: [], kind: .normal) }
    let path = folder.file("a.h5")
    try EmbeddingContent(input: source, output: nil, tokens: tokens, provenance: provenance())
      .write(to: path)
    #expect(try EmbeddingStore.open(path).readInput() == matrix)
  }

  @Test func identityIsThatOfTheContent() throws {
    let folder = try TemporaryFolder()
    try content(date: "2025").write(to: folder.file("a.h5"))
    try content(date: "2026").write(to: folder.file("b.h5"))
    try content(seed: 1).write(to: folder.file("c.h5"))
    let identities = try ["a.h5", "b.h5", "c.h5"].map { try EmbeddingStore.open(folder.file($0)).identity }
    #expect(identities[0] == identities[1])
    #expect(identities[0] != identities[2])
    #expect(identities[0].count == 64)
  }

  @Test func tokenizerHashSeesEveryPart() {
    let tokens = awkwardTokens
    let hash = EmbeddingContent.tokenizerSHA256(of: tokens)
    #expect(hash == EmbeddingContent.tokenizerSHA256(of: tokens))
    var others: [[Token]] = []
    others.append(Array(tokens.dropLast()))
    for change in [
      Token(id: 1, form: "▁The", bytes: tokens[1].bytes, kind: .normal),
      Token(id: 1, form: tokens[1].form, bytes: [32], kind: .normal),
      Token(id: 1, form: tokens[1].form, bytes: tokens[1].bytes, kind: .unused),
    ] {
      var changed = tokens
      changed[1] = change
      others.append(changed)
    }
    for other in others { #expect(EmbeddingContent.tokenizerSHA256(of: other) != hash) }
  }

  @Test func refusesNumbersThatAreNotFinite() throws {
    let folder = try TemporaryFolder()
    var matrix = randomMatrix(rows: 6, columns: 5, seed: 1)
    for bad in [Float.nan, .infinity, -.infinity] {
      matrix[4, 2] = bad
      let content = EmbeddingContent(
        input: RowSource(matrix), output: nil, tokens: awkwardTokens, provenance: provenance())
      guard
        case .malformed(_, let element, let what, _, _)? = storeError({
          try content.write(to: folder.file("nan.h5"))
        })
      else {
        Issue.record("\(bad) was written")
        continue
      }
      #expect(element == "/embedding/input" && what == "row 4, column 2")
    }
    #expect(folder.names.isEmpty)
  }

  @Test func keepsFormsThatHoldZero() throws {
    let folder = try TemporaryFolder()
    var tokens = awkwardTokens
    tokens[1] = Token(id: 1, form: "a\u{0}b", bytes: [], kind: .normal)
    let content = EmbeddingContent(
      input: RowSource(randomMatrix(rows: 6, columns: 2, seed: 0)), output: nil, tokens: tokens,
      provenance: provenance())
    try content.write(to: folder.file("zero.h5"))
    #expect(try EmbeddingStore.open(folder.file("zero.h5")).readTokens() == tokens)
    try StoreFile.verify(folder.file("zero.h5"))
  }

  /// A store of version 1, whose text is of variable length, is the same store in the present version.
  @Test func convertsAStoreOfVersionOne() throws {
    let folder = try TemporaryFolder()
    let old = try EmbeddingStore.open(try golden("version-1.h5"))
    let path = folder.file("new.h5")
    try StoreFile.convert(old.path, to: path)
    let new = try EmbeddingStore.open(path)
    #expect(try new.identity == old.identity && new.readTokens() == old.readTokens())
    #expect(try new.readInput() == old.readInput() && new.provenance == old.provenance)
    #expect(new.fileDescription.elements.allSatisfy { $0.type?.contains("variable") != true })
    try new.verify()
    try old.verify()
  }

  /// Another program that opens a file for writing cuts its seal off.
  @Test func convertGivesASealBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 2).write(to: path)
    let identity = try EmbeddingStore.open(path).identity
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.dropLast(1024).write(to: URL(fileURLWithPath: path))
    #expect(storeError { _ = try EmbeddingStore.open(path) } == .unsealed(path: path))
    try StoreFile.convert(path, to: path)
    #expect(try EmbeddingStore.open(path).identity == identity)
    try StoreFile.verify(path)
    #expect(folder.names == ["a.h5"])
  }

  /// What the format does not have, and what the content's hash would miss: the old file stays as it is.
  @Test(arguments: [
    ("extra-dataset.h5", "/embedding/extra", "content"), ("tied-output.h5", "/embedding/output", "content"),
    ("group-digest.h5", "/", "identity of the new file"),
  ])
  func convertLosesNothing(_ name: String, element: String, what: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    let old = try Data(contentsOf: URL(fileURLWithPath: try golden(name)))
    try old.write(to: URL(fileURLWithPath: path))
    for output in [path, folder.file("b.h5")] {
      let error = storeError { try StoreFile.convert(path, to: output) }
      guard case .malformed(path, element, what, _, _)? = error else {
        Issue.record("\(name): \(error?.description ?? "was converted")")
        continue
      }
    }
    #expect(folder.names == ["a.h5"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
  }

  @Test func descriptionShowsTheTree() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content().write(to: path)
    let description = try StoreFile.inspect(path)
    #expect(
      description.elements.map(\.path) == [
        "/", "/embedding", "/embedding/input", "/embedding/output", "/provenance", "/tokens",
        "/tokens/bytes", "/tokens/bytes/data", "/tokens/bytes/offset", "/tokens/form", "/tokens/form/data",
        "/tokens/form/offset", "/tokens/kind",
      ])
    #expect(description.element("/embedding/input")?.shape == [6, 5])
    #expect(description.element("/tokens/form/data")?.type == "U8")
    let text = description.description
    #expect(text.contains("    input  F32  6 x 5"))
    #expect(text.contains("@model-name = Modèle"))
    #expect(try StoreFile.verify(path) == description)
  }
}
