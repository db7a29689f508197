import Foundation
import Stores
import Testing

@Suite struct NeighbourStoreTests {
  private func record(_ store: EmbeddingStore) -> NeighbourRecord {
    NeighbourRecord(
      store: StoreReference(name: "a", identity: store.identity), space: "input", normalisation: "centred",
      metric: "cosine", rows: [5, 1, 3], k: 2, neighbours: [1, 2, 0, 2, 1, 0],
      similarities: [0.9, 0.1, 0.9, -0.5, 0, -1], toolVersion: "sextant 1.2.3")
  }

  private func store(in folder: TemporaryFolder) throws -> EmbeddingStore {
    try content(seed: 1).write(to: folder.file("a.h5"))
    return try EmbeddingStore.open(folder.file("a.h5"))
  }

  private func path(_ store: EmbeddingStore, _ record: NeighbourRecord) -> String {
    NeighbourStore.path(
      beside: store, space: record.space, normalisation: record.normalisation, metric: record.metric,
      rows: record.rows, k: record.k)
  }

  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    let path = path(store, record(store))
    #expect(path.hasPrefix(folder.file("a.knn2-")) && path.hasSuffix(".h5"))
    try record(store).write(to: path)
    #expect(try NeighbourStore.open(path).record == record(store))
    try StoreFile.verify(path)
    #expect(storeError { try record(store).write(to: path) } == .exists(path: path))
  }

  @Test func theNameDependsOnAllThatTheNeighboursDependOn() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    try content(seed: 2).write(to: folder.file("other.h5"))
    var others = [record(store), record(store), record(store), record(store)]
    others[0].space = "output"
    others[1].normalisation = "raw"
    others[2].metric = "euclidean"
    others[3].rows = [5, 3, 1]
    let names = others.map { path(store, $0) } + [path(store, record(store))]
    #expect(Set(names).count == names.count)
    let elsewhere = path(try EmbeddingStore.open(folder.file("other.h5")), record(store))
    #expect(names.allSatisfy { $0.suffix(11) != elsewhere.suffix(11) })
  }

  @Test func neighboursOutsideTheRowsAreRefused() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    for (index, bad) in [Int32(-1), 3].enumerated() {
      var record = record(store)
      record.neighbours[4] = bad
      let path = folder.file("bad\(index).h5")
      try record.write(to: path)
      guard
        case .malformed(_, "/neighbours", "entry 4", _, _)? = storeError({ _ = try NeighbourStore.open(path) }
        )
      else {
        Issue.record("read a neighbour \(bad) of 3 rows")
        return
      }
    }
    var record = record(store)
    record.similarities[0] = .nan
    try record.write(to: folder.file("nan.h5"))
    #expect(storeError { _ = try NeighbourStore.open(folder.file("nan.h5")) } != nil)
  }

  @Test func aGraphIsNoStore() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    try record(store).write(to: folder.file("g.h5"))
    guard case .encoding? = storeError({ _ = try EmbeddingStore.open(folder.file("g.h5")) }) else {
      Issue.record("a graph opened as a store")
      return
    }
  }
}
