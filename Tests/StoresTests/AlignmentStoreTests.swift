import Foundation
import Stores
import Tensors
import TestSupport
import Testing

@Suite struct AlignmentStoreTests {
  /// Two stores and the alignment between them.
  private func stores(in folder: TemporaryFolder) throws -> (a: EmbeddingStore, b: EmbeddingStore) {
    try content(seed: 1, columns: 5).write(to: folder.file("a.h5"))
    try content(seed: 2, columns: 3).write(to: folder.file("b.h5"))
    return (try EmbeddingStore.open(folder.file("a.h5")), try EmbeddingStore.open(folder.file("b.h5")))
  }

  private func record(_ a: EmbeddingStore, _ b: EmbeddingStore) -> AlignmentRecord {
    alignmentRecord(
      a: StoreReference(name: "a", identity: a.identity), b: StoreReference(name: "b", identity: b.identity))
  }

  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    let path = AlignmentStore.path(folder: folder.path, nameA: "a", nameB: "b", method: "ridge")
    #expect(path == folder.file("a--b.ridge.h5"))
    try record(a, b).write(to: path)
    let alignment = try AlignmentStore.open(path, a: a, b: b)
    #expect(alignment.record == record(a, b))
    try alignment.verify()
    try StoreFile.verify(path)
  }

  @Test func isConvertedInPlaceAndElsewhere() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    let path = folder.file("m.h5")
    try record(a, b).write(to: path)
    let before = try AlignmentStore.open(path)
    try StoreFile.convert(path, to: path)
    try StoreFile.convert(path, to: folder.file("n.h5"))
    for path in [path, folder.file("n.h5")] {
      let after = try AlignmentStore.open(path)
      #expect(after.record == before.record && after.identity == before.identity)
    }
    #expect(
      storeError { try StoreFile.convert(path, to: folder.file("n.h5")) }
        == .exists(path: folder.file("n.h5")))
  }

  @Test func isImmutable() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    let path = folder.file("m.h5")
    try record(a, b).write(to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(storeError { try record(a, b).write(to: path) } == .exists(path: path))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func refusesOtherStores() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    let path = folder.file("m.h5")
    try record(a, b).write(to: path)
    try content(seed: 77, columns: 5).write(to: folder.file("other.h5"))
    let other = try EmbeddingStore.open(folder.file("other.h5"))
    for (first, second, side) in [(other, b, "A"), (a, other, "B"), (b, a, "A")] {
      guard
        case .misfit(path, let what, _, _, _)? = storeError({
          _ = try AlignmentStore.open(path, a: first, b: second)
        })
      else {
        Issue.record("an alignment opened with stores that it was not fitted on")
        continue
      }
      #expect(what.hasPrefix("store \(side) "))
    }
    // A fresh import of the same content fits.
    try content(seed: 1, columns: 5, date: "2030").write(to: folder.file("again.h5"))
    _ = try AlignmentStore.open(path, a: try EmbeddingStore.open(folder.file("again.h5")), b: b)
  }

  @Test func anAlignmentIsNoStoreAndTheOtherWayRound() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    let path = folder.file("m.h5")
    try record(a, b).write(to: path)
    guard case .encoding? = storeError({ _ = try EmbeddingStore.open(path) }),
      case .encoding? = storeError({ _ = try AlignmentStore.open(folder.file("a.h5")) })
    else {
      Issue.record("one kind of file opened as the other")
      return
    }
  }

  @Test func positionsStayInTheirTables() throws {
    let folder = try TemporaryFolder()
    let (a, b) = try stores(in: folder)
    var bad: [(AlignmentRecord, String)] = []
    var record = record(a, b)
    record.heldOut = [3]
    bad.append((record, "/match/held-out"))
    record.heldOut = [0]
    record.match.reasons[1] = 2
    bad.append((record, "/match/reason"))
    record.match.reasons[1] = 0
    record.match.rowsB[2] = -1
    bad.append((record, "/match/row-b"))
    for (index, (record, element)) in bad.enumerated() {
      let path = folder.file("\(index).h5")
      try record.write(to: path)
      guard case .malformed(_, element, _, _, _)? = storeError({ _ = try AlignmentStore.open(path) }) else {
        Issue.record("\(element) points outside its table")
        continue
      }
    }
  }
}
