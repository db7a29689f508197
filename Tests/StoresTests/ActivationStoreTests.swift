import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing

@Suite struct ActivationStoreTests {
  private func record(rows: Int = 7, precision: ActivationPrecision = .f32) -> ActivationRecord {
    ActivationRecord(
      model: "tiny", modelSHA256: "0a", tokenizerSHA256: "0b", usesChatTemplate: false, positions: "all",
      precision: precision, points: ["residualPre/0", "residualPost/0"], width: 3, promptCount: 2,
      tokenCount: rows, textByteCount: 5, promptsSHA256: sha(["ab", "cde"]), toolVersion: "sextant 1.2.3")
  }

  private func sha(_ texts: [String]) -> String {
    var bytes: [UInt8] = []
    for text in texts { bytes += Array(text.utf8) + [0] }
    return sha256Hex(of: bytes)
  }

  private func write(_ record: ActivationRecord, _ states: [Matrix<Float>], to path: String) throws {
    var writer = try ActivationWriter.begin(record, to: path, as: .h5)
    try writer.append(states, prompts: 2)
    try writer.add("ab", tokens: [1, 2])
    try writer.add("cde", tokens: Array(3..<record.tokenCount + 1))
    try writer.finish()
  }

  private func states(_ rows: Int = 7) -> [Matrix<Float>] {
    [randomMatrix(rows: rows, columns: 3, seed: 1), randomMatrix(rows: rows, columns: 3, seed: 2)]
  }

  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("s.h5")
    let states = states()
    try write(record(), states, to: path)
    let store = try ActivationStore.open(path)
    #expect(store.record == record())
    #expect(try store.states("residualPre/0").elements == states[0].elements)
    #expect(try store.states("residualPost/0", rows: 2..<4).elements == Array(states[1].elements[6..<12]))
    #expect(try store.tokens() == [1, 2, 3, 4, 5, 6, 7] && store.tokenOffsets() == [0, 2, 7])
    #expect(try store.prompts() == ["ab", "cde"])
    #expect(throws: StoreError.self) { try store.states("residualPost/1") }
    try StoreFile.verify(path)
    #expect(folder.names == ["s.h5"])
  }

  @Test func everyFlippedByteIsFound() throws {
    let folder = try TemporaryFolder()
    try write(record(), states(), to: folder.file("s.h5"))
    let bytes = try Data(contentsOf: URL(filePath: folder.file("s.h5")))
    let path = folder.file("bad.h5")
    for index in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 400)) {
      var damaged = bytes
      damaged[index] ^= 0x10
      try damaged.write(to: URL(filePath: path))
      #expect(throws: StoreError.self, "byte \(index)") { try StoreFile.verify(path) }
    }
    try bytes.dropLast(1).write(to: URL(filePath: path))
    #expect(throws: StoreError.self) { try StoreFile.verify(path) }
  }

  /// The numbers of all points lie side by side, so that the seal need not hash them, and a file opens at once.
  @Test func theSealLeavesTheNumbersOut() throws {
    let folder = try TemporaryFolder()
    let rows = 40_000
    try write(record(rows: rows), states(rows), to: folder.file("s.h5"))
    let bytes = try Data(contentsOf: URL(filePath: folder.file("s.h5")))
    let seal = String(decoding: bytes.suffix(1024), as: UTF8.self)
    let runs = try #require(seal.split(separator: "\n").last { $0.hasPrefix("skip") }).split(separator: " ")
      .dropFirst()
    let skipped = runs.compactMap { Int($0.split(separator: "+")[1]) }.reduce(0, +)
    #expect(runs.count <= 8 && skipped >= 2 * rows * 3 * 4 + rows * 4, "\(runs)")
    #expect(bytes.count - skipped < 200_000)
    try StoreFile.verify(folder.file("s.h5"))
  }

  @Test func sixteenBitsRoundTrip() throws {
    let folder = try TemporaryFolder()
    var states = states()
    states[0].elements[0...6] = [0, -0.0, 65504, 6e-8, 1e-9, 1.0009765625, -2049]
    try write(record(precision: .f16), states, to: folder.file("s.h5"))
    let read = try ActivationStore.open(folder.file("s.h5")).states("residualPre/0")
    #expect(read.elements[..<7].elementsEqual([0, 0, 65504, 0x1p-24, 0, 1.0009765625, -2048]))
    try StoreFile.verify(folder.file("s.h5"))
    for value in [65520, Float.infinity, .nan] {
      states[1].elements[4] = value
      let error = #expect(throws: StoreError.self) {
        try write(record(precision: .f16), states, to: folder.file("t\(value).h5"))
      }
      #expect(error?.kind == .misfit && "\(error.map { "\($0)" } ?? "")".contains("row 1, column 1"))
    }
  }

  @Test func promptsThatChangedAreRefused() throws {
    let folder = try TemporaryFolder()
    var writer = try ActivationWriter.begin(record(), to: folder.file("s.h5"), as: .h5)
    try writer.append(states(), prompts: 2)
    try writer.add("ab", tokens: [1, 2])
    try writer.add("xyz", tokens: [3, 4, 5, 6, 7])
    do throws(StoreError) {
      try writer.finish()
      Issue.record("wrote other prompts")
    } catch { #expect(error.kind == .misfit) }
    #expect(!folder.names.contains("s.h5"))
  }
}
