import Files
import Foundation
import Stores
import Testing

/// Words as pyarrow writes them: a dictionary, and plain pages where it overflows.
@Suite struct ParquetTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: golden(name))))
  }

  @Test(arguments: ["snappy", "gzip", "none"])
  func wordsAreThoseThatWereWritten(codec: String) throws {
    let words = try ParquetTexts.read(bytes("\(codec).parquet"), path: "x")
    #expect(words == (0..<3000).map { $0 % 3 == 0 ? "once\($0)" : "word\($0 % 500)" })
  }

  @Test func otherFilesAreRefused() throws {
    let other = #expect(throws: FileError.self) { try ParquetTexts.read(bytes("zstd.parquet"), path: "x") }
    #expect(other?.description.contains("Snappy or gzip") == true)
    #expect(throws: FileError.self) { try ParquetTexts.read(bytes("stored.npz"), path: "x") }
  }

  /// Damage is an error or other words, never a trap.
  @Test(arguments: ["snappy", "gzip"])
  func damageDoesNotTrap(codec: String) throws {
    let whole = try bytes("\(codec).parquet")
    for place in stride(from: 0, to: whole.count, by: 37) {
      for bit in [0, 3, 7] {
        var changed = whole
        changed[place] ^= 1 << UInt8(bit)
        let words = try? ParquetTexts.read(changed, path: "x")
        #expect(words == nil || words?.count == 3000)
      }
    }
    for count in stride(from: 0, to: whole.count, by: 101) {
      #expect(throws: FileError.self) { try ParquetTexts.read(Array(whole[..<count]), path: "x") }
    }
  }
}
