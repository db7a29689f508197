import Foundation

/// Turns what a user calls a model into the path of its files.
public enum ModelSource {
  /// In this order: a catalog id (its file in `modelsFolder`), an existing file or folder, `org/name` in the
  /// Hugging Face cache. Nothing is downloaded.
  ///
  /// - Throws: `notFetched` for a catalog model that is not there yet, `unknownModel` for anything else.
  public static func resolve(
    _ name: String, catalog: Catalog, modelsFolder: String,
    cache: HuggingFaceCache = HuggingFaceCache()
  ) throws(CheckpointError) -> String {
    if let entry = catalog[name] {
      let path = modelsFolder + "/" + entry.file
      guard FileManager.default.fileExists(atPath: path) else { throw .notFetched(id: name, path: path) }
      return path
    }
    if FileManager.default.fileExists(atPath: name) { return name }
    if HuggingFaceCache.isRepository(name), let snapshot = try cache.snapshot(of: name) { return snapshot }
    throw .unknownModel(name: name, known: catalog.entries.map(\.id))
  }
}
