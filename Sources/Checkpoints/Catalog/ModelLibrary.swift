import Files
import Foundation

/// Where models are found: the models folder, the catalog, and the local cache of Hugging Face's tools.
public struct ModelLibrary: Sendable {
  public let catalog: Catalog
  /// Of stores and fetched checkpoints.
  public let folder: String
  public let cache: HuggingFaceCache

  public init(catalog: Catalog, folder: String, cache: HuggingFaceCache = HuggingFaceCache()) {
    (self.catalog, self.folder, self.cache) = (catalog, folder, cache)
  }

  /// What a user's word for a model leads to, in this order: a store of that name in the models folder, an id of the catalog
  /// whose file is there, a folder or file that is called so there, a path, `org/name` or `org/name@revision` in the cache. Nothing is downloaded. What holds a `/` is no name: `./a` is a path.
  ///
  /// - Parameter path: where the word leads as a path, if that is not from the current folder.
  /// - Throws: `notFetched` for a catalog model that is not there yet, `unknownModel` for anything else.
  public func find(_ text: String, at path: String? = nil) throws(CheckpointError) -> ModelSource {
    let files = FileManager.default
    let path = path ?? (files.fileExists(atPath: NamedRows.parts(of: text).file) ? text : nil)
    var places: [ModelSource.Place] = []
    let store = storePath(text)
    if !text.contains("/"), files.fileExists(atPath: store) {
      places.append(ModelSource.Place(store, isStore: true))
    }
    let entry = catalog[text]
    if let entry, files.fileExists(atPath: "\(folder)/\(entry.file)") {
      places.append(ModelSource.Place("\(folder)/\(entry.file)", isStore: false, sha256: entry.sha256))
    }
    let inside = "\(folder)/\(text)"
    if !text.contains("/"), !text.isEmpty, !text.hasPrefix("."), files.fileExists(atPath: inside) {
      places.append(ModelSource.Place(inside, isStore: Self.isStore(inside)))
    }
    if let path { places.append(ModelSource.Place(path, isStore: Self.isStore(path))) }
    if let reference = try? HubReference(text) {
      func snapshot() throws(CheckpointError) -> String? {
        try cache.snapshot(of: reference.repository, revision: reference.revision)
      }
      // A cache that is broken is no reason to refuse what lies here.
      if let snapshot = places.isEmpty ? try snapshot() : try? snapshot() {
        places.append(ModelSource.Place(HuggingFaceCache.model(in: snapshot), isStore: false))
      }
    }
    guard let meant = places.first else {
      if let entry { throw .notFetched(id: text, path: "\(folder)/\(entry.file)") }
      throw .unknownModel(name: text, known: known)
    }
    let others = places.dropFirst().filter { !$0.leadsToTheSame(as: meant) }
    return ModelSource(text: text, meant: meant, others: Array(others))
  }

  /// The path of a store by its name.
  public func storePath(_ name: String) -> String { "\(folder)/\(name).h5" }

  /// The names that `find` knows: ids of the catalog, stores and folders of checkpoints in the models folder.
  public var known: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let ids = catalog.entries.map(\.id)
    // Neighbour graphs, lenses, domains and what reads them lie beside the stores.
    let others = [".lens.h5", ".domain.h5", ".elm.h5"]
    let stores = files.filter { file in
      file.hasSuffix(".h5") && !others.contains(where: file.hasSuffix)
        && file.firstMatch(of: /\.knn[0-9]+-/) == nil
    }.map(ModelName.of)
    let folders = files.filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)/config.json")
    }
    return ids + Set(stores + folders).subtracting(ids).sorted()
  }

  /// Told from the content, or, where that is damaged, from the name: what is as old as libraries write it by default may be vectors.
  private static func isStore(_ path: String) -> Bool {
    let head = (try? FileReader(path: path)).flatMap { try? $0.bytes(at: 0, count: min(9, $0.count)) } ?? []
    guard FileKind(head) == .hdf5 else { return path.hasSuffix(".h5") }
    return FileKind.superblockVersion(head).map { $0 >= 2 } ?? true
  }
}
