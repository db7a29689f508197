import Foundation
import Stores
import TestSupport
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

  @Test func aGraphOfSomethingElseDoesNotFit() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    let path = folder.file("g.h5")
    try record(store).write(to: path)
    let graph = try NeighbourStore.open(path)
    func misfit(
      _ other: EmbeddingStore? = nil, space: String = "input", normalisation: String = "centred",
      metric: String = "cosine", rows: [Int32] = [5, 1, 3], k: Int = 2
    ) -> String? {
      guard
        case .misfit(path, let what, _, _, _)? = storeError({
          try graph.requireFit(
            store: other ?? store, space: space, normalisation: normalisation, metric: metric, rows: rows,
            k: k)
        })
      else { return nil }
      return what
    }
    try content(seed: 2).write(to: folder.file("other.h5"))
    #expect(misfit() == nil)
    #expect(misfit(try EmbeddingStore.open(folder.file("other.h5"))) == "store")
    #expect(misfit(space: "output") == "space" && misfit(normalisation: "raw") == "normalisation")
    #expect(misfit(metric: "euclidean") == "metric" && misfit(k: 1) == "neighbours of a row")
    #expect(misfit(rows: [5, 1]) == "rows" && misfit(rows: [5, 3, 1]) == "rows")
  }

  @Test func impossibleGraphsAreRefused() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    var negative = record(store)
    negative.rows[1] = -1
    var empty = record(store)
    (empty.k, empty.neighbours, empty.similarities) = (0, [], [])
    var wide = record(store)
    (wide.rows, wide.neighbours, wide.similarities) = ([1, 2], [0, 1, 1, 0], [1, 1, 1, 1])
    for (index, record) in [negative, empty, wide].enumerated() {
      let path = folder.file("\(index).h5")
      try record.write(to: path)
      guard case .malformed? = storeError({ _ = try NeighbourStore.open(path) }) else {
        Issue.record("graph \(index) was read")
        continue
      }
    }
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
