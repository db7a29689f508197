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
    switch try StoreReader(path: path, allowUnsealed: false).encoding.type {
    case Encoding.alignment.type:
      let alignment = try AlignmentStore.open(path)
      try alignment.verify()
      return alignment.fileDescription
    case Encoding.neighbours.type:
      let graph = try NeighbourStore.open(path)
      try graph.verify()
      return graph.fileDescription
    case Encoding.lens.type:
      let lens = try LensStore.open(path)
      try lens.verify()
      return lens.fileDescription
    case Encoding.activations.type:
      let activations = try ActivationStore.open(path)
      try activations.verify()
      return activations.fileDescription
    case Encoding.tokens.type:
      let reader = try StoreReader(path: path, expecting: .tokens, allowUnsealed: false)
      try reader.verify()
      _ = try TokenTable(from: reader)
      return reader.description
    case Encoding.training.type:
      let reader = try StoreReader(path: path, expecting: .training, allowUnsealed: false)
      try reader.verify()
      _ = try TrainingCheckpoint(from: reader)
      return reader.description
    default:
      let store = try EmbeddingStore.open(path)
      try store.verify()
      return store.fileDescription
    }
  }

  /// Writes a file anew in the present format, also one that has lost its seal.
  ///
  /// Every content is held against the digest that stands in the file, and the new file against the old one before it is put
  /// in place: it has the same elements and the same identity; attributes that the format does not have are left out. The
  /// digests and the provenance themselves are trusted, with or without a seal, and anyone can write those: a converted file
  /// is whole, which does not make it genuine.
  /// - Parameter output: where to; the file itself is replaced when it is the same path.
  /// - Throws: `StoreError` as for opening and verifying; `.malformed` naming elements that the format does not have, which
  ///   would be lost; `.exists` for another map, graph or lens that is there already.
  public static func convert(_ path: String, to output: String) throws(StoreError) {
    let reader = try StoreReader(path: path, allowUnsealed: true)
    try reader.verifyContents()
    switch reader.encoding.type {
    case Encoding.alignment.type:
      try AlignmentRecord(from: reader).write(to: output, convertedFrom: reader)
    case Encoding.neighbours.type:
      try NeighbourRecord(from: reader).write(to: output, convertedFrom: reader)
    case Encoding.lens.type:
      try LensRecord(from: reader).write(to: output, convertedFrom: reader)
    case Encoding.tokens.type:
      try TokenTable(from: reader).write(to: output, convertedFrom: reader)
    case Encoding.training.type:
      try TrainingCheckpoint(from: reader).write(to: output, convertedFrom: reader)
    case Encoding.activations.type: try ActivationStore(reader).write(to: output)
    default:
      try EmbeddingStore.open(path, allowUnsealed: true).content().write(to: output, convertedFrom: reader)
    }
  }
}
