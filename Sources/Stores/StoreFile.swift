/// Any of our HDF5 files, when the caller does not know or care which.
public enum StoreFile {
  /// The tree of a file, for `sextant inspect`.
  /// - Throws: `StoreError` when the file is damaged, of an unknown version or refused.
  public static func inspect(
    _ path: String, allowUnsealed: Bool = false
  ) throws(StoreError) -> FileDescription {
    try StoreReader(path: path, allowUnsealed: allowUnsealed).description
  }

  /// Checks a file against the digests in it, and that it can be read as what it says it is.
  ///
  /// Cost: one pass over the file.
  /// - Returns: the file's description.
  /// - Throws: `StoreError` naming the first element that is not as it was written.
  @discardableResult
  public static func verify(_ path: String) throws(StoreError) -> FileDescription {
    let reader = try StoreReader(path: path, allowUnsealed: false)
    // What can be read and what was written are different questions.
    switch reader.encoding {
    case .alignment: _ = try AlignmentStore.open(path)
    case .neighbours: _ = try NeighbourStore.open(path)
    default: _ = try EmbeddingStore.open(path)
    }
    try reader.verify()
    return reader.description
  }
}
