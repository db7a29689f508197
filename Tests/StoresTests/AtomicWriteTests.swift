import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing

@Suite struct AtomicWriteTests {
  struct Interruption: Error {}

  @Test func leavesNothingButTheFile() throws {
    let folder = try TemporaryFolder()
    try content().write(to: folder.file("a.h5"))
    #expect(folder.names == ["a.h5"])
  }

  @Test func interruptedWriteLeavesTheOldFileWhole() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 1).write(to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let failing = RowSource(rows: 6, columns: 5) { (rows: Range<Int>) throws(StoreError) in
      throw .file(.system(path: "source", operation: "read", reason: "gone"))
    }
    let content = EmbeddingContent(
      input: failing, output: nil, tokens: awkwardTokens, provenance: provenance())
    #expect(
      storeError { try content.write(to: path) }
        == .file(.system(path: "source", operation: "read", reason: "gone")))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(folder.names == ["a.h5"])
  }

  @Test func leftoversOfAKilledWriterDoNotMatter() throws {
    let folder = try TemporaryFolder()
    try Data("half a file".utf8).write(to: URL(fileURLWithPath: folder.file(".a.h5.partial")))
    try Data().write(to: URL(fileURLWithPath: folder.file("a.h5.lock")))
    try content().write(to: folder.file("a.h5"))
    #expect(folder.names == ["a.h5"])
    try EmbeddingStore.open(folder.file("a.h5")).verify()
  }

  @Test func oneWriterAtATime() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    let inner = content(seed: 5)
    let outer = EmbeddingContent(
      input: RowSource(rows: 6, columns: 5) { (rows: Range<Int>) throws(StoreError) in
        // While this writer is at work, another one is turned away.
        #expect(
          storeError { try inner.write(to: path) } == .output(.locked(path: path, lock: path + ".lock")))
        return [Float](repeating: 1, count: rows.count * 5)
      }, output: nil, tokens: awkwardTokens, provenance: provenance())
    try outer.write(to: path)
    #expect(try EmbeddingStore.open(path).readInput().elements.allSatisfy { $0 == 1 })
    try inner.write(to: path)
    #expect(try EmbeddingStore.open(path).readInput() == randomMatrix(rows: 6, columns: 5, seed: 5))
  }

  @Test func manyWritersAndReadersSeeWholeFilesOnly() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 0).write(to: path)
    let identities = try (UInt64(0)..<4).map { seed in
      try content(seed: seed).write(to: folder.file("\(seed).h5"))
      return try EmbeddingStore.open(folder.file("\(seed).h5")).identity
    }
    await withTaskGroup(of: Void.self) { group in
      for seed in UInt64(0)..<4 {
        group.addTask {
          for _ in 0..<10 {
            do { try content(seed: seed).write(to: path) } catch {
              guard case .output(.locked)? = error as? StoreError else {
                Issue.record("\(error)")
                continue
              }
            }
            do {
              let store = try EmbeddingStore.open(path)
              try store.verify()
              #expect(identities.contains(store.identity))
            } catch { Issue.record("\(error)") }
          }
        }
      }
    }
  }

  @Test func readerKeepsItsFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 1).write(to: path)
    let store = try EmbeddingStore.open(path)
    try content(seed: 2).write(to: path)
    #expect(try store.readInput() == randomMatrix(rows: 6, columns: 5, seed: 1))
  }

  @Test func missingFolderIsNamed() throws {
    guard case .output(.noFolder(_, "/no/such"))? = storeError({ try content().write(to: "/no/such/a.h5") })
    else {
      Issue.record("wrote into a folder that is not there")
      return
    }
  }
}
