import Foundation
import Stores
import TestSupport
import Testing

@Suite struct TokenTableTests {
  private let texts = [" the", "a\\nb", "\\xff", "\"x\", y", "", "漢🙂"]

  private func table() -> TokenTable {
    TokenTable(
      StoreReference(name: "a", identity: "0"), StoreReference(name: "b", identity: "1"), space: "input",
      columns: [
        .init("text", "what it is", .texts(texts)), .init("row_a", "row", .integers([0, 1, 2, 3, 4, 7])),
        .init("orientation_raw", "r", .numbers([0.5, -1, .nan, 0, 1e-30, 0.1])),
      ], toolVersion: "1.2.3")
  }

  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("p.tokens.h5")
    try table().write(to: path)
    // A report is written anew over an old one.
    try table().write(to: path)
    let read = try TokenTable.open(path)
    #expect((read.a, read.b, read.space) == (table().a, table().b, "input"))
    #expect(read.columns.map(\.name) == ["text", "row_a", "orientation_raw"])
    #expect(read.columns.map(\.meaning) == ["what it is", "row", "r"])
    #expect(Array(read.columns.prefix(2)) == Array(table().columns.prefix(2)))
    guard case .numbers(let numbers) = read.columns[2].values else {
      Issue.record("no numbers")
      return
    }
    #expect(numbers[2].isNaN && numbers[1] == -1 && numbers[4] == 1e-30)
    try StoreFile.verify(path)
    try StoreFile.convert(path, to: folder.file("again.h5"))
    #expect(try TokenTable.open(folder.file("again.h5")).columns.count == 3)
  }

  @Test func aDamagedTableIsRefusedAndIsNoStore() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("p.tokens.h5")
    try table().write(to: path)
    #expect(throws: StoreError.self) { try EmbeddingStore.open(path) }
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: path))
    #expect(throws: StoreError.self) { try StoreFile.verify(path) }
  }
}
