public import Checkpoints
import Foundation

extension ModelLibrary {
  /// The checkpoint of a model, open: of a store the one that it was imported from.
  ///
  /// Cost: for a store, reads files whole that may be its checkpoint.
  /// - Parameter names: a file with the names of the rows, for vectors that lack them, see ``NamedVectors``.
  /// - Throws: `StoreError.checkpoint`, also where a store's checkpoint is not here, or where it has none because it is of vectors.
  public func checkpoint(of source: ModelSource, names: String? = nil) throws(StoreError) -> Checkpoint {
    guard source.meant.isStore else { return try Checkpoint.open(source.meant.path, names: names) }
    let provenance = try EmbeddingStore.open(source.meant.path).provenance
    guard provenance.architecture != NamedRows.architecture else {
      throw .checkpoint(NamedRows.noDecoder(source.meant.path))
    }
    let places = source.others + self.places(of: provenance, beside: source.meant.path)
    for place in places where !place.isStore {
      guard let checkpoint = try? Checkpoint.open(place.path, names: nil) else { continue }
      if (place.sha256 ?? checkpoint.sha256()) == provenance.sourceSHA256 { return checkpoint }
    }
    throw .checkpoint(
      .missing(
        path: source.meant.path,
        what: "the checkpoint of this store, \(provenance.sourceFile) (SHA-256 \(provenance.sourceSHA256)),",
        hint: "a store has no blocks to run, so give the path of the checkpoint"))
  }

  /// Of what a word could mean as well, what is not the model that is taken for it: a store and the checkpoint that it was
  /// imported from are one.
  ///
  /// Cost: reads other checkpoints whole, but those of the catalog.
  /// - Throws: `StoreError` for a store that cannot be read.
  public func othersThanMeant(_ source: ModelSource) throws(StoreError) -> [ModelSource.Place] {
    guard !source.others.isEmpty, source.meant.isStore else { return source.others }
    let store = try EmbeddingStore.open(source.meant.path)
    return source.others.filter { place in
      if place.isStore { return (try? EmbeddingStore.open(place.path))?.identity != store.identity }
      let hash = place.sha256 ?? (try? Checkpoint.open(place.path, names: nil))?.sha256()
      return hash != store.provenance.sourceSHA256
    }
  }

  /// Where the checkpoint of a store may lie: its catalog file, a file or folder of its name, a snapshot of its commit.
  private func places(of provenance: Provenance, beside store: String) -> [ModelSource.Place] {
    let name = provenance.sourceFile
    let known = catalog.entries.filter { $0.sha256 == provenance.sourceSHA256 }.map {
      ModelSource.Place("\(folder)/\($0.file)", isStore: false, sha256: $0.sha256)
    }
    let beside = (store as NSString).deletingLastPathComponent
    let repositories = (try? FileManager.default.contentsOfDirectory(atPath: cache.root)) ?? []
    // A snapshot, or a file of one.
    let snapshots = repositories.sorted().flatMap { repository in
      let folder = "\(cache.root)/\(repository)/snapshots"
      let commits = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return ["\(folder)/\(name)"] + commits.sorted().map { "\(folder)/\($0)/\(name)" }
    }
    let paths = (["\(folder)/\(name)", "\(beside)/\(name)", name] + snapshots).filter {
      FileManager.default.fileExists(atPath: $0)
    }
    return known + paths.map { ModelSource.Place($0, isStore: false) }
  }
}
