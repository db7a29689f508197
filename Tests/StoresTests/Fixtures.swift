import Foundation
import Stores
import Tensors
import Tokenizers

struct MissingGolden: Error { let name: String }

func golden(_ name: String) throws -> String {
  guard let path = Bundle.module.path(forResource: "Golden/" + name, ofType: nil) else {
    throw MissingGolden(name: name)
  }
  return path
}

/// A vocabulary with everything that is awkward: bytes that are no UTF-8, empty ones, other scripts.
let awkwardTokens = [
  Token(id: 0, form: "<s>", bytes: [], kind: .control),
  Token(id: 1, form: "▁the", bytes: Array(" the".utf8), kind: .normal),
  Token(id: 2, form: "<0xFF>", bytes: [0xFF], kind: .byte),
  Token(id: 3, form: "", bytes: [], kind: .unused),
  Token(id: 4, form: "👩‍🚀\n\t\"\\", bytes: Array("👩‍🚀\n\t\"\\".utf8), kind: .normal),
  Token(id: 5, form: "Ā", bytes: [0], kind: .normal),
]

func randomMatrix(rows: Int, columns: Int, seed: UInt64) -> Matrix<Float> {
  var state = seed &+ 1
  let elements = (0..<rows * columns).map { _ -> Float in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
  }
  return Matrix(rows: rows, columns: columns, elements: elements)
}

func provenance(date: String = "2026-01-02T03:04:05Z") -> Provenance {
  Provenance(
    sourceFile: "model.gguf", sourceSHA256: String(repeating: "ab", count: 32), architecture: "llama",
    quantisation: "Q8_0", modelName: "Modèle", tokenizerSHA256: "cd", toolVersion: "sextant 1.2.3",
    date: date)
}

func content(seed: UInt64 = 0, columns: Int = 5, tied: Bool = false, date: String = "2026")
  -> EmbeddingContent
{
  let rows = awkwardTokens.count
  let output = tied ? nil : RowSource(randomMatrix(rows: rows, columns: columns, seed: seed + 1000))
  return EmbeddingContent(
    input: RowSource(randomMatrix(rows: rows, columns: columns, seed: seed)), output: output,
    tokens: awkwardTokens, provenance: provenance(date: date))
}

func alignmentRecord(a: StoreReference, b: StoreReference) -> AlignmentRecord {
  AlignmentRecord(
    method: "ridge", space: "input", weights: randomMatrix(rows: 5, columns: 3, seed: 9),
    meanA: [1, 2, 3, 4, 5], meanB: [-1, 0, 1], storeA: a, storeB: b,
    match: MatchTable(
      rowsA: [0, 4, 1], rowsB: [2, 2, 5], reasons: [0, 1, 0], reasonNames: ["same bytes", "same role"]),
    heldOut: [2], options: #"{"lambda": 0.5}"#, scores: #"{"r2": 0.25}"#, toolVersion: "sextant 1.2.3",
    date: "2026")
}

/// The error that `body` throws, as a store's error.
func storeError(_ body: () throws -> Void) -> StoreError? {
  do { try body() } catch { return error as? StoreError }
  return nil
}
